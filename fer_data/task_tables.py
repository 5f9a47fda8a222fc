"""The schemas of predictions of valence and arousal and of action units, one row an annotated frame and resolution."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray

from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.tables import ACTION_UNITS_TYPE, PREDICTIONS

__all__ = ["ACTION_UNIT_PREDICTIONS", "UNIT_PROBABILITIES_TYPE", "VALENCE_AROUSAL_PREDICTIONS", "unit_struct"]

UNIT_PROBABILITIES_TYPE = pa.struct([(unit, pa.float32()) for unit in ACTION_UNITS])

_PLACE = [
    PREDICTIONS.field(name) for name in ("row_id", "subject_id", "video_id", "frame_index", "resolution")
]

VALENCE_AROUSAL_PREDICTIONS = pa.schema(
    [
        *_PLACE,
        pa.field("valence", pa.float32(), nullable=False),
        pa.field("arousal", pa.float32(), nullable=False),
        pa.field("predicted_valence", pa.float32(), nullable=False),
        pa.field("predicted_arousal", pa.float32(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
    ]
)
"""`reports/evaluation/valence_arousal/predictions.parquet`: source is `model`, `nearest` or `training_mean`."""

ACTION_UNIT_PREDICTIONS = pa.schema(
    [
        *_PLACE,
        pa.field("action_units", ACTION_UNITS_TYPE, nullable=False),
        pa.field("predicted", ACTION_UNITS_TYPE, nullable=False),
        pa.field("probability", UNIT_PROBABILITIES_TYPE, nullable=False),
        pa.field("source", pa.string(), nullable=False),
    ]
)
"""`reports/evaluation/action_units/predictions.parquet`: source is `model`, `nearest` or `most_frequent`. Units without
annotation are null in `action_units`, those that the model has no output for in `predicted` and `probability`, which is
1 or 0 where the most frequent value is the answer."""


def unit_struct(values: NDArray[Any], units: Sequence[str], kind: pa.DataType) -> pa.StructArray:
    """Return values (n, units) as a column with a field for each of `ACTION_UNITS`, null for those not in `units`."""
    fields = [
        pa.array(values[:, units.index(unit)], kind) if unit in units else pa.nulls(len(values), kind)
        for unit in ACTION_UNITS
    ]
    return pa.StructArray.from_arrays(fields, names=list(ACTION_UNITS))
