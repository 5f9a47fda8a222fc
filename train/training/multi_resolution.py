"""Show a picture as a camera of few pixels would have, so that training meets every resolution.

The released code of the method's authors resizes with Pillow's `BILINEAR`, whose filter grows with the reduction: it is
anti-aliased on the way down, and plain bilinear on the way up. So Pillow does it here as well; OpenCV's `INTER_LINEAR`
would alias.

Source: Massoli et al., Cross-resolution learning for face recognition, 2020, and MAFER, 2021.
"""

import numpy as np
from PIL import Image as Pillow

from fer_data.core.arrays import Image

__all__ = ["LOWERED_SIDES", "drawn_side", "lowered"]

LOWERED_SIDES = (8, 16, 32, 64, 128)
"""Sides in px that are drawn, each with the same chance."""


def drawn_side(u: float) -> int:
    """Return the side that a uniform draw in [0, 1) stands for: 2 ** int(3 + 5 u).

    >>> [drawn_side(u) for u in (0.0, 0.19, 0.2, 0.5, 0.99)]
    [8, 8, 16, 32, 128]
    """
    return int(2 ** int(3 + 5 * u))


def lowered(image: Image, side: int) -> Image:
    """Return an RGB picture brought down to `side` px along its shorter side and back up, the same shape.

    It comes back unchanged where it has no more pixels than that.
    """
    height, width = image.shape[:2]
    shorter = min(height, width)
    if side >= shorter:
        return image
    small_wh = (width * side // shorter, height * side // shorter)
    small = Pillow.fromarray(image).resize(small_wh, Pillow.Resampling.BILINEAR)
    return np.asarray(small.resize((width, height), Pillow.Resampling.BILINEAR), np.uint8)
