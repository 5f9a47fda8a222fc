"""Which pictures are near-duplicates, and which training pictures leave because of them: arrays in, arrays out.

::

    validation  v          train  a b c d e           v - a: a copy, a leaves
                |                 | |   | |           a - b - d - e: one group; b, the best of what is left, stays
                +-----------------+-+---+-+           d is a copy of b and leaves; e is not, and stays

Hashes say which pictures may be copies; `candidate_pairs` lists them, and the caller measures how much their pixels
differ. Rows of one clip or video are never copies of each other: neighbouring frames are alike. Across clips they
count, and the rows of the best clip go first. A row leaves for one that stays and is a copy of it, never over a chain.
"""

from collections import defaultdict
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Int64
from fer_data.core.copies.hash_search import Groups, Pairs
from fer_data.core.copies.picture_difference import MAX_DIFFERENCE
from fer_data.multires.candidates import Compared

__all__ = ["HELD_OUT", "MAX_DIFFERENCE", "OTHER", "STAYS", "Copies", "Decided", "confirmed", "decide"]

STAYS, HELD_OUT, OTHER = range(3)
"""What becomes of a row: it stays; it is close to one of validation or test; another one stays in its place."""

_NONE = np.iinfo(np.int64).max


class Copies(NamedTuple):
    """Pairs of rows that are copies of each other.

    Attributes:
        first, second: places of both.
        distance: of their hashes, in bits.
        difference: of their pixels.
    """

    first: Int64
    second: Int64
    distance: Int64
    difference: Float32


class Decided(NamedTuple):
    """What becomes of rows.

    Attributes:
        group: a number that all rows of a group share; -1 for a row that is alone.
        outcome: `STAYS`, `HELD_OUT` or `OTHER`.
        of: place of the row because of which it leaves; -1 where it stays.
        distance: to it, in bits; -1 where it stays.
        difference: from it; NaN where it stays.
    """

    group: Int64
    outcome: NDArray[np.int8]
    of: Int64
    distance: Int64
    difference: Float32


class _Nearest(NamedTuple):
    """A copy of a row; sorts by what is closest."""

    difference: float
    distance: int
    place: int


def confirmed(pairs: Pairs, difference: Float32, *, limit: float = MAX_DIFFERENCE) -> Copies:
    """Return the candidate pairs whose pixels differ by at most `limit`."""
    close = difference <= np.float32(limit)
    return Copies(pairs.first[close], pairs.second[close], pairs.distance[close], difference[close])


def decide(rows: Compared, copies: Copies, rank: Int64) -> Decided:
    """Return what becomes of rows; `rank` is lower for what is rather kept, never equal.

    Validation and test always stay. A training row that is a copy of one of them leaves. The other training rows of a
    group are gone through by rank, a video at a time: one that is a copy of one that stays, leaves.

    >>> rows = Compared(np.array([0, 1, 255]), np.arange(3, dtype=np.int32), np.array([True, False, False]))
    >>> copies = Copies(*np.array([[0], [1], [1]]), np.array([0.1], np.float32))
    >>> decided = decide(rows, copies, np.arange(3))
    >>> decided.group.tolist(), decided.outcome.tolist(), decided.of.tolist()
    ([0, 0, -1], [0, 1, 0], [-1, 0, -1])
    """
    count = len(rows.hashes)
    group, beside = _groups(count, copies), _beside(copies)
    outcome, of, distance = np.zeros(count, np.int8), np.full(count, -1), np.full(count, -1)
    difference = np.full(count, np.nan, np.float32)

    def leave(row: int, why: int, near: list[_Nearest]) -> None:
        closest = min(near)
        outcome[row], of[row], distance[row], difference[row] = (
            why,
            closest.place,
            closest.distance,
            closest.difference,
        )

    for row in np.flatnonzero((group >= 0) & ~rows.held_out).tolist():
        if near := [one for one in beside[row] if rows.held_out[one.place]]:
            leave(row, HELD_OUT, near)
    staying = set[int]()
    for row in _order(rows, group, outcome, rank).tolist():
        if near := [one for one in beside[row] if one.place in staying]:
            leave(row, OTHER, near)
        else:
            staying.add(row)
    return Decided(group, outcome, of, distance, difference)


def _groups(count: int, copies: Copies) -> Int64:
    groups = Groups(count)
    groups.join(copies.first, copies.second)
    roots = groups.roots(np.arange(count))
    return np.where(np.bincount(roots, minlength=count)[roots] == 1, -1, roots)


def _beside(copies: Copies) -> dict[int, list[_Nearest]]:
    """Return the copies of each row."""
    found: dict[int, list[_Nearest]] = defaultdict(list)
    for first, second, distance, difference in zip(*(part.tolist() for part in copies), strict=True):
        found[first].append(_Nearest(difference, distance, second))
        found[second].append(_Nearest(difference, distance, first))
    return found


def _order(rows: Compared, group: Int64, outcome: NDArray[np.int8], rank: Int64) -> Int64:
    """Return the training rows that are left in groups: by group, by the best rank of their video, by rank."""
    left = np.flatnonzero((group >= 0) & (outcome == STAYS) & ~rows.held_out)
    parts = np.stack([group[left], rows.videos[left].astype(np.int64)], axis=1)
    _, of_part = np.unique(parts, axis=0, return_inverse=True)
    best = np.full(len(left), _NONE)
    np.minimum.at(best, of_part, rank[left])
    return left[np.lexsort((rank[left], best[of_part], group[left]))]
