"""Valence and arousal of any corpus in [-1, 1], and back in its own scale."""

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32

__all__ = ["in_own_scale", "in_unit_scale"]


def in_unit_scale(values: NDArray[np.float64], scale: tuple[float, float]) -> Float32:
    """Return values of a corpus in [-1, 1], (n,); those outside of its scale and NaN are NaN.

    >>> in_unit_scale(np.array([-10, 0, 4, 11, np.nan]), (-10, 10)).tolist()
    [-1.0, 0.0, 0.4000000059604645, nan, nan]
    """
    low, high = scale
    inside = (values >= low) & (values <= high)
    scaled = values if scale == (-1.0, 1.0) else 2 * (values - low) / (high - low) - 1
    return np.where(inside, np.clip(scaled, -1, 1), np.nan).astype(np.float32)


def in_own_scale(values: Float32, scale: tuple[float, float]) -> NDArray[np.float64]:
    """Return values in [-1, 1] in the scale of their corpus, (n,), as far as float32 says.

    >>> in_own_scale(np.array([-1, 0, 1], np.float32), (1, 9)).tolist()
    [1.0, 5.0, 9.0]
    """
    low, high = scale
    return low + (values.astype(np.float64) + 1) * (high - low) / 2
