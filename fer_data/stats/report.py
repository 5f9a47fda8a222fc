"""How labels are spread over a raw corpus, a catalog, aligned faces or a published dataset."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fer_data.core.arrays import Mask
from fer_data.core.labels.classes import in_dataset_order
from fer_data.core.labels.rows import RowState
from fer_data.core.labels.tasks import EXPRESSION, LABELS, SPLITS, TASKS, split_column
from fer_data.core.sampling.imbalance import BETA
from fer_data.corpora.sources import not_a_corpus, source_for
from fer_data.errors import CorpusError, DatasetError, ParamsError
from fer_data.params.source import load_dataset
from fer_data.published.documents import made_for
from fer_data.published.shards import are_copies, is_published, open_shards, read_shards
from fer_data.shell.files.places import found_at, kind_at, nearest
from fer_data.shell.sections.load import read_text
from fer_data.shell.suggestions import did_you_mean, quoted
from fer_data.stats.classes import given_column
from fer_data.stats.tallies import Means, Split, Tally, mean_shares, split_document, tally_of
from fer_data.tables.face_rows import class_names
from fer_data.tables.footage import VIDEOS, Footage, all_single, footage_of
from fer_data.tables.origin import source_name
from fer_data.tables.people import named_people
from fer_data.tables.schemas import FACE_ROWS, ROWS, iterate_table, read_metadata, readable
from fer_data.tables.source_folders import ROWS_FILE, source_folders
from fer_data.tables.withdrawn import is_withdrawn

__all__ = ["Stats", "stats"]

_KINDS = "a corpus, a catalog, aligned faces or a published dataset"
_PARAMS = Path("params.yaml")
_ASKED = (*TASKS, "multi_task")


@dataclass(frozen=True, slots=True)
class Stats:
    """The splits of whatever was looked at.

    Attributes:
        kind: `corpus`, `catalog`, `faces` or `published`.
        counts: what a frame is here, in words.
        tasks: that were looked at.
        beta: of the effective number.
        splits: of each task, those that have rows, in the order train, validation, test.
        footage: what a row is called.
        low_quality: training rows that the gates of `align.quality` took, of aligned faces; else None.
        corpora: the same of each corpus by the name of its source, where there are several; `splits` then count all.
        means: by task, split and label, the mean over these corpora of its share (of values: of their mean).
    """

    kind: str
    counts: str
    tasks: tuple[str, ...]
    beta: float
    splits: Mapping[str, Sequence[Split]]
    footage: Footage = VIDEOS
    low_quality: int | None = None
    corpora: Mapping[str, "Stats"] = field(default_factory=dict)
    means: Mapping[str, Means] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return it as JSON: `splits` are those of expression, each other task's stand under its name."""
        splits: dict[str, Any] = {
            task: [split_document(one) for one in self.splits.get(task, ())] for task in TASKS
        }
        return {
            "kind": self.kind,
            "counts": self.counts,
            "tasks": self.tasks,
            "beta": self.beta,
            "splits": splits.pop(EXPRESSION),
            **splits,
            "low_quality": self.low_quality,
            "corpora": {name: one.document() for name, one in self.corpora.items()},
            "means": self.means,
        }


@dataclass(slots=True)
class _Board:
    """The tallies of every task that is looked at, by split."""

    tasks: tuple[str, ...]
    single: dict[str, bool] = field(default_factory=dict)
    tallies: dict[str, dict[str, Tally]] = field(default_factory=lambda: {task: {} for task in TASKS})

    def meet(self, corpus: str, rows: pa.Table) -> None:
        """See whether the rows of a corpus are single pictures."""
        if len(rows):
            self.single[corpus] = self.single.get(corpus, True) and all_single(rows)

    def add(self, task: str, split: str, rows: pa.Table, copy: Mask) -> None:
        if not len(rows):
            return
        words = given_column(LABELS[task])
        said = [words] if words in rows.column_names else []
        people = named_people(rows)
        rows = rows.select([*LABELS[task].columns, *said, "subject_id", "video_id"])
        rows = rows.set_column(rows.schema.get_field_index("subject_id"), "subject_id", people)
        self.tallies[task].setdefault(split, tally_of(task)).add(rows, copy)

    def found(self) -> tuple[str, ...]:
        """Return the tasks that have a split; expression where none has."""
        return tuple(task for task in self.tasks if self.tallies[task]) or (EXPRESSION,)

    def stats(self, kind: str, counts: str, classes: Sequence[str]) -> Stats:
        footage = footage_of(self.single.values())
        return Stats(
            kind=kind,
            counts=counts.replace("frames", footage.rows),
            tasks=self.tasks,
            beta=BETA,
            footage=footage,
            splits={
                task: [
                    found[name].split(name, LABELS[task].names or classes) for name in SPLITS if name in found
                ]
                for task, found in self.tallies.items()
            },
        )


