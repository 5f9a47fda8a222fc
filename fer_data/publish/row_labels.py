"""Which rows a published dataset holds, and with which of their labels."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.labels.published_splits import NOT_OF_TASK, SplitCodes
from fer_data.core.labels.rows import RowState
from fer_data.core.labels.tasks import EXPRESSION, SPLITS, TASKS, split_column
from fer_data.published.features import blank_labels, labelled
from fer_data.tables.published_series import published_series

__all__ = ["lost_labels", "own_labels", "task_rows"]

_TRAIN = SPLITS.index("train")


def own_labels(rows: pa.Table, splits: pa.Array | pa.Scalar, classes: int) -> pa.Table:
    """Return the rows with the labels that may stay: of tasks that agree on the split, and of known classes.

    `splits` is the split of each row, or of all of them.
    """
    rows = blank_labels(rows, {task: _stays(rows, splits, task) for task in TASKS})
    known = pc.less(rows["expression"], classes)
    expression = pc.if_else(known, rows["expression"], pa.scalar(None, pa.int8()))
    index = rows.schema.get_field_index("expression")
    return rows.set_column(index, rows.schema.field(index), expression)


def lost_labels(rows: pa.Table, split: pa.Scalar, classes: int) -> dict[str, int]:
    """Return how many labels `own_labels` drops: by task, and as `classes` those beyond the known classes."""
    lost: dict[str, int] = {
        task: _count(pc.and_not(labelled(rows, task), _stays(rows, split, task))) for task in TASKS
    }
    beyond = pc.and_(pc.greater_equal(rows["expression"], classes), _stays(rows, split, EXPRESSION))
    return {**lost, "classes": _count(beyond)}


def _stays(rows: pa.Table, splits: pa.Array | pa.Scalar, task: str) -> pa.ChunkedArray:
    """Return which rows may keep a task's labels: those that the task puts in the split where they are published."""
    return pc.fill_null(pc.equal(rows[split_column(task)], splits), fill_value=False)


def _count(mask: pa.ChunkedArray) -> int:
    return pc.sum(mask).as_py() or 0


def task_rows(faces: Path, splits: SplitCodes, classes: int) -> Iterator[tuple[str, pa.Table]]:
    """Yield every row of the task, whatever state it ended in, with the labels that may stay, and its corpus.

    Rows of people who withdrew stay behind: a dataset is passed on.

    Rows that are in no split, because their person or video is evaluated, keep the labels of training.
    """
    for series in published_series(faces, splits):
        stays = pc.not_equal(series.rows["state"], str(RowState.WITHDRAWN)).to_numpy()
        of_task = (series.splits != NOT_OF_TASK) & np.asarray(stays, np.bool_)
        if of_task.any():
            names = pa.array(SPLITS).take(pa.array(np.maximum(series.splits[of_task], _TRAIN)))
            yield series.corpus, own_labels(series.rows.filter(pa.array(of_task)), names, classes)
