"""The cylindrical skin atlas: where things lie on it, and drawing on it.

Places and widths are given in atlas units, 1/2048 of a turn and 1/1024 of the height;
the pictures are `WIDTH` x `HEIGHT` px.
"""

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.sample.raster import new_buffer, rasterise
from fer_data.sample.rig import ATLAS_AXIS_Z, SKIN, load_rig

__all__ = [
    "HEIGHT", "MIDDLE", "PX", "WIDTH", "blob", "blur", "columns_and_rows", "extent", "fractal_noise", "masks", "noise",
    "stroke", "strokes",
]  # fmt: skip

WIDTH, HEIGHT = 1024, 512
PX = WIDTH / 2048
"""Pixels an atlas unit."""
MIDDLE = 1024
"""The unit column of the face's mid-line."""
_SUB_PIXEL_BITS = 4


@lru_cache(maxsize=1)
def columns_and_rows() -> tuple[Float32, Float32]:
    """Return the unit column, counted from the mid-line, and the unit row of every pixel, each (HEIGHT, WIDTH)."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    return columns / np.float32(PX) - np.float32(MIDDLE), rows / np.float32(PX)


def noise(rng: np.random.Generator, cells: int) -> Float32:
    """Return smooth noise of unit variance at its knots, `cells` knots to a turn."""
    knots = rng.standard_normal((max(2, cells * HEIGHT // WIDTH + 2), cells + 2), np.float32)
    return np.asarray(cv2.resize(knots, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.float32)


def fractal_noise(rng: np.random.Generator, cells: int, octaves: int = 4) -> Float32:
    """Return noise summed over octaves, each twice as fine and 0.55 times as strong."""
    gains = np.float32(0.55) ** np.arange(octaves, dtype=np.float32)
    total = np.zeros((HEIGHT, WIDTH), np.float32)
    for octave, gain in enumerate(gains):
        total += gain * noise(rng, cells * 2**octave)
    return np.asarray(total / np.sqrt(np.square(gains).sum()), np.float32)


def blur(image: Float32, units: float) -> Float32:
    """Return the picture after a Gaussian blur with a standard deviation in atlas units."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), units * PX), np.float32)


@lru_cache(maxsize=64)
def blob(x: float, y: float, spread: tuple[float, float], degrees: float = 0.0) -> Float32:
    """Return a soft spot of height one, mirrored on the mid-line unless x is zero; do not write into it."""
    columns, rows = columns_and_rows()
    result = np.zeros((HEIGHT, WIDTH), np.float32)
    reach = 4 * max(spread) + 2
    for side in (-1, 1) if x else (1,):
        left, right = (int(np.clip((MIDDLE + side * x + r) * PX, 0, WIDTH)) for r in (-reach, reach))
        top, bottom = (int(np.clip((y + r) * PX, 0, HEIGHT)) for r in (-reach, reach))
        window = np.s_[top:bottom, left:right]
        dx, dy = columns[window] - np.float32(side * x), rows[window] - np.float32(y)
        cosine, sine = np.float32(np.cos(np.deg2rad(degrees))), np.float32(np.sin(np.deg2rad(degrees)) * side)
        along, across = dx * cosine + dy * sine, dy * cosine - dx * sine
        distance = np.square(along / np.float32(spread[0])) + np.square(across / np.float32(spread[1]))
        result[window] += np.exp(np.float32(-0.5) * distance)
    return result


def extent(amount: Float32) -> tuple[slice, slice]:
    """Return the rows and columns outside of which an amount is nowhere but zero."""
    found = []
    for axis in (1, 0):
        places = np.flatnonzero(amount.any(axis))
        found.append(slice(places[0], places[-1] + 1) if len(places) else slice(0))
    return found[0], found[1]


def stroke(image: Float32, points: NDArray[np.floating], width: float, strength: float = 1.0) -> None:
    """Draw a line through points (n, 2), given as units from the mid-line and unit row, onto the picture."""
    strokes(image, np.asarray(points)[None], width, [strength])


def strokes(image: Float32, lines: NDArray[np.floating], width: float, strengths: Sequence[float]) -> None:
    """Draw lines (count, points, 2), one after another and each at its own strength, as `stroke` draws one."""
    pixels = np.round(np.add(lines, (MIDDLE, 0)) * PX * 2**_SUB_PIXEL_BITS).astype(np.int32)
    thickness = max(1, round(width * PX))
    for line, strength in zip(pixels, strengths, strict=True):
        cv2.polylines(image, [line], False, strength, thickness, cv2.LINE_AA, _SUB_PIXEL_BITS)


@lru_cache(maxsize=1)
def masks() -> Float32:
    """Return the masks of lips, eyelids and ears on the atlas, (HEIGHT, WIDTH, 3) in [0, 1]."""
    rig = load_rig()
    skin = rig.material == SKIN
    uv, corners = rig.atlas_uv[skin], rig.vertices[rig.triangles[skin]]
    # The outermost surface wins: depth falls with the distance from the cylinder's axis.
    depth = 50 - np.hypot(corners[..., 0], corners[..., 2] - ATLAS_AXIS_Z)
    points = np.concatenate([uv * [WIDTH, HEIGHT], depth[..., None]], -1).reshape(-1, 3).astype(np.float32)
    wrapped = points - np.array([WIDTH, 0, 0], np.float32)
    triangles = np.arange(2 * len(points), dtype=np.int32).reshape(-1, 3)
    buffer = new_buffer(HEIGHT, WIDTH)
    rasterise(np.concatenate([points, wrapped]), triangles, np.zeros(len(triangles), np.bool_), buffer)
    hit = buffer.triangle >= 0
    first, second = buffer.weights[hit].T[..., None]
    corner_uv = rig.mask_uv[skin][buffer.triangle[hit] % len(uv)]
    mask_uv = np.zeros((HEIGHT, WIDTH, 2), np.float32)
    mask_uv[hit] = corner_uv[:, 0] * first + corner_uv[:, 1] * second + corner_uv[:, 2] * (1 - first - second)
    side = len(rig.masks)
    sampled = cv2.remap(rig.masks, mask_uv[..., 0] * side, (1 - mask_uv[..., 1]) * side, cv2.INTER_LINEAR)
    return np.asarray(sampled, np.float32) / np.float32(255)
