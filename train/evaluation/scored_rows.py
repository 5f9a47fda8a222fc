"""Which rows of a published dataset are scored, in which split of each corpus, and whose labels they carry.

A corpus is scored on its validation rows where it has labelled ones, else on its labelled test rows: RAF-DB has no
validation split, Aff-Wild2's test rows have no labels. Labels that a program made are never scored.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.arrays import Mask
from fer_data.core.labels.tasks import LABELS, split_column
from fer_data.errors import DatasetError
from fer_data.published.dataset import Published
from fer_data.published.features import labelled
from fer_data.published.row_facts import DEFAULTS, MACHINE, possible_classes
from fer_data.tables.schemas import FACE_ROWS, compact, iterate_table, row_count

__all__ = ["CorpusFacts", "Scored", "find_scored", "row_corpora", "scored_column", "texts_of_rows"]

_SPLITS = ("validation", "test")
"""In the order of preference."""


@dataclass(frozen=True, slots=True, eq=False)
class CorpusFacts:
    """What is known of one corpus that is scored.

    Attributes:
        name: of the source.
        kind: of corpus, which has customary figures.
        splits: scored split by task.
        machine: rows of these splits by task that are not scored because a program labelled them.
        possible: which classes it can give; None: all.
        voted: whether raters' votes made its labels.
    """

    name: str
    kind: str
    splits: Mapping[str, str]
    machine: Mapping[str, int] = field(default_factory=dict)
    possible: Mask | None = None
    voted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The rows that are scored.

    Attributes:
        rows: `FACE_ROWS` with the columns `corpus` and, of each task, `scored_column`.
        corpora: by name, those that any task scores.
    """

    rows: pa.Table
    corpora: Mapping[str, CorpusFacts]

    def all_splits(self) -> tuple[str, ...]:
        """Return the splits that any task is scored on, validation first."""
        found = {split for facts in self.corpora.values() for split in facts.splits.values()}
        return tuple(split for split in _SPLITS if split in found)

    def splits(self, task: str) -> tuple[str, ...]:
        """Return the splits that a task is scored on, validation first."""
        found = {facts.splits[task] for facts in self.corpora.values() if task in facts.splits}
        return tuple(split for split in _SPLITS if split in found)


def scored_column(task: str) -> str:
    """Return the column that says which rows count for a task."""
    return f"scored_{task}"


def find_scored(dataset: Published, tasks: Sequence[str]) -> Scored:
    """Return the rows that any of the tasks is scored on, in the order of the dataset's `rows.parquet`.

    Raises:
        DatasetError: one of the tasks has none, or the table of rows is damaged.
    """
    counts, voted = _counts(dataset, tasks)
    splits = {task: _scored_splits(counts, task) for task in tasks}
    for task in (task for task in tasks if not splits[task]):
        raise DatasetError(
            f"{dataset.folder} has no annotated validation rows of {task} to score, and no annotated test rows. "
            "Check the labels and dataset.task."
        )
    found = []
    for rows, corpora in _batches(dataset, None):
        masks = {task: _scored(rows, corpora, task, splits[task]) for task in tasks}
        named = rows.append_column("corpus", pa.array(corpora))
        for task, mask in masks.items():
            named = named.append_column(scored_column(task), pa.array(mask))
        found.append(named.filter(pa.array(np.any(list(masks.values()), axis=0))))
    table = pa.concat_tables(found).combine_chunks()
    return Scored(table, _facts(dataset, splits, counts, voted))


def texts_of_rows(rows: pa.Table, name: str) -> NDArray[np.str_]:
    """Return a column of `DEFAULTS` of rows of the faces table; what stands for it where it is missing or null."""
    if name not in rows.column_names:
        return np.full(len(rows), DEFAULTS[name])
    filled = pc.fill_null(rows[name], DEFAULTS[name])
    return np.asarray(filled.to_numpy(zero_copy_only=False), np.str_) if len(rows) else np.zeros(0, np.str_)


