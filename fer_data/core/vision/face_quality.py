"""Blur, brightness and contrast of a face, and how much of it, and of its crop, lies beyond the frame.

All is measured on one view of the face: a grey image of 64 px in which the five landmarks lie on the template, or of
fewer where the source has fewer, so that nothing is measured that the source cannot show. Only an ellipse from brows to
chin counts, and of it only what lies within the frame: neither hair, background nor black corners do. Blur is the
standard deviation of a Gaussian point spread, estimated from re-blurred edges (`_blur`).

    source, 400 px a face --+-> crop, 256 px --> view, 64 px      the same numbers
    source,  60 px a face --+
"""

from collections.abc import Iterable, Mapping
from functools import cache
from math import sqrt
from typing import NamedTuple, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Image
from fer_data.core.vision.geometry import (
    Matrix,
    apply_matrix,
    landmark_template,
    reduction_of,
    similarity_matrix,
    warp_crop,
)
from fer_data.core.vision.quality import brightness, sharpness

__all__ = ["CropMeasures", "failed_gates", "inside_image", "measure_crop"]

_VIEW_PX = 64
_MIN_VIEW_PX = 16
_EYE_DISTANCE = float(np.hypot(*(landmark_template(128)[1] - landmark_template(128)[0]))) / 128
"""Of the template, as a share of its side."""

# The view shows 3.6 eye distances: faces whose eyes are 18 px apart, 60 px from ear to ear, have just these 64 px.

_MIDDLE, _HALF_AXES = (0.5, 0.56), (0.26, 0.35)
"""Of the ellipse from brows to chin, as shares of the view's side, (x, y)."""

_MIN_SHARE_SEEN = 0.25
"""Share of the ellipse within the frame below which nothing is measured of the face. Not measured by itself."""

# Sigmas of the two re-blurs, in px of the view. Measured on 113 faces (17 clips, 15 photographs, 16 rendered): with 0.6
# and 1.2 px 95 % of the sharp ones are below 0.045 eye distances and all of those blurred by 0.1 above 0.062; with 1
# and 2 px the ranges touch. The strongest three tenths of all edges stand out of noise best.
_FINE, _COARSE = 0.6, 1.2
_EDGES = 0.3
_NORMAL_MAD = 0.6745
"""Median absolute deviation of a standard normal distribution."""

_SHARP_PX = 0.8
"""Edges of a sharp face may spread that far, in source pixels, whatever its size.

Measured on 113 faces (17 clips, 15 photographs) brought to 9 to 16 px between the eyes: 95 % lie below 0.70 to 0.81 px.
"""
_MAX_BLUR = 1.0
"""The most that is told, in eye distances."""

_SLOPE = np.array([[-0.5, 0.0, 0.5]], np.float32)
_ROUGHNESS = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6

_ROUNDING = 1e-6
_SMOOTHING = 1.0
_TONES = (0.05, 0.5, 0.95)


class CropMeasures(NamedTuple):
    """What is measured of a base crop; the three of the face are NaN where less than a quarter of it is in the frame.

    Attributes:
        sharpness: variance of the Laplacian of the whole crop.
        brightness: mean grey value of the whole crop.
        face_blur: sigma of the blur of the face's edges, in eye distances; 0 is sharp, 1 the most that is told.
        face_brightness: median grey value of the face.
        face_contrast: grey values between the darkest and brightest twentieth of the face.
        outside_fraction: share of the crop that lies beyond the frame, and is black.
        face_outside: share of the face that does; 0 of a close-up whose crop alone reaches beyond the frame.
    """

    sharpness: float
    brightness: float
    face_blur: float
    face_brightness: float
    face_contrast: float
    outside_fraction: float
    face_outside: float


def measure_crop(crop: Image, landmarks: Float32, matrix: Matrix, size_wh: tuple[int, int]) -> CropMeasures:
    """Return the measures of a base crop, which `matrix` made of an image of `size_wh` px.

    `landmarks` are in source pixels; where they are NaN, the crop is taken to show a face as the template does.
    """
    side, grey = len(crop), cast("Image", cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY))
    to_view, view_px = _view_of(side, landmarks, matrix)
    view = warp_crop(grey, to_view, view_px).astype(np.float32)
    face = _seen(view_px, ((to_view, (side, side)), (_joined(matrix, to_view), size_wh)))
    outside = _outside_fraction(_scaled(matrix, _VIEW_PX / side), size_wh)
    lost = _face_outside(_joined(matrix, to_view), view_px, size_wh)
    if len(face) < _MIN_SHARE_SEEN * len(_face(view_px)):
        return CropMeasures(sharpness(grey), brightness(grey), np.nan, np.nan, np.nan, outside, lost)
    darkest, middle, brightest = _quantiles(_smoothed(view, _SMOOTHING).take(face), _TONES)
    blur = _blur(view, face) / (_EYE_DISTANCE * view_px)
    return CropMeasures(sharpness(grey), brightness(grey), blur, middle, brightest - darkest, outside, lost)


