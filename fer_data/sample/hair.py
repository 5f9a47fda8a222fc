"""Grow hair on the average head as strands that later follow the skin."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.sample.atlas import HEIGHT, MIDDLE, PX, WIDTH
from fer_data.sample.looks import Looks
from fer_data.sample.rig import SKIN, load_rig

__all__ = ["SKULL_CENTRE", "Hair", "grow_hair"]

SKULL_CENTRE = np.array([0, 7.45, 0.30], np.float32)
"""Centre of the ellipsoid that hair lies on, in decimetres."""
_SKULL_RADII = np.array([0.80, 1.02, 1.02], np.float32)
_BUN = np.array([0, 7.75, -1.0])
_FALLING = ("long", "bob", "curly")
_CLUMPS = 160

_ROOTS = {
    "buzz": 3600, "short": 3600, "side": 3600, "afro": 4200, "long": 2600, "bob": 2600, "bun": 2600, "curly": 3200,
}  # fmt: skip
_POINTS = {"buzz": 2, "short": 4, "side": 5, "afro": 4, "long": 11, "bob": 9, "bun": 7, "curly": 7}
_WIDTHS = {
    "buzz": 0.020, "short": 0.025, "side": 0.025, "afro": 0.036,
    "long": 0.040, "bob": 0.040, "bun": 0.034, "curly": 0.040,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Hair:
    """Strands on the average head.

    Attributes:
        triangles: (n,) index of the triangle that a strand grows on.
        weights: (n, 3) float32, the root's place in it.
        points: (n, k, 3) float32, the strand from its root, in decimetres.
        width: half the ribbon's width, in decimetres.
        shades: (n,) float32, brightness of a strand.
    """

    triangles: NDArray[np.intp]
    weights: Float32
    points: Float32
    width: float
    shades: Float32


@dataclass(frozen=True, slots=True, eq=False)
class _Roots:
    """Where strands start: triangle, weights, place, normal, and how near the hairline (0.25 at it, 1 inside)."""

    triangles: NDArray[np.intp]
    weights: Float32
    positions: Float32
    normals: Float32
    edge: Float32

    @property
    def top(self) -> Float32:
        return np.asarray(np.clip((self.positions[:, 1] - 7.5) / 0.5, 0, 1))

    @property
    def front(self) -> Float32:
        return np.asarray(np.clip((self.positions[:, 2] - 0.5) / 0.6, 0, 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """A hair style: length and combing direction of each strand, how it falls and how it stands off the skin."""

    lengths: NDArray[np.floating]
    comb: NDArray[np.floating]
    gravity: float
    lift: float


def grow_hair(rng: np.random.Generator, looks: Looks, scalp: Float32) -> Hair | None:
    """Return the strands of a person, or None for a bald one; `scalp` is `scalp_depth(looks)`."""
    style = looks.hair_style
    if style == "bald":
        return None
    roots = _draw_roots(rng, _ROOTS[style], scalp)
    cut = _cut(rng, looks, roots)
    if looks.bangs and style in ("long", "bob", "bun"):
        cut = _with_bangs(rng, cut, roots)
    lengths = cut.lengths * (0.8 + 0.4 * rng.random(len(cut.lengths))) * roots.edge
    points = _strands(rng, style, roots, replace(cut, lengths=lengths))
    shades = rng.normal(1, 0.14, len(points)).clip(0.6, 1.5).astype(np.float32)
    keep = _off_the_face(points, looks) if style in _FALLING else np.ones(len(points), np.bool_)
    return Hair(roots.triangles[keep], roots.weights[keep], points[keep], _WIDTHS[style], shades[keep])


def _draw_roots(rng: np.random.Generator, count: int, scalp: Float32) -> _Roots:
    rig = load_rig()
    skin = np.flatnonzero(rig.material == SKIN)
    centre = rig.atlas_uv[skin].mean(1)
    column, row = (centre[:, 0] % 1) / PX * WIDTH, centre[:, 1] / PX * HEIGHT
    corners = rig.vertices[rig.triangles[skin]]
    ear = (np.abs(np.abs(column - MIDDLE) - 414) < 62) & (row > 470) & (row < 700)
    grows = (_sample(scalp, centre) > -6) & (row >= -40) & (row < 1023) & (corners.mean(1)[:, 1] > 6.3) & ~ear
    skin, corners = skin[grows], corners[grows]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    triangles = skin[rng.choice(len(skin), count, p=area / area.sum())]
    weights = rng.dirichlet((1, 1, 1), count).astype(np.float32)
    corners = rig.vertices[rig.triangles[triangles]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    uv = (rig.atlas_uv[triangles] * weights[..., None]).sum(1)
    edge = np.clip(_sample(scalp, uv) / 60, 0.25, 1).astype(np.float32)
    return _Roots(triangles, weights, (corners * weights[..., None]).sum(1), normals, edge)


def _sample(image: Float32, uv: Float32) -> Float32:
    columns = np.clip((uv[:, 0] % 1) * WIDTH, 0, WIDTH - 1).astype(int)
    rows = np.clip(uv[:, 1] * HEIGHT, 0, HEIGHT - 1).astype(int)
    return np.asarray(image[rows, columns])


def _cut(rng: np.random.Generator, looks: Looks, roots: _Roots) -> _Cut:
    top, front, length = roots.top, roots.front, looks.length
    zero = np.zeros(len(top))
    side = np.sign(roots.positions[:, 0] - looks.parting + rng.normal(0, 0.04, len(top)))
    match looks.hair_style:
        case "buzz":
            return _Cut(zero + 0.05, np.stack([zero, zero - 0.4, 0.5 * top], 1), 0.1, 0.8)
        case "short":
            across = 0.25 * side * (1 - top) + 0.15 * looks.sweep
            comb = np.stack([across, -0.9 * (1 - top), 0.75 * top * looks.forward], 1)
            return _Cut(0.13 + 0.30 * length * top, comb, 0.12, 0.42)
        case "side":
            comb = np.stack([side * 0.9 * top, -0.9 * (1 - top) - 0.1, -0.35 * top], 1)
            return _Cut(0.14 + 0.55 * length * top, comb, 0.25, 0.28)
        case "afro":
            return _Cut(zero + 0.30 + 0.35 * length, np.zeros((len(top), 3)), 0.0, 1.0)
        case "long":
            comb = np.stack([side * top, zero - 0.5, -0.55 * (0.3 + front)], 1)
            return _Cut(1.7 + length + 0.5 * top, comb, 0.9, 0.12)
        case "bob":
            comb = np.stack([side * top, zero - 0.5, -0.35 * (0.3 + front)], 1)
            return _Cut(0.95 + 0.35 * length + 0.5 * top, comb, 0.9, 0.15)
        case "curly":
            comb = np.stack([side * 0.5, zero - 0.2, -0.2 * front], 1)
            return _Cut(0.40 + 0.45 * length + 0.2 * top, comb, 0.35, 0.45)
        case _:
            comb = np.stack([-0.1 * roots.positions[:, 0], zero + 0.25, zero - 1], 1)
            return _Cut(0.9 + 0.9 * front, comb, 0.0, 0.03)


def _with_bangs(rng: np.random.Generator, cut: _Cut, roots: _Roots) -> _Cut:
    x = roots.positions[:, 0]
    bangs = (roots.positions[:, 2] > 0.95) & (np.abs(x) < 0.55) & (rng.random(len(x)) < 0.8)
    lengths = np.where(bangs, 0.42 + rng.normal(0, 0.04, len(x)), cut.lengths)
    forward = np.stack([0.12 * np.sign(x), np.full(len(x), -1.0), np.full(len(x), 0.35)], 1)
    return replace(cut, lengths=lengths, comb=np.where(bangs[:, None], forward, cut.comb))


def _strands(rng: np.random.Generator, style: str, roots: _Roots, cut: _Cut) -> Float32:
    count, steps = len(roots.positions), _POINTS[style]
    step = (cut.lengths / (steps - 1))[:, None]
    tip = roots.positions.astype(np.float64)
    points = [tip]
    clump = rng.normal(0, 0.22, (_CLUMPS, 3))[rng.integers(0, _CLUMPS, count)]
    standing_off = 1 + (0.02 + 0.06 * rng.random(count)) * (0.3 if style in ("buzz", "bun") else 1.0)
    for index in range(1, steps):
        chance = rng.normal(0, 1, (count, 3))
        direction = _direction(style, roots, cut, (tip, clump, chance, index / steps))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True) + 1e-9
        tip = tip + direction * step
        if style not in ("buzz", "afro"):
            tip = _outside_the_skull(tip, standing_off)
        points.append(tip)
    return np.stack(points, 1).astype(np.float32)


def _direction(
    style: str,
    roots: _Roots,
    cut: _Cut,
    state: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float],
) -> NDArray[np.float64]:
    """Return where strands grow next, from their place, clump, chance and the part of their length that is grown."""
    point, clump, chance, grown = state
    if style == "afro":
        return roots.normals + 0.55 * chance
    combed = np.clip((point[:, 1:2] - 7.75) / 0.45, 0, 1) if style in _FALLING else 1.0
    direction = (
        roots.normals * cut.lift * (1 - grown)
        + cut.comb * (1 - 0.5 * grown) * (0.08 + 0.92 * combed)
        + clump * (0.22 if style in ("long", "bob") else 0.5)
        + chance * (0.55 if style == "curly" else 0.05)
    )
    direction[:, 1] -= cut.gravity * (0.4 + 1.6 * grown)
    if style == "bun":
        towards = _BUN - point
        direction = 0.15 * direction + towards / (np.linalg.norm(towards, axis=1, keepdims=True) + 0.05)
    return np.asarray(direction, np.float64)


def _outside_the_skull(positions: NDArray[np.float64], limit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the places, pushed out to `limit` radii; below the centre the skull counts as a cylinder."""
    offset = positions - SKULL_CENTRE
    scaled = offset / _SKULL_RADII
    scaled[:, 1] = np.maximum(scaled[:, 1], 0)
    factor = np.maximum(limit / np.sqrt(np.square(scaled).sum(1) + 1e-9), 1)[:, None]
    vertical = np.where(offset[:, 1:2] < 0, 1.0, factor)
    return np.asarray(SKULL_CENTRE + offset * np.concatenate([factor, vertical, factor], 1))


def _off_the_face(points: Float32, looks: Looks) -> NDArray[np.bool_]:
    lowest = 7.42 if looks.bangs else 7.75
    inside = (points[..., 2] > 0.55) & (np.abs(points[..., 0]) < 0.62) & (points[..., 1] < lowest)
    return np.asarray(~inside.any(1))
