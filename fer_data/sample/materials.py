"""What a point of the body is made of: colour, relief and shine for each material."""

from math import atan2, cos, floor, pi, sin, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.sample.kernels import Vector, clamp, dot, inlined, mix, scale, weighted
from fer_data.sample.rig import EYE, MOUTH, SKIN, TEETH, TONGUE
from fer_data.sample.skin import Skin

__all__ = ["Body", "Material", "Palette", "body_material"]

_BUMP = 0.42
_IRIS, _PUPIL = 0.40, 0.165
"""Sines of the angles from the eye's axis at which iris and pupil end."""
_SHARES = np.arange(256) / 255.0
"""Of what a byte can hold at most."""


class Palette(NamedTuple):
    """Linear colours, each (3,) float32, and the shirt's pattern: 0 plain, 1 stripes, 2 checks."""

    eye: Float32
    shirt: Float32
    stripe: Float32
    tooth: Float32
    pattern: int


class Body(NamedTuple):
    """The posed mesh of a person in camera space.

    Attributes:
        vertices: (n, 3) float32; the camera is at the origin and looks along -z.
        normals: (n, 3) float32.
        triangles: (m, 3) int32.
        material: (m,) int32.
        atlas_uv: (m, 3, 2) float32.
        anatomy: (n, 6) float32: place in the eyeball or the row of teeth (0-2), height under the neckline (3), and
            the place on the shirt (4-5).
        openness: (n,) float32 in [0, 1], ambient light that reaches a vertex.
        head_axes: (3, 3) float32, rotation of the head.
    """

    vertices: Float32
    normals: Float32
    triangles: NDArray[np.int32]
    material: NDArray[np.int32]
    atlas_uv: Float32
    anatomy: Float32
    openness: Float32
    head_axes: Float32


class Material(NamedTuple):
    """How one point answers light."""

    colour: Vector
    normal: Vector
    diffuse: float
    specular: float
    gloss: float
    wrap: Vector
    openness: float


@inlined
def body_material(body: Body, skin: Skin, palette: Palette, hit: tuple[int, float, float]) -> Material:
    """Return the material at a place: triangle and the weights of its first two corners."""
    triangle = hit[0]
    weights = (hit[1], hit[2], 1.0 - hit[1] - hit[2])
    corners = (body.triangles[triangle, 0], body.triangles[triangle, 1], body.triangles[triangle, 2])
    normal = weighted(body.normals, corners, weights)
    openness = (
        body.openness[corners[0]] * weights[0]
        + body.openness[corners[1]] * weights[1]
        + body.openness[corners[2]] * weights[2]
    )
    local = weighted(body.anatomy, corners, weights)
    material = body.material[triangle]
    if material == SKIN:
        shirt = weighted(body.anatomy, corners, weights, 3)
        if shirt[0] > 0:
            return _shirt(palette, shirt, normal, openness)
        return _skin(body, skin, (triangle, weights), (normal, openness))
    if material == EYE:
        return _eye(palette, local, normal, openness)
    if material == TEETH:
        return _tooth(palette, local, normal, openness)
    return _plain(material, normal, openness)


@inlined
def _shirt(palette: Palette, point: Vector, normal: Vector, openness: float) -> Material:
    row, column = floor(point[2] * 5) & 1, floor(point[1] * 4) & 1
    share = 0.0
    if palette.pattern == 1:
        share = 1.0 * row
    elif palette.pattern == 2:
        share = 0.5 * (floor(point[2] * 4) & 1) + 0.5 * column
    plain = (1.0 * palette.shirt[0], 1.0 * palette.shirt[1], 1.0 * palette.shirt[2])
    stripe = (1.0 * palette.stripe[0], 1.0 * palette.stripe[1], 1.0 * palette.stripe[2])
    hem = 0.7 if point[0] < 0.035 else 1.0
    return Material(scale(mix(plain, stripe, share), hem), normal, 1.0, 0.0, 16.0, (0.1, 0.1, 0.1), openness)


