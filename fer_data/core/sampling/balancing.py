"""Which training rows get how many augmented copies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_data.core.arrays import Int64
from fer_data.core.sampling.seeds import seed_from

__all__ = ["CopyPlan", "TrainRows", "copies_per_class", "copies_per_row", "copy_id", "plan_copies"]


@dataclass(frozen=True, slots=True, eq=False)
class TrainRows:
    """The kept training rows that carry a label, column by column.

    Attributes:
        row_ids: their names.
        subjects: (n,) number of each row's person.
        labels: (n,) class.
    """

    row_ids: Sequence[str]
    subjects: NDArray[np.integer]
    labels: NDArray[np.integer]


@dataclass(frozen=True, slots=True, eq=False)
class CopyPlan:
    """The augmented copies to make, in the order of their parents, column by column.

    Attributes:
        parents: (n,) place of the original among the training rows.
        numbers: (n,) counted from 1 for every parent.
        seeds: (n,) in [0, 2**32), from the parent's row_id, the number and the plan's seed alone.
    """

    parents: Int64
    numbers: Int64
    seeds: Int64

    def __len__(self) -> int:
        return len(self.parents)


def copy_id(parent_id: str, number: int) -> str:
    """Return the name of a copy.

    >>> copy_id("102/00001", 2)
    '102/00001+2'
    """
    return f"{parent_id}+{number}"


def copies_per_class(counts: Sequence[int], *, target_ratio: float, max_copies: int) -> list[int]:
    """Return how many copies bring each class to `target_ratio` of the largest, at most `max_copies` a row.

    >>> copies_per_class([100, 40, 10, 0], target_ratio=1.0, max_copies=4)
    [0, 60, 40, 0]
    """
    target = round(target_ratio * max(counts, default=0))
    return [min(max(target - count, 0), count * max_copies) for count in counts]


def copies_per_row(row_ids: Sequence[str], subjects: ArrayLike, total: int, seed: int) -> Int64:
    """Spread `total` copies over the rows of one class: as evenly as whole numbers allow.

    What is left after an equal share for every row goes to one row of every subject before any subject gets a
    second; which ones follows from the row ids and the seed, not from the order of the rows.
    """
    if not row_ids:
        return np.zeros(0, np.int64)
    equal, rest = divmod(total, len(row_ids))
    drawn = np.array([seed_from(row, "extra", seed) for row in row_ids], np.int64)
    by_draw = np.array(sorted(range(len(row_ids)), key=lambda row: (drawn[row], row_ids[row])), np.int64)
    favoured = by_draw[np.argsort(_turns(np.asarray(subjects)[by_draw]), kind="stable")[:rest]]
    copies = np.full(len(row_ids), equal, np.int64)
    copies[favoured] += 1
    return copies


def _turns(subjects: NDArray[np.integer]) -> Int64:
    """Return for each row how many rows of its subject come before it.

    >>> _turns(np.array([3, 5, 3, 3])).tolist()
    [0, 0, 1, 2]
    """
    order = np.argsort(subjects, kind="stable")
    places = np.arange(len(subjects))
    begins = np.diff(subjects[order], prepend=subjects[order][:1] - 1) != 0
    turns = np.empty(len(subjects), np.int64)
    turns[order] = places - np.maximum.accumulate(np.where(begins, places, 0))
    return turns


def plan_copies(
    rows: TrainRows, num_classes: int, *, target_ratio: float, max_copies: int, seed: int
) -> CopyPlan:
    """Return the copies that balance the classes, in the order of the rows, then by number."""
    counts = np.bincount(rows.labels, minlength=num_classes).tolist()
    copies = np.zeros(len(rows.labels), np.int64)
    totals = copies_per_class(counts, target_ratio=target_ratio, max_copies=max_copies)
    for label, total in enumerate(totals):
        members = np.flatnonzero(rows.labels == label)
        row_ids = [rows.row_ids[row] for row in members.tolist()]
        copies[members] = copies_per_row(row_ids, rows.subjects[members], total, seed)
    parents = np.repeat(np.arange(len(copies)), copies)
    numbers = np.arange(len(parents)) - np.repeat(np.cumsum(copies) - copies, copies) + 1
    drawn = zip(parents.tolist(), numbers.tolist(), strict=True)
    seeds = (seed_from(rows.row_ids[row], number, seed) for row, number in drawn)
    return CopyPlan(parents, numbers, np.fromiter(seeds, np.int64, len(parents)))
