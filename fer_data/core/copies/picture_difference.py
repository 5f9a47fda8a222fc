"""How much two face crops differ where they differ most: what tells a copy from another expression of one person.

::

    crop --grey, 64 x 64--> local contrast --> the other, or its mirror image, laid on it --> mean absolute difference
                                               (affine)                                      of the worst 12 x 12 block

What compression, resizing, light and another crop change, they change everywhere a little. An expression changes brows,
lids or mouth a lot and the rest not at all, which a mean over the picture, as a correlation is, hardly sees.

Source of the alignment: Evangelidis, Psarakis, "Parametric image alignment using enhanced correlation coefficient
maximization", 2008.
"""

import cv2
import numpy as np

from fer_data.core.arrays import Float32, Image

__all__ = ["BEYOND", "MAX_DIFFERENCE", "SKETCH_PX", "picture_difference", "sketch"]

SKETCH_PX = 64
"""Side of what is compared."""

BEYOND = 10.0
"""The difference of crops that do not show the same part of anything; real ones are below 3."""

MAX_DIFFERENCE = 0.2
"""Most that copies differ in their worst block, as `picture_difference` measures it. Chosen on rendered people
200 to 399 of `benchmarks.near_duplicates`: of copies within 4 bits that were compressed, resized, relit, grey or
mirrored one of 1,978 differs more, and of 104 pairs of other expressions within 4 bits none less (the closest by
0.209). docs/near-duplicates.md reports on people 0 to 199."""

_FINE, _AROUND = 0.8, 6.0
_FLOOR = np.float32(6.0)
"""Grey levels: what is flatter than this is noise, which is not enlarged to a face's contrast."""
_INNER, _BLOCK = (slice(4, -4), slice(4, -4)), 12
_LEAST_SHARED = 0.7
_WHITE, _LEAST_UNBLOWN = 250, 0.5
"""Grey level; share of a picture. Without this 1.5 % of copies 30 grey levels brighter differ by more than 0.22."""
_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 1e-3)


def sketch(image: Image) -> Image:
    """Return an RGB crop of any size as the small grey picture, (64, 64), that is compared."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    way = cv2.INTER_AREA if min(grey.shape) >= SKETCH_PX else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, (SKETCH_PX, SKETCH_PX), interpolation=way), np.uint8)


def picture_difference(first: Image, second: Image) -> float:
    """Return how much two sketches differ in their worst block, in units of local contrast; mirror images count as one.

    >>> ramp = np.tile(np.arange(64, dtype=np.uint8) ** 2 // 20, (64, 1)).astype(np.uint8)
    >>> picture_difference(ramp, ramp), picture_difference(ramp, ramp[:, ::-1])
    (0.0, 0.0)
    """
    turned = np.ascontiguousarray(second[:, ::-1])
    if np.array_equal(first, second) or np.array_equal(first, turned):
        return 0.0
    one, other, mirrored = (_local_contrast(picture) for picture in (first, second, turned))
    plain = float((one * other).sum()) >= float((one * mirrored).sum())
    laid, shared = _laid_on(one, other if plain else mirrored)
    if float(shared[_INNER].mean()) < _LEAST_SHARED:
        return BEYOND
    told = shared * _unblown(first, second if plain else turned)
    blocks = cv2.blur((np.abs(one - laid) * told)[_INNER], (_BLOCK, _BLOCK))
    half = _BLOCK // 2
    return float(blocks[half:-half, half:-half].max())


def _unblown(first: Image, second: Image) -> Float32:
    """Return 0 where one of the pictures is blown out to white, else 1; 1 everywhere where much of it is."""
    white = ((first >= _WHITE) | (second >= _WHITE)).astype(np.uint8)
    left = (1 - cv2.dilate(white, np.ones((3, 3), np.uint8))).astype(np.float32)
    return left if float(left[_INNER].mean()) >= _LEAST_UNBLOWN else np.ones_like(left)


def _local_contrast(picture: Image) -> Float32:
    """Return a picture less its surroundings' mean, over their deviation: without the light that fell on it."""
    grey = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), _FINE)
    detail = grey - cv2.GaussianBlur(grey, (0, 0), _AROUND)
    deviation = np.sqrt(cv2.GaussianBlur(detail * detail, (0, 0), _AROUND))
    return np.asarray(detail / (deviation + _FLOOR), np.float32)


def _laid_on(one: Float32, other: Float32) -> tuple[Float32, Float32]:
    """Return the other picture laid on one, and 1 where it shows something there; as it is where nothing fits."""
    start, everywhere = np.eye(2, 3, dtype=np.float32), np.ones(one.shape, np.uint8)
    try:
        _, matrix = cv2.findTransformECC(one, other, start, cv2.MOTION_AFFINE, _STEPS, everywhere, 1)
    except cv2.error:  # it does not converge on pictures that have nothing in common
        return other, np.ones_like(other)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid, shown = (
        cv2.warpAffine(values, np.asarray(matrix), (SKETCH_PX, SKETCH_PX), flags=flags)
        for values in (other, np.ones_like(other))
    )
    return np.asarray(laid, np.float32), np.asarray(shown > 0.99, np.float32)
