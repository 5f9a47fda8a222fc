"""Which pictures are near-duplicates, and which training pictures leave because of them: arrays in, arrays out.

::

    validation  v          train  a b c d e           v - a: within the distance, a leaves
                |                 | |   | |           a - b - d - e: one group; b, the best of what is left, stays
                +-----------------+-+---+-+           d is within the distance of b and leaves; e is not, and stays

Rows of one clip or video are never copies of each other: neighbouring frames are alike. Across clips they count, and
the rows of the best clip go first. A row leaves for one that stays and is within the distance, never over a chain.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Int64, Mask
from fer_data.multires.hash_search import TURNED, Groups, Pairs, close_pairs

__all__ = ["HELD_OUT", "MAX_DISTANCE", "OTHER", "STAYS", "Compared", "Decided", "Found", "decide", "find"]

MAX_DISTANCE = 4
"""Bits in which near-duplicates differ at most: docs/near-duplicates.md has what it finds and what it takes wrongly."""

STAYS, HELD_OUT, OTHER = range(3)
"""What becomes of a row: it stays; it is close to one of validation or test; another one stays in its place."""

_BEYOND = 64
_NONE = np.iinfo(np.int64).max
_SHIFT = np.int64(32)


class Compared(NamedTuple):
    """The rows that are compared: published ones, whose crop has a hash.

    Attributes:
        hashes: (n,) int64, `core.vision.perceptual_hash` of each crop.
        videos: (n,) number of each row's video or clip; a single picture is one of its own.
        held_out: (n,) whether it is of validation or test. A row of training is never in the video of one that is.
    """

    hashes: Int64
    videos: NDArray[np.int32]
    held_out: Mask


class Found(NamedTuple):
    """What is alike, a row each.

    Attributes:
        group: a number that all rows of a group share; -1 for a row that is alone.
        held_out: place of the closest row of validation or test within the distance, itself left out; -1 without one.
        distance: to it, in bits; -1 without one.
    """

    group: Int64
    held_out: Int64
    distance: Int64


class Decided(NamedTuple):
    """What becomes of rows that are in groups.

    Attributes:
        outcome: `STAYS`, `HELD_OUT` or `OTHER`.
        of: place of the row because of which it leaves; -1 where it stays.
        distance: to it, in bits; -1 where it stays.
    """

    outcome: NDArray[np.int8]
    of: Int64
    distance: Int64


@dataclass(frozen=True, slots=True, eq=False)
class _Classes:
    """Rows of equal hashes, by their hash.

    Attributes:
        hashes: each once, rising.
        of_rows: the class of each row.
        video: the one in which all rows of a class are; -1 where they are in several.
        held_out: place of a class' first row of validation or test; -1 without one.
        trained: whether a row of it is one of training.
    """

    hashes: NDArray[np.uint64]
    of_rows: Int64
    video: Int64
    held_out: Int64
    trained: Mask


def find(rows: Compared, *, radius: int = MAX_DISTANCE) -> Found:
    """Return the groups of near-duplicates, and what of validation and test is close to each row of training.

    Who is with whom does not depend on the order of rows.

    >>> rows = Compared(np.array([0, 1, 255]), np.arange(3, dtype=np.int32), np.array([True, False, False]))
    >>> found = find(rows)
    >>> found.group.tolist(), found.held_out.tolist(), found.distance.tolist()
    ([0, 0, -1], [-1, 0, -1], [-1, 1, -1])
    """
    classes = _classes(rows)
    groups, nearest = Groups(len(classes.hashes)), _own(classes)
    for pairs in close_pairs(classes.hashes, radius):
        pair = _across(pairs, classes)
        groups.join(pair.first, pair.second)
        for way in (pair, Pairs(pair.second, pair.first, pair.distance)):
            _approach(nearest, way, classes)
    roots = groups.roots(np.arange(len(classes.hashes)))
    alone = (np.bincount(roots, minlength=len(roots))[roots] == 1) & (classes.video >= 0)
    group = np.where(alone, -1, roots)[classes.of_rows]
    known = np.where(rows.held_out, _NONE, nearest[classes.of_rows])
    near = known != _NONE
    return Found(
        group,
        np.where(near, classes.held_out[np.where(near, known & ((1 << 32) - 1), 0)], -1),
        np.where(near, known >> _SHIFT, -1),
    )


def _classes(rows: Compared) -> _Classes:
    hashes, videos, held_out = rows
    values, of_rows = np.unique(hashes.view(np.uint64), return_inverse=True)
    lowest, highest = np.full(len(values), np.iinfo(np.int64).max), np.full(len(values), -1)
    np.minimum.at(lowest, of_rows, videos)
    np.maximum.at(highest, of_rows, videos)
    first = np.full(len(values), _NONE)
    np.minimum.at(first, of_rows[held_out], np.flatnonzero(held_out))
    trained = np.zeros(len(values), np.bool_)
    trained[of_rows[~held_out]] = True
    video = np.where(lowest == highest, lowest, -1)
    return _Classes(values, of_rows, video, np.where(first == _NONE, -1, first), trained)


def _own(classes: _Classes) -> Int64:
    """Return what is held out among the rows of each class itself, at no distance."""
    return np.where(classes.held_out >= 0, np.arange(len(classes.hashes)), _NONE)


def _across(pairs: Pairs, classes: _Classes) -> Pairs:
    """Return the pairs but those whose rows are all in one video."""
    video = classes.video
    across = (video[pairs.first] != video[pairs.second]) | (video[pairs.first] < 0)
    return Pairs(*(part[across] for part in pairs))


def _approach(nearest: Int64, pairs: Pairs, classes: _Classes) -> None:
    """Note what is held out in the second class of each pair for the first, by its distance and then its hash."""
    wanted = classes.trained[pairs.first] & (classes.held_out[pairs.second] >= 0)
    key = (pairs.distance[wanted] << _SHIFT) | pairs.second[wanted]
    np.minimum.at(nearest, pairs.first[wanted], key)


def decide(rows: Compared, found: Found, rank: Int64) -> Decided:
    """Return what becomes of rows, each of which is in a group; `rank` is lower for what is rather kept, never equal.

    Validation and test always stay. A training row within the distance of one of them leaves. The other training rows
    of a group are gone through by rank, a video at a time: one that is within the distance of a row of another video
    that stays, leaves.
    """
    near = found.held_out >= 0
    outcome = np.where(near, HELD_OUT, STAYS).astype(np.int8)
    of, distance = found.held_out.copy(), found.distance.copy()
    bits, staying, current = rows.hashes.view(np.uint64).tolist(), list[int](), -1
    for row in _order(rows, found, rank).tolist():
        if found.group[row] != current:
            current, staying = int(found.group[row]), []
        bound, kept = _closest(row, staying, bits, rows.videos)
        if kept < 0:
            staying.append(row)
        else:
            outcome[row], of[row], distance[row] = OTHER, kept, bound
    return Decided(outcome, of, distance)


def _order(rows: Compared, found: Found, rank: Int64) -> Int64:
    """Return the training rows that are close to none held out: by group, by the best rank of their video, by rank."""
    left = np.flatnonzero((found.held_out < 0) & ~rows.held_out)
    parts = np.stack([found.group[left], rows.videos[left].astype(np.int64)], axis=1)
    _, of_part = np.unique(parts, axis=0, return_inverse=True)
    best = np.full(len(left), _NONE)
    np.minimum.at(best, of_part, rank[left])
    return left[np.lexsort((rank[left], best[of_part], found.group[left]))]


def _closest(row: int, staying: list[int], bits: list[int], videos: NDArray[np.int32]) -> tuple[int, int]:
    """Return the distance and the place of the closest staying row of another video; place -1 beyond the limit."""
    found = [
        (min((bits[row] ^ bits[kept]).bit_count(), (bits[row] ^ bits[kept] ^ int(TURNED)).bit_count()), kept)
        for kept in staying
        if videos[kept] != videos[row]
    ]
    closest = min(found, key=lambda one: one[0], default=(_BEYOND, -1))
    return closest if closest[0] <= MAX_DISTANCE else (_BEYOND, -1)
