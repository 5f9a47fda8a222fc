"""Which pictures may be copies of which, by their hashes: few of the many pairs, in an order that rows do not change.

::

    rows --equal hashes--> classes --within the distance--> the closest classes of each --> the closest rows of each
                                                            (MAX_CANDIDATES)                (MAX_CANDIDATES)

Of thousands of pictures that are all alike each is held against the same few of validation and test, and against the
same few of training that are rather kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Int64, Mask
from fer_data.core.copies.hash_search import Pairs, close_pairs, distances

__all__ = ["MAX_CANDIDATES", "MAX_DISTANCE", "Compared", "candidate_pairs", "candidates"]

MAX_DISTANCE = 4
"""Bits in which candidates differ at most. At 6 more copies that were aligned again are found, and so many pairs of
other people that every one of a million pictures has some: docs/near-duplicates.md."""

MAX_CANDIDATES = 16
"""Pictures of validation and test against which one is held at most, and of training."""

_HELD_PAIRS = 1 << 20
_NONE = np.iinfo(np.int64).max


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


@dataclass(frozen=True, slots=True, eq=False)
class _Classes:
    """Rows of equal hashes, by their hash.

    Attributes:
        hashes: each once, rising.
        of_rows: the class of each row.
        video: the one in which all rows of a class are; -1 where they are in several.
    """

    hashes: NDArray[np.uint64]
    of_rows: Int64
    video: Int64


def candidates(rows: Compared, *, radius: int = MAX_DISTANCE) -> Mask:
    """Return which rows have another one, of another video, whose hash is at most `radius` bits apart.

    >>> candidates(Compared(np.array([0, 1, 255]), np.arange(3, dtype=np.int32), np.zeros(3, np.bool_))).tolist()
    [True, True, False]
    """
    classes = _classes(rows)
    found = classes.video < 0
    for pairs in _across(classes, radius):
        found[pairs.first] = found[pairs.second] = True
    return found[classes.of_rows]


def candidate_pairs(
    rows: Compared, rank: Int64, *, radius: int = MAX_DISTANCE, limit: int = MAX_CANDIDATES
) -> tuple[Pairs, Mask]:
    """Return the pairs of rows that may be copies, each once, and which rows have more of them than `limit`.

    `rank` is lower for what is rather kept, never equal. Chosen are `limit` rows of validation and test, and as many of
    training: the best row of each hash, the closest hash first, then the second of each; of a hash one row of each
    video before the second of any.
    """
    classes = _classes(rows)
    members = _members(rows, classes, rank, 2 * limit + 1)
    best = np.array([rows_of[0] for rows_of in members], np.int64)
    preference = np.empty(len(best), np.int64)
    preference[np.lexsort((rank[best], ~rows.held_out[best]))] = np.arange(len(best))
    near, many = _near_classes(classes, preference, radius, limit)
    pairs, more = set[tuple[int, int]](), many[classes.of_rows]
    videos, held_out = rows.videos.tolist(), rows.held_out.tolist()
    for row, own in enumerate(classes.of_rows.tolist()):
        turns = zip_longest(*(members[close] for close in (own, *near.get(own, ()))))
        apart = [one for turn in turns for one in turn if one is not None and videos[one] != videos[row]]
        for kind in (True, False):
            chosen = [one for one in apart if held_out[one] is kind]
            more[row] |= len(chosen) > limit
            pairs.update((min(row, one), max(row, one)) for one in chosen[:limit])
    places = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    first, second = places[:, 0], places[:, 1]
    bits = rows.hashes.view(np.uint64)
    return Pairs(first, second, distances(bits[first], bits[second])), more


def _classes(rows: Compared) -> _Classes:
    values, of_rows = np.unique(rows.hashes.view(np.uint64), return_inverse=True)
    lowest, highest = np.full(len(values), np.iinfo(np.int64).max), np.full(len(values), -1)
    np.minimum.at(lowest, of_rows, rows.videos)
    np.maximum.at(highest, of_rows, rows.videos)
    return _Classes(values, of_rows, np.where(lowest == highest, lowest, -1))


def _across(classes: _Classes, radius: int) -> Iterator[Pairs]:
    """Yield the pairs of classes within the distance, but those whose rows are all in one video."""
    video = classes.video
    for pairs in close_pairs(classes.hashes, radius):
        across = (video[pairs.first] != video[pairs.second]) | (video[pairs.first] < 0)
        yield Pairs(*(part[across] for part in pairs))


def _members(rows: Compared, classes: _Classes, rank: Int64, most: int) -> list[list[int]]:
    """Return the first rows of each class: held out first, then one of each video before the second of any."""
    order = np.lexsort((rank, rows.videos, classes.of_rows))
    parts = np.stack([classes.of_rows[order], rows.videos[order].astype(np.int64)], axis=1)
    turn = np.empty(len(order), np.int64)
    turn[order] = _places_in_runs((parts[1:] != parts[:-1]).any(axis=1))[: len(order)]
    order = np.lexsort((rank, turn, ~rows.held_out, classes.of_rows))
    own = classes.of_rows[order]
    kept = _places_in_runs(own[1:] != own[:-1])[: len(order)] < most
    found: list[list[int]] = [[] for _ in classes.hashes]
    for row, of in zip(order[kept].tolist(), own[kept].tolist(), strict=True):
        found[of].append(row)
    return found


def _places_in_runs(changes: Mask) -> Int64:
    """Return the place of each value in its run of equal ones, from where neighbours differ.

    >>> _places_in_runs(np.array([False, True, False])).tolist()
    [0, 1, 0, 1]
    """
    places = np.arange(len(changes) + 1)
    starts = np.where(np.concatenate([[True], changes]), places, 0)
    return np.asarray(places - np.maximum.accumulate(starts), np.int64)


def _near_classes(
    classes: _Classes, preference: Int64, radius: int, limit: int
) -> tuple[dict[int, list[int]], Mask]:
    """Return the classes closest to each, the closest first, and which classes have more than `limit`."""
    held, more = np.zeros((0, 3), np.int64), np.zeros(len(classes.hashes), np.bool_)
    waiting, count = [held], 0
    for pairs in _across(classes, radius):
        for one, other in ((pairs.first, pairs.second), (pairs.second, pairs.first)):
            waiting.append(np.stack([one, pairs.distance, preference[other]], axis=1))
        count += 2 * len(pairs.first)
        if count >= _HELD_PAIRS:
            waiting, count = [_closest(waiting, limit, more)], 0
    by_preference = np.argsort(preference)
    found: dict[int, list[int]] = {}
    for one, _, place in _closest(waiting, limit, more).tolist():
        found.setdefault(one, []).append(int(by_preference[place]))
    return found, more


def _closest(parts: list[Int64], limit: int, more: Mask) -> Int64:
    """Return the first `limit` entries (class, distance, preference of the other) of each class; note what has more."""
    ordered = np.unique(np.concatenate(parts), axis=0)
    kept = _places_in_runs(ordered[1:, 0] != ordered[:-1, 0])[: len(ordered)] < limit
    more[ordered[~kept, 0]] = True
    return np.asarray(ordered[kept], np.int64)