def stats(path: Path, params: Path | None = None, task: str | None = None) -> Stats:
    """Return how labels are spread over what lies at `path`, whichever of the four kinds it is.

    Without a task a published dataset is counted by the one that it was made for, all else by `dataset.task` of the
    params file; `multi_task` counts all, each by its own splits. Without a params file, `params.yaml` where there
    is one; without that a corpus is read as the organisers sent it, by expression, and tables by every task they have.

    Raises:
        CorpusError: the folder is none of ours, and no corpus either.
        DatasetError: the path does not exist, or what lies there is damaged.
        ParamsError: the task is none, or the params file is missing or has no readable section `sources` or `dataset`.
    """
    if task is not None and task not in _ASKED:
        raise ParamsError(f"Unknown task {quoted(task)} (--task). {did_you_mean(task, _ASKED)}")
    if params is not None:
        read_text(params)  # what was named is there, whether what lies at `path` needs it or not
    if is_published(path):
        return _of_published(path, task)
    folders = source_folders(path)
    if all(kind_at(folder) in {"a catalog", "aligned faces"} for folder in folders):
        asked = task or _task_of(params)
        return _of_tables(folders, _tasks(asked or "multi_task"), every=asked is None)
    if not path.is_dir() or kind_at(path):
        raise DatasetError(
            f"PATH ({path}) must be {_KINDS}, but {found_at(path)}. Name one, such as data/catalog."
        )
    if inner := nearest(path, "a published dataset"):
        raise DatasetError(
            f"PATH ({path}) must be {_KINDS}, but holds {inner}. Name that, or another of them."
        )
    return _of_corpus(path, params, task)


def _tasks(task: str) -> tuple[str, ...]:
    return TASKS if task == "multi_task" else (task,)


def _params_file(params: Path | None) -> Path | None:
    """Return the params file that was named, or the one that lies here."""
    return params or (_PARAMS if _PARAMS.is_file() else None)


def _task_of(params: Path | None) -> str | None:
    found = _params_file(params)
    return load_dataset(found).task if found else None


def _of_published(path: Path, task: str | None) -> Stats:
    shards = open_shards(path)
    asked = made_for(shards.documents.provenance)
    board = _Board(_tasks(task or (asked if asked in _ASKED else EXPRESSION)))
    boards: dict[str, _Board] = {}
    for name in shards.splits:
        lacking = {column for shown in board.tasks for column in LABELS[shown].columns} - shards.splits[
            name
        ].columns
        if lacking:
            raise DatasetError(
                f"{path / name} lacks the column {min(lacking)!r}. Name a task whose labels it has with --task."
            )
        for batch in read_shards(shards, name):
            copy = np.asarray(are_copies(batch["parent_id"]))
            rows = pa.Table.from_batches([batch])
            for shown in board.tasks:
                known = _known(rows, shown)
                board.add(shown, name, known, copy)
                for corpus, mask in _corpora(known):
                    own = boards.setdefault(corpus, _Board(board.tasks))
                    of_corpus = known.filter(pa.array(mask))
                    own.add(shown, name, of_corpus, copy[mask])
                    own.meet(corpus, of_corpus)
                    board.meet(corpus, of_corpus)
    counted = "published", "published pictures", list(shards.classes)
    return _joined(board.stats(*counted), {name: one.stats(*counted) for name, one in sorted(boards.items())})


def _corpora(rows: pa.Table) -> Iterator[tuple[str, Mask]]:
    """Yield each corpus of published rows, and which rows are of it; nothing of a dataset that does not say."""
    if "corpus" not in rows.column_names:
        return
    for name in pc.unique(rows["corpus"]).to_pylist():
        yield str(name), np.asarray(pc.equal(rows["corpus"], name))


def _joined(whole: Stats, parts: Mapping[str, Stats]) -> Stats:
    """Return the stats of all rows with those of each corpus, where there are several."""
    if len(parts) < 2:
        return whole
    means = {task: mean_shares([one.splits.get(task, ()) for one in parts.values()]) for task in whole.tasks}
    return replace(whole, corpora=dict(parts), means=means)


