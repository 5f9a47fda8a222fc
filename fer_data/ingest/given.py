"""Any corpus that hands over its rows into the catalog: videos one person in one at a time, pictures by the shard."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.frames.line_frames import frames_of_lines
from fer_data.core.labels.tasks import EXPRESSION, AnnotatedTask, SplitName, split_column
from fer_data.corpora.adapter import OpenedCorpus
from fer_data.corpora.given import CorpusKind, GivenRow
from fer_data.corpora.given_rows import RowIds, row_ids, rows_table, series_of
from fer_data.corpora.labelling import (
    Labelling,
    label_findings,
    labelling_of,
    labels_as_columns,
    lacking_findings,
)
from fer_data.corpora.picture_reading import PictureReading
from fer_data.corpora.torn_splits import torn_splits
from fer_data.errors import CorpusError
from fer_data.ingest.own_names import OwnNames
from fer_data.ingest.picture_shards import PictureShards
from fer_data.ingest.stated import catalog_metadata, labelled_frames
from fer_data.ingest.video_files import VideoFiles
from fer_data.ingest.withdrawal import Withdrawal
from fer_data.media.frame_findings import hole_findings
from fer_data.media.frame_rules import frame_rule
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import Finding, Severity, write_findings
from fer_data.shell.progress import progress
from fer_data.tables.origin import Origin, origin_of, origin_text
from fer_data.tables.pictures import PICTURES, PICTURES_FILE
from fer_data.tables.row_groups import row_groups
from fer_data.tables.schemas import ROWS, VIDEOS, table_writer, write_table

__all__ = ["ingest_given"]


def ingest_given(
    opened: OpenedCorpus, kind: CorpusKind, folder: Path, *, root: Path, source: SourceParams
) -> dict[str, Any]:
    """Write the catalog of an opened corpus into a new folder, and return the summary.

    Raises:
        CorpusError: a list or label file breaks a rule, a name is not safe, a row comes twice, or there is none.
    """
    run = _Ingest(opened, kind, root, source)
    with ExitStack() as stack:
        pictures = None
        if kind.medium == "pictures":
            pictures = stack.enter_context(table_writer(folder / PICTURES_FILE, PICTURES))
        videos = run.files.table({source.prefix + name: path for name, path in opened.videos.items()})
        write = stack.enter_context(table_writer(folder / "rows.parquet", ROWS, run.metadata()))
        write_table(folder / "videos.parquet", [videos], VIDEOS)
        for table in row_groups(run.tables(pictures)):
            write(table)
    if not run.rows:
        raise CorpusError(
            f"{source.key('root')} ({root}) must hold annotated {kind.medium}, but gives no row."
        )
    own = [one.prefixed(source.prefix) for one in opened.findings]
    findings = [*own, *run.findings(), *torn_splits(folder / "rows.parquet")]
    findings = run.withdrawal.finish(folder, findings)
    write_findings(folder / "problems.jsonl", findings)
    return run.summary(findings)


@dataclass(slots=True)
class _Ingest:
    opened: OpenedCorpus
    kind: CorpusKind
    root: Path
    source: SourceParams
    labelling: Labelling = field(init=False)
    files: VideoFiles = field(init=False)
    names: OwnNames = field(init=False)
    shards: PictureShards = field(init=False)
    withdrawal: Withdrawal = field(init=False)
    rows: int = 0
    expressions: Counter[tuple[str, int]] = field(default_factory=Counter)
    people: dict[str, set[str]] = field(default_factory=dict)
    unnamed: Counter[str] = field(default_factory=Counter)
    outside: Counter[str] = field(default_factory=Counter)
    out_of_scale: int = 0
    holes: list[Finding] = field(default_factory=list)
    _last: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        self.labelling = labelling_of(self.kind, self.opened.classes, self.source)
        self.files, self.names = VideoFiles(self.root), OwnNames(self.kind.medium)
        self.shards = PictureShards(PictureReading(self.root), self.source.prefix)
        self.withdrawal = Withdrawal(self.source)

    @property
    def tasks(self) -> tuple[AnnotatedTask, ...]:
        """Return the tasks that the corpus annotates: by its keys where these say it, else every copy's."""
        return self.source.section.annotated or self.kind.tasks

    @property
    def origin(self) -> Origin:
        """Return which corpus it is, and whether its faces are rendered; known once its videos were looked at."""
        prefix, found = self.source.prefix, self.files.packets
        packets = {path: found[prefix + name] for name, path in self.opened.videos.items()}
        return origin_of(self.root, self.source.corpus, packets)

    def metadata(self) -> dict[str, str]:
        """Return what the table of rows says of itself; rows list some frames only, wherever they say which."""
        return catalog_metadata(
            self.source,
            self.labelling,
            self.origin,
            medium=self.kind.medium,
            action_units=(),
            sparse_series=True,
        )

    def tables(self, pictures: Any) -> Iterator[pa.Table]:  # noqa: ANN401 - what writes a table, or None
        """Yield the rows of each series, and write what the pictures' files say beside them."""
        with progress("ingest, rows", None, "rows") as work:
            if self.kind.medium == "videos":
                for rows in filter(len, self.opened.rows()):
                    table, ids = self._table(rows, series_of(rows[0], self.source.prefix))
                    self.holes.extend(self._holes(ids[0], rows[-1].frame_index + 1))
                    yield table
                    work.advance(len(rows))
                return
            for shard in self.shards.shards(self.opened.rows()):
                table, ids = self._table(shard.rows, shard.series_id)
                pictures(shard.pictures([one.row_id for one in ids]))
                yield table
                work.advance(len(table))

    def _table(self, rows: Sequence[GivenRow], series: str) -> tuple[pa.Table, list[RowIds]]:
        videos = self.kind.medium == "videos"
        ids = row_ids(rows, self.kind.medium, self.source.prefix)
        self._check_once(rows, ids)
        labels = self._labels(rows, [series if videos else one.video_id for one in ids])
        table, shown = self.withdrawal.blank(rows_table(rows, ids, labels, series=series, kind=self.kind))
        self._count(rows, ids, shown)
        return table, ids

    def _labels(self, rows: Sequence[GivenRow], clips: Sequence[str]) -> Mapping[str, pa.Array]:
        found = labels_as_columns(rows, clips, self.labelling)
        self.outside.update(found.outside)
        self.out_of_scale += found.out_of_scale
        return found.columns

    def _holes(self, ids: RowIds, lines: int) -> Iterator[Finding]:
        """Yield what `align` will do where the times of the packets show holes and the labels go further."""
        if ids.video_id in self.files.footage:
            where = Finding("", Severity.INFO, "", subject_id=ids.subject_id, video_id=ids.video_id)
            found = frames_of_lines(
                self.files.footage[ids.video_id], lines, frame_rule(self.source), listed=True
            )
            yield from hole_findings(found, trusted=False, where=where)

    def _check_once(self, rows: Sequence[GivenRow], ids: Sequence[RowIds]) -> None:
        """Refuse a row that comes twice, or has another's name; those of one picture or series stand together."""
        seen: set[str] = set()
        for row, one in zip(rows, ids, strict=True):
            self.names.check(row, one)
            if one.row_id in seen:
                raise CorpusError(
                    f"{row.path} has two rows called {one.row_id}. Remove one of them.", rule="duplicate-rows"
                )
            seen.add(one.row_id)

    def _count(self, rows: Sequence[GivenRow], ids: Sequence[RowIds], table: pa.Table) -> None:
        self.rows += len(rows)
        for row, one in zip(rows, ids, strict=True):
            if self.withdrawal.of(one.subject_id):
                continue
            if row.person is None and self.kind.medium == "pictures":
                self.unnamed[row.split] += (row.split, one.subject_id) != self._last
                self._last = row.split, one.subject_id
            else:
                self.people.setdefault(row.split, set()).add(one.subject_id)
        for split in {row.split for row in rows}:
            own = table.filter(pc.equal(table[split_column(self.tasks[0])], split))
            for entry in pc.value_counts(own[EXPRESSION].drop_null()).to_pylist():
                self.expressions[split, entry["values"]] += entry["counts"]

    def findings(self) -> Iterator[Finding]:
        """Yield what is odd about files, and what of the labels the dataset does not have."""
        yield from label_findings(self.outside, self.out_of_scale, self.labelling.places.classes)
        yield from lacking_findings(self.labelling.places)
        yield from self.files.findings
        yield from self.holes
        yield from self.shards.reading.findings()

    def summary(self, findings: Sequence[Finding]) -> dict[str, Any]:
        """Return what was read, as the stage's metrics."""
        splits = get_args(SplitName)
        by_split = {split: len(self.people.get(split, ())) + self.unnamed[split] for split in splits}
        pictures = {"pictures": self.shards.reading.pictures} if self.kind.medium == "pictures" else {}
        return {
            "corpus": origin_text(self.origin),
            "videos": len(self.opened.videos),
            **pictures,
            "subjects": len(set().union(*self.people.values())) + sum(self.unnamed.values()),
            "rows": self.rows,
            **self.withdrawal.counts(),
            "subjects_by_split": dict.fromkeys(self.tasks, by_split),
            "labelled_frames": labelled_frames(self.expressions, self.labelling.places.classes),
            "found": dict(self.opened.found),
            "findings": dict(sorted(Counter(finding.rule for finding in findings).items())),
        }
