"""Aff-Wild2 into the catalog: one row a frame of every annotated subject, in the splits of each task."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.frames.line_frames import frames_of_lines
from fer_data.core.labels.tasks import SplitName
from fer_data.corpora.corpus import Corpus
from fer_data.corpora.crops import crop_frames
from fer_data.corpora.inspection import inspect_subject
from fer_data.corpora.labelling import Labelling, label_findings, source_places
from fer_data.corpora.rows import (
    SPLIT_COLUMNS,
    is_sparse,
    is_trusted,
    read_subject,
    subject_frames,
    subject_table,
)
from fer_data.corpora.subjects import Subject
from fer_data.ingest.stated import catalog_metadata, labelled_frames
from fer_data.ingest.video_files import VideoFiles
from fer_data.ingest.withdrawal import Withdrawal
from fer_data.media.frame_findings import hole_findings
from fer_data.media.frame_rules import frame_rule
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import Finding, Severity, write_findings
from fer_data.shell.progress import progress
from fer_data.tables.origin import Origin, origin_of, origin_text
from fer_data.tables.row_groups import row_groups
from fer_data.tables.schemas import ROWS, VIDEOS, write_table

__all__ = ["ingest_affwild2"]


def ingest_affwild2(corpus: Corpus, folder: Path, source: SourceParams) -> dict[str, Any]:
    """Write the catalog of an opened corpus into a new folder, and return the summary.

    Raises:
        CorpusError: a label file cannot be read as what it claims to be.
    """
    run = _Ingest(corpus, source, list(corpus.findings), VideoFiles(corpus.root))
    videos = run.files.table(corpus.videos)
    metadata = catalog_metadata(
        source,
        run.labelling,
        run.origin,
        medium="videos",
        action_units=corpus.action_units,
        sparse_series=[subject.subject_id for subject in corpus.subjects if is_sparse(subject)],
    )
    run.findings.extend(run.files.findings)
    write_table(folder / "videos.parquet", [videos], VIDEOS)
    write_table(folder / "rows.parquet", row_groups(run.tables()), ROWS, metadata)
    run.findings.extend(label_findings(run.outside, 0, run.labelling.places.classes))
    run.findings = run.withdrawal.finish(folder, run.findings)
    write_findings(folder / "problems.jsonl", run.findings)
    return run.summary()


@dataclass(slots=True)
class _Ingest:
    corpus: Corpus
    source: SourceParams
    findings: list[Finding]
    files: VideoFiles
    labelling: Labelling = field(init=False)
    withdrawal: Withdrawal = field(init=False)
    expressions: Counter[tuple[str, int]] = field(default_factory=Counter)
    subjects: Counter[tuple[str, str]] = field(default_factory=Counter)
    outside: Counter[str] = field(default_factory=Counter)
    rows: int = 0

    def __post_init__(self) -> None:
        self.labelling = Labelling(source_places(self.corpus.classes, self.source))
        self.withdrawal = Withdrawal(self.source)

    @property
    def origin(self) -> Origin:
        """Return which corpus it is, and whether its faces are rendered; known once its videos were looked at."""
        packets = {path: self.files.packets[name] for name, path in self.corpus.videos.items()}
        return origin_of(self.corpus.root, self.source.corpus, packets)

    def tables(self) -> Iterator[pa.Table]:
        """Yield the rows of each subject, and note what is odd about them."""
        with progress("ingest, labels", len(self.corpus.subjects), "subjects") as work:
            for subject in self.corpus.subjects:
                yield self._table(subject)
                work.advance()

    def _table(self, subject: Subject) -> pa.Table:
        labels = read_subject(self.corpus.root, subject)
        frames = subject_frames(subject, labels, self._video_frames(subject))
        tolerance = frame_rule(self.source).tolerance_frames
        self.findings.extend(inspect_subject(subject, labels, tolerance))
        self.findings.extend(self._holes(subject, frames))
        table, shown = self.withdrawal.blank(subject_table(subject, labels, frames, self.labelling.places))
        self.rows += len(table)
        if not self.withdrawal.of(subject.subject_id):
            self._count(subject, shown)
        return table

    def _holes(self, subject: Subject, frames: NDArray[np.intp]) -> Iterator[Finding]:
        """Yield what `align` will do where the times of the packets show holes and the lines are more or fewer."""
        if subject.video_id not in self.files.footage or not len(frames):
            return
        listed, trusted = is_sparse(subject), is_trusted(subject, self.source.task)
        found = frames_of_lines(
            self.files.footage[subject.video_id],
            int(frames[-1]) + 1,
            frame_rule(self.source),
            listed=listed or trusted,
        )
        where = Finding("", Severity.INFO, "", subject_id=subject.subject_id, video_id=subject.video_id)
        yield from hole_findings(found, trusted=trusted, where=where)

    def _video_frames(self, subject: Subject) -> int:
        if subject.video_id in self.files.packets or subject.subject_id not in self.corpus.crops:
            return self.files.packets.get(subject.video_id, 0)
        return max(crop_frames(self.corpus.crops[subject.subject_id]), default=-1) + 1

    def _count(self, subject: Subject, table: pa.Table) -> None:
        for task, annotation in subject.annotations.items():
            self.subjects[task, annotation.split] += 1
        if expression := subject.annotations.get("expression"):
            for entry in pc.value_counts(table["expression"].drop_null()).to_pylist():
                self.expressions[expression.split, entry["values"]] += entry["counts"]
            lost = table.filter(pc.is_null(table["expression"]))["expression_given"].drop_null()
            self.outside.update(lost.to_pylist())

    def summary(self) -> dict[str, Any]:
        """Return what was read, as the stage's metrics."""
        splits = get_args(SplitName)
        return {
            "corpus": origin_text(self.origin),
            "videos": len(self.corpus.videos),
            "subjects": len(self.corpus.subjects) - len(self.withdrawal.met),
            "rows": self.rows,
            **self.withdrawal.counts(),
            "subjects_by_split": {
                task: {split: self.subjects[task, split] for split in splits} for task in SPLIT_COLUMNS
            },
            "labelled_frames": labelled_frames(self.expressions, self.labelling.places.classes),
            "findings": dict(sorted(Counter(finding.rule for finding in self.findings).items())),
        }
