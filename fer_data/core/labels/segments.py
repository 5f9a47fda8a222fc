"""Labels of a segment or a clip are scored once: its rows become one, whose answer is the mean of theirs.

::

    row         1    2    3    4    5        rows 2 to 4 are one segment
    scored as   1    2 (mean of 2, 3, 4)  5
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_data.core.arrays import Float32, Int64, Mask

__all__ = ["SEGMENT_SCOPES", "ScoredRows", "scored_once", "segment_keys"]

SEGMENT_SCOPES = ("segment", "clip")
"""Values of `label_scope` of rows whose label is about more than one frame."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoredRows:
    """Rows that are scored, out of rows that carry labels.

    Attributes:
        first: (m,) place of the row that stands for each: itself, or of a segment the first row with a crop, else the
            first; ascending.
        index: (n,) to which of them each row belongs.
    """

    first: Int64
    index: Int64

    def mean(self, values: Float32, known: Mask) -> Float32:
        """Return the mean of each one's values, (rows of it that are known, k), those with none left out.

        Args:
            values: (known rows, k), in the rows' order.
            known: (n,) rows that have values.
        """
        counts = np.bincount(self.index[known], minlength=len(self.first))
        if (counts <= 1).all():
            order = np.argsort(self.index[known], kind="stable")
            return values[order]
        sums = np.zeros((len(self.first), values.shape[1]))
        np.add.at(sums, self.index[known], values)
        some = counts > 0
        return (sums[some] / counts[some, None]).astype(np.float32)

    def any(self, mask: Mask) -> Mask:
        """Return which have any row of a mask, (m,)."""
        return np.bincount(self.index[mask], minlength=len(self.first)) > 0


def segment_keys(scopes: ArrayLike, segments: Sequence[str], subjects: Sequence[str]) -> NDArray[np.str_]:
    """Return what rows of one segment of one person share, (n,); empty for a label of a frame.

    >>> segment_keys(["frame", "clip"], ["", "c1"], ["a", "a"]).tolist()
    ['', 'c1 a']
    """
    whole = np.isin(np.asarray(scopes, np.str_), SEGMENT_SCOPES)
    if not whole.any():
        return np.full(len(whole), "")
    named = np.char.add(np.char.add(np.asarray(segments, np.str_), " "), np.asarray(subjects, np.str_))
    return np.where(whole, named, "")


def scored_once(keys: NDArray[np.str_], known: Mask) -> ScoredRows | None:
    """Return the rows that are scored, those of one segment as one; None where every row is scored by itself.

    Args:
        keys: (n,) of `segment_keys`.
        known: (n,) rows with a crop.

    >>> found = scored_once(np.array(["", "s", "s", ""]), np.array([True, False, True, True]))
    >>> found.first.tolist(), found.index.tolist()
    ([0, 2, 3], [0, 1, 1, 2])
    """
    places = np.flatnonzero(keys != "")
    if not len(places):
        return None
    _, group = np.unique(keys[places], return_inverse=True)
    own = np.arange(len(keys))
    order = np.lexsort((places, ~known[places], group))  # of each segment the rows with a crop come first
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    own[places] = places[order[starts]][group]
    first, index = np.unique(own, return_inverse=True)
    return ScoredRows(first, index.astype(np.int64))
