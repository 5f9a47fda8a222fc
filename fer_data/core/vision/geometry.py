"""The base crop: one similarity transform from five landmarks or a box, and one anti-aliased warp.

The field of view of the template, or of the box, is widened by `margin` about its centre::

    source, turned           crop, `size` px, margin 0        margin 0.5

      l                      +---------------+                +---------------+
          r                  |   l       r   |                |               |
       n             --->    |       n       |                |     l   r     |
    ml                       |    ml   mr    |                |       n       |
        mr                   +---------------+                |      ml mr    |
                                                              +---------------+
"""

from functools import cache
from math import ceil, floor, log2, sqrt
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Image

__all__ = [
    "BORDER_PX",
    "Matrix",
    "apply_matrix",
    "box_matrix",
    "estimate_similarity",
    "eye_distance",
    "halved_by",
    "landmark_template",
    "reduction_of",
    "roll_degrees",
    "similarity_matrix",
    "softening",
    "warp_crop",
]

Complex = NDArray[np.complex128]
Matrix = NDArray[np.float64]
"""Affine map from source to crop pixels, shape (2, 3); pixel centres lie on whole numbers."""

_TEMPLATE_112 = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Eyes, nose and mouth corners in a crop of 112 px. Source: insightface.utils.face_align.arcface_dst."""

BORDER_PX = 2
"""Border of a crop's region, in px of the crop: for sampling and smoothing at its edges."""

_LITTLE = 1.25
"""Below this reduction nothing is smoothed: bilinear sampling smooths as well."""

_ROUNDING = 1e-6


def landmark_template(size: int) -> Matrix:
    """Return where InsightFace puts the five landmarks in a crop, shape (5, 2), in px.

    Multiples of 112 scale the 112 px template; any other side scales the 128 px one, which is the former moved
    by 8 px to the right.

    Source: insightface.utils.face_align.estimate_norm.
    """
    if size % 112 == 0:
        return np.asarray(_TEMPLATE_112 * (size / 112))
    return np.asarray((_TEMPLATE_112 + (8.0, 0.0)) * (size / 128))  # noqa: RUF005 - adds, does not join


def estimate_similarity(points: NDArray[np.floating], targets: NDArray[np.floating]) -> Matrix:
    """Return the rotation, scale and shift, without mirroring, that brings points nearest to their targets.

    In the plane Umeyama's least-squares solution is one complex division. Points that all coincide keep scale 1.

    Source: Umeyama, Least-squares estimation of transformation parameters between two point patterns, 1991.
    """
    return _nearest(points, _complex(targets))


def _nearest(points: NDArray[np.floating], target: Complex) -> Matrix:
    """Return what `estimate_similarity` does, for targets as complex numbers."""
    source = _complex(points)
    middle = np.add.reduce(source) / len(source)
    centred = source - middle
    spread = float(np.vdot(centred, centred).real)
    factor = complex(np.vdot(centred, target) / spread) if spread > 0 else 1 + 0j
    shift = complex(np.add.reduce(target) / len(target)) - factor * complex(middle)
    return np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])


def _complex(points: NDArray[np.floating]) -> Complex:
    """Return points of shape (n, 2) as complex numbers, shape (n,)."""
    return np.ascontiguousarray(points, np.float64).view(np.complex128)[:, 0]


@cache
def _template(size: int) -> Complex:
    """Return `landmark_template` as complex numbers; nobody may change it."""
    return _complex(landmark_template(size))


def roll_degrees(landmarks: Float32) -> float:
    """Return by how many degrees five landmarks are turned, clockwise as seen, against an upright face."""
    matrix = _nearest(landmarks, _template(112))
    return float(-np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])))


def similarity_matrix(landmarks: Float32, size: int, margin: float) -> Matrix:
    """Return the map of five landmarks onto the template, its field of view widened by the fraction `margin`."""
    return _widen(_nearest(landmarks, _template(size)), size, margin)


def box_matrix(box: Float32, size: int, margin: float) -> Matrix:
    """Return the map of the upright square around a box, grown by the fraction `margin`, onto the crop.

    The square's side is the box's longer side.
    """
    x_min, y_min, x_max, y_max = (float(edge) for edge in box)
    side = max(x_max - x_min, y_max - y_min, 1.0)
    scale = size / side
    middle = (size - 1) / 2
    shift_x = middle - scale * ((x_min + x_max - 1) / 2)
    shift_y = middle - scale * ((y_min + y_max - 1) / 2)
    return _widen(np.array([[scale, 0.0, shift_x], [0.0, scale, shift_y]]), size, margin)


def _widen(matrix: Matrix, size: int, margin: float) -> Matrix:
    """Return the map scaled about the crop's centre by 1 / (1 + margin), so that the crop shows more."""
    factor, middle = 1.0 / (1.0 + margin), (size - 1) / 2
    widened = matrix * factor
    widened[:, 2] += middle * (1.0 - factor)
    return widened


def apply_matrix(matrix: Matrix, points: NDArray[np.floating]) -> Matrix:
    """Return points of shape (n, 2) as the map moves them."""
    return points.astype(np.float64) @ matrix[:, :2].T + matrix[:, 2]


def eye_distance(landmarks: Float32) -> float:
    """Return the distance between the eyes in px; NaN where the detector gives no landmarks."""
    return float(np.hypot(*(landmarks[1] - landmarks[0])))


