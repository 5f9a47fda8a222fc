"""Rasterise triangles into a depth buffer, and average their normals."""

from math import ceil, floor, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.sample.kernels import Vector, inlined, loop

__all__ = ["Buffer", "new_buffer", "rasterise", "rasterise_hair", "vertex_normals"]

_NEAREST = 0.1
_FLAT = 1e-12
_HIDDEN = 1 - 1e-6
"""A surface whose inverse distance times that of the one before it is below this lies behind it, without a division."""
_TILE_PX = 8
_CROWD = 16384
"""As many triangles are worth tiles: in short hair looking for hidden ones took longer than drawing them."""
_FIRST_PART = 16
_SLIVER = 1e-4
"""Below this area a px of extent, weights may leave [0, 1] by more than is allowed for."""
_BEYOND = 0.05
"""How far, in parts of its own depth, a triangle that is no sliver may come nearer than its corners."""
_SLACK = 1e-6
"""Pixels; a row's ends are taken as much farther out."""
_MOST_SPARE = 0.49
"""Of half a px or more, pixels would be looked at beyond those that the triangle touches."""
_ROUNDED = 2.0**-22
"""Four products of coordinates are rounded to 24 bits: what they put the corners off by, in parts of those products."""


class Buffer(NamedTuple):
    """What each pixel shows.

    Attributes:
        depth: (h, w) float32, distance of the nearest surface.
        triangle: (h, w) int32, its index, -1 where there is none.
        weights: (h, w, 2) float32, its perspective-correct barycentric weights of the first two corners.
    """

    depth: Float32
    triangle: NDArray[np.int32]
    weights: Float32


def new_buffer(height: int, width: int) -> Buffer:
    """Return an empty buffer."""
    return Buffer(
        np.full((height, width), 1e9, np.float32),
        np.full((height, width), -1, np.int32),
        np.zeros((height, width, 2), np.float32),
    )


def rasterise(
    points: Float32,
    triangles: NDArray[np.int32],
    skip: NDArray[np.bool_],
    buffer: Buffer,
    *,
    only_fronts: bool = False,
) -> None:
    """Draw triangles into the buffer, the nearest surface last.

    `points` (n, 3) are picture x, picture y and a positive distance. `only_fronts` leaves out triangles whose corners
    go round clockwise as seen in the picture: they turn away.
    """
    _rasterise(points, triangles, skip, (buffer, np.empty((0, 0), np.float32), only_fronts))


