"""Read a corpus into the catalog: one row a frame of every annotated subject."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.frames.line_frames import Footage, frames_of_lines
from fer_data.core.labels.tasks import SplitName
from fer_data.corpora.corpus import Corpus, open_corpus
from fer_data.corpora.crops import crop_frames
from fer_data.corpora.inspection import inspect_subject
from fer_data.corpora.oddities import refused_video, same_content
from fer_data.corpora.rows import (
    SPLIT_COLUMNS,
    is_sparse,
    is_trusted,
    read_subject,
    subject_frames,
    subject_table,
)
from fer_data.corpora.subjects import Subject
from fer_data.corpora.videos import VideoFacts, probe_video
from fer_data.errors import MediaError, ReadingError
from fer_data.media.frame_findings import line_findings
from fer_data.media.frame_rules import frame_rule
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import Finding, Severity, write_findings
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.files.reading import open_regular, regular_sha256
from fer_data.shell.progress import file_bytes, progress
from fer_data.tables.origin import Origin, named_source, origin_of, origin_text, prefix_metadata
from fer_data.tables.schemas import ROWS, VIDEOS, write_table

__all__ = ["headlines", "ingest"]

_ROW_GROUP = 1 << 17
_MANY_TABLES = 1 << 10
_UNREADABLE = VideoFacts(0, 0, 0.0, 0, "", variable_frame_rate=False)
"""A video that cannot be opened keeps its place in the catalog, so that its rows end as `decode_error`."""


def ingest(root: Path, output: Path, source: SourceParams) -> dict[str, Any]:
    """Write `videos.parquet`, `rows.parquet` and `problems.jsonl` into `output`, whole or not at all.

    The metadata of `rows.parquet` holds `classes` and `action_units` (names in the order of the files),
    `sparse_series` (those whose rows list some frames only), `origin`, and `prefixes` where the source has one, as
    JSON, and `source`, the name.

    Raises:
        CorpusError: the root, a list or a label file cannot be read as what it claims to be.
        OutputError: something else stands at `output`.
    """
    with new_folder(output, "catalog", overwrite=True, inputs=[root]) as folder:
        corpus = open_corpus(root, source)
        run = _Ingest(corpus, source, list(corpus.findings))
        metadata = {
            "classes": json.dumps(corpus.classes),
            "action_units": json.dumps(corpus.action_units),
            "sparse_series": json.dumps([s.subject_id for s in corpus.subjects if is_sparse(s)]),
            **run.origin.metadata(),
            **named_source(source.name),
            **prefix_metadata({source.name: source.prefix}),
        }
        write_table(folder / "videos.parquet", [run.videos()], VIDEOS)
        write_table(folder / "rows.parquet", _groups(run.tables()), ROWS, metadata)
        write_findings(folder / "problems.jsonl", run.findings)
    return run.summary()


def _groups(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield the tables joined to row groups of a size that reads well."""
    pending: list[pa.Table] = []
    rows = 0
    for table in tables:
        pending.append(table)
        rows += len(table)
        if rows >= _ROW_GROUP:
            yield pa.concat_tables(pending).combine_chunks()
            pending, rows = [], 0
        elif len(pending) >= _MANY_TABLES:  # small ones take far more memory than their rows
            pending = [pa.concat_tables(pending).combine_chunks()]
    if pending:
        yield pa.concat_tables(pending).combine_chunks()


