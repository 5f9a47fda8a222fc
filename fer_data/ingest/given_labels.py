"""The labels that an adapter hands over as columns of the catalog."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.corpora.given import CorpusKind, GivenRow
from fer_data.tables.schemas import ACTION_UNITS_TYPE

__all__ = ["label_columns"]


def label_columns(rows: Sequence[GivenRow], classes: Sequence[str], kind: CorpusKind) -> dict[str, pa.Array]:
    """Return the columns of labels, null where a corpus says nothing, or nothing that is a class of the dataset."""
    places = {name: index for index, name in enumerate(classes)}
    units = [[row.labels.units.get(unit) for row in rows] for unit in ACTION_UNITS]
    return {
        "expression": pa.array([places.get(row.labels.expression or "") for row in rows], pa.int8()),
        "valence": _values([row.labels.valence for row in rows], kind.value_scale),
        "arousal": _values([row.labels.arousal for row in rows], kind.value_scale),
        "action_units": pa.StructArray.from_arrays(
            [pa.array(values, pa.int8()) for values in units], fields=list(ACTION_UNITS_TYPE)
        ),
    }


def _values(given: Sequence[float | None], scale: tuple[float, float]) -> pa.Array:
    low, high = scale
    values = np.array([np.nan if value is None else value for value in given], np.float64)
    return pa.array((values - low) / (high - low) * 2 - 1, pa.float32(), from_pandas=True)
