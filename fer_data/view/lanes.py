"""What a timeline draws, packed for the page: values over frames as runs of equal ones, or as lines, within a budget.

::

    frame      0  1  2  3  4  5  6  7      stride 1
    class      .  3  3  3  0  0  .  .      runs  [1, -1, 3, 3, 2, 0]: length and value, from frame 0 on
    valence    .  1  2  9  8  7  .  .      line  every 2: low [., 1, 8, 7, .], high [., 2, 9, 7, .] in thousandths

A lane with more runs or points than its share is drawn in steps of several frames: a run by its most frequent value, a
line by its lowest and highest one. Short lanes stay whole; the longest give way.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_data.core.arrays import Int64

__all__ = ["fair_share", "line", "run_count", "runs", "stride_of"]


def fair_share(sizes: ArrayLike, budget: int) -> int:
    """Return how many items a lane may have at most, so that all together have no more than a budget; 2 at least.

    >>> fair_share([5, 10, 100], 45), fair_share([5, 10], 45)
    (30, 10)
    """
    ordered = np.sort(np.asarray(sizes, np.int64))
    if not len(ordered):
        return 2
    before = np.concatenate([[0], np.cumsum(ordered)[:-1]])
    left = np.arange(len(ordered), 0, -1)
    fits = before + ordered * left <= budget
    if fits.all():
        return max(2, int(ordered[-1]))
    first = int(np.argmin(fits))
    return max(2, int((budget - before[first]) // left[first]))


def stride_of(frames: Int64) -> int:
    """Return how many frames a row stands for: the usual distance between rows, where not every frame has one.

    >>> stride_of(np.array([0, 1, 2, 9])), stride_of(np.array([0, 5, 10])), stride_of(np.array([3]))
    (1, 5, 1)
    """
    return max(1, int(np.median(np.diff(frames)))) if len(frames) > 1 else 1


def run_count(frames: Int64, values: NDArray[Any], stride: int) -> int:
    """Return how many runs of equal values there are; one of no value (below 0) counts as well."""
    return len(_starts(frames, values, stride))


def _starts(frames: Int64, values: NDArray[Any], stride: int) -> Int64:
    if not len(frames):
        return np.zeros(0, np.int64)
    new = (np.diff(values) != 0) | (np.diff(frames) > stride)
    return np.append(0, np.flatnonzero(new) + 1)


def runs(frames: Int64, values: NDArray[Any], stride: int, most: int) -> tuple[list[int], int]:
    """Return length and value of runs from frame 0 on, flat, and the frames of a step: 1 where nothing is left out.

    Args:
        frames: (n,) ascending.
        values: (n,) whole numbers, below 0 for none.
        stride: frames that a row stands for.
        most: runs, about.

    >>> runs(np.array([1, 2, 3, 4, 5]), np.array([3, 3, 3, 0, 0]), 1, 100)
    ([1, -1, 3, 3, 2, 0], 1)
    >>> runs(np.arange(8), np.array([0, 1, 0, 0, 2, 2, 1, 2]), 1, 4)
    ([4, 0, 2, 2, 2, 1], 2)
    """
    step, count = 1, run_count(frames, values, stride)
    while count > most:
        step = 2 * step if step > 1 else 1 << int(count / most).bit_length()  # near, where changes are even
        binned, chosen = _most_frequent(frames, values, stride * step)
        count = run_count(binned, chosen, stride * step)
    if step > 1:
        frames, values, stride = binned, chosen, stride * step
    return _flat(frames, values, stride), step


def _most_frequent(frames: Int64, values: NDArray[Any], size: int) -> tuple[Int64, NDArray[Any]]:
    bins = frames // size
    several = int(values.max()) + 2
    pairs, counts = np.unique(bins * several + values.astype(np.int64) + 1, return_counts=True)
    place, said = pairs // several, pairs % several - 1
    order = np.lexsort((-said, counts, place))  # of equals the first
    last = np.append(np.flatnonzero(np.diff(place[order])), len(order) - 1)
    chosen = order[last]
    return place[chosen] * size, said[chosen]


def _flat(frames: Int64, values: NDArray[Any], stride: int) -> list[int]:
    starts = _starts(frames, values, stride)
    ends = np.append(starts[1:], len(frames))
    first, said = frames[starts], values[starts]
    after = np.append(first[1:], np.iinfo(np.int64).max) if len(first) else first
    last = np.minimum(frames[ends - 1] + stride, after)
    found: list[int] = []
    at = 0
    for begin, end, value in zip(first.tolist(), last.tolist(), said.tolist(), strict=True):
        gap = begin - at if value >= 0 else end - at
        at = end
        if gap:
            _append(found, gap, -1)
        if value >= 0:
            _append(found, end - begin, int(value))
    return found[:-2] if found and found[-1] < 0 else found


def _append(found: list[int], length: int, value: int) -> None:
    if found and found[-1] == value == -1:
        found[-2] += length
    else:
        found += [length, value]


def line(frames: Int64, values: NDArray[Any], stride: int, most: int, *, scale: int) -> dict[str, Any] | None:
    """Return a line for the page, of at most about `most` points; None where there is no value.

    `first` is the frame of the first point, `every` the frames between two, `low` their values times `scale`, each but
    the first as its difference from the last known one, null for none; `high` only where a point stands for several.

    >>> line(np.array([4, 5, 7]), np.array([0.1, 0.3, 0.2]), 1, 100, scale=10)
    {'first': 4, 'every': 1, 'low': [1, 2, None, -1]}
    >>> line(np.array([0, 1, 2, 3]), np.array([0.0, 1.0, 3.0, 2.0]), 1, 3, scale=1)
    {'first': 0, 'every': 3, 'low': [0, 2], 'high': [3, -1]}
    """
    known = np.isfinite(values)
    if not known.any():
        return None
    frames, numbers = frames[known], np.rint(values[known].astype(np.float64) * scale).astype(np.int64)
    first = int(frames[0])
    points = (int(frames[-1]) - first) // stride + 1
    every = stride if points <= most else stride * -(-points * 2 // max(most, 2))
    place = (frames - first) // every
    count = int(place[-1]) + 1
    starts = np.append(0, np.flatnonzero(np.diff(place)) + 1)
    low, high = np.minimum.reduceat(numbers, starts), np.maximum.reduceat(numbers, starts)
    found = {"first": first, "every": every, "low": _differences(low, place[starts], count)}
    if (low != high).any():
        found["high"] = _differences(high, place[starts], count)
    return found


def _differences(values: Int64, place: Int64, count: int) -> Sequence[int | None]:
    steps = np.diff(values, prepend=0).tolist()
    if len(steps) == count:
        return list(steps)
    found: list[int | None] = [None] * count
    for at, step in zip(place.tolist(), steps, strict=True):
        found[at] = step
    return found