@dataclass(slots=True)
class _Ingest:
    corpus: Corpus
    source: SourceParams
    findings: list[Finding]
    packets: dict[str, int] = field(default_factory=dict)
    footage: dict[str, Footage] = field(default_factory=dict)
    expressions: Counter[tuple[str, int]] = field(default_factory=Counter)
    subjects: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: int = 0

    @property
    def origin(self) -> Origin:
        """Return which corpus it is, and whether its faces are rendered."""
        return origin_of(self.corpus.root, self.source.corpus)

    def videos(self) -> pa.Table:
        """Return the table of videos, and note those that cannot be opened or are the same."""
        rows = []
        sizes = {path: file_bytes(self.corpus.root / path) for path in self.corpus.videos.values()}
        with progress("ingest, videos", sum(sizes.values()), "bytes") as work:
            for row in self._video_rows():
                rows.append(row)
                work.advance(sizes[row["path"]], row["path"])
        self.findings.extend(
            same_content(
                (row["video_id"], row["path"], row["content_hash"]) for row in rows if row["content_hash"]
            )
        )
        return pa.Table.from_pylist(rows, schema=VIDEOS)

    def _video_rows(self) -> Iterator[dict[str, Any]]:
        for video_id, path in self.corpus.videos.items():
            facts = self._probe(video_id, path)
            content_hash = "" if facts is _UNREADABLE else self._hash(video_id, path)
            self.packets[video_id] = facts.num_packets
            if (holes := facts.footage.holes) is not None and holes.total:
                self.footage[video_id] = facts.footage
            yield {
                "video_id": video_id,
                "path": path,
                "content_hash": content_hash,
                **{name: getattr(facts, name) for name in VIDEOS.names[3:]},
            }

    def _hash(self, video_id: str, path: str) -> str:
        """Return the hash of a video's bytes; empty, and noted, where they cannot be read."""
        try:
            return regular_sha256(self.corpus.root / path)
        except ReadingError as error:
            self.findings.append(refused_video(video_id, path, error))
            return ""

    def _probe(self, video_id: str, path: str) -> VideoFacts:
        try:
            open_regular(self.corpus.root / path).close()
            return probe_video(self.corpus.root / path)
        except ReadingError as error:
            self.findings.append(refused_video(video_id, path, error))
            return _UNREADABLE
        except MediaError as error:
            self.findings.append(
                Finding("unreadable-video", Severity.ERROR, str(error), file=path, video_id=video_id)
            )
            return _UNREADABLE

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
        table = subject_table(subject, labels, frames, self.corpus.classes)
        self._count(subject, table)
        return table

    def _holes(self, subject: Subject, frames: NDArray[np.intp]) -> Iterator[Finding]:
        """Yield what `align` will do where the times of the packets show holes and the lines are more or fewer."""
        if subject.video_id not in self.footage or not len(frames):
            return
        listed, trusted = is_sparse(subject), is_trusted(subject, self.source.task)
        found = frames_of_lines(
            self.footage[subject.video_id],
            int(frames[-1]) + 1,
            frame_rule(self.source),
            listed=listed or trusted,
        )
        where = Finding("", Severity.INFO, "", subject_id=subject.subject_id, video_id=subject.video_id)
        for finding in line_findings(found, trusted=trusted, where=where):
            if finding.rule == "frame-holes":
                yield finding

    def _video_frames(self, subject: Subject) -> int:
        if subject.video_id in self.packets or subject.subject_id not in self.corpus.crops:
            return self.packets.get(subject.video_id, 0)
        return max(crop_frames(self.corpus.crops[subject.subject_id]), default=-1) + 1

    def _count(self, subject: Subject, table: pa.Table) -> None:
        self.rows += len(table)
        for task, annotation in subject.annotations.items():
            self.subjects[task, annotation.split] += 1
        if expression := subject.annotations.get("expression"):
            for entry in pc.value_counts(table["expression"].drop_null()).to_pylist():
                self.expressions[expression.split, entry["values"]] += entry["counts"]

    def summary(self) -> dict[str, Any]:
        """Return what was read, as the stage's metrics."""
        splits = get_args(SplitName)
        return {
            "corpus": origin_text(self.origin),
            "videos": len(self.corpus.videos),
            "subjects": len(self.corpus.subjects),
            "rows": self.rows,
            "subjects_by_split": {
                task: {split: self.subjects[task, split] for split in splits} for task in SPLIT_COLUMNS
            },
            "labelled_frames": {
                split: {
                    name: self.expressions[split, label] for label, name in enumerate(self.corpus.classes)
                }
                for split in splits
            },
            "findings": dict(sorted(Counter(finding.rule for finding in self.findings).items())),
        }


def headlines(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the few numbers of a summary that DVC's tables show."""
    counts = {name: summary[name] for name in ("corpus", "videos", "subjects", "rows")}
    return {**counts, "findings": sum(summary["findings"].values())}