Counts = Counter[tuple[str, str, str, bool]]
"""Labelled rows by corpus, task, split, and whether a program labelled them."""


def _counts(dataset: Published, tasks: Sequence[str]) -> tuple[Counts, set[str]]:
    """Return the labelled rows of validation and test, and the corpora whose raters voted on any of them."""
    counts: Counts = Counter()
    voted = set()
    read = [
        *(column for task in tasks for column in (split_column(task), *LABELS[task].columns)),
        "label_source",
    ]
    for rows, corpora in _batches(dataset, [name for name in read if name in FACE_ROWS.names]):
        sources = texts_of_rows(rows, "label_source")
        for task in tasks:
            known = labelled(rows, task).to_numpy(zero_copy_only=False).astype(np.bool_)
            split = pc.fill_null(rows[split_column(task)], "").to_numpy(zero_copy_only=False)
            for name in np.unique(corpora).tolist():
                for one in _SPLITS:
                    mine = known & (corpora == name) & (split == one)
                    machine = int((mine & (sources == MACHINE)).sum())
                    counts[name, task, one, True] += machine
                    counts[name, task, one, False] += int(mine.sum()) - machine
                    voted |= {name} if (mine & (sources == "voted")).any() else set()
    return counts, voted


def _scored_splits(counts: Counts, task: str) -> dict[str, str]:
    """Return the scored split of each corpus that has one for a task."""
    found = {}
    for name in sorted({key[0] for key in counts}):
        split = next((one for one in _SPLITS if counts[name, task, one, False]), None)
        if split is not None:
            found[name] = split
    return found


def _scored(rows: pa.Table, corpora: NDArray[np.str_], task: str, splits: Mapping[str, str]) -> Mask:
    known = labelled(rows, task).to_numpy(zero_copy_only=False).astype(np.bool_)
    split = np.asarray(pc.fill_null(rows[split_column(task)], "").to_numpy(zero_copy_only=False), np.str_)
    wanted = np.array([splits.get(name, "none") for name in corpora.tolist()], np.str_)
    machine = texts_of_rows(rows, "label_source") == MACHINE
    return np.asarray(known & (split == wanted) & ~machine, np.bool_)


def _batches(dataset: Published, columns: list[str] | None) -> Iterator[tuple[pa.Table, NDArray[np.str_]]]:
    """Yield the rows of the dataset with the corpus of each, by the provenance, which counts rows of each in order."""
    named = row_corpora(dataset)
    for rows in iterate_table(dataset.folder / "rows.parquet", FACE_ROWS, columns):
        found = compact(rows)
        yield found, np.array([next(named) for _ in range(len(found))], np.str_)


def row_corpora(dataset: Published) -> Iterator[str]:
    """Yield the corpus of each row; nothing is known of rows that are not those that the provenance counts."""
    stated = dataset.provenance.get("corpora") or {}
    sources = list((dataset.provenance.get("params") or {}).get("sources") or {})
    if sum(map(int, stated.values())) == row_count(dataset.folder / "rows.parquet"):
        for corpus, rows in stated.items():
            yield from repeat(str(corpus), int(rows))
    yield from repeat(str(sources[0]) if len(sources) == 1 else "")


def _facts(
    dataset: Published, splits: Mapping[str, Mapping[str, str]], counts: Counts, voted: set[str]
) -> dict[str, CorpusFacts]:
    sources = (dataset.provenance.get("params") or {}).get("sources") or {}
    possible = possible_classes(dataset)
    names = sorted({name for own in splits.values() for name in own})
    return {
        name: CorpusFacts(
            name=name,
            kind=str((sources.get(name) or {}).get("corpus", "")),
            splits={task: own[name] for task, own in splits.items() if name in own},
            machine={
                task: sum(counts[name, task, split, True] for split in _SPLITS)
                for task in splits
                if any(counts[name, task, split, True] for split in _SPLITS)
            },
            possible=None if name not in possible or possible[name].all() else possible[name],
            voted=name in voted,
        )
        for name in names
    }
