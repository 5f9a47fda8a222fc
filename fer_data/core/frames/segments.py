"""Which frames of a video lie in segments of time, by the times at which frames are presented.

::

    frames     0.00  0.04  0.08  0.12  0.16        each is shown until the next
    segments         |--- a ---|--- b --------     from its start on, up to before its end
    found       -     a     a     b     b
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Segment", "SegmentFrames", "frames_of_segments"]

_NOBODY = -1
_ROUNDING = 1e-6
"""Seconds by which the same time may differ when it is once a number of ticks and once a decimal number."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a video, and what is said of it.

    Attributes:
        start: first second.
        end: second before which it ends.
        says: its labels; two segments that say the same may share frames.
    """

    start: float
    end: float
    says: Hashable


@dataclass(frozen=True, slots=True, eq=False)
class SegmentFrames:
    """The segment of each frame.

    Attributes:
        owners: (frames,) index of the segment whose label a frame has, -1 without one; of several that say the same
            the earliest.
        disputed: (frames,) bool, frames of several segments that do not say the same; they have no owner.
        empty: segments in which no frame lies.
        beyond: segments that end after the last frame has been shown.
    """

    owners: NDArray[np.int64]
    disputed: NDArray[np.bool_]
    empty: tuple[int, ...]
    beyond: tuple[int, ...]


def frames_of_segments(times: NDArray[np.float64], segments: Sequence[Segment]) -> SegmentFrames:
    """Return which of the segments each frame belongs to; `times` are rising, in seconds, a frame each.

    The last frame is taken to be shown as long as frames usually are. Without frames every segment is empty.

    >>> times = np.array([0.0, 0.04, 0.08, 0.12, 0.16])
    >>> found = frames_of_segments(times, [Segment(0.04, 0.12, "a"), Segment(0.12, 0.2, "b")])
    >>> found.owners.tolist()
    [-1, 0, 0, 1, 1]
    """
    owners = np.full(len(times), _NOBODY, np.int64)
    disputed = np.zeros(len(times), np.bool_)
    empty, beyond = [], []
    end = _end(times)
    order = sorted(range(len(segments)), key=lambda index: (segments[index].start, index))
    for index in order:
        segment = segments[index]
        first, last = np.searchsorted(times, (segment.start - _ROUNDING, segment.end - _ROUNDING))
        if first >= last:
            empty.append(index)
        if segment.end > end:
            beyond.append(index)
        span = slice(int(first), int(last))
        for other in np.unique(owners[span]).tolist():
            if other != _NOBODY and segments[other].says != segment.says:
                disputed[span] |= owners[span] == other
        owners[span] = np.where(owners[span] == _NOBODY, index, owners[span])
    owners[disputed] = _NOBODY
    return SegmentFrames(owners, disputed, tuple(sorted(empty)), tuple(sorted(beyond)))


def _end(times: NDArray[np.float64]) -> float:
    """Return when the last frame has been shown, and half a frame later, which rounding of seconds may cost."""
    usual = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    return float(times[-1]) + 1.5 * usual if len(times) else 0.0
