"""Names for the arrays that most functions take and return, by what their values are."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Float32", "Float64", "Image", "Int64", "Mask"]

Image = NDArray[np.uint8]
"""RGB picture, uint8, shape (height, width, 3)."""

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

Mask = NDArray[np.bool_]
"""Which of the rows, faces or pixels are meant."""
