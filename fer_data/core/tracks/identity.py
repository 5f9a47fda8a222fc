"""Re-identification by face embeddings, with thresholds from the video itself.

The cosine similarity of faces of one track a second apart says how similar one person's faces are in this video; that
of people seen together says how similar different people are::

    similarity  -1 ---- people seen together ----|..open..|---- one track, a second apart ---- 1
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32

__all__ = ["Embedded", "Likeness", "likeness_of"]

_APART_SECONDS = 1.0
"""Faces of one track that are nearer in time are near-duplicates, and say little of how a person varies."""

_FEWEST_PAIRS = 3
_EDGE_PERCENT = 5.0
"""Percentile taken for the end of a distribution, so that one outlier in twenty does not move it."""

_ONE, _OTHER = 2, 4
"""Powers of one track's similarity: one person's shots reach the second, other people stay below the fourth.

Over a cut light, angle and size change too, and within a short shot hardly anything does. On 20 joined real clips with
shots of a second, one track's likeness was 0.78 to 0.95, that of one person's shots 0.78 to 0.97 and once below the
square, that of other people -0.06 to 0.29. A face of 30 px and the same one near differ more: 0.56 beside 0.80.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """Embeddings of a few faces of one track.

    Attributes:
        seconds: (n,) when they are shown.
        vectors: (n, d) of length 1; their dot product is the cosine similarity of two faces, in [-1, 1].
    """

    seconds: NDArray[np.float64]
    vectors: Float32


class Likeness:
    """Similarity of the faces of one person in a video, and of people who are seen together.

    No threshold is known beforehand: what separates people depends on the network, the light and the resolution.
    """

    def __init__(self, embedded: Mapping[int, Embedded], together: Iterable[tuple[int, int]]) -> None:
        self._embedded = embedded
        own = [pairs for pairs in map(_pairs_apart, embedded.values()) if pairs.size]
        known = sum(pairs.size for pairs in own) >= _FEWEST_PAIRS
        # The median over the tracks: in one of them a track may have changed persons.
        edges = [float(np.percentile(pairs, _EDGE_PERCENT)) for pairs in own]
        self._least = float(np.median(edges)) if known else None
        others = [self._between(*pair).ravel() for pair in together]
        beside = np.concatenate([*others, np.zeros(0, np.float32)])
        self._most = float(np.percentile(beside, 100 - _EDGE_PERCENT)) if beside.size else -1.0

    def similarity(self, tracks: Sequence[int], others: Sequence[int]) -> float | None:
        """Return the similarity of the most similar faces of some tracks and of others; None without any."""
        between = self._between(tracks, others)
        if not between.size:
            return None
        return float(np.median(np.concatenate([between.max(0), between.max(1)])))

    def one_person(self, tracks: Sequence[int], others: Sequence[int]) -> bool | None:
        """Say whether some tracks and others show one person; None where the video holds no evidence.

        They do if they are nearly as similar as one person's faces a second apart in one shot, and more than people who
        are seen together; they do not if they are far less similar than the former.
        """
        found = self.similarity(tracks, others)
        if self._least is None or found is None:
            return None
        least = max(self._least, 0.0)
        if found < least**_OTHER:
            return False
        return True if found >= least**_ONE and found > self._most else None

    def _between(self, tracks: Sequence[int] | int, others: Sequence[int] | int) -> Float32:
        """Return the similarity of each face of some tracks to each of others, shape (n, m)."""
        return np.asarray(self._vectors(tracks) @ self._vectors(others).T, np.float32)

    def _vectors(self, tracks: Sequence[int] | int) -> Float32:
        wanted = [tracks] if isinstance(tracks, int) else tracks
        found = [self._embedded[track].vectors for track in wanted if track in self._embedded]
        length = next((one.vectors.shape[1] for one in self._embedded.values()), 0)
        return np.concatenate([*found, np.zeros((0, length), np.float32)])


def likeness_of(embedded: Mapping[int, Embedded], frames: Mapping[int, NDArray[np.int32]]) -> Likeness:
    """Return the similarities by embedded tracks and the frames, ascending, in which each is seen."""
    together = [
        pair
        for pair in combinations(sorted(embedded), 2)
        if np.intersect1d(frames[pair[0]], frames[pair[1]], assume_unique=True).size
    ]
    return Likeness(embedded, together)


def _pairs_apart(one: Embedded) -> Float32:
    """Return the similarity of the pairs of a track's faces that lie at least a second apart, shape (pairs,)."""
    first, second = np.triu_indices(len(one.seconds), 1)
    apart = np.abs(one.seconds[first] - one.seconds[second]) >= _APART_SECONDS
    products = (one.vectors[first] * one.vectors[second]).sum(-1)
    return np.asarray(products[apart], np.float32)
