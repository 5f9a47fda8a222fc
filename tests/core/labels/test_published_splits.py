"""The split that a published dataset gives each row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.labels.published_splits import (
    LEFT_OUT,
    NOT_OF_TASK,
    RowPlaces,
    evaluated_tasks,
    published_splits,
)
from fer_data.core.labels.tasks import SPLITS, TASKS

TRAIN, VALIDATION, TEST = range(len(SPLITS))
NAMED = {"train": TRAIN, "validation": VALIDATION, "test": TEST, None: -1}
SPLIT = st.sampled_from(list(NAMED.values()))

Row = tuple[int, int, tuple[int, int, int]]
"""Person, video, and the split by task."""


def places(rows: list[Row]) -> RowPlaces:
    """Return rows as arrays."""
    by_task = np.array([splits for _, _, splits in rows], np.int8).reshape(len(rows), len(TASKS)).T
    people, videos = (np.array([row[at] for row in rows], np.int32) for at in (0, 1))
    return RowPlaces(people, videos, dict(zip(TASKS, by_task, strict=True)))


def splits_of(*rows: tuple[int, int, str | None], task: str = "expression") -> list[int]:
    """Return the published splits of rows that expression alone annotates."""
    found = places([(person, video, (NAMED[split], -1, -1)) for person, video, split in rows])
    return published_splits(found, task).tolist()


ROWS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9), st.tuples(SPLIT, SPLIT, SPLIT)), max_size=25)
OF_ONE_VIDEO = ROWS.map(lambda rows: [(at, video, splits) for at, (_, video, splits) in enumerate(rows)])


@given(ROWS, st.sampled_from([*TASKS, "multi_task"]))
def test_training_never_sees_an_evaluated_video_or_person(rows: list[Row], task: str) -> None:
    """Nobody and no video of the training split is validation or test in a task that is evaluated."""
    found = places(rows)
    splits = published_splits(found, task)
    evaluated = np.stack([found.by_task[name] for name in evaluated_tasks(task)])
    held_out = (evaluated > TRAIN).any(axis=0)
    for numbers in (found.subjects, found.videos):
        assert not set(numbers[splits == TRAIN].tolist()) & set(numbers[held_out].tolist())


@given(ROWS, st.sampled_from([*TASKS, "multi_task"]))
def test_a_person_is_in_one_split(rows: list[Row], task: str) -> None:
    """Whoever is published is published in one split, and a row without annotation of the task is of none."""
    found = places(rows)
    splits = published_splits(found, task)
    people = {(person, split) for person, split in zip(found.subjects, splits, strict=True) if split >= 0}
    assert len(people) == len({person for person, _ in people})
    evaluated = np.stack([found.by_task[name] for name in evaluated_tasks(task)])
    assert ((splits == NOT_OF_TASK) == (evaluated < 0).all(axis=0)).all()


@given(OF_ONE_VIDEO, st.sampled_from(TASKS))
def test_held_out_rows_of_a_task_are_all_published(rows: list[Row], task: str) -> None:
    """Where nobody is in two videos, validation and test of a single task are exactly the organisers'."""
    found = places(rows)
    own, splits = found.by_task[task], published_splits(found, task)
    assert (splits[own > TRAIN] == own[own > TRAIN]).all()


@pytest.mark.parametrize(
    ("by_task", "expected"),
    [
        (("train", "validation", None), VALIDATION),
        (("train", "test", "train"), TEST),
        (("test", "validation", None), VALIDATION),
        (("train", None, None), TRAIN),
        ((None, None, None), NOT_OF_TASK),
    ],
    ids=["validation", "test", "scored before test", "train", "nowhere"],
)
def test_multi_task_holds_out_what_any_task_holds_out(
    by_task: tuple[str | None, str | None, str | None], expected: int
) -> None:
    """One task's validation video is no training video of all three."""
    first, second, third = (NAMED[split] for split in by_task)
    found = published_splits(places([(0, 0, (first, second, third))]), "multi_task")
    assert found.tolist() == [expected]


def test_two_people_of_one_video_in_opposite_splits() -> None:
    """The training side of a video that is evaluated is left out."""
    assert splits_of((0, 0, "train"), (1, 0, "validation")) == [LEFT_OUT, VALIDATION]


@pytest.mark.parametrize(
    ("splits", "expected"),
    [
        (("train", "train", None), [TRAIN, TRAIN, NOT_OF_TASK]),
        (("train", "validation", "train"), [LEFT_OUT, VALIDATION, LEFT_OUT]),
        (("test", "train", "validation"), [TEST, LEFT_OUT, LEFT_OUT]),
    ],
    ids=["clips of one split", "train and validation", "all three"],
)
def test_clips_of_one_person(splits: tuple[str | None, ...], expected: list[int]) -> None:
    """A person who is evaluated in one clip is trained on in none; one in a test set is scored there alone."""
    assert splits_of(*((0, clip, split) for clip, split in enumerate(splits))) == expected


def test_frames_of_one_clip_in_two_splits() -> None:
    """Frames beside those of a validation frame leave training, whoever they show."""
    assert splits_of((0, 0, "train"), (0, 0, "validation"), (1, 1, "train")) == [LEFT_OUT, VALIDATION, TRAIN]


def test_no_rows() -> None:
    """An empty table has no splits."""
    assert splits_of() == []
