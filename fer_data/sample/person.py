"""Put a person together: shape, anatomy, skin, hair and how much ambient light reaches each vertex."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.sample.hair import Hair, grow_hair
from fer_data.sample.identity import draw_shape
from fer_data.sample.looks import Looks, draw_looks
from fer_data.sample.materials import Palette
from fer_data.sample.pose import along, by_axis
from fer_data.sample.raster import new_buffer, rasterise, vertex_normals
from fer_data.sample.rig import EYE, LASH, SKIN, TEETH, Rig, load_rig
from fer_data.sample.skin import Skin, paint_skin, scalp_depth

__all__ = ["Person", "build_person", "ramp"]

_EYE_HEIGHT = 7.2842
"""Height of the eyes' centre in the average head, in decimetres."""
_HIDDEN_UNDER_CLOTHES = 0.09
_ARM_TURN_DEGREES = -38.0
_LIGHT_SAMPLES, _LIGHT_SIDE = 48, 144


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One rendered identity at rest.

    Attributes:
        vertices: (n, 3) float32, decimetres.
        pivot: (3,) float32, the point that the head turns about.
        head_offset: (3,) float32, where the head stands relative to the average one.
        head_share: (n,) float32 in [0, 1], how far a vertex follows the head.
        anatomy, openness: see `materials.Body`.
        skip: (m,) bool, triangles that are not drawn.
        casts_shadow: (m,) bool.
        hair_share: like `head_share`, (strands, points).
        hair_colour: (3,) float32, linear RGB.
    """

    looks: Looks
    vertices: Float32
    pivot: Float32
    head_offset: Float32
    head_share: Float32
    anatomy: Float32
    openness: Float32
    skip: NDArray[np.bool_]
    casts_shadow: NDArray[np.bool_]
    skin: Skin
    palette: Palette
    hair: Hair | None
    hair_share: Float32
    hair_colour: Float32


def build_person(seed: int) -> Person:
    """Return the person of a seed."""
    rng = np.random.default_rng(seed)
    rig = load_rig()
    looks = draw_looks(rng)
    shape = draw_shape(rng, looks)
    head, neck = shape[rig.joints["head"]].mean(0), shape[rig.joints["neck"]].mean(0)
    pivot = (0.45 * head + 0.55 * neck).astype(np.float32)
    anatomy = _anatomy(rig, looks)
    vertices = _lower_arms(rig, shape, _dress(rig, shape, anatomy))
    skin = paint_skin(rng, looks)
    hair = grow_hair(rng, looks, scalp_depth(looks))
    material = rig.material
    return Person(
        looks=looks,
        vertices=vertices,
        pivot=pivot,
        head_offset=(head - rig.vertices[rig.joints["head"]].mean(0)).astype(np.float32),
        head_share=_head_share(rig),
        anatomy=anatomy,
        openness=_openness(vertices, pivot),
        skip=_undrawn_lashes(rig, looks),
        casts_shadow=~np.isin(material, (EYE, LASH, TEETH, TEETH + 1, TEETH + 2)),
        skin=skin,
        palette=Palette(
            looks.eye_colour, looks.shirt_colour, looks.stripe_colour, looks.tooth_colour, looks.pattern
        ),
        hair=hair,
        hair_share=np.zeros((0, 0), np.float32) if hair is None else _hair_share(hair),
        hair_colour=((looks.hair_tone / 255) ** 2.2 * 1.3).astype(np.float32),
    )


def ramp(low: float, high: float, values: Float32) -> Float32:
    """Return 0 below `low`, 1 above `high` and a smooth step between."""
    part = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(part * part * (3 - 2 * part))


def _anatomy(rig: Rig, looks: Looks) -> Float32:
    """Return the (n, 6) coordinates that eyes, teeth and shirt are painted by, measured on the average head."""
    base = rig.vertices
    anatomy = np.zeros((len(base), 6), np.float32)
    eyes = rig.vertices_of(EYE)
    for eye in (eyes[base[eyes, 0] > 0], eyes[base[eyes, 0] < 0]):
        anatomy[eye, :3] = base[eye] - base[eye].mean(0)
    teeth = rig.vertices_of(TEETH)
    anatomy[teeth, 0] = np.arctan2(base[teeth, 0], base[teeth, 2] - 0.55) / 1.6
    lower, upper = np.split(teeth, 2)
    for row, is_upper in ((upper, True), (lower, False)):
        part = (base[row, 1] - base[row, 1].min()) / np.ptp(base[row, 1])
        anatomy[row, 1] = part if is_upper else 1 - part
    front, middle = np.clip(base[:, 2], -0.5, 0.9), np.clip((0.9 - np.abs(base[:, 0])) / 0.9, 0, 1)
    shoulders = np.clip((np.abs(base[:, 0]) - 0.7) / 0.5, 0, 1)
    anatomy[:, 3] = 5.72 + looks.neckline - 0.35 * front - 0.35 * middle + 0.6 * shoulders - base[:, 1]
    anatomy[:, 4:] = base[:, :2]
    return anatomy


def _dress(rig: Rig, shape: Float32, anatomy: Float32) -> Float32:
    """Return the vertices with the body pushed out to a shirt's thickness below the neckline."""
    body = np.zeros(len(shape), np.float32)
    body[rig.vertices_of(SKIN)] = 1
    thickness = _HIDDEN_UNDER_CLOTHES * ramp(0, 0.06, anatomy[:, 3]) * body
    return np.asarray(shape + vertex_normals(shape, rig.triangles) * thickness[:, None], np.float32)


