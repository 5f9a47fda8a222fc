"""Which training rows get how many augmented copies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fer_data.core.sampling.seeds import seed_from

__all__ = ["Copy", "TrainRows", "copies_per_class", "copies_per_row", "plan_copies"]


@dataclass(frozen=True, slots=True)
class Copy:
    """One augmented copy to make.

    Attributes:
        parent_id: row_id of the original.
        series_id: the series of the original.
        subject_id: the annotated person.
        number: counted from 1 for every parent.
        seed: in [0, 2**32), from the parent's row_id, the number and the plan's seed alone.
    """

    parent_id: str
    series_id: str
    subject_id: str
    number: int
    seed: int

    @property
    def row_id(self) -> str:
        """Return the copy's own name.

        >>> Copy("102/00001", "102", "102", 2, 0).row_id
        '102/00001+2'
        """
        return f"{self.parent_id}+{self.number}"


def copies_per_class(counts: Sequence[int], *, target_ratio: float, max_copies: int) -> list[int]:
    """Return how many copies bring each class to `target_ratio` of the largest, at most `max_copies` a row.

    >>> copies_per_class([100, 40, 10, 0], target_ratio=1.0, max_copies=4)
    [0, 60, 40, 0]
    """
    target = round(target_ratio * max(counts, default=0))
    return [min(max(target - count, 0), count * max_copies) for count in counts]


def copies_per_row(row_ids: Sequence[str], subject_ids: Sequence[str], total: int, seed: int) -> list[int]:
    """Spread `total` copies over the rows of one class: as evenly as whole numbers allow.

    What is left after an equal share for every row goes to one row of every subject before any subject gets a
    second; which ones follows from the row ids and the seed, not from the order of the rows.
    """
    if not row_ids:
        return []
    equal, rest = divmod(total, len(row_ids))
    drawn = [seed_from(row, "extra", seed) for row in row_ids]
    by_draw = sorted(range(len(row_ids)), key=lambda row: (drawn[row], row_ids[row]))
    turns: dict[str, int] = {}
    turn = [0] * len(row_ids)
    for row in by_draw:
        turn[row] = turns.get(subject_ids[row], 0)
        turns[subject_ids[row]] = turn[row] + 1
    favoured = set(sorted(by_draw, key=lambda row: turn[row])[:rest])
    return [equal + (row in favoured) for row in range(len(row_ids))]


@dataclass(frozen=True, slots=True)
class TrainRows:
    """The kept training rows that carry a label, column by column."""

    row_ids: Sequence[str]
    series_ids: Sequence[str]
    subject_ids: Sequence[str]
    labels: Sequence[int]


def plan_copies(
    rows: TrainRows, num_classes: int, *, target_ratio: float, max_copies: int, seed: int
) -> Iterator[Copy]:
    """Yield the copies that balance the classes, in the order of the rows, then by number."""
    of_class: list[list[int]] = [[] for _ in range(num_classes)]
    for row, label in enumerate(rows.labels):
        of_class[label].append(row)
    totals = copies_per_class([len(c) for c in of_class], target_ratio=target_ratio, max_copies=max_copies)
    copies = [0] * len(rows.labels)
    for members, total in zip(of_class, totals, strict=True):
        spread = copies_per_row(
            [rows.row_ids[row] for row in members], [rows.subject_ids[row] for row in members], total, seed
        )
        for row, number in zip(members, spread, strict=True):
            copies[row] = number
    owners = zip(rows.row_ids, rows.series_ids, rows.subject_ids, strict=True)
    for (parent, series, subject), count in zip(owners, copies, strict=True):
        for number in range(1, count + 1):
            yield Copy(parent, series, subject, number, seed_from(parent, number, seed))
