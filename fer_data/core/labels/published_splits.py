"""The split that a published dataset gives each row, and the labels that may stay in it.

Rows are decided by the person and the video that they show, wherever these lie::

    person a   video 1: train       video 2: validation     -> video 1 is left out: a is evaluated
    person b   video 3: train       person c  video 3: test -> b's rows are left out: the video is evaluated

A split is its place in `SPLITS`, so that a million rows take a million bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Mask
from fer_data.core.labels.tasks import SPLITS, TASKS

__all__ = [
    "LEFT_OUT",
    "NEAR_DUPLICATE",
    "NOT_OF_TASK",
    "RowPlaces",
    "SplitCodes",
    "evaluated_tasks",
    "published_splits",
    "torn_people",
    "torn_videos",
]

SplitCodes = NDArray[np.int8]
"""(n,) place of each row's split in `SPLITS`, or a number below 0."""

LEFT_OUT = -1
"""The split of a row that is in no split, because its person or its video is evaluated elsewhere."""

NEAR_DUPLICATE = -3
"""The split of a training row that leaves because it is a near-duplicate of another row."""

NOT_OF_TASK = -2
"""The split of a row that the task does not annotate."""

_TRAIN, _VALIDATION, _TEST = range(len(SPLITS))


@dataclass(frozen=True, slots=True, eq=False)
class RowPlaces:
    """Whom and what rows show, and where each task puts them.

    Attributes:
        subjects: (n,) number of the person, from 0.
        videos: (n,) number of the video, from 0.
        by_task: (n,) place in `SPLITS` by task; below 0 where the task does not annotate the row.
    """

    subjects: NDArray[np.int32]
    videos: NDArray[np.int32]
    by_task: Mapping[str, SplitCodes]


def evaluated_tasks(task: str) -> tuple[str, ...]:
    """Return the tasks whose splits a dataset made for `task` follows.

    >>> evaluated_tasks("expression"), len(evaluated_tasks("multi_task"))
    (('expression',), 3)
    """
    return TASKS if task == "multi_task" else (task,)


def published_splits(rows: RowPlaces, task: str) -> SplitCodes:
    """Return the split of every row in a dataset made for `task`, `LEFT_OUT` or `NOT_OF_TASK`.

    A single task evaluates itself; `multi_task` evaluates all three, and a row is held out as soon as one of them
    holds it out. Training rows of a video that shows a held-out person are left out, and so are those of a person
    who is held out in another video: training never sees a video or a person that is evaluated. Of a person in
    validation and in test the rows of validation are left out.
    """
    own = _strictest(rows, task)
    found = own.copy()
    found[torn_people(rows, task)] = LEFT_OUT
    found[torn_videos(rows, task)] = LEFT_OUT
    return found


def torn_people(rows: RowPlaces, task: str) -> Mask:
    """Return which rows are left out because their person is in a stricter split: test, then validation."""
    own = _strictest(rows, task)
    person = np.full(rows.subjects.max(initial=-1) + 1, NOT_OF_TASK, np.int8)
    np.maximum.at(person, rows.subjects, own)
    return np.asarray((own >= _TRAIN) & (own < person[rows.subjects]))


def torn_videos(rows: RowPlaces, task: str) -> Mask:
    """Return which training rows are left out because their video is validation or test, of whomever."""
    own = _strictest(rows, task)
    evaluated = np.zeros(rows.videos.max(initial=-1) + 1, np.bool_)
    evaluated[rows.videos[own > _TRAIN]] = True
    return np.asarray((own == _TRAIN) & evaluated[rows.videos])


def _strictest(rows: RowPlaces, task: str) -> SplitCodes:
    by_task = np.stack([rows.by_task[name] for name in evaluated_tasks(task)])
    found = np.full(by_task.shape[1], NOT_OF_TASK, np.int8)
    for split in (_TRAIN, _TEST, _VALIDATION):  # the last one that any task names
        found[(by_task == split).any(axis=0)] = split
    return found