@inlined
def _skin(body: Body, skin: Skin, hit: tuple[int, Vector], surface: tuple[Vector, float]) -> Material:
    triangle, weights = hit
    normal, openness = surface
    uv = body.atlas_uv
    u = uv[triangle, 0, 0] * weights[0] + uv[triangle, 1, 0] * weights[1] + uv[triangle, 2, 0] * weights[2]
    v = uv[triangle, 0, 1] * weights[0] + uv[triangle, 1, 1] * weights[1] + uv[triangle, 2, 1] * weights[2]
    u -= floor(u)
    red, green, blue = _albedo(skin.albedo, u, v)
    # Saturated darks: skin absorbs more than a display's gamma curve says.
    colour = (
        red * red * (0.8 + 0.2 * red),
        green * green * (0.8 + 0.2 * green),
        blue * blue * (0.8 + 0.2 * blue),
    )
    rows, columns = skin.height.shape
    column, row = int(clamp(u * columns, 1, columns - 2)), int(clamp(v * rows, 1, rows - 2))
    across = (skin.height[row, column + 1] - skin.height[row, column - 1]) * _BUMP
    down = (skin.height[row - 1, column] - skin.height[row + 1, column]) * _BUMP
    turn = u * 2 * pi - pi
    axes = body.head_axes
    right, back = across * cos(turn), across * sin(turn)
    bent = (
        normal[0] - right * axes[0, 0] + back * axes[0, 2] - down * axes[0, 1],
        normal[1] - right * axes[1, 0] + back * axes[1, 2] - down * axes[1, 1],
        normal[2] - right * axes[2, 0] + back * axes[2, 2] - down * axes[2, 1],
    )
    moist = 1.0 * skin.lips[row, column]
    furrow = 1.0 + clamp(skin.height[row, column] * 0.10, -0.3, 0.0)
    return Material(
        colour, bent, furrow, 0.16 + 0.34 * moist, 16.0 + 14.0 * moist, (0.38, 0.18, 0.12), openness
    )


@inlined
def _albedo(image: NDArray[np.uint8], u: float, v: float) -> Vector:
    """Return the bilinear sRGB value in [0, 1]; columns wrap round the head."""
    rows, columns = image.shape[:2]
    x, y = u * columns - 0.5, clamp(v * rows - 0.5, 0.0, rows - 1.001)
    left, top = floor(x), int(y)
    dx, dy = x - left, y - top
    right, bottom = (left + 1) % columns, min(top + 1, rows - 1)
    left = left % columns
    upper = mix(_colour(image, top, left), _colour(image, top, right), dx)
    lower = mix(_colour(image, bottom, left), _colour(image, bottom, right), dx)
    return mix(upper, lower, dy)


@inlined
def _colour(image: NDArray[np.uint8], row: int, column: int) -> Vector:
    return (_SHARES[image[row, column, 0]], _SHARES[image[row, column, 1]], _SHARES[image[row, column, 2]])


@inlined
def _eye(palette: Palette, point: Vector, normal: Vector, openness: float) -> Material:
    length = sqrt(dot(point, point)) + 1e-9
    sine = sqrt(point[0] * point[0] + point[1] * point[1]) / length if point[2] >= 0 else 2.0
    colour = _iris(palette, point, sine) if sine < _IRIS else _sclera(sine)
    under_lid = 1.0 - 0.55 * clamp((point[1] / length - 0.12) / 0.35, 0.0, 1.0)
    return Material(colour, normal, under_lid, 0.9, 220.0, (0.25, 0.25, 0.25), openness * 0.75 + 0.1)


@inlined
def _iris(palette: Palette, point: Vector, sine: float) -> Vector:
    if sine < _PUPIL:
        return (0.004, 0.004, 0.004)
    turn = atan2(point[1], point[0])
    fibres = 0.78 + 0.22 * sin(turn * 37 + 3 * sin(turn * 11)) * sin(sine * 40)
    share = sine / _IRIS
    ring = 1.0 if share < 0.82 else max(0.25, 1.0 - (share - 0.82) * 4.5)
    brightness = fibres * ring * (1.25 - 0.35 * share) * (0.5 if sine < 0.195 else 1.0)
    return (palette.eye[0] * brightness, palette.eye[1] * brightness, palette.eye[2] * brightness)


@inlined
def _sclera(sine: float) -> Vector:
    share = min((sine - _IRIS) / 0.5, 1.0)
    edge = min(0.45 + 0.55 * (sine - _IRIS) / 0.05, 1.0)
    return ((0.62 - 0.06 * share) * edge, (0.56 - 0.16 * share) * edge, (0.53 - 0.17 * share) * edge)


@inlined
def _tooth(palette: Palette, point: Vector, normal: Vector, openness: float) -> Material:
    part = point[0] * 12.5 - floor(point[0] * 12.5)
    gap = min(part, 1.0 - part)
    diffuse = 0.55 + 4.5 * gap if gap < 0.10 else 1.0
    colour = (1.0 * palette.tooth[0], 1.0 * palette.tooth[1], 1.0 * palette.tooth[2])
    if point[1] > 0.62:
        colour = (0.36, 0.12, 0.11)
    return Material(colour, normal, diffuse, 0.35, 60.0, (0.38, 0.18, 0.12), 0.72 + 0.2 * openness)


@inlined
def _plain(material: int, normal: Vector, openness: float) -> Material:
    wrap = (0.38, 0.18, 0.12)
    if material == TONGUE:
        return Material((0.34, 0.10, 0.09), normal, 1.0, 0.2, 16.0, wrap, 0.15 + 0.5 * openness)
    if material == MOUTH:
        return Material((0.16, 0.035, 0.03), normal, 1.0, 0.1, 16.0, wrap, 0.06 + 0.3 * openness)
    return Material((0.03, 0.02, 0.016), normal, 1.0, 0.0, 16.0, wrap, openness)
