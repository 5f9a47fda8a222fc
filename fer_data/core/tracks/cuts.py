"""Cuts as the tracks show them: frames at which all tracks in view end and others begin."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["all_change", "changes_over", "goes_on"]

_GAP_FRAMES = 30
"""After a longer gap nothing says that it is still the same shot. Not measured by itself."""


def all_change(tracks: Sequence[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Return the frames, ascending, at which tracks begin right after all tracks in view have ended.

    `tracks` are the frame indices of each, ascending.

    >>> all_change([np.arange(0, 9), np.arange(9, 20), np.arange(5, 12)]).tolist()
    []
    >>> all_change([np.arange(0, 9), np.arange(9, 20), np.arange(9, 12)]).tolist()
    [9]
    """
    if not tracks:
        return np.zeros(0, np.int32)
    first = np.array([frames[0] for frames in tracks], np.int32)
    last = np.array([frames[-1] for frames in tracks], np.int32)
    starts = np.unique(first)
    after = starts[:, None] - last[None]
    ended = (after == 1).any(1)
    stays = ((first[None] < starts[:, None]) & (after <= 0)).any(1)
    return np.asarray(starts[ended & ~stays], np.int32)


def goes_on(a: NDArray[np.int32], b: NDArray[np.int32], cuts: NDArray[np.int32]) -> bool:
    """Say whether one of two, never seen together, goes on within 30 frames after the other, without a cut between.

    >>> goes_on(np.arange(0, 9), np.arange(15, 20), np.array([40], np.int32))
    True
    >>> goes_on(np.arange(0, 9), np.arange(15, 20), np.array([12], np.int32))
    False
    """
    before, after = _changes(a, b)
    near = after - before <= _GAP_FRAMES
    cut = np.searchsorted(cuts, after, "right") > np.searchsorted(cuts, before, "right")
    return bool((near & ~cut).any())


def changes_over(a: NDArray[np.int32], b: NDArray[np.int32], cuts: NDArray[np.int32]) -> bool:
    """Say whether one of two, never seen together, follows the other at once at a cut.

    >>> [changes_over(np.arange(0, 9), np.arange(start, 20), np.array([start], np.int32)) for start in (9, 12)]
    [True, False]
    """
    before, after = _changes(a, b)
    return bool(np.isin(after[after - before == 1], cuts).any())


def _changes(a: NDArray[np.int32], b: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the last frames of one of two before the other is seen, and the first ones of the other."""
    frames = np.concatenate([a, b])
    order = np.argsort(frames, kind="stable")
    frames, owner = frames[order], (order >= len(a))
    changes = np.flatnonzero(owner[1:] != owner[:-1])
    return frames[changes], frames[changes + 1]