def warp_crop(image: Image, matrix: Matrix, size: int) -> Image:
    """Return the crop that the map shows, shape (size, size, 3); what lies outside the image is black.

    Where the crop is smaller than what it shows, the region is first halved by averaging areas as often as the
    reduction allows (as in an image pyramid), and low-pass filtered for what is left of it, as `softening` says: fine
    detail is averaged instead of aliased, and the image is resampled once. A region outside the image gives a black
    crop.

    Source: Williams, Pyramidal parametrics (mipmaps), 1983.
    """
    reduction = reduction_of(matrix)
    factor = halved_by(reduction)
    weight = softening(reduction / factor)
    x_min, y_min, x_max, y_max = _region(image, matrix, size, 1 / reduction)
    width, height = (x_max - x_min) // factor, (y_max - y_min) // factor
    if width < 1 or height < 1:
        return np.zeros((size, size, *image.shape[2:]), np.uint8)
    if factor == 1 and not weight:
        return _sample(_region_alone(image, (x_min, y_min, x_max, y_max)), matrix, size)
    part = _halved(image[y_min : y_min + height * factor, x_min : x_min + width * factor], factor)
    if weight:
        kernel = np.array([weight, 1 - 2 * weight, weight])
        part = cast("Image", cv2.sepFilter2D(part, -1, kernel, kernel, borderType=cv2.BORDER_REPLICATE))
    if part.ndim == 3:
        part = cast("Image", cv2.cvtColor(part, cv2.COLOR_RGB2RGBA))
    offset = np.array([x_min, y_min]) + (factor - 1) / 2
    moved = matrix * factor
    moved[:, 2] = matrix[:, :2] @ offset + matrix[:, 2]
    return _sample(part, moved, size)


def reduction_of(matrix: Matrix) -> float:
    """Return how many source pixels a pixel of the crop is wide; below 1 the crop is an enlargement."""
    return 1 / sqrt(abs(_determinant(matrix)))


def halved_by(reduction: float) -> int:
    """Return by how much an image is averaged before it is sampled at a reduction: the power of 2 not above it.

    >>> [halved_by(reduction) for reduction in (0.5, 1.9, 2.0, 5.0)]
    [1, 1, 2, 4]
    """
    return 1 << max(0, int(log2(reduction + _ROUNDING)))


def softening(reduction: float) -> float:
    """Return the weight w of both neighbours in the filter (w, 1 - 2w, w) that goes before sampling at a reduction.

    It grows to 1/4 at a factor of 2, where it leaves nothing of a wave of two pixels, which the crop cannot show, and
    half of one of four, which it just can: of the former no more than an average of areas does. Below a factor of
    1.25 it is 0: there is little to average, and sampling smooths as well.

    >>> [softening(reduction) for reduction in (0.5, 1.2, 1.5, 2.0)]
    [0.0, 0.0, 0.125, 0.25]
    """
    return 0.0 if reduction < _LITTLE else (reduction - 1) / 4


def _halved(image: Image, factor: int) -> Image:
    """Return an image averaged by a power of 2: by 2 first, which OpenCV does much the fastest."""
    for step in (2, factor // 2):
        if factor > 1 and step > 1:
            side = image.shape[1] // step, image.shape[0] // step
            image = cast("Image", cv2.resize(image, side, interpolation=cv2.INTER_AREA))
    return image


def _determinant(matrix: Matrix) -> float:
    return float(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0])


def _region_alone(image: Image, region: tuple[int, int, int, int]) -> Image:
    """Return an image for `_sample` of which a region, x_min, y_min, x_max, y_max, alone is filled.

    It stays in its place: with other numbers in the map the sampling would round otherwise.
    """
    if image.ndim == 2:
        return image
    x_min, y_min, x_max, y_max = region
    canvas = np.empty((*image.shape[:2], 4), np.uint8)
    part = canvas[y_min:y_max, x_min:x_max]
    cv2.cvtColor(image[y_min:y_max, x_min:x_max], cv2.COLOR_RGB2RGBA, part)
    return canvas


def _sample(image: Image, matrix: Matrix, size: int) -> Image:
    """Return the bilinear crop of an image that is grey, or RGB with a fourth channel, which is dropped.

    OpenCV takes 350 us for 256 px of four channels and 550 for three, and gives the same bytes.
    """
    crop = cast("Image", cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR))
    return crop if image.ndim == 2 else cast("Image", cv2.cvtColor(crop, cv2.COLOR_RGBA2RGB))


def _region(image: Image, matrix: Matrix, size: int, scale: float) -> tuple[int, int, int, int]:
    """Return the part of the image that the crop shows, as x_min, y_min, x_max, y_max, with a border for sampling."""
    # In plain numbers: on four points NumPy's calls take ten times as long, and this runs for every crop of a face.
    (a, b, shift_x), (c, d, shift_y) = matrix.tolist()
    determinant, border = a * d - b * c, max(BORDER_PX / scale, BORDER_PX)
    edges = -0.5, size - 0.5
    corners = [(x - shift_x, y - shift_y) for x in edges for y in edges]
    columns = [x * (d / determinant) - y * (b / determinant) for x, y in corners]
    rows = [y * (a / determinant) - x * (c / determinant) for x, y in corners]
    height, width = image.shape[:2]
    return (
        min(max(floor(min(columns) - border), 0), width),
        min(max(floor(min(rows) - border), 0), height),
        min(max(ceil(max(columns) + border), 0), width),
        min(max(ceil(max(rows) + border), 0), height),
    )
