"""Smooth the landmarks of a face over its track by a centred moving average, which does not lag.

Only frames with a partner as far on the other side count, so that motion at constant speed is kept as it is::

    frame    5  6  7  8  9 10 11      smoothed at 8
    face     *     *  *  *  *  *
    counts   *     *  *  *     *      5 and 11 are partners, 7 and 9 as well; 10 has none
"""

from typing import cast

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32

__all__ = ["steady"]


def steady(frames: NDArray[np.integer], points: Float32, at: int) -> Float32:
    """Return the centred mean of a face's points in frame `at`, shape (k, 2).

    `points` is (n, k, 2), one row for each of the `frames`, of which `at` is one. Only frames as far on one side as
    others on the other count, so that motion at constant speed is kept as it is. NaN stays NaN.
    """
    distance = frames.astype(np.int64) - at
    paired = (distance[:, None] == -distance).any(1)
    return cast("Float32", points[paired].mean(0, dtype=np.float64).astype(np.float32))