def _lower_arms(rig: Rig, shape: Float32, vertices: Float32) -> Float32:
    """Return the vertices with the arms of the A-pose turned down about the shoulders."""
    result = vertices.copy()
    for name, side in (("left_shoulder", 1), ("right_shoulder", -1)):
        shoulder = shape[rig.joints[name]].mean(0)
        outward = vertices[:, 0] * side
        reach = abs(shoulder[0])
        angle = ramp(reach - 0.35, reach + 0.55, outward) * np.deg2rad(_ARM_TURN_DEGREES) * side
        cosine, sine = np.cos(angle), np.sin(angle)
        x, y = (vertices - shoulder)[:, :2].T
        own = outward > 0
        result[own, 0] = (x * cosine - y * sine + shoulder[0])[own]
        result[own, 1] = (x * sine + y * cosine + shoulder[1])[own]
    return result


def _head_share(rig: Rig) -> Float32:
    y = rig.vertices[:, 1]
    share = ramp(5.7, 6.75, y + 0.6 * (rig.vertices[:, 2] - 0.1))
    share[y > 6.9] = 1
    share[y < 5.2] = 0
    share[np.unique(rig.triangles[rig.material != SKIN])] = 1
    return share.astype(np.float32)


def _hair_share(hair: Hair) -> Float32:
    height = hair.points[..., 1] + 0.6 * (hair.points[..., 2] - 0.1)
    return ramp(5.3, 6.6, height).astype(np.float32)


def _undrawn_lashes(rig: Rig, looks: Looks) -> NDArray[np.bool_]:
    """Return the lower lashes, and every other upper lash of a man."""
    skip = np.zeros(len(rig.triangles), np.bool_)
    lashes = np.flatnonzero(rig.material == LASH)
    height = rig.vertices[rig.triangles[lashes], 1].mean(1)
    skip[lashes[height < _EYE_HEIGHT - 0.007]] = True
    if looks.gender == "male":
        skip[lashes[::2]] = True
    return skip


def _openness(vertices: Float32, pivot: Float32) -> Float32:
    """Return the share of ambient light, from directions spread evenly over a sphere, that each vertex sees."""
    rig = load_rig()
    normals = by_axis(vertex_normals(vertices, rig.triangles))
    index = np.arange(_LIGHT_SAMPLES) + 0.5
    polar, turn = np.arccos(1 - 2 * index / _LIGHT_SAMPLES), np.pi * (1 + 5**0.5) * index
    rays = np.stack([np.cos(turn) * np.sin(polar), np.cos(polar), np.sin(turn) * np.sin(polar)], 1)
    seen, total = np.zeros(len(vertices)), np.zeros(len(vertices))
    centred = by_axis(vertices - (pivot + np.array([0, 0.6, 0.3], np.float32)))
    for ray in rays:
        facing = np.maximum(along(normals, ray), 0)
        seen += facing * _visible_from(centred, ray, rig)
        total += facing
    return np.clip(seen / (total + 1e-6), 0, 1).astype(np.float32)


def _visible_from(vertices: NDArray[np.float64], ray: NDArray[np.float64], rig: Rig) -> NDArray[np.bool_]:
    right = np.cross(ray, [0, 1, 0.1])
    right /= np.linalg.norm(right)
    up = np.cross(ray, right)
    zoom, side = _LIGHT_SIDE / 5.0, _LIGHT_SIDE
    columns = along(vertices, right) * zoom + side / 2
    rows = along(vertices, up) * zoom + side / 2
    points = np.stack([columns, rows, 1000 - along(vertices, ray)], 1).astype(np.float32)
    buffer = new_buffer(side, side)
    rasterise(points, rig.triangles, rig.material == LASH, buffer)
    inside = (columns >= 0) & (columns < side) & (rows >= 0) & (rows < side)
    x, y = np.clip(columns, 0, side - 1).astype(int), np.clip(rows, 0, side - 1).astype(int)
    return np.asarray((buffer.depth[y, x] > points[:, 2] - 0.06) | ~inside)
