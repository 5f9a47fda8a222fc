"""Predictions of several models as one, by the mean of their logits."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.filling import nearest_rows
from fer_data.errors import DatasetError
from fer_data.tables import PREDICTIONS

__all__ = ["ensemble"]


def ensemble(tables: Sequence[pa.Table]) -> pa.Table:
    """Return one table of `PREDICTIONS` from several over the same rows at the same resolutions.

    Logits are averaged; a row without a crop follows its subject's nearest row again, and a subject without any keeps
    the first model's class.

    Raises:
        DatasetError: no table is given, or the tables differ in their rows, in which rows have a crop, or in their
            number of classes.
    """
    if not tables:
        raise DatasetError("An ensemble needs at least one table of predictions; name some.")
    first = tables[0]
    for other in tables[1:]:
        for name in ("row_id", "resolution", "expression", "source"):
            if not first[name].equals(other[name]):
                raise DatasetError(
                    f"The predictions differ in their column {name!r}. Evaluate all models on one dataset version."
                )
    _check_classes(tables)
    own = pc.equal(first["source"], "model").to_numpy(zero_copy_only=False)
    stacks = [np.array(table["logits"].filter(pa.array(own)).to_pylist(), np.float64) for table in tables]
    mean = np.mean(stacks, axis=0) if own.any() else np.zeros((0, 1))
    predicted = first["predicted"].to_numpy().astype(np.int64)
    predicted[own] = mean.argmax(axis=1)
    # A subject at one resolution is one series of frames: neighbours are looked for in it alone.
    series = [
        f"{px}/{name}"
        for px, name in zip(first["resolution"].to_pylist(), first["subject_id"].to_pylist(), strict=True)
    ]
    source = nearest_rows(series, first["frame_index"].to_numpy().astype(np.int64), own)
    predicted = np.where(source >= 0, predicted[source], predicted)
    rows = iter(mean.astype(np.float32).tolist())
    logits = pa.array([next(rows) if known else None for known in own], PREDICTIONS.field("logits").type)
    columns = {name: first[name] for name in PREDICTIONS.names}
    return pa.table(columns | {"predicted": pa.array(predicted.astype(np.int8)), "logits": logits})


def _check_classes(tables: Sequence[pa.Table]) -> None:
    counts = [pc.max(pc.list_value_length(table["logits"])).as_py() for table in tables]
    if len(set(counts)) > 1:
        raise DatasetError(
            f"The models tell {' and '.join(map(str, counts))} classes apart. Average models of the same classes."
        )