def _known(rows: pa.Table, task: str) -> pa.Table:
    """Return published rows with null as the class of those that have none; other kinds of labels as they are."""
    spec = LABELS[task]
    if spec.kind != "classes":
        return rows
    column = spec.columns[0]
    known = pc.if_else(pc.less(rows[column], 0), pa.scalar(None, pa.int64()), rows[column])
    return rows.set_column(rows.schema.get_field_index(column), column, known)


def _of_tables(folders: Sequence[Path], tasks: tuple[str, ...], *, every: bool = False) -> Stats:
    """Return the stats of the tables of rows of one source or of all: catalogs, or faces with their states.

    With `every` the tasks are those that have a split in them.
    """
    tables = [folder / ROWS_FILE for folder in folders]
    with readable(tables[0]):
        aligned = "state" in pq.read_schema(tables[0]).names
    kind = ("faces", "rows of state kept") if aligned else ("catalog", "annotated frames")
    schema = FACE_ROWS if aligned else ROWS
    names = [class_names(folder, schema) for folder in folders]
    every_name = list(in_dataset_order(chain(*names))) if any(one != names[0] for one in names) else names[0]
    whole, parts = _Board(tasks), {}
    for table, classes in zip(tables, names, strict=True):
        own, source = _Board(tasks), source_name(read_metadata(table, schema))
        for task, split, rows in _by_split(table, tasks, aligned=aligned):
            copy = np.zeros(len(rows), bool)
            own.add(task, split, rows, copy)
            own.meet(source, rows)
            whole.add(task, split, _renumbered(rows, task, [every_name.index(one) for one in classes]), copy)
        if every:
            own.tasks = own.found()
        whole.single |= own.single
        of_one = own.stats(*kind, classes)
        poor = _low_quality(table) if aligned else None
        parts[source] = replace(of_one, low_quality=poor)
    if every:
        whole.tasks = whole.found()
    found = next(iter(parts.values())) if len(parts) == 1 else whole.stats(*kind, every_name)
    if aligned:
        found = replace(found, low_quality=sum(one.low_quality or 0 for one in parts.values()))
    return _joined(found, parts)


def _renumbered(rows: pa.Table, task: str, places: Sequence[int]) -> pa.Table:
    """Return rows with their classes by the list of all sources, which may differ until `multires` asks for one."""
    for name in LABELS[task].columns if LABELS[task].kind == "classes" else ():
        index, field = rows.schema.get_field_index(name), rows.schema.field(name)
        rows = rows.set_column(index, field, pa.array(places, field.type).take(rows[name].combine_chunks()))
    return rows


def _low_quality(path: Path) -> int:
    """Return how many rows of the table of faces ended as `low_quality`, whatever they are labelled with."""
    poor = str(RowState.LOW_QUALITY)
    return sum(
        pc.sum(pc.equal(rows["state"], poor)).as_py() or 0
        for rows in iterate_table(path, FACE_ROWS, ["state"])
    )


def _by_split(path: Path, tasks: tuple[str, ...], *, aligned: bool) -> Iterator[tuple[str, str, pa.Table]]:
    labels = [name for task in tasks for name in (split_column(task), *LABELS[task].columns)]
    labels += [given_column(LABELS[task]) for task in tasks if LABELS[task].kind == "classes"]
    columns = [
        *labels,
        "subject_id",
        "video_id",
        "frame_index",
        "subject_source",
        *(["state"] if aligned else []),
    ]
    for batch in iterate_table(path, FACE_ROWS if aligned else ROWS, columns):
        if aligned:
            batch = batch.filter(pc.equal(batch["state"], str(RowState.KEPT)))
        else:
            batch = batch.filter(pc.invert(is_withdrawn(batch)))
        for task in tasks:
            for split in SPLITS:
                rows = batch.filter(pc.equal(batch[split_column(task)], split))
                if len(rows):
                    yield task, split, rows


def _of_corpus(root: Path, params: Path | None, task: str | None) -> Stats:
    from fer_data.ingest import ingest

    source = source_for(root, params=_params_file(params), typed={"root": "PATH", "task": "--task"})
    if task is not None:
        dataset = source.dataset.model_copy(update={"task": task})
        source = replace(source, dataset=dataset, typed={**source.typed, "task": "--task"})
    with TemporaryDirectory() as scratch:
        try:
            ingest(root, Path(scratch) / "catalog", source)
        except CorpusError as error:
            raise not_a_corpus(root, _KINDS, error) from error
        found = _of_tables([Path(scratch) / "catalog"], _tasks(source.task))
    return replace(found, kind="corpus")
