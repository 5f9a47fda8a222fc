"""Take a person's picture: pose, project, rasterise, shade; and say where the face is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from fer_data.core.arrays import Float32
from fer_data.sample.hair import SKULL_CENTRE
from fer_data.sample.lights import Lights
from fer_data.sample.marks import face_marks
from fer_data.sample.materials import Body
from fer_data.sample.motion import Moment
from fer_data.sample.person import Person
from fer_data.sample.pose import Pose, along, blend, place, pose_towards
from fer_data.sample.raster import Buffer, new_buffer, rasterise, rasterise_hair, vertex_normals
from fer_data.sample.rig import load_rig
from fer_data.sample.shade import BRIGHTEST, Set, Shadow, shade
from fer_data.sample.strands import Ribbons, no_ribbons, ribbons
from fer_data.sample.wrinkles import wrinkle_layers, wrinkle_weights, wrinkle_windows

__all__ = ["Layer", "photograph", "unit_basis"]

_HEAD_HEIGHT = 2.3
"""Chin to crown, in decimetres."""
_DISTANCE = _HEAD_HEIGHT * 2.2 * 3.2
_HEAD_CENTRE = np.array([0, 7.25, 0.45], np.float32)
_SHADOW_SIDE, _SHADOW_WIDTH = 256, 4.6
_MARGIN_PX = 6


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A person, cut out.

    Attributes:
        rgba: (h, w, 4) float32: display RGB in [0, 1] times coverage, and coverage.
        corner: x, y of its top left pixel in the frame.
        face: (k, 2) float32, vertices of the face that turn to the camera, in px.
        outline: (j, 2) float32, all vertices of the face, in px.
        landmarks: (5, 2) float32 in the order of `LANDMARK_NAMES`, in px.
    """

    rgba: Float32
    corner: tuple[int, int]
    face: Float32
    outline: Float32
    landmarks: Float32


@lru_cache(maxsize=1)
def unit_basis() -> Float32:
    """Return the face units as dense offsets, (52, n, 3) float32."""
    rig = load_rig()
    basis = np.zeros((len(rig.units), len(rig.vertices), 3), np.float32)
    for row, target in zip(basis, rig.units.values(), strict=True):
        row[target.vertices] = target.offsets
    return basis


def photograph(
    person: Person, moment: Moment, lights: Lights, *, size_wh: tuple[int, int], supersampling: int = 1
) -> Layer:
    """Return the person's layer, no larger than the part of the frame that shows the person."""
    shape = blend(person.vertices, unit_basis(), moment.weights)
    pose = pose_towards(person.pivot, _HEAD_CENTRE + person.head_offset, moment.angles, _DISTANCE)
    vertices = place(shape, person.head_share, pose)
    normals = vertex_normals(vertices, load_rig().triangles)
    hair = _hair(person, shape, pose)
    focal = moment.head_px / _HEAD_HEIGHT * _DISTANCE
    points = _project(vertices, moment.centre, focal)
    strands = _project(hair.vertices, moment.centre, focal)
    left, top, right, bottom = _window([points, strands], size_wh)
    rgba = np.zeros((bottom - top, right - left, 4), np.float32)
    if rgba.size:
        size = (rgba.shape[0] * supersampling, rgba.shape[1] * supersampling)
        shown = [_zoomed(part, (left, top), supersampling) for part in (points, strands)]
        buffer = _draw(person, shown[0], shown[1], hair, size=size)
        stage = _stage(person, moment.weights, (vertices, normals, pose), hair, lights=lights)
        rgba = _develop(buffer, stage, supersampling)
    marks = face_marks()
    towards = (normals[marks.face] * vertices[marks.face]).sum(1) < 0
    return Layer(
        rgba, (left, top), points[marks.face][towards, :2], points[marks.face, :2], marks.landmarks(points)
    )


def _hair(person: Person, shape: Float32, pose: Pose) -> Ribbons:
    hair = person.hair
    if hair is None:
        return no_ribbons()
    corners = load_rig().triangles[hair.triangles]
    roots = (shape[corners] * hair.weights[..., None]).sum(1)
    strands = hair.points + (roots - hair.points[:, 0])[:, None]
    placed = place(strands.reshape(-1, 3), person.hair_share.ravel(), pose).reshape(strands.shape)
    skull = place((SKULL_CENTRE + person.head_offset)[None], np.ones(1, np.float32), pose)[0]
    return ribbons(placed, hair.width, hair.shades, (skull, person.hair_colour))


def _project(vertices: Float32, centre: tuple[float, float], focal: float) -> Float32:
    """Return picture x, picture y and distance, (n, 3) float32."""
    distance = -vertices[:, 2]
    x = centre[0] + focal * vertices[:, 0] / distance
    y = centre[1] - focal * vertices[:, 1] / distance
    return np.stack([x, y, distance], 1).astype(np.float32)


