"""The split that a published dataset gives a subject, and the labels that may stay in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fer_data.core.labels.tasks import TASKS

__all__ = ["SubjectSplits", "published_splits", "staying_tasks"]


@dataclass(frozen=True, slots=True)
class SubjectSplits:
    """Where each task puts one subject.

    Attributes:
        subject_id: the annotated person.
        video_id: the video, which two subjects may share.
        by_task: one of `SPLITS` by task; None where the task does not annotate the subject.
    """

    subject_id: str
    video_id: str
    by_task: Mapping[str, str | None]


def published_splits(subjects: Sequence[SubjectSplits], task: str) -> dict[str, str | None]:
    """Return the split of every subject in a dataset made for `task`; None: it is left out.

    A single task evaluates itself; `multi_task` evaluates all three, and a subject is held out as soon as one of
    them holds it out. A training subject whose video shows a held-out one is left out: training never sees a video
    that is evaluated.
    """
    evaluated = TASKS if task == "multi_task" else (task,)
    own = {subject.subject_id: _strictest(subject, evaluated) for subject in subjects}
    held_out = {s.video_id for s in subjects if own[s.subject_id] in {"validation", "test"}}
    seen = {s.subject_id for s in subjects if own[s.subject_id] == "train" and s.video_id in held_out}
    return {subject: None if subject in seen else split for subject, split in own.items()}


def _strictest(subject: SubjectSplits, evaluated: Sequence[str]) -> str | None:
    found = {subject.by_task[task] for task in evaluated}
    return next((split for split in ("validation", "test", "train") if split in found), None)


def staying_tasks(subject: SubjectSplits, split: str) -> frozenset[str]:
    """Return the tasks whose labels may stay on a subject that is published in `split`.

    >>> sorted(staying_tasks(SubjectSplits("a", "a", {"expression": "train", "action_units": "test"}), "train"))
    ['expression']
    """
    return frozenset(task for task, own in subject.by_task.items() if own == split)
