"""Aff-Wild2, and folders of one's own with label files of its format."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer_data.core.labels.tasks import (
    DIMENSIONS,
    EIGHT_CLASSES,
    EXPRESSION,
    TASKS,
    UNITS,
    VALENCE_AROUSAL,
    SplitName,
)
from fer_data.corpora.adapter import OnError
from fer_data.corpora.completeness import completeness
from fer_data.corpora.corpus import Corpus, open_corpus
from fer_data.corpora.given import ClassTable, CorpusKind, GivenLabels, GivenRow
from fer_data.corpora.rows import SubjectLabels, read_subject, subject_frames
from fer_data.corpora.subjects import Subject
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import Finding

__all__ = ["AFFWILD2", "OpenedAffWild2"]


@dataclass(frozen=True, slots=True)
class OpenedAffWild2:
    """A folder of Aff-Wild2.

    Its splits differ by task, which a row of `rows` cannot say; `ingest` reads `corpus` itself, where they all are.
    """

    corpus: Corpus
    source: SourceParams

    @property
    def classes(self) -> Sequence[str]:
        """Return the expression classes by its headers."""
        return self.corpus.classes

    @property
    def videos(self) -> Mapping[str, str]:
        """Return the path of each video by its name."""
        return self.corpus.videos

    @property
    def findings(self) -> Sequence[Finding]:
        """Return what is odd about the folder."""
        return self.corpus.findings

    @property
    def found(self) -> Mapping[str, int]:
        """Return the videos of each part."""
        parts = completeness(self.corpus)
        return {f"{part.task} {part.split}": part.videos for part in parts if part.subjects}

    def rows(self) -> Iterator[Sequence[GivenRow]]:
        """Yield the labelled frames of each subject, in the splits of the task that the dataset is made for."""
        for subject in self.corpus.subjects:
            if (split := self._split(subject)) is not None:
                labels = read_subject(self.corpus.root, subject)
                frames = subject_frames(subject, labels, 0).tolist()
                yield [self._row(subject, split, labels, frame) for frame in frames]

    def _split(self, subject: Subject) -> SplitName | None:
        wanted = TASKS if self.source.task == "multi_task" else (self.source.task,)
        found = [subject.annotations[task].split for task in wanted if task in subject.annotations]
        return found[0] if found else None

    def _row(self, subject: Subject, split: SplitName, labels: SubjectLabels, frame: int) -> GivenRow:
        path = self.corpus.videos.get(subject.video_id, "")
        return GivenRow(path, split, _given(labels, frame), person=subject.subject_id, frame_index=frame)


def _given(labels: SubjectLabels, frame: int) -> GivenLabels:
    """Return what all tasks say of a frame."""
    expression = _values(labels, EXPRESSION, frame).values()
    dimensions = _values(labels, VALENCE_AROUSAL, frame)
    valence, arousal = (dimensions.get(name) for name in DIMENSIONS)
    return GivenLabels(
        expression=next((str(EIGHT_CLASSES[int(value)]) for value in expression), None),
        valence=valence,
        arousal=arousal,
        units={unit: int(value) for unit, value in _values(labels, UNITS, frame).items()},
    )


def _values(labels: SubjectLabels, task: str, frame: int) -> dict[str, float]:
    """Return what one task says of a frame, by the names in the header of its file; nothing where it says nothing."""
    found = next((one for name, one in labels.items() if name == task), None)
    if found is None:
        return {}
    row = int(np.searchsorted(found.frames, frame))
    if row == len(found.frames) or found.frames[row] != frame:
        return {}
    known = found.labels.annotated[row]
    names = found.labels.header.names[: len(known)]
    return {
        name: float(value)
        for name, value, stated in zip(names, found.labels.values[row], known, strict=True)
        if stated
    }


@dataclass(frozen=True, slots=True)
class _AffWild2:
    kind: CorpusKind

    def open(self, root: Path, source: SourceParams, on_error: OnError) -> OpenedAffWild2:
        return OpenedAffWild2(open_corpus(root, source, on_error), source)


AFFWILD2 = _AffWild2(
    CorpusKind(
        "affwild2",
        "Aff-Wild2",
        "videos",
        TASKS,
        ClassTable({str(code): str(name) for code, name in enumerate(EIGHT_CLASSES)}),
        verified=False,
    )
)
