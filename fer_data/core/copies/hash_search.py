"""All pairs of 64-bit hashes within a Hamming distance, exactly, and the groups that they make; mirror images count.

::

    64 bits in radius + 3 pieces:   |---|---|---|---|---|---|---|
    a close pair differs in at most radius of them, so three are equal: sort by each choice of three, compare neighbours

Source: Norouzi, Punjani, Fleet, "Fast exact search in Hamming space with multi-index hashing", 2014.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Int64

__all__ = ["TURNED", "Groups", "Pairs", "close_pairs", "distances"]

Hashes = NDArray[np.uint64]

TURNED = np.uint64(0xAAAA_AAAA_AAAA_AAAA)
"""The bits of `core.vision.perceptual_hash` that a mirror image turns over."""

_BITS, _EQUAL = 64, 3


class Pairs(NamedTuple):
    """Places of two hashes each, and in how many bits they differ."""

    first: Int64
    second: Int64
    distance: Int64


def distances(first: Hashes, second: Hashes) -> Int64:
    """Return in how many bits hashes differ, or one and the mirror image of the other: the fewer of both.

    >>> distances(np.array([0, TURNED], np.uint64), np.array([7, 0], np.uint64)).tolist()
    [3, 0]
    """
    plain, turned = np.bitwise_count(first ^ second), np.bitwise_count(first ^ second ^ TURNED)
    return np.asarray(np.minimum(plain, turned), np.int64)


def close_pairs(hashes: Hashes, radius: int) -> Iterator[Pairs]:
    """Yield all pairs of different hashes that are at most `radius` bits apart, some of them more than once.

    Memory grows with the number of hashes, not with that of pairs.
    """
    count = len(hashes)
    both = np.concatenate([hashes, hashes ^ TURNED])
    for mask in _masks(radius + _EQUAL):
        order = np.argsort(both & mask, kind="stable")
        ordered = both[order]
        keys = ordered & mask
        follows = np.append(keys[1:] == keys[:-1], [False])
        places, step = np.flatnonzero(follows), 1
        while len(places):
            near = np.bitwise_count(ordered[places] ^ ordered[places + step]) <= radius
            yield _pairs(order[places[near]], order[places[near] + step], hashes, count)
            places = places[follows[places + step]]
            step += 1


def _masks(pieces: int) -> Iterator[np.uint64]:
    """Yield the bits of each choice of three pieces; those of a piece stand apart, since neighbours go together."""
    bits = [sum(1 << bit for bit in range(piece, _BITS, pieces)) for piece in range(pieces)]
    for chosen in combinations(bits, _EQUAL):
        yield np.uint64(sum(chosen))


def _pairs(first: Int64, second: Int64, hashes: Hashes, count: int) -> Pairs:
    """Return the pairs of which not both are turned, none of a hash with itself."""
    wanted = ((first < count) | (second < count)) & (first % count != second % count)
    one, other = first[wanted] % count, second[wanted] % count
    return Pairs(one, other, distances(hashes[one], hashes[other]))


class Groups:
    """A union-find over numbers: what is joined, over any number of steps, has one root, its smallest number."""

    def __init__(self, count: int) -> None:
        self._roots = np.arange(count)

    def join(self, first: Int64, second: Int64) -> None:
        """Join numbers pair by pair."""
        while True:
            one, other = self.roots(first), self.roots(second)
            apart = one != other
            if not apart.any():
                return
            first, second = one[apart], other[apart]
            np.minimum.at(self._roots, np.maximum(first, second), np.minimum(first, second))

    def roots(self, numbers: Int64) -> Int64:
        """Return the root of each number."""
        found = self._roots[numbers]
        while True:
            above = self._roots[found]
            if (above == found).all():
                return found
            found = above
