"""A hash of 64 bits that tells near-duplicate face crops from pictures of other people and of other expressions.

::

    crop --grey, 32 x 32--> cosine transform --> signs of the coefficients v 4 ... 19 (down) x u 1 ... 4 (across)

Crops of aligned faces are alike in their coarsest parts, whoever is shown. What a face does (brows, lids, mouth) shows
in fine steps from top to bottom, so few frequencies across and many down tell two expressions of one person in one
pose apart that the usual 8 x 8 block takes for one picture: at the same share of copies found it takes five times as
many of them for one. A mirror image has the same hash with the bits of odd u turned over. `multires` compares hashes.

"""

import cv2
import numpy as np

from fer_data.core.arrays import Image

__all__ = ["perceptual_hash"]

_SIDE = 32
_DOWN, _ACROSS = slice(4, 20), slice(1, 5)
_LEAST = 4.0
"""Largest coefficient of a picture that shows nothing; a face's is some hundred. The transform is orthonormal."""


def perceptual_hash(image: Image) -> int | None:
    """Return the hash of an RGB crop of any size as a signed number of 64 bits; None where it shows next to nothing.

    >>> perceptual_hash(np.zeros((256, 256, 3), np.uint8)) is None
    True
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    way = cv2.INTER_AREA if min(grey.shape) >= _SIDE else cv2.INTER_LINEAR
    small = cv2.resize(grey, (_SIDE, _SIDE), interpolation=way).astype(np.float32)
    found = cv2.dct(small)[_DOWN, _ACROSS].ravel()
    if float(np.abs(found).max()) < _LEAST:
        return None
    return int(np.packbits(found > 0).view(">i8")[0])