def failed_gates(
    measures: Mapping[str, NDArray[np.floating]], limits: Mapping[str, float]
) -> dict[str, NDArray[np.bool_]]:
    """Return which faces fail each limit that is on; a measure that is NaN fails none.

    `measures` are by name, each of shape (n,); `limits` are named `min_` or `max_` and their measure, and 0 is off. A
    face of few pixels is not blurred by those alone: with `eye_distance_px` its blur must exceed 0.8 source pixels too.

    >>> failed_gates({"face_blur": np.array([0.02, 0.2])}, {"max_face_blur": 0.055, "min_face_contrast": 0})
    {'max_face_blur': array([False,  True])}
    """
    failed = {}
    for name, limit in limits.items():
        side, measure = name[:4], name[4:]
        if limit and measure in measures:
            failed[name] = measures[measure] < limit if side == "min_" else measures[measure] > limit
    if "max_face_blur" in failed and "eye_distance_px" in measures:
        failed["max_face_blur"] &= ~(measures["face_blur"] * measures["eye_distance_px"] <= _SHARP_PX)
    return failed


def inside_image(matrix: Matrix, side: int, size_wh: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which pixels of a crop lie within the image of `size_wh` px that `matrix` maps, shape (side, side)."""
    if _all_inside(matrix, side, size_wh):
        return np.ones((side, side), np.bool_)
    back = cast("Matrix", cv2.invertAffineTransform(matrix))
    rows, columns = np.mgrid[:side, :side]
    points = apply_matrix(back, np.column_stack([columns.ravel(), rows.ravel()]))
    within = ((points >= -0.5) & (points <= np.array(size_wh) - 0.5)).all(1)
    return cast("NDArray[np.bool_]", within.reshape(side, side))


def _all_inside(matrix: Matrix, side: int, size_wh: tuple[int, int]) -> bool:
    """Return whether the corners of a crop, and so all its pixels, lie within the image, and none on its very edge."""
    (a, b, shift_x), (c, d, shift_y) = cv2.invertAffineTransform(matrix).tolist()
    corners = [(x, y) for x in (0, side - 1) for y in (0, side - 1)]
    low, (width, height) = _ROUNDING - 0.5, size_wh
    return all(
        low < a * x + b * y + shift_x < width - 1 - low and low < c * x + d * y + shift_y < height - 1 - low
        for x, y in corners
    )


def _outside_fraction(matrix: Matrix, size_wh: tuple[int, int]) -> float:
    """Return the share of a crop, given by the map onto its view, that lies beyond the image."""
    if _all_inside(matrix, _VIEW_PX, size_wh):
        return 0.0
    return 1.0 - float(inside_image(matrix, _VIEW_PX, size_wh).mean())


def _face_outside(to_view: Matrix, view_px: int, size_wh: tuple[int, int]) -> float:
    """Return the share of a face, given by the map from the image onto its view, that lies beyond the image."""
    if _all_inside(to_view, view_px, size_wh):
        return 0.0
    return 1.0 - float(inside_image(to_view, view_px, size_wh).take(_face(view_px)).mean())


def _view_of(side: int, landmarks: Float32, matrix: Matrix) -> tuple[Matrix, int]:
    """Return the map from a crop onto the view of its face, and the view's side: no more px than the source has."""
    if np.isnan(landmarks).any():
        view_px = _view_px(side, matrix)
        return _scaled(np.eye(2, 3), view_px / side), view_px
    marked = apply_matrix(matrix, landmarks).astype(np.float32)
    largest = similarity_matrix(marked, _VIEW_PX, 0.0)
    view_px = _view_px(_VIEW_PX * reduction_of(largest), matrix)
    return largest if view_px == _VIEW_PX else similarity_matrix(marked, view_px, 0.0), view_px


def _view_px(shown: float, matrix: Matrix) -> int:
    """Return the side of a view of so many px of a crop: no more than there are in them, or in the source."""
    return int(np.clip(shown * min(1.0, reduction_of(matrix)), _MIN_VIEW_PX, _VIEW_PX))


def _scaled(matrix: Matrix, factor: float) -> Matrix:
    """Return the map onto an image that is larger by a factor; pixel centres lie on whole numbers."""
    scaled = matrix * factor
    scaled[:, 2] += (factor - 1) / 2
    return scaled


def _joined(first: Matrix, second: Matrix) -> Matrix:
    """Return the map that does one after the other."""
    joined = second[:, :2] @ first
    joined[:, 2] += second[:, 2]
    return joined


@cache
def _face(side: int) -> NDArray[np.intp]:
    """Return the flat indices of the ellipse from brows to chin in a view, row by row; nobody may change them."""
    centres = (np.arange(side) + 0.5) / side
    across, down = ((centres - middle) / half for middle, half in zip(_MIDDLE, _HALF_AXES, strict=True))
    return np.flatnonzero(across[None, :] ** 2 + down[:, None] ** 2 < 1)


def _seen(side: int, images: Iterable[tuple[Matrix, tuple[int, int]]]) -> NDArray[np.intp]:
    """Return the flat indices of the face in a view that lie within all of some images, given by map and size.

    Pixels within reach of the filters (7 px) must as well, so that no black border counts as an edge.
    """
    face = _face(side)
    for matrix, size_wh in images:
        if not _all_inside(matrix, side, size_wh):
            inside = inside_image(matrix, side, size_wh).astype(np.uint8)
            kept = inside if inside.all() else cv2.erode(inside, np.ones((7, 7), np.uint8))
            face = face[kept.take(face) > 0]
    return face


def _blur(view: Float32, face: NDArray[np.intp]) -> float:
    """Return the sigma of the blur of the strongest edges in a face, in px of the view.

    Across a step edge of blur b that is blurred again by s, the squared slope adds up to a constant over
    sqrt(b^2 + s^2). So the ratio of its means for two such s gives b, whatever the contrast. The share of white noise
    is taken off both: its variance comes from the median absolute response of a kernel that is 0 on smooth surfaces and
    straight edges.

    Source: Zhuo and Sim, Defocus map estimation from a single image, 2011 (re-blurred edges; here by energy, Elder and
    Zucker, Local scale control for edge detection and blur estimation, 1998); Immerkaer, Fast noise variance
    estimation, 1996 (the kernel), with Donoho's median in place of the mean.
    """
    rough = np.abs(cv2.filter2D(view, -1, _ROUGHNESS).take(face))
    noise = (_quantiles(rough, (0.5,))[0] / _NORMAL_MAD) ** 2
    fine, coarse = (_squared_slope(_smoothed(view, sigma)).take(face) for sigma in (_FINE, _COARSE))
    edges = coarse >= _quantiles(coarse, (1 - _EDGES,))[0]
    before = max(0.0, float(fine[edges].mean()) - noise * _noise_gain(_FINE))
    after = max(0.0, float(coarse[edges].mean()) - noise * _noise_gain(_COARSE))
    longest = _MAX_BLUR * _EYE_DISTANCE * len(view)
    if before <= after * (1 + 1e-6):
        return longest
    if not after:
        return 0.0
    ratio = (before / after) ** 2
    return min(longest, sqrt(max(0.0, (_COARSE**2 - ratio * _FINE**2) / (ratio - 1))))


def _smoothed(view: Float32, sigma: float) -> Float32:
    return cast("Float32", cv2.GaussianBlur(view, (0, 0), sigma))


def _quantiles(values: Float32, shares: tuple[float, ...]) -> list[float]:
    """Return quantiles without interpolation: `np.quantile` takes ten times as long on a view."""
    indices = [int(share * (len(values) - 1)) for share in shares]
    return [float(value) for value in np.partition(values, indices)[indices]]


def _squared_slope(view: Float32) -> Float32:
    across, down = cv2.filter2D(view, -1, _SLOPE), cv2.filter2D(view, -1, _SLOPE.T)
    return cast("Float32", across**2 + down**2)


@cache
def _noise_gain(sigma: float) -> float:
    """Return the mean squared slope of white noise of variance 1 after a Gaussian blur."""
    impulse = np.zeros((33, 33), np.float32)
    impulse[16, 16] = 1.0
    return float(_squared_slope(_smoothed(impulse, sigma)).sum())
