"""Sharpness and brightness of a whole crop.

Source: variance of the Laplacian as a measure of focus, Pech-Pacheco et al., Diatom autofocusing in brightfield
microscopy, 2000.
"""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Image

__all__ = ["brightness", "sharpness"]

Grey = NDArray[np.uint8]


def _grey(image: Image) -> Grey:
    return image if image.ndim == 2 else cast("Grey", cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))


def sharpness(image: Image) -> float:
    """Return the variance of the Laplacian of an image, RGB or grey, in grey levels squared; 0 for a plain surface."""
    return float(cv2.meanStdDev(cv2.Laplacian(_grey(image), cv2.CV_16S))[1].item() ** 2)


def brightness(image: Image) -> float:
    """Return the mean grey value of an image, RGB or grey, in [0, 255]."""
    return float(cv2.mean(_grey(image))[0])
