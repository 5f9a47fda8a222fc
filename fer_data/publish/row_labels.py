"""Which rows a published dataset holds, and with which of their labels."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.arrays import Int64, Mask
from fer_data.core.labels.published_splits import NOT_OF_TASK, SplitCodes
from fer_data.core.labels.rows import RowState
from fer_data.core.labels.tasks import EXPRESSION, SPLITS, TASKS, split_column
from fer_data.published.features import blank_labels, labelled
from fer_data.tables.schemas import compact

__all__ = ["is_of_task", "lost_labels", "own_labels", "series_labels", "split_names"]

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


def series_labels(rows: pa.Table, splits: SplitCodes, firsts: Int64, classes: int) -> pa.Table:
    """Return the rows of several series with the labels that may stay; `firsts` is the first row of each.

    Each series is as `own_labels` gives it by itself: null units stay null where all of its rows keep a task's labels,
    and are units that are null each where one does not. Neighbours alike in this are worked on at once.
    """
    names = split_names(splits)
    stays = [np.asarray(_stays(rows, names, task), np.bool_) for task in TASKS]
    whole = np.stack([np.logical_and.reduceat(one, firsts) for one in stays])
    changes = firsts[1:][(whole[:, 1:] != whole[:, :-1]).any(axis=0)].tolist()
    if not changes:
        return own_labels(rows, names, classes)
    parts = [(first, last - first) for first, last in pairwise([0, *changes, len(rows)])]
    return compact(
        pa.concat_tables(
            own_labels(compact(rows.slice(*part)), names.slice(*part), classes) for part in parts
        )
    )


def lost_labels(rows: pa.Table, splits: pa.Array | pa.Scalar, classes: int) -> dict[str, int]:
    """Return how many labels `own_labels` drops: by task, and as `classes` those beyond the known classes."""
    lost: dict[str, int] = {
        task: _count(pc.and_not(labelled(rows, task), _stays(rows, splits, task))) for task in TASKS
    }
    beyond = pc.and_(pc.greater_equal(rows["expression"], classes), _stays(rows, splits, EXPRESSION))
    return {**lost, "classes": _count(beyond)}


def _stays(rows: pa.Table, splits: pa.Array | pa.Scalar, task: str) -> pa.ChunkedArray:
    """Return which rows may keep a task's labels: those that the task puts in the split where they are published."""
    return pc.fill_null(pc.equal(rows[split_column(task)], splits), fill_value=False)


def _count(mask: pa.ChunkedArray) -> int:
    return pc.sum(mask).as_py() or 0


def split_names(splits: SplitCodes) -> pa.StringArray:
    """Return the split by which each row keeps its labels; what is in none keeps those of training."""
    return pa.array(SPLITS).take(pa.array(np.maximum(splits, _TRAIN)))


def is_of_task(rows: pa.Table, splits: SplitCodes) -> Mask:
    """Say which rows go into `rows.parquet`: every row of the task, whatever state it ended in.

    Rows of people who withdrew stay behind: a dataset is passed on.
    """
    stays = pc.not_equal(rows["state"], str(RowState.WITHDRAWN)).to_numpy()
    found: Mask = np.asarray(stays, np.bool_) & (splits != NOT_OF_TASK)
    return found