def rasterise_hair(points: Float32, triangles: NDArray[np.int32], buffer: Buffer) -> None:
    """Draw as `rasterise` does, to the same bytes, but leave out triangles behind all that their tiles show.

    Of long hair these are six in ten; in short hair finding them would take longer than drawing them.
    """
    height, width = ((side + _TILE_PX - 1) // _TILE_PX for side in buffer.depth.shape)
    tiles = np.empty((height, width) if len(triangles) >= _CROWD else (0, 0), np.float32)
    _rasterise(points, triangles, np.zeros(len(triangles), np.bool_), (buffer, tiles, False))


@loop
def _rasterise(
    points: Float32,
    triangles: NDArray[np.int32],
    skip: NDArray[np.bool_],
    target: tuple[Buffer, Float32, bool],
) -> None:
    """Draw; where there are tiles, they are measured after a sixteenth of the triangles, an eighth, and so on."""
    buffer, farthest, only_fronts = target
    count, tiled, next_part = triangles.shape[0], farthest.shape[0] > 0, 0
    for index in range(count):
        if tiled and index == next_part:
            _measure(buffer.depth, farthest)
            next_part = max(2 * index, count // _FIRST_PART)
        if skip[index]:
            continue
        if not tiled or not _hidden(_corners(points, triangles, index), farthest, buffer.depth.shape):
            _fill(points, triangles, index, (buffer, only_fronts))


@inlined
def _measure(depth: Float32, farthest: Float32) -> None:
    """Write the largest depth in each tile into `farthest`; depths only fall, so it stays a bound."""
    height, width = depth.shape
    for row in range(farthest.shape[0]):
        for column in range(farthest.shape[1]):
            most = np.float32(0)
            for y in range(row * _TILE_PX, min(height, (row + 1) * _TILE_PX)):
                for x in range(column * _TILE_PX, min(width, (column + 1) * _TILE_PX)):
                    most = max(most, depth[y, x])
            farthest[row, column] = most


@inlined
def _hidden(corners: tuple[Vector, Vector, Vector], farthest: Float32, size: tuple[int, int]) -> bool:
    """Return True only where `_fill` would write nothing, since each pixel in reach shows something nearer.

    Weights of a pixel on an edge may be slightly negative, so a surface may come a little nearer than its corners; how
    much is bounded unless the triangle is a sliver.
    """
    (x0, y0, z0), (x1, y1, z1), (x2, y2, z2) = corners
    left, right, top, bottom = _reach(corners, size)
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    if abs(area) < _SLIVER * (right - left + bottom - top):
        return False
    nearest = min(z0, z1, z2)
    bound = (nearest - _BEYOND * (max(z0, z1, z2) - nearest)) * _HIDDEN * _HIDDEN
    for row in range(top // _TILE_PX, bottom // _TILE_PX + 1):
        for column in range(left // _TILE_PX, right // _TILE_PX + 1):
            if bound <= farthest[row, column]:
                return False
    return True


@inlined
def _corners(points: Float32, triangles: NDArray[np.int32], index: int) -> tuple[Vector, Vector, Vector]:
    i, j, k = triangles[index, 0], triangles[index, 1], triangles[index, 2]
    return (
        (points[i, 0], points[i, 1], points[i, 2]),
        (points[j, 0], points[j, 1], points[j, 2]),
        (points[k, 0], points[k, 1], points[k, 2]),
    )


@inlined
def _reach(corners: tuple[Vector, Vector, Vector], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return first and last column and row that a triangle may touch in a picture of `size` (height, width).

    As float64 numbers are rounded by an instruction; float32 ones by a call of the C library, which takes ten times as
    long, and everything kept in registers has to be stored before it and loaded after it.
    """
    (x0, y0, _), (x1, y1, _), (x2, y2, _) = corners
    left, right = max(0, floor(1.0 * min(x0, x1, x2))), min(size[1] - 1, ceil(1.0 * max(x0, x1, x2)))
    top, bottom = max(0, floor(1.0 * min(y0, y1, y2))), min(size[0] - 1, ceil(1.0 * max(y0, y1, y2)))
    return left, right, top, bottom


@inlined
def _centres(
    corners: tuple[Vector, Vector, Vector], share: float, size: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Return first and last column and row whose pixels' centres a triangle may cover: small ones often cover none.

    It is a part of `_reach`, and what is left out is what `_fill` would find to lie outside. That is off by more the
    farther the triangle is from the picture's corner, and the thinner it is: an edge's place is a difference of
    products of coordinates, times the `share`, one over the area.
    """
    (x0, y0, _), (x1, y1, _), (x2, y2, _) = corners
    low_x, high_x, low_y, high_y = min(x0, x1, x2), max(x0, x1, x2), min(y0, y1, y2), max(y0, y1, y2)
    wide, high = high_x - low_x, high_y - low_y
    products = max(-low_x, high_x) * max(-low_y, high_y) + 2 * wide * high
    side = max(wide, high)
    spare = side * (_ROUNDED * products + 2 * _SLACK * side) * abs(share) + 1e-3
    if spare > _MOST_SPARE:
        return _reach(corners, size)
    left, right = max(0, ceil(low_x - 0.5 - spare)), min(size[1] - 1, floor(high_x - 0.5 + spare))
    top, bottom = max(0, ceil(low_y - 0.5 - spare)), min(size[0] - 1, floor(high_y - 0.5 + spare))
    return left, right, top, bottom


@inlined
def _fill(points: Float32, triangles: NDArray[np.int32], index: int, target: tuple[Buffer, bool]) -> None:
    buffer, only_fronts = target
    corners = _corners(points, triangles, index)
    (x0, y0, z0), (x1, y1, z1), (x2, y2, z2) = corners
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    if min(z0, z1, z2) < _NEAREST or abs(area) < 1e-9 or (only_fronts and area > 0):
        return
    share = 1.0 / area
    left, right, top, bottom = _centres(corners, share, buffer.depth.shape)
    if left > right or top > bottom:
        return
    slope0, slope1 = (y1 - y2) * share, (y2 - y0) * share
    slope2 = -slope0 - slope1
    step0, step1, step2 = _inverse(slope0), _inverse(slope1), _inverse(slope2)
    inverse = (1.0 / z0, 1.0 / z1, 1.0 / z2)
    for y in range(top, bottom + 1):
        centre = y + 0.5
        edge0 = ((x2 - x1) * centre + x1 * y2 - x2 * y1) * share
        edge1 = ((x0 - x2) * centre + x2 * y0 - x0 * y2) * share
        low, high = _narrow(step0, edge0, left + 0.5, right + 0.5)
        low, high = _narrow(step1, edge1, low, high)
        low, high = _narrow(step2, 1.0 - edge0 - edge1, low, high)
        first, last = max(left, ceil(low - 0.5 - _SLACK)), min(right, floor(high - 0.5 + _SLACK))
        for x in range(first, last + 1):
            weight0, weight1 = slope0 * (x + 0.5) + edge0, slope1 * (x + 0.5) + edge1
            near0, near1 = weight0 * inverse[0], weight1 * inverse[1]
            near = near0 + near1 + (1.0 - weight0 - weight1) * inverse[2]
            if near * buffer.depth[y, x] < _HIDDEN:
                continue
            depth = 1.0 / near
            if depth < buffer.depth[y, x]:
                buffer.depth[y, x] = depth
                buffer.triangle[y, x] = index
                buffer.weights[y, x, 0] = near0 * depth
                buffer.weights[y, x, 1] = near1 * depth


@inlined
def _inverse(slope: float) -> float:
    """Return one over the slope; 0 for an edge so level that it bounds no row."""
    return 0.0 if abs(slope) < _FLAT else 1.0 / slope


@inlined
def _narrow(step: float, value: float, low: float, high: float) -> tuple[float, float]:
    """Return the part of [low, high] in which `x / step + value` is not negative; empty when low > high."""
    if step == 0.0:
        return (low, high) if value >= 0 else (1.0, 0.0)
    if step > 0:
        return max(low, -value * step), high
    return low, min(high, -value * step)


def vertex_normals(vertices: Float32, triangles: NDArray[np.int32]) -> Float32:
    """Return the unit normal of each vertex (n, 3), averaged over its triangles by area."""
    normals = np.zeros_like(vertices)
    _add_normals(normals, vertices, triangles)
    return normals


@loop
def _add_normals(normals: Float32, vertices: Float32, triangles: NDArray[np.int32]) -> None:
    for index in range(triangles.shape[0]):
        i, j, k = triangles[index, 0], triangles[index, 1], triangles[index, 2]
        x, y, z = vertices[i, 0], vertices[i, 1], vertices[i, 2]
        ax, ay, az = vertices[j, 0] - x, vertices[j, 1] - y, vertices[j, 2] - z
        bx, by, bz = vertices[k, 0] - x, vertices[k, 1] - y, vertices[k, 2] - z
        for corner in (i, j, k):
            normals[corner, 0] += ay * bz - az * by
            normals[corner, 1] += az * bx - ax * bz
            normals[corner, 2] += ax * by - ay * bx
    for index in range(normals.shape[0]):
        x, y, z = normals[index, 0], normals[index, 1], normals[index, 2]
        length = sqrt(x * x + y * y + z * z) + 1e-12
        normals[index, 0] /= length
        normals[index, 1] /= length
        normals[index, 2] /= length
