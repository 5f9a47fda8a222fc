"""Turn strands of hair into ribbons that face the camera."""

from functools import lru_cache
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.sample.kernels import loop

__all__ = ["Ribbons", "no_ribbons", "ribbons"]


class Ribbons(NamedTuple):
    """Hair as triangles in camera space.

    Attributes:
        vertices: (v, 3) float32.
        triangles: (t, 3) int32, two for each piece of a strand.
        tangents: (v, 3) float32, direction of the strand.
        traits: (v, 5) float32: part of the length (0), brightness (1), direction away from the skull (2-4).
        colour: (3,) float32, linear RGB.
    """

    vertices: Float32
    triangles: NDArray[np.int32]
    tangents: Float32
    traits: Float32
    colour: Float32


def no_ribbons() -> Ribbons:
    """Return the hair of a bald person."""
    empty = np.zeros((0, 3), np.float32)
    return Ribbons(
        empty, np.zeros((0, 3), np.int32), empty, np.zeros((0, 5), np.float32), np.zeros(3, np.float32)
    )


def ribbons(
    strands: Float32, width: float, shades: Float32, skull_and_colour: tuple[Float32, Float32]
) -> Ribbons:
    """Return ribbons for strands (n, k, 3) in camera space, which taper to a quarter of `width`."""
    skull, colour = skull_and_colour
    count, points = strands.shape[:2]
    vertices = np.empty((count * points * 2, 3), np.float32)
    tangents = np.empty_like(vertices)
    traits = np.empty((len(vertices), 5), np.float32)
    _widen(strands, width, (vertices, tangents, traits), (skull, shades))
    return Ribbons(vertices, _pieces(count, points), tangents, traits, colour)


@lru_cache(maxsize=4)
def _pieces(count: int, points: int) -> NDArray[np.int32]:
    """Return the triangles of `count` ribbons of so many points, which every frame shares: do not write into them."""
    first = 2 * (np.arange(count)[:, None] * points + np.arange(points - 1)).ravel()
    pieces = np.stack([first, first + 1, first + 2, first + 1, first + 3, first + 2], 1)
    return pieces.reshape(-1, 3).astype(np.int32)


@loop
def _widen(
    strands: Float32, width: float, output: tuple[Float32, Float32, Float32], look: tuple[Float32, Float32]
) -> None:
    vertices, tangents, traits = output
    skull, shades = look
    count, points = strands.shape[:2]
    for strand in range(count):
        for index in range(points):
            before, after = max(0, index - 1), min(points - 1, index + 1)
            x, y, z = strands[strand, index, 0], strands[strand, index, 1], strands[strand, index, 2]
            tx = strands[strand, after, 0] - strands[strand, before, 0]
            ty = strands[strand, after, 1] - strands[strand, before, 1]
            tz = strands[strand, after, 2] - strands[strand, before, 2]
            length = sqrt(tx * tx + ty * ty + tz * tz) + 1e-9
            tx, ty, tz = tx / length, ty / length, tz / length
            sx, sy, sz = tz * y - ty * z, tx * z - tz * x, ty * x - tx * y
            along = index / (points - 1)
            half = width * (1 - 0.75 * along * along) / (sqrt(sx * sx + sy * sy + sz * sz) + 1e-9)
            ox, oy, oz = x - skull[0], y - skull[1], z - skull[2]
            distance = sqrt(ox * ox + oy * oy + oz * oz) + 1e-9
            first = (strand * points + index) * 2
            for vertex, side in ((first, half), (first + 1, -half)):
                vertices[vertex, 0], vertices[vertex, 1], vertices[vertex, 2] = (
                    x + side * sx,
                    y + side * sy,
                    z + side * sz,
                )
                tangents[vertex, 0], tangents[vertex, 1], tangents[vertex, 2] = tx, ty, tz
                traits[vertex, 0], traits[vertex, 1] = along, shades[strand]
                traits[vertex, 2], traits[vertex, 3], traits[vertex, 4] = (
                    ox / distance,
                    oy / distance,
                    oz / distance,
                )
