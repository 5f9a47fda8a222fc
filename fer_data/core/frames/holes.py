"""Find the frames that a video's presentation times say are missing.

::

    period 40 ms    0   40   80        200  240
    frame           0    1    2    .  .  3    4      a hole of two frames after frame 2
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["COARSE_TICKS", "Holes", "find_holes"]

COARSE_TICKS = 4
"""Periods of fewer ticks must fit exactly: a tick of tolerance would let any step pass for a multiple."""

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Holes:
    """Where frames are missing between the frames of a video; none at either end, which times cannot show.

    Attributes:
        after: (n,) index of the frame before each hole, rising.
        counts: (n,) missing frames of each hole.
    """

    after: NDArray[np.int64]
    counts: NDArray[np.int64]

    @property
    def total(self) -> int:
        """Return the number of missing frames."""
        return int(self.counts.sum())

    def before(self, frames: int) -> NDArray[np.int64]:
        """Return for each of so many frames how many are missing before it, shape (frames,)."""
        step = np.zeros(frames + 1, np.int64)
        inside = self.after < frames
        step[self.after[inside] + 1] = self.counts[inside]
        return np.cumsum(step[:frames])


def find_holes(ticks: NDArray[np.int64]) -> Holes | None:
    """Return the holes of a video with presentation times `ticks`; None where the rate varies, so that nothing is sure.

    All steps must be whole multiples of one period within a tick of the clock, each of them and from the first frame
    on, and at least half of them one period. Times that do not rise have none. Fewer than two frames have no holes.

    >>> find_holes(np.array([0, 40, 80, 200, 240])).counts.tolist()
    [2]
    >>> find_holes(np.array([0, 33, 67, 100, 167, 200])).after.tolist()
    [3]
    >>> find_holes(np.array([0, 40, 95, 140])) is None
    True
    """
    steps = np.diff(ticks)
    if not len(steps):
        return Holes(np.zeros(0, np.int64), np.zeros(0, np.int64))
    if steps.min() <= 0:
        return None
    periods = _periods(steps)
    if periods is None or 2 * np.count_nonzero(periods == 1) < len(periods):
        return None
    after = np.flatnonzero(periods > 1)
    return Holes(after.astype(np.int64), periods[after] - 1)


def _periods(steps: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return how many periods each step is long; None where no period fits."""
    shortest = int(steps.min())
    if not (steps % shortest).any():
        return np.asarray(steps // shortest, np.int64)
    if shortest < COARSE_TICKS:
        return None
    period = float(steps[steps <= shortest + 1].mean())
    periods = np.rint(steps / period).astype(np.int64)
    return periods if _fits(steps, periods) else None


def _fits(steps: NDArray[np.int64], periods: NDArray[np.int64]) -> bool:
    """Return whether one period explains each step, and each time since the first, within a tick."""
    lengths = np.concatenate([steps, np.cumsum(steps)])
    counts = np.concatenate([periods, np.cumsum(periods)])
    return bool(((lengths - 1) / counts).max() <= ((lengths + 1) / counts).min() + _ROUNDING)
