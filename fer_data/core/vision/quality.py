"""How good a face picture is, and which pictures of a training subject add nothing."""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Image

__all__ = ["brightness", "redundant", "sharpness"]

Grey = NDArray[np.uint8]


def _grey(image: Image) -> Grey:
    return image if image.ndim == 2 else cast("Grey", cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))


def sharpness(image: Image) -> float:
    """Return the variance of the Laplacian of a picture, RGB or grey, in grey; 0 for a plain surface."""
    return float(cv2.meanStdDev(cv2.Laplacian(_grey(image), cv2.CV_16S))[1].item() ** 2)


def brightness(image: Image) -> float:
    """Return the mean grey value of a picture, RGB or grey, in [0, 255]."""
    return float(cv2.mean(_grey(image))[0])


def redundant(images: NDArray[np.uint8], min_difference: float) -> NDArray[np.bool_]:
    """Mark the pictures that differ too little from the last unmarked one before them.

    Pictures are small RGB thumbnails of shape (n, height, width, 3) in time order; the difference is the mean absolute
    one of their grey values, 0-255. The first is never marked; a `min_difference` of 0 marks none.
    """
    marked = np.zeros(len(images), bool)
    last: NDArray[np.int16] | None = None
    for index, image in enumerate(images):
        grey = _grey(image).astype(np.int16)
        if last is not None and float(np.abs(grey - last).mean()) < min_difference:
            marked[index] = True
        else:
            last = grey
    return marked
