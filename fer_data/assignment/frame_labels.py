"""The labels of rows of the catalog, of all tasks, as `redundant` compares them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.labels.tasks import LABELS, NO_LABEL, TASKS
from fer_data.core.vision.redundancy import FrameLabels

__all__ = ["frame_labels"]


def frame_labels(rows: pa.Table) -> FrameLabels:
    """Return what every task says of the rows of a catalog."""
    classes, values = [], []
    for spec in (LABELS[task] for task in TASKS):
        for column in (column for name in spec.columns for column in _plain(rows[name])):
            if spec.kind == "values":
                values.append(pc.fill_null(column, float("nan")).to_numpy().astype(np.float32))
            else:
                classes.append(pc.fill_null(column, NO_LABEL).to_numpy().astype(np.int16))
    return FrameLabels(np.stack(classes, 1), np.stack(values, 1))


def _plain(column: pa.ChunkedArray) -> list[pa.ChunkedArray]:
    """Return a column, or the fields of one of structs."""
    if not pa.types.is_struct(column.type):
        return [column]
    return [pc.struct_field(column, [index]) for index in range(column.type.num_fields)]
