"""Nearest-neighbour interpolation in time: predictions for frames that have no crop of their own.

Of two as near the earlier one counts::

    frame          0  1  2  3  4  5  6  7
    has a crop           *           *
    filled from    2  2  2  2  2  6  6  6
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_data.core.arrays import Int64

__all__ = ["nearest_frames", "nearest_rows"]


def nearest_frames(frames: Int64, kept: Int64) -> Int64:
    """Return for each frame the index in `kept` of the nearest kept frame, the earlier one of two as near.

    `kept` ascends; -1 everywhere when it is empty.

    >>> nearest_frames(np.array([0, 4, 5, 9]), np.array([2, 6])).tolist()
    [0, 0, 1, 1]
    """
    if kept.size == 0:
        return np.full(frames.shape, -1, np.int64)
    after = np.searchsorted(kept, frames).clip(0, kept.size - 1)
    before = (after - 1).clip(0)
    earlier = np.abs(frames - kept[before]) <= np.abs(kept[after] - frames)
    return np.where(earlier, before, after).astype(np.int64)


def nearest_rows(clips: ArrayLike, frames: Int64, has_crop: NDArray[np.bool_]) -> Int64:
    """Return for each row the row whose prediction it takes: itself with a crop, else the nearest of its clip with one.

    `clips` has one value a row, the same for frames of one person in one video; -1 where it has no crop at all.
    """
    _, group = np.unique(np.asarray(clips), return_inverse=True)
    order = np.lexsort((frames, group))
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    source = np.full(frames.shape, -1, np.int64)
    for rows in np.split(order, starts[1:]):
        kept = rows[has_crop[rows]]
        if kept.size:
            source[rows] = kept[nearest_frames(frames[rows], frames[kept])]
    return source
