"""Predictions of several models as one, by the mean of their logits."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.compare.pairing import check_classes, same_rows
from fer_data.core.labels.tasks import EXPRESSION
from fer_data.core.metrics.clips import clip_numbers
from fer_data.core.metrics.nearest_frame import nearest_rows
from fer_data.errors import DatasetError
from fer_data.predictions.schemas import row_series, schema_of
from fer_data.tables.schemas import PREDICTIONS

__all__ = ["ensemble"]

_SAME = ("expression", "source", "subject_id", "video_id")
"""What the tables must say alike of a row."""


def ensemble(tables: Sequence[pa.Table], names: Sequence[str] = ()) -> pa.Table:
    """Return one table of `PREDICTIONS` from several over the same rows at the same resolutions, in any order.

    Logits are averaged; a row without a crop follows the nearest row of its clip again, and a clip without any keeps
    the first model's class. `names` are those of the tables, for errors.

    Raises:
        DatasetError: no table is given, or the tables differ in their rows, in the labels or videos of a row, in which
            rows have a crop, or in their classes.
    """
    if not tables:
        raise DatasetError("An ensemble needs at least one table of predictions; name some.")
    named = list(names) or [f"table {index}" for index in range(1, len(tables) + 1)]
    first = tables[0]
    check_classes(tables)
    tables = [
        first,
        *(
            same_rows((first, named[0]), (other, name), same=_SAME)
            for other, name in zip(tables[1:], named[1:], strict=True)
        ),
    ]
    own = pc.equal(first["source"], "model").to_numpy(zero_copy_only=False)
    stacks = [np.array(table["logits"].filter(pa.array(own)).to_pylist(), np.float64) for table in tables]
    mean = np.mean(stacks, axis=0) if own.any() else np.zeros((0, 1))
    predicted = first["predicted"].to_numpy().astype(np.int64)
    predicted[own] = mean.argmax(axis=1)
    # Neighbours are looked for at one resolution alone.
    clips = clip_numbers(first["resolution"].to_pylist(), row_series(first))
    source = nearest_rows(clips, first["frame_index"].to_numpy().astype(np.int64), own)
    predicted = np.where(source >= 0, predicted[source], predicted)
    rows = iter(mean.astype(np.float32).tolist())
    logits = pa.array([next(rows) if known else None for known in own], PREDICTIONS.field("logits").type)
    columns = {name: first[name] for name in schema_of(first.column_names, EXPRESSION).names}
    columns |= {"predicted": pa.array(predicted.astype(np.int8)), "logits": logits}
    return pa.table(columns).replace_schema_metadata(first.schema.metadata)
