"""A centred moving average of predictions over the frames of a clip, and the choice of its window.

The window counts frames of the video, not rows; its ends are cut off, not padded::

    frame      0   1   2   .   .   5   6       window 1
    rows       *   *   *           *   *
    mean of   01  012  12          56  56

Source: smoothing over +-50 frames in the ABAW entries of Savchenko (HSE), 2022.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_data.core.arrays import Float64
from fer_data.core.metrics.scores import class_scores
from fer_data.errors import DatasetError

__all__ = ["WindowChoice", "best_window", "choose_window", "smooth", "window_scores"]


@dataclass(frozen=True, slots=True)
class WindowChoice:
    """The smoothing window with the best macro F1 on development rows.

    Attributes:
        window: frames to either side; 0 is no smoothing.
        macro_f1: what each window tried gave.
    """

    window: int
    macro_f1: dict[int, float]


def smooth(values: ArrayLike, clips: ArrayLike, frames: ArrayLike, *, window: int) -> Float64:
    """Return each row's mean of `values` (n, k) over its clip's rows at most `window` frames away.

    `clips` has one value a row, the same for frames of one person in one video.

    Distance is counted in frames of the video, so a gap is never bridged by more than the window, and rows may come
    in any order. Running sums: time grows with the rows (and their sorting), not with the window.

    >>> smooth([[0.0], [3.0], [9.0]], ["a", "a", "a"], [0, 1, 5], window=1).ravel().tolist()
    [1.5, 1.5, 9.0]

    Raises:
        DatasetError: the three differ in length, or the window is negative.
    """
    rows, index = np.asarray(values, np.float64), np.asarray(frames, np.int64)
    _, group = np.unique(np.asarray(clips), return_inverse=True)
    if not len(rows) == index.size == group.size:
        raise DatasetError(
            f"values, clips and frames must have one length, got {len(rows)}, {group.size}, {index.size}."
        )
    if window < 0:
        raise DatasetError(f"window ({window}) must be 0 or more frames.")
    order = np.lexsort((index, group))
    smoothed = np.empty_like(rows)
    for part in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        smoothed[part] = _moving_mean(rows[part], index[part], window)
    return smoothed


def _moving_mean(values: Float64, frames: NDArray[np.int64], window: int) -> Float64:
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    first = np.searchsorted(frames, frames - window, side="left")
    last = np.searchsorted(frames, frames + window, side="right")
    return np.asarray((sums[last] - sums[first]) / (last - first)[:, None])


def choose_window(
    probability: Float64,
    actual: ArrayLike,
    places: tuple[ArrayLike, ArrayLike],
    *,
    windows: Iterable[int],
) -> WindowChoice:
    """Return the window with the best macro F1 over development rows; of equals the smallest.

    Args:
        probability: (n, classes) per row.
        actual: (n,) class of each row.
        places: clip and frame of each row.
        windows: frames to either side to try.

    Raises:
        DatasetError: no window is given, or the rows differ in length.
    """
    tried = window_scores(
        probability,
        lambda means: class_scores(actual, means.argmax(axis=1), probability.shape[1]).macro_f1,
        places,
        windows=windows,
    )
    return WindowChoice(best_window(tried), tried)


def window_scores(
    values: Float64,
    score: Callable[[Float64], float],
    places: tuple[ArrayLike, ArrayLike],
    *,
    windows: Iterable[int],
) -> dict[int, float]:
    """Return what each window gives, smallest first.

    Args:
        values: (n, k) per row.
        score: of smoothed values; more is better.
        places: clip and frame of each row.
        windows: frames to either side to try.

    Raises:
        DatasetError: no window is given, or the rows differ in length.
    """
    tried = {window: score(smooth(values, *places, window=window)) for window in sorted(set(windows))}
    if not tried:
        raise DatasetError("windows must hold at least one window; 0 is no smoothing.")
    return tried


def best_window(tried: Mapping[int, float]) -> int:
    """Return the window with the best score; of equals the smallest.

    >>> best_window({0: 0.4, 2: 0.5, 5: 0.5})
    2
    """
    return max(tried, key=lambda window: (tried[window], -window))
