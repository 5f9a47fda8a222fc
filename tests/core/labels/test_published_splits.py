"""The split of a published dataset, and which labels may stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.labels.published_splits import SubjectSplits, published_splits, staying_tasks
from fer_data.core.labels.tasks import TASKS

SPLIT = st.sampled_from(["train", "validation", "test", None])


def subject(name: str, *splits: str | None, video: str | None = None) -> SubjectSplits:
    """Return a subject with its splits in the order of `TASKS`."""
    return SubjectSplits(name, video or name, dict(zip(TASKS, splits, strict=True)))


SUBJECTS = st.lists(
    st.tuples(st.integers(0, 9), *[SPLIT] * len(TASKS)), min_size=1, max_size=20
).map(
    lambda drawn: [subject(f"s{i}", *splits, video=f"v{video}") for i, (video, *splits) in enumerate(drawn)]
)  # fmt: skip


@given(SUBJECTS, st.sampled_from([*TASKS, "multi_task"]))
def test_training_never_sees_an_evaluated_video(subjects: list[SubjectSplits], task: str) -> None:
    """No video of the training split is validation or test in a task that is evaluated."""
    splits = published_splits(subjects, task)
    evaluated = TASKS if task == "multi_task" else (task,)
    trained = {s.video_id for s in subjects if splits[s.subject_id] == "train"}
    held_out = {
        s.video_id for s in subjects if any(s.by_task[t] in {"validation", "test"} for t in evaluated)
    }
    assert trained.isdisjoint(held_out)


@given(SUBJECTS, st.sampled_from(TASKS))
def test_held_out_subjects_of_a_task_are_all_published(subjects: list[SubjectSplits], task: str) -> None:
    """Validation and test of a single task are exactly the organisers'."""
    splits = published_splits(subjects, task)
    for one in subjects:
        if one.by_task[task] in {"validation", "test", None}:
            assert splits[one.subject_id] == one.by_task[task]


@pytest.mark.parametrize(
    ("by_task", "expected"),
    [
        (("train", "validation", None), "validation"),
        (("train", "test", "train"), "test"),
        (("test", "validation", None), "validation"),
        (("train", None, None), "train"),
        ((None, None, None), None),
    ],
    ids=["validation", "test", "scored before test", "train", "nowhere"],
)
def test_multi_task_holds_out_what_any_task_holds_out(
    by_task: tuple[str | None, ...], expected: str | None
) -> None:
    """One task's validation video is no training video of all three."""
    assert published_splits([subject("a", *by_task)], "multi_task") == {"a": expected}


def test_two_people_of_one_video_in_opposite_splits() -> None:
    """The training side of a video that is evaluated is left out."""
    left, right = subject("a_left", "train", None, None, video="a"), subject("a", "validation", None, None)
    assert published_splits([left, right], "expression") == {"a_left": None, "a": "validation"}


def test_labels_stay_where_their_task_agrees() -> None:
    """Another task's labels stay only in the split where that task puts the subject."""
    assert staying_tasks(subject("a", "train", "validation", "train"), "train") == {
        "expression",
        "action_units",
    }
