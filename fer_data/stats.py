"""Class imbalance of a raw corpus, a catalog, aligned faces or a published dataset."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fer_data.core.imbalance import BETA, effective_number, imbalance_ratio, shares
from fer_data.core.labels import SPLITS
from fer_data.core.rows import RowState
from fer_data.errors import CorpusError, DatasetError
from fer_data.face_rows import class_names
from fer_data.params.load import load_section
from fer_data.params.source import SourceParams
from fer_data.places import found_at, kind_at, nearest
from fer_data.shards import are_copies, is_published, open_shards, read_shards
from fer_data.tables import FACE_ROWS, ROWS, iterate_table, readable

__all__ = ["ClassStats", "SplitStats", "Stats", "stats"]

_KINDS = "a corpus, a catalog, aligned faces or a published dataset"


@dataclass(frozen=True, slots=True)
class ClassStats:
    """One class of one split.

    Attributes:
        name: of the class.
        frames: labelled frames, augmented copies left out.
        share: of the split's labelled frames, in [0, 1].
        videos: videos with such a frame.
        subjects: people with such a frame.
        effective_number: of the frames (Cui et al. 2019).
        copies: augmented copies, which come on top of the frames.
    """

    name: str
    frames: int
    share: float
    videos: int
    subjects: int
    effective_number: float
    copies: int


@dataclass(frozen=True, slots=True)
class SplitStats:
    """One split: its classes in label order, and what holds for all of them together.

    Attributes:
        imbalance_ratio: largest class over smallest, copies left out; None when a class is empty.
        imbalance_ratio_with_copies: the same with the copies.
    """

    name: str
    classes: list[ClassStats]
    frames: int
    unlabelled: int
    copies: int
    videos: int
    subjects: int
    imbalance_ratio: float | None
    imbalance_ratio_with_copies: float | None


@dataclass(frozen=True, slots=True)
class Stats:
    """The splits of whatever was looked at.

    Attributes:
        kind: `corpus`, `catalog`, `faces` or `published`.
        counts: what a frame is here, in words.
        beta: of the effective number.
        splits: those that have rows, in the order train, validation, test.
    """

    kind: str
    counts: str
    beta: float
    splits: list[SplitStats]


@dataclass(slots=True)
class _Tally:
    """Rows by class and origin, with the people and videos behind them; label None: no expression."""

    frames: Counter[int | None] = field(default_factory=Counter)
    copies: Counter[int | None] = field(default_factory=Counter)
    subjects: set[tuple[int | None, str]] = field(default_factory=set)
    videos: set[tuple[int | None, str]] = field(default_factory=set)

    def add(self, rows: pa.Table) -> None:
        """Add rows with the columns expression, subject_id, video_id and copy."""
        for row in rows.group_by(rows.column_names).aggregate([([], "count_all")]).to_pylist():
            label = row["expression"]
            (self.copies if row["copy"] else self.frames)[label] += row["count_all"]
            self.subjects.add((label, row["subject_id"]))
            self.videos.add((label, row["video_id"]))

    def split(self, name: str, classes: list[str]) -> SplitStats:
        """Return the counts under their names."""
        frames = [self.frames[label] for label in range(len(classes))]
        copies = [self.copies[label] for label in range(len(classes))]
        rows = [
            ClassStats(
                name=classes[label],
                frames=frames[label],
                share=shares(frames)[label],
                videos=sum(seen == label for seen, _ in self.videos),
                subjects=sum(seen == label for seen, _ in self.subjects),
                effective_number=effective_number(frames[label]),
                copies=copies[label],
            )
            for label in range(len(classes))
        ]
        return SplitStats(
            name=name,
            classes=rows,
            frames=sum(frames),
            unlabelled=self.frames.total() - sum(frames),
            copies=sum(copies),
            videos=len({video for _, video in self.videos}),
            subjects=len({subject for _, subject in self.subjects}),
            imbalance_ratio=imbalance_ratio(frames),
            imbalance_ratio_with_copies=imbalance_ratio(
                [n + more for n, more in zip(frames, copies, strict=True)]
            ),
        )


def stats(path: Path, params: Path = Path("params.yaml")) -> Stats:
    """Return the class imbalance of what lies at `path`, whichever of the four kinds it is.

    A raw corpus is read as section `source` of the params file says, except for its root.

    Raises:
        CorpusError: the folder is none of ours, and no corpus either.
        DatasetError: the path does not exist, or what lies there is damaged.
        ParamsError: a raw corpus without a readable section `source`.
    """
    if is_published(path):
        return _of_published(path)
    if (path / "rows.parquet").is_file():
        return _of_table(path / "rows.parquet")
    if not path.is_dir() or kind_at(path):
        raise DatasetError(
            f"PATH ({path}) must be {_KINDS}, but {found_at(path)}. Name one, such as data/catalog."
        )
    if inner := nearest(path, "a published dataset"):
        raise DatasetError(
            f"PATH ({path}) must be {_KINDS}, but holds {inner}. Name that, or another of them."
        )
    return _of_corpus(path, params)


def _of_published(path: Path) -> Stats:
    shards = open_shards(path)
    classes, splits = list(shards.classes), []
    for name in shards.splits:
        tally = _Tally()
        for batch in read_shards(shards, name):
            label = pc.if_else(
                pc.less(batch["expression"], 0), pa.scalar(None, pa.int64()), batch["expression"]
            )
            tally.add(_rows(batch, label, are_copies(batch["parent_id"])))
        splits.append(tally.split(name, classes))
    return Stats("published", "published pictures", BETA, splits)


def _of_table(path: Path) -> Stats:
    """Return the stats of a table of rows: the catalog's, or the faces' with their states."""
    with readable(path):
        aligned = "state" in pq.read_schema(path).names
    classes = class_names(path.parent, FACE_ROWS if aligned else ROWS)
    tallies: dict[str, _Tally] = {}
    for split, rows in _by_split(path, aligned=aligned):
        never = pa.repeat(pa.scalar(value=False), len(rows))
        tallies.setdefault(split, _Tally()).add(_rows(rows, rows["expression"], never))
    splits = [tallies[name].split(name, classes) for name in SPLITS if name in tallies]
    if aligned:
        return Stats("faces", "rows of state kept", BETA, splits)
    return Stats("catalog", "annotated frames", BETA, splits)


def _by_split(path: Path, *, aligned: bool) -> Iterator[tuple[str, pa.Table]]:
    columns = ["split_expression", "expression", "subject_id", "video_id", *(["state"] if aligned else [])]
    for batch in iterate_table(path, FACE_ROWS if aligned else ROWS, columns):
        if aligned:
            batch = batch.filter(pc.equal(batch["state"], str(RowState.KEPT)))
        for split in SPLITS:
            rows = batch.filter(pc.equal(batch["split_expression"], split))
            if len(rows):
                yield split, rows


def _rows(batch: pa.RecordBatch, label: pa.Array, copy: pa.Array) -> pa.Table:
    return pa.table(
        {"expression": label, "subject_id": batch["subject_id"], "video_id": batch["video_id"], "copy": copy}
    )


def _of_corpus(root: Path, params: Path) -> Stats:
    from fer_data.ingest import ingest

    source = load_section("source", SourceParams, params).model_copy(update={"root": str(root)})
    with TemporaryDirectory() as scratch:
        try:
            ingest(root, Path(scratch) / "catalog", source)
        except CorpusError as error:
            raise CorpusError(f"PATH ({root}) must be {_KINDS}: {error}") from error
        found = _of_table(Path(scratch) / "catalog" / "rows.parquet")
    return Stats("corpus", found.counts, found.beta, found.splits)
