"""Which of very many rows a page shows: of every sheet the ends of each order, and others drawn at random.

::

    rows of one sheet, sorted by loss        the same, sorted by sharpness
    |###.....................###|            |###......................###|     # : always shown
                 the rest of the sheet's share is drawn among the dots
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Int64
from fer_data.core.sampling.seeds import seed_from

__all__ = ["Sample", "sample"]

_MOST_ENDS = (12, 6, 3, 2, 1, 0)
_SHARE_OF_ENDS = 0.6
"""Of the rows shown, at most, that the ends of the orders take: the others tell what is usual."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The rows that are shown.

    Attributes:
        places: in the order in which they matter: the first of every sheet before the second of any.
        ends: how many of a sheet's highest, and of its lowest, by each order are certain to be among them.
        drawn: of each place, whether it was drawn at random.
    """

    places: Int64
    ends: int
    drawn: NDArray[np.bool_]


def sample(
    sheets: Int64,
    orders: Mapping[str, NDArray[np.float32]],
    most: int,
    names: Callable[[int], Sequence[str | int]],
) -> Sample:
    """Return at most `most` rows, an equal share of every sheet, and all rows of small ones.

    Args:
        sheets: (n,) the sheet of each row.
        orders: by name (n,) values by which a sheet can be sorted, NaN where there is none.
        most: rows.
        names: gives what a sheet is called, which its draw depends on.
    """
    members = _members(sheets)
    ends, certain = _ends(members, orders, most)
    rest = most - sum(map(len, certain))
    drawn = [
        _drawn(rows, taken, names(int(sheets[rows[0]]))) for rows, taken in zip(members, certain, strict=True)
    ]
    level = max(1, _level([len(rows) for rows in drawn], rest))
    parts = []
    for taken, others in zip(certain, drawn, strict=True):
        own = others[:level]
        parts.append((own, np.arange(len(own)), True))
        parts.append((taken, np.arange(len(taken)), False))
    places = np.concatenate([part for part, _, _ in parts] or [np.zeros(0, np.int64)]).astype(np.int64)
    turn = np.concatenate([turns for _, turns, _ in parts] or [np.zeros(0, np.int64)])
    random = np.concatenate([np.full(len(part), one) for part, _, one in parts] or [np.zeros(0, np.bool_)])
    order = np.argsort(turn, kind="stable")[:most]
    return Sample(places[order], ends, random[order].astype(np.bool_))


def _members(sheets: Int64) -> list[Int64]:
    """Return the rows of each sheet, sheets in the order of their numbers."""
    order = np.argsort(sheets, kind="stable")
    starts = np.flatnonzero(np.diff(sheets[order])) + 1
    return [rows for rows in np.split(order, starts) if len(rows)]


def _ends(
    members: Sequence[Int64], orders: Mapping[str, NDArray[np.float32]], most: int
) -> tuple[int, list[Int64]]:
    """Return the largest number of ends that leaves room for others, and those rows of each sheet."""
    whole = sum(map(len, members)) <= most
    for ends in _MOST_ENDS:
        found = [_extremes(rows, orders, ends) for rows in members]
        if whole or sum(map(len, found)) <= min(most * _SHARE_OF_ENDS, most - len(members)):
            return ends, found
    return 0, [rows[:0] for rows in members]


def _extremes(rows: Int64, orders: Mapping[str, NDArray[np.float32]], ends: int) -> Int64:
    """Return the rows at either end of each order, each once, the utmost of every order first."""
    if not ends:
        return rows[:0]
    found = []
    for values in orders.values():
        own = values[rows]
        known = rows[~np.isnan(own)]
        own = values[known]
        if len(known) > 2 * ends:
            cut = np.argpartition(own, (ends - 1, len(own) - ends))
            cut = np.concatenate([cut[:ends], cut[-ends:]])
            known, own = known[cut], own[cut]
        by = known[np.lexsort((known, own))]
        found.append(_inwards(by))
    if not found:
        return rows[:0]
    longest = max(map(len, found))
    mixed = [one[turn] for turn in range(longest) for one in found if turn < len(one)]
    return np.array(list(dict.fromkeys(map(int, mixed))), np.int64)


def _inwards(rows: Int64) -> Int64:
    """Return sorted rows as last, first, second last, second, and so on.

    >>> _inwards(np.arange(5)).tolist()
    [4, 0, 3, 1, 2]
    """
    both = np.stack([rows[::-1], rows], axis=1).reshape(-1)
    return both[: len(rows)]


def _drawn(rows: Int64, taken: Int64, name: Sequence[str | int]) -> Int64:
    others = np.setdiff1d(rows, taken, assume_unique=True)
    return np.random.default_rng(seed_from("view", *name)).permutation(others)


def _level(sizes: Sequence[int], most: int) -> int:
    """Return the largest number of rows of each sheet, or all where it has fewer, that are together no more than most.

    >>> _level([1, 5, 9], 9), _level([], 3), _level([4, 4], 1)
    (4, 0, 0)
    """
    low, high = 0, max(sizes, default=0)
    while low < high:
        middle = (low + high + 1) // 2
        if sum(min(size, middle) for size in sizes) <= most:
            low = middle
        else:
            high = middle - 1
    return low
