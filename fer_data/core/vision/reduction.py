"""Smaller images of one field of view, without aliasing: averages of areas (a box filter).

Each target pixel is the mean of what it covers, shared pixels by their part::

    source pixels   | 0 | 1 | 2 | 3 | 4 |
    target pixels   |    0    |    1    |      5 to 2 px: each averages two and a half
"""

import cv2
import numpy as np

from fer_data.core.arrays import Image
from fer_data.errors import DatasetError

__all__ = ["brought_to", "reduce_by_area"]


def reduce_by_area(image: Image, size: int) -> Image:
    """Return a square image averaged down to `size` x `size` px; at its own size it comes back unchanged.

    Every pixel is the mean of the area it covers. At an integer ratio that is the exact box mean, so 256 to 64 is
    one rounding away from 256 to 128 to 64; at any other ratio the border pixels count by their covered part.

    Source: the ideal box prefilter, as OpenCV's INTER_AREA computes it.

    Raises:
        DatasetError: the image is not square, or smaller than `size`.
    """
    height, width = image.shape[:2]
    if height != width:
        raise DatasetError(
            f"crop ({width}x{height}) must be square. Run `dvc repro align` to rebuild the crops."
        )
    if size > width:
        raise DatasetError(
            f"resolution ({size}) must be at most the base crop's {width} px: crops are never enlarged. "
            "Lower it or raise align.size."
        )
    if size == width:
        return image
    return np.asarray(cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def brought_to(image: Image, size: int) -> Image:
    """Return a square image at `size` x `size` px: averaged down, unchanged, or enlarged by bilinear interpolation.

    Raises:
        DatasetError: the image is not square.
    """
    if min(image.shape[:2]) >= size or image.shape[0] != image.shape[1]:
        return reduce_by_area(image, size)
    return np.asarray(cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)
