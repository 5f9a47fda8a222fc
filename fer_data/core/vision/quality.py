"""Sharpness and brightness of a whole crop, and near-duplicate frames of a training subject.

Source: variance of the Laplacian as a measure of focus, Pech-Pacheco et al., Diatom autofocusing in brightfield
microscopy, 2000.
"""

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
    """Return the variance of the Laplacian of an image, RGB or grey, in grey levels squared; 0 for a plain surface."""
    return float(cv2.meanStdDev(cv2.Laplacian(_grey(image), cv2.CV_16S))[1].item() ** 2)


def brightness(image: Image) -> float:
    """Return the mean grey value of an image, RGB or grey, in [0, 255]."""
    return float(cv2.mean(_grey(image))[0])


def redundant(images: NDArray[np.uint8], min_difference: float) -> NDArray[np.bool_]:
    """Mark the near-duplicates: images that differ too little from the last unmarked one before them.

    Images are small RGB thumbnails of shape (n, height, width, 3) in time order; the difference is the mean absolute
    one of their grey values, 0-255. The first is never marked; a `min_difference` of 0 marks none. The comparison with
    the last image that was kept, not with the one before, ends a slow drift as well::

        difference from the last one kept    0  2  4  1  3  5  2     min_difference 4
        marked                               .  x  .  x  x  .  x
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
