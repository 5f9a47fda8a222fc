"""Labels that two files give to the same frame, held against each other."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_data.core.labels.tasks import LABELS
from fer_data.corpora.contents import read_content
from fer_data.corpora.layout import AnnotationFile
from fer_data.corpora.lists import FrameList, parse_multi_task_list
from fer_data.corpora.rows import SubjectLabels, TaskLabels
from fer_data.corpora.subjects import Subject
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.reading import LIST_BYTES

__all__ = ["compare_labels", "read_lists"]

_TOLERANCE = 1e-3
"""Valence and arousal are written with three decimals in some files and more in others."""


def read_lists(root: Path, files: tuple[AnnotationFile, ...]) -> dict[str, list[tuple[str, FrameList]]]:
    """Return the lists by subject, with the file each comes from.

    Raises:
        CorpusError: a list cannot be read, or does not follow its format.
    """
    found: dict[str, list[tuple[str, FrameList]]] = {}
    for file in files:
        content = read_content(root, file.path, LIST_BYTES)
        for name, frames in parse_multi_task_list(content, file.path).items():
            found.setdefault(name, []).append((file.path, frames))
    return found


def compare_labels(
    subject: Subject, labels: SubjectLabels, lists: Mapping[str, list[tuple[str, FrameList]]]
) -> Iterator[Finding]:
    """Yield one finding for each list and task that label the subject's frames differently from its label file."""
    for file, frames in lists.get(subject.subject_id, ()):
        for listed in frames.labels:
            ours = labels.get(listed.header.task)
            if ours is None or ours.file == file:
                continue
            indices = _differences(ours, TaskLabels(file, frames.frames, listed))
            if len(indices):
                yield Finding(
                    "labels-disagree",
                    Severity.WARNING,
                    f"{len(indices)} frame(s) have another {listed.header.task} than in {ours.file}, "
                    f"first at frame {int(frames.frames[indices[0]]) + 1}.",
                    file,
                    int(listed.lines[indices[0]]),
                    subject.subject_id,
                    subject.video_id,
                )


def _differences(ours: TaskLabels, theirs: TaskLabels) -> NDArray[np.intp]:
    """Return the indices in `theirs` whose annotated values differ from the annotated values in `ours`."""
    spec = LABELS[theirs.labels.header.task]
    names = [name for name in theirs.labels.header.names if name in ours.labels.header.names]
    if spec.kind == "classes":
        names = list(spec.columns)
    _, mine, other = np.intersect1d(ours.frames, theirs.frames, assume_unique=True, return_indices=True)
    differ = np.zeros(len(mine), np.bool_)
    for name in names:
        a, b = _column_of(ours, name), _column_of(theirs, name)
        both = ours.labels.annotated[mine, a] & theirs.labels.annotated[other, b]
        gap = np.abs(ours.labels.values[mine, a].astype(np.float32) - theirs.labels.values[other, b])
        differ |= both & (gap > _TOLERANCE)
    return np.asarray(other[differ], np.intp)


def _column_of(task: TaskLabels, name: str) -> int:
    header = task.labels.header
    return 0 if LABELS[header.task].kind == "classes" else header.names.index(name)