def _window(parts: Sequence[Float32], size_wh: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of the part of the frame that the points of all parts cover; empty when none."""
    width, height = size_wh
    columns = [part[:, :2].T for part in parts if len(part)]
    low = np.floor(np.min([[axis.min() for axis in part] for part in columns], 0)).astype(int) - _MARGIN_PX
    high = np.ceil(np.max([[axis.max() for axis in part] for part in columns], 0)).astype(int) + _MARGIN_PX
    left, top = int(np.clip(low[0], 0, width)), int(np.clip(low[1], 0, height))
    return left, top, int(np.clip(high[0], left, width)), int(np.clip(high[1], top, height))


def _zoomed(points: Float32, corner: tuple[int, int], zoom: int) -> Float32:
    """Return the points as seen from a corner of the frame, at `zoom` times its resolution."""
    moved = points.copy()
    for axis in range(2):
        moved[:, axis] = (points[:, axis] - np.float32(corner[axis])) * np.float32(zoom)
    return moved


def _draw(
    person: Person, points: Float32, strands: Float32, hair: Ribbons, *, size: tuple[int, int]
) -> Buffer:
    triangles = load_rig().triangles
    buffer = new_buffer(*size)
    rasterise(points, triangles, person.skip, buffer, only_fronts=True)
    strand_buffer = Buffer(buffer.depth, np.full_like(buffer.triangle, -1), buffer.weights)
    rasterise_hair(strands, hair.triangles, strand_buffer)
    covered = strand_buffer.triangle >= 0
    buffer.triangle[covered] = strand_buffer.triangle[covered] + len(triangles)
    return buffer


def _stage(
    person: Person, weights: Float32, posed: tuple[Float32, Float32, Pose], hair: Ribbons, *, lights: Lights
) -> Set:
    rig = load_rig()
    vertices, normals, pose = posed
    height = person.skin.height.copy()
    depths = np.clip((wrinkle_weights() * weights).sum(1), 0, 1.2)
    for layer, window, depth in zip(wrinkle_layers(), wrinkle_windows(), depths, strict=True):
        if depth > 1e-3:
            height[window] -= depth * layer[window]
    body = Body(
        vertices,
        normals,
        rig.triangles,
        rig.material,
        rig.atlas_uv,
        person.anatomy,
        person.openness,
        pose.head,
    )
    shadow = _shadow(person, vertices, hair, lights)
    return Set(body, person.skin._replace(height=height), person.palette, hair, lights, shadow)


def _shadow(person: Person, vertices: Float32, hair: Ribbons, lights: Lights) -> Shadow:
    ray = lights.directions[0].astype(np.float64)
    right = np.cross(ray, [0.05, 1, 0])
    right /= np.sqrt(np.square(right).sum())
    axes = np.stack([right, np.cross(ray, right), ray]).astype(np.float32)
    zoom = _SHADOW_SIDE / _SHADOW_WIDTH
    middle = -_DISTANCE * axes[:, 2]
    offsets = (_SHADOW_SIDE / 2 - middle[0] * zoom, _SHADOW_SIDE / 2 - middle[1] * zoom, 1000 + middle[2])
    placement = np.array([zoom, *offsets], np.float32)
    buffer = new_buffer(_SHADOW_SIDE, _SHADOW_SIDE)
    rasterise(_towards_light(vertices, axes, placement), load_rig().triangles, ~person.casts_shadow, buffer)
    half = np.ascontiguousarray(hair.triangles[::2])
    rasterise(_towards_light(hair.vertices, axes, placement), half, np.zeros(len(half), np.bool_), buffer)
    return Shadow(buffer.depth, axes, placement)


def _towards_light(vertices: Float32, axes: Float32, placement: Float32) -> Float32:
    right, up, ray = (along(vertices, axis) for axis in axes)
    columns = right * placement[0] + placement[1]
    return np.stack([columns, up * placement[0] + placement[2], placement[3] - ray], 1)


def _develop(buffer: Buffer, stage: Set, supersampling: int) -> Float32:
    """Return the shaded picture as display RGB times coverage, reduced to frame pixels."""
    shown = np.zeros((*buffer.depth.shape, 4), np.float32)
    shade(shown, buffer, stage, _tone_curve())
    if supersampling == 1:
        return shown
    height, width = shown.shape[:2]
    reduced = cv2.resize(
        shown, (width // supersampling, height // supersampling), interpolation=cv2.INTER_AREA
    )
    return np.asarray(reduced, np.float32)


@lru_cache(maxsize=1)
def _tone_curve() -> Float32:
    """Return display values for linear light to `BRIGHTEST`, rolled off as by Reinhard et al., SIGGRAPH 2002."""
    light = np.linspace(0, BRIGHTEST, 4096) * 0.95
    return (np.clip(light * (1 + light / 6) / (1 + light), 0, 1) ** (1 / 2.2) * 1.12).astype(np.float32)
