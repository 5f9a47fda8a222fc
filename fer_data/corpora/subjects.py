"""Annotated people: what annotates them, the splits they stand in, their video and side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fer_data.core.labels.tasks import AnnotatedTask, SplitName
from fer_data.corpora.lists import FrameList
from fer_data.corpora.names import Side, split_side
from fer_data.shell.files.findings import Finding, Severity

__all__ = ["Annotation", "Subject", "place_subjects"]


@dataclass(frozen=True, slots=True, eq=False)
class Annotation:
    """What one task says of one subject.

    Attributes:
        split: of that task.
        file: label file, list or sample file that names the subject, relative to the corpus root.
        is_label_file: `file` has a line for every frame.
        frames: frames and labels of a multi-task list or sample file; null where the whole video is meant.
        listed_in: every split of the task that names the subject, where `split` is only one of them.
    """

    split: SplitName
    file: str
    is_label_file: bool
    frames: FrameList | None
    listed_in: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One annotated person.

    Attributes:
        subject_id: as the organisers name the label file.
        video_id: stem of the video; such a video may be missing.
        side: where in the picture, when a video has two annotated people.
        annotations: by task.
    """

    subject_id: str
    video_id: str
    side: Side
    annotations: Mapping[AnnotatedTask, Annotation]


def place_subjects(
    tasks: Mapping[AnnotatedTask, Mapping[str, Annotation]], videos: Iterable[str]
) -> tuple[tuple[Subject, ...], list[Finding]]:
    """Return the subjects of all tasks in order of their names, with video and side, and what is doubtful about it.

    An unsuffixed subject with a suffixed sibling is the opposite side: siblings in the same task decide, and
    siblings in any task where it has none there. A video that is called like the subject comes before any suffix.
    """
    stems = set(videos)
    findings: list[Finding] = []
    names = sorted({subject for annotations in tasks.values() for subject in annotations})
    subjects = []
    for name in names:
        annotations = {task: found[name] for task, found in tasks.items() if name in found}
        video_id, side = split_side(name)
        if name in stems or side == "only":
            siblings = _siblings(name, tasks, annotations) or _siblings(name, tasks, tasks)
            video_id, side = name, _opposite(siblings)
            if len(siblings) > 1:
                findings.append(_ambiguous(name))
        subjects.append(Subject(name, video_id, side, annotations))
    return tuple(subjects), findings


def _siblings(
    name: str, tasks: Mapping[AnnotatedTask, Mapping[str, Annotation]], among: Iterable[AnnotatedTask]
) -> set[Side]:
    sides: tuple[Side, ...] = ("left", "right")
    return {side for side in sides for task in among if f"{name}_{side}" in tasks[task]}


def _opposite(siblings: set[Side]) -> Side:
    """Return the side that siblings leave free; `only` without siblings, or when both are taken."""
    if len(siblings) != 1:
        return "only"
    return "right" if "left" in siblings else "left"


def _ambiguous(subject_id: str) -> Finding:
    return Finding(
        "side-ambiguous",
        Severity.WARNING,
        f"{subject_id} has no side in its name, but both sides exist beside it: it counts as the main person.",
        subject_id=subject_id,
        video_id=subject_id,
    )
