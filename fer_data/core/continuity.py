"""See where a video's picture goes on from frame to frame, and where it leaps, as at a cut."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

__all__ = ["Continuity"]

_LEAP = 4.0
"""A picture leaps if it changes by this many times the most that it changed in the frames before.

Measured on real clips: a man who begins to nod, filmed by hand, reaches 3.7, cuts in calm shots 7 to 80 and more.
"""
_RECENT_FRAMES = 6
"""So many, because videos of a converted rate show every second or fifth frame twice."""
_LARGEST = 40.0
"""A change by more grey levels on average is a leap whatever went before."""


class Continuity:
    """Say of each frame in turn whether its picture goes on from the one before.

    Motion, however quick, is told from a cut by what came before: it changes the picture for some frames by about as
    much, a cut once. Grey levels alone do not tell: a camera held by hand changes a picture by 20 on average, a cut to
    somebody else before the same wall by 18.
    """

    def __init__(self) -> None:
        self._last: NDArray[np.int16] | None = None
        self._changes: deque[float] = deque(maxlen=_RECENT_FRAMES)
        self._since_leap = _RECENT_FRAMES

    def goes_on(self, preview: NDArray[np.int16]) -> bool:
        """Return whether the next frame, given by some of its pixels, is no leap; nothing is known of the first two."""
        last, self._last = self._last, preview
        if last is None or last.shape != preview.shape:
            self._changes.clear()
            return last is None
        change = float(np.abs(preview - last).mean())
        leaps = change > min(_LEAP * max(self._changes, default=_LARGEST), _LARGEST)
        if leaps and self._since_leap >= _RECENT_FRAMES:
            self._changes.clear()
        else:
            self._changes.append(change)
        self._since_leap = 0 if leaps else self._since_leap + 1
        return not leaps
