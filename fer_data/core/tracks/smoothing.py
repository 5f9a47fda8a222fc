"""Steady the points of a face over its track: a straight line through the frames on both sides, so nothing lags.

A moving average over a symmetrical window, without frames that have no partner on the other side.
"""

from typing import cast

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32

__all__ = ["steady"]


def steady(frames: NDArray[np.integer], points: Float32, at: int) -> Float32:
    """Return where a straight line through a face's points puts them in frame `at`, shape (k, 2).

    `points` is (n, k, 2), one row for each of the `frames`, of which `at` is one. Only frames as far on one side as
    others on the other count, so that motion at constant speed is kept as it is. NaN stays NaN.
    """
    distance = frames.astype(np.int64) - at
    paired = (distance[:, None] == -distance).any(1)
    return cast("Float32", points[paired].mean(0, dtype=np.float64).astype(np.float32))
