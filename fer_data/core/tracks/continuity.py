"""Shot boundary detection: cuts, by frame differences against those of the frames before.

A cut changes the image once, motion for some frames by about as much; a change that one factor of light explains is a
fade, and the shot goes on::

    mean difference
                  |             cut: 4 times the most of the six frames before
                  |     |||     quick motion: the frames before changed as much
    . . . . . . . | . ..||| .

Source: Zhang, Kankanhalli and Smoliar, Automatic partitioning of full-motion video, 1993 (pair-wise comparison).
"""

from collections import deque

import numpy as np

from fer_data.core.arrays import Image
from fer_data.core.vision.regions import mean_difference

__all__ = ["Continuity"]

_LEAP = 4.0
"""A frame is the first after a cut if it changes by this many times the most that the frames before changed.

Measured on real clips: a man who begins to nod, filmed by hand, reaches 3.7, cuts in calm shots 7 to 80 and more.
"""
_RECENT_FRAMES = 6
"""So many, because videos of a converted rate show every second or fifth frame twice."""
_LARGEST = 40.0
"""A mean change by more grey levels is a cut whatever went before, but for one of the light alone."""
_OTHER_LIGHT, _SAME_PICTURE, _DARKEST = 1.25, 0.2, 4.0
"""A fade is no cut: what one factor of light leaves of the change is small beside the contrast.

Measured on rendered videos: 0.05 to 0.16 of the contrast where an image fades by 2.7 from a frame to the next, 0.6 and
more at cuts. Images of less than 4 grey levels decide nothing.
"""


class Continuity:
    """Decide of each frame in turn whether its shot goes on from the one before.

    Motion, however quick, is distinguished from a cut by the frames before. One threshold on grey levels would not do:
    a camera held by hand changes the image by 20 on average, a cut to somebody else before the same wall by 18.
    """

    def __init__(self) -> None:
        self._last: Image | None = None
        self._changes: deque[float] = deque(maxlen=_RECENT_FRAMES)
        self._since_leap = _RECENT_FRAMES

    def goes_on(self, preview: Image) -> bool:
        """Return whether the next frame, given by some of its pixels, is no cut; nothing is known of the first two."""
        last, self._last = self._last, preview
        if last is None or last.shape != preview.shape:
            self._changes.clear()
            return last is None
        change = mean_difference(preview, last)
        leaps = change > min(_LEAP * max(self._changes, default=_LARGEST), _LARGEST)
        if leaps and _fades(last, preview):
            return True
        if leaps and self._since_leap >= _RECENT_FRAMES:
            self._changes.clear()
        else:
            self._changes.append(change)
        self._since_leap = 0 if leaps else self._since_leap + 1
        return not leaps


def _fades(before: Image, after: Image) -> bool:
    """Return whether two images differ by one factor of light."""
    dark, bright = sorted(
        (before.astype(np.float64), after.astype(np.float64)), key=lambda one: float(one.mean())
    )
    if dark.mean() < _DARKEST or bright.mean() < _OTHER_LIGHT * dark.mean():
        return False
    left = np.abs(bright - dark * (bright.mean() / dark.mean())).mean()
    contrast = np.abs(bright - bright.mean((0, 1))).mean()
    return bool(left < _SAME_PICTURE * contrast)
