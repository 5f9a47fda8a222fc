"""Shade what the rasteriser saw: body and hair under directed and ambient light, with one soft shadow."""

from math import sqrt
from typing import NamedTuple

import numpy as np

from fer_data.core.arrays import Float32
from fer_data.sample.kernels import Vector, dot, inlined, loop, scale, unit, weighted
from fer_data.sample.lights import Lights
from fer_data.sample.materials import Body, Material, Palette, body_material
from fer_data.sample.raster import Buffer
from fer_data.sample.rig import SKIN, TEETH, TONGUE
from fer_data.sample.skin import Skin
from fer_data.sample.strands import Ribbons

__all__ = ["BRIGHTEST", "Set", "Shadow", "shade"]

BRIGHTEST = 4
"""Linear light beyond this is shown as this."""
_SHADOW_BIAS = 0.035
_SKIN_GLOSS = 16.0


class Shadow(NamedTuple):
    """Depths seen from the key light.

    Attributes:
        depth: (s, s) float32.
        axes: (3, 3) float32, rows of the light's coordinate system.
        placement: (4,) float32: px a decimetre, offset in x, offset in y, largest depth.
    """

    depth: Float32
    axes: Float32
    placement: Float32


class Set(NamedTuple):
    """All that one person's picture depends on."""

    body: Body
    skin: Skin
    palette: Palette
    hair: Ribbons
    lights: Lights
    shadow: Shadow


@loop
def shade(image: Float32, buffer: Buffer, stage: Set, tones: Float32) -> None:
    """Write display RGB and coverage into `image` (h, w, 4) wherever the buffer holds a triangle.

    Triangles from the body's count upwards are hair. `tones` are the display values of linear light from 0 to
    `BRIGHTEST`, evenly spaced.
    """
    steps = np.float32((tones.shape[0] - 1) / BRIGHTEST)
    height, width = buffer.triangle.shape
    body_triangles = stage.body.triangles.shape[0]
    for y in range(height):
        for x in range(width):
            triangle = buffer.triangle[y, x]
            if triangle < 0:
                continue
            first, second = 1.0 * buffer.weights[y, x, 0], 1.0 * buffer.weights[y, x, 1]
            if triangle < body_triangles:
                colour = _shade_body(stage, (triangle, first, second))
            else:
                colour = _shade_hair(stage, (triangle - body_triangles, first, second))
            for channel in range(3):
                light = min(max(np.float32(colour[channel]), np.float32(0)), np.float32(BRIGHTEST))
                image[y, x, channel] = tones[int(light * steps)]
            image[y, x, 3] = 1.0


@inlined
def _shade_body(stage: Set, hit: tuple[int, float, float]) -> Vector:
    triangle, first, second = hit
    body, lights = stage.body, stage.lights
    material = body_material(body, stage.skin, stage.palette, hit)
    corners = (body.triangles[triangle, 0], body.triangles[triangle, 1], body.triangles[triangle, 2])
    point = weighted(body.vertices, corners, (first, second, 1.0 - first - second))
    view = unit(scale(point, -1.0))
    normal = unit(material.normal)
    facing = dot(normal, view)
    if facing < 0:
        normal = (
            normal[0] - 1.6 * facing * view[0], normal[1] - 1.6 * facing * view[1], normal[2] - 1.6 * facing * view[2],
        )  # fmt: skip
        facing *= -0.6
    diffuse, shine = _directed(
        lights, material, (normal, view), _lit(stage.shadow, point, body.material[triangle], material)
    )
    ambient = _ambient(lights, normal[1], material.openness)
    rim = (1.0 - min(facing, 1.0)) ** 4 * 0.10 * material.openness
    colour = scale(material.colour, material.diffuse)
    return (
        colour[0] * (ambient[0] + diffuse[0]) + shine[0] + rim * lights.above[0],
        colour[1] * (ambient[1] + diffuse[1]) + shine[1] + rim * lights.above[1],
        colour[2] * (ambient[2] + diffuse[2]) + shine[2] + rim * lights.above[2],
    )


@inlined
def _ambient(lights: Lights, upwards: float, openness: float) -> Vector:
    """Return the light from all round; less of it reaches folds, and there it turns red."""
    share = 0.5 + 0.5 * upwards
    red = lights.below[0] + (lights.above[0] - lights.below[0]) * share
    green = lights.below[1] + (lights.above[1] - lights.below[1]) * share
    blue = lights.below[2] + (lights.above[2] - lights.below[2]) * share
    square = openness * openness
    return (red * openness, green * (openness * 0.8 + 0.2 * square), blue * (openness * 0.75 + 0.25 * square))


@inlined
def _lit(shadow: Shadow, point: Vector, kind: int, material: Material) -> tuple[Vector, Vector]:
    """Return which part of each directed light arrives, and which of its red, which skin softens."""
    open_part = 0.35 + 0.65 * material.openness
    key = open_part * _unshadowed(shadow, point)
    other = open_part
    if kind in (TEETH, TONGUE):
        key, other = 0.45 + 0.55 * key, 0.45 + 0.55 * other
    if kind != SKIN:
        return (key, other, other), (key, other, other)
    soft = _softened(other)
    return (key, other, other), (_softened(key), soft, soft)


@inlined
def _softened(part: float) -> float:
    """Return the part to the power of 0.75: skin passes red on."""
    root = sqrt(part)
    return root * sqrt(root)


@inlined
def _unshadowed(shadow: Shadow, point: Vector) -> float:
    """Return the share of the 3 x 3 nearest shadow samples that see the key light."""
    axes, placement = shadow.axes, shadow.placement
    x = int(
        (axes[0, 0] * point[0] + axes[0, 1] * point[1] + axes[0, 2] * point[2]) * placement[0] + placement[1]
    )
    y = int(
        (axes[1, 0] * point[0] + axes[1, 1] * point[1] + axes[1, 2] * point[2]) * placement[0] + placement[2]
    )
    depth = placement[3] - (axes[2, 0] * point[0] + axes[2, 1] * point[1] + axes[2, 2] * point[2])
    side = shadow.depth.shape[0]
    if x < 2 or y < 2 or x >= side - 2 or y >= side - 2:
        return 1.0
    seen = 0
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            if shadow.depth[y + dy, x + dx] > depth - _SHADOW_BIAS:
                seen += 1
    return seen / 9.0


@inlined
def _directed(
    lights: Lights, material: Material, rays: tuple[Vector, Vector], arriving: tuple[Vector, Vector]
) -> tuple[Vector, Vector]:
    """Return the diffuse and the specular light of all directed lights, for (normal, view) rays."""
    normal, view = rays
    parts, red_parts = arriving
    red, green, blue = 0.0, 0.0, 0.0
    shine_red, shine_green, shine_blue = 0.0, 0.0, 0.0
    for index in range(lights.directions.shape[0]):
        part = parts[index]
        ray = (lights.directions[index, 0], lights.directions[index, 1], lights.directions[index, 2])
        facing = 1.0 * dot(normal, ray)
        red += lights.colours[index, 0] * _wrapped(facing, material.wrap[0]) * red_parts[index]
        green += lights.colours[index, 1] * _wrapped(facing, material.wrap[1]) * part
        blue += lights.colours[index, 2] * _wrapped(facing, material.wrap[2]) * part
        if material.specular > 0 and facing > 0:
            strength = _specular(material, normal, view, ray) * facing * part
            shine_red += lights.colours[index, 0] * strength
            shine_green += lights.colours[index, 1] * strength
            shine_blue += lights.colours[index, 2] * strength
    return (red, green, blue), (shine_red, shine_green, shine_blue)


@inlined
def _wrapped(facing: float, wrap: float) -> float:
    """Return diffuse light that reaches round the edge, as it does under skin."""
    return max(0.0, (facing + wrap) / (1.0 + wrap))


@inlined
def _specular(material: Material, normal: Vector, view: Vector, ray: Vector) -> float:
    half = unit((ray[0] + view[0], ray[1] + view[1], ray[2] + view[2]))
    fresnel = 0.3 + 0.7 * (1.0 - max(0.0, dot(view, half))) ** 3
    peak = _power(max(0.0, dot(normal, half)), material.gloss) * (material.gloss + 6.0) / 26.0
    return material.specular * fresnel * peak


@inlined
def _power(base: float, exponent: float) -> float:
    """Return the power; skin's, which is asked for most, by four products, which take a fifth of the time."""
    if exponent != _SKIN_GLOSS:
        power: float = base**exponent
        return power
    square = base * base
    fourth = square * square
    eighth = fourth * fourth
    return eighth * eighth


@inlined
def _shade_hair(stage: Set, hit: tuple[int, float, float]) -> Vector:
    """Return the colour of a strand after Kajiya and Kay, SIGGRAPH 1989."""
    triangle, first, second = hit
    hair, lights = stage.hair, stage.lights
    i, j, k = hair.triangles[triangle, 0], hair.triangles[triangle, 1], hair.triangles[triangle, 2]
    tangent = (hair.tangents[i, 0], hair.tangents[i, 1], hair.tangents[i, 2])
    outward = (hair.traits[i, 2], hair.traits[i, 3], hair.traits[i, 4])
    along = (
        hair.traits[i, 0] * first + hair.traits[j, 0] * second + hair.traits[k, 0] * (1.0 - first - second)
    )
    part = 0.35 + 0.65 * along
    view = unit((-hair.vertices[i, 0], -hair.vertices[i, 1], -hair.vertices[i, 2]))
    red = (lights.above[0] * 0.55 + lights.below[0] * 0.35) * part
    green = (lights.above[1] * 0.55 + lights.below[1] * 0.35) * part
    blue = (lights.above[2] * 0.55 + lights.below[2] * 0.35) * part
    shine_red, shine_green, shine_blue = 0.0, 0.0, 0.0
    for index in range(lights.directions.shape[0]):
        ray = (lights.directions[index, 0], lights.directions[index, 1], lights.directions[index, 2])
        facing = max(0.0, 0.25 + 0.75 * dot(outward, ray))
        diffuse = _across(tangent, ray) * facing * part
        half = unit((ray[0] + view[0], ray[1] + view[1], ray[2] + view[2]))
        shine = _across(tangent, half) ** 60 * 0.10 * facing
        red += lights.colours[index, 0] * diffuse
        green += lights.colours[index, 1] * diffuse
        blue += lights.colours[index, 2] * diffuse
        shine_red += lights.colours[index, 0] * shine
        shine_green += lights.colours[index, 1] * shine
        shine_blue += lights.colours[index, 2] * shine
    colour, shade_of_strand = hair.colour, hair.traits[i, 1]
    return (
        colour[0] * shade_of_strand * red + shine_red * (0.4 + colour[0]),
        colour[1] * shade_of_strand * green + shine_green * (0.4 + colour[1]),
        colour[2] * shade_of_strand * blue + shine_blue * (0.4 + colour[2]),
    )


@inlined
def _across(tangent: Vector, ray: Vector) -> float:
    """Return the sine of the angle between a strand and a ray."""
    cosine = 1.0 * dot(tangent, ray)
    return sqrt(max(0.0, 1.0 - cosine * cosine))
