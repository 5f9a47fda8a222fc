"""Paint a person's skin onto the atlas: tone, lips, brows, stubble, marks and pores."""

from collections.abc import Sequence
from math import hypot
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.sample.atlas import (
    HEIGHT,
    MIDDLE,
    PX,
    WIDTH,
    blob,
    blur,
    columns_and_rows,
    extent,
    fractal_noise,
    masks,
    noise,
    stroke,
    strokes,
)
from fer_data.sample.looks import Looks
from fer_data.sample.wrinkles import wrinkle_layers

__all__ = ["Skin", "paint_skin", "scalp_depth"]

_HAIRLINE = np.array(
    [
        (0, 200), (120, 206), (190, 235), (235, 310), (262, 395), (312, 430), (335, 560), (366, 560), (374, 488),
        (415, 462), (470, 515), (492, 640), (600, 735), (1024, 765),
    ], np.float32,
)  # fmt: skip
"""Where hair begins: units from the mid-line, unit row."""


class Skin(NamedTuple):
    """The atlas of one person.

    Attributes:
        albedo: (HEIGHT, WIDTH, 3) uint8 sRGB.
        height: (HEIGHT, WIDTH) float32, the relief that bends normals.
        lips: (HEIGHT, WIDTH) float32 in [0, 1]: where it is moist.
    """

    albedo: NDArray[np.uint8]
    height: Float32
    lips: Float32


def paint_skin(rng: np.random.Generator, looks: Looks) -> Skin:
    """Return the painted atlas of a person."""
    lips = blur(masks()[..., 0], 1.5)
    albedo = _base(rng, looks)
    tone, grain = _lip_colour(rng, looks)
    _cover(albedo, tone, 0.9 * lips, grain)
    eyelids = blur(masks()[..., 1], 2) * (0.6 + looks.eyeshadow)
    _stain(albedo, eyelids, (0.22, 0.30, 0.28))
    _stain(albedo, _mouth_line(), (0.35, 0.35, 0.35))
    _stain(albedo, _freckles(rng, looks), (0.35, 0.5, 0.6))
    _stain(albedo, _moles(rng, looks), (0.5, 0.6, 0.65))
    _cover(albedo, looks.hair_tone * 0.55, 0.7 * _stubble(rng, looks, lips))
    _cover(albedo, looks.hair_tone * 0.62 + 8, 0.88 * _brows(rng, looks))
    _cover(albedo, looks.hair_tone * 0.5, _scalp(rng, looks))
    pixels = np.ascontiguousarray(np.moveaxis(np.clip(albedo, 0, 255).astype(np.uint8), 0, -1))
    return Skin(pixels, _relief(rng, looks, lips), lips)


def scalp_depth(looks: Looks) -> Float32:
    """Return how far above the hairline each pixel lies, in atlas units; negative on the face."""
    columns, rows = columns_and_rows()
    line = _HAIRLINE.copy()
    line[:3, 1] -= looks.recede * np.array([20, 50, 60], np.float32)
    limit = np.interp(np.abs(columns[0]), line[:, 0], line[:, 1])
    return np.asarray(limit[None] - rows, np.float32)


def _stain(albedo: Float32, amount: Float32, absorbed: tuple[float, float, float]) -> None:
    """Darken the albedo, in place, by the fractions of red, green and blue that are absorbed at amount one."""
    window = extent(amount)
    own = amount[window]
    for plane, part in zip(albedo, np.array(absorbed, np.float32), strict=True):
        plane[window] *= 1 - own * part


def _cover(albedo: Float32, colour: Float32, amount: Float32, grain: Float32 | None = None) -> None:
    """Paint the albedo over, in place, with a colour, or with the product of it and a grain."""
    window = extent(amount)
    own = amount[window]
    rest = 1 - own
    for plane, tone in zip(albedo, colour, strict=True):
        plane[window] = plane[window] * rest + (tone if grain is None else tone * grain[window]) * own


def _base(rng: np.random.Generator, looks: Looks) -> Float32:
    """Return the bare skin, (3, HEIGHT, WIDTH): painting is quicker while each channel lies together."""
    albedo = np.empty((3, HEIGHT, WIDTH), np.float32)
    albedo[:] = looks.skin_tone[:, None, None]
    red = (
        0.55 * blob(105, 610, (48, 38)) + 0.7 * blob(0, 655, (26, 22)) + 0.45 * blob(48, 655, (15, 15))
        + 0.35 * blob(0, 850, (40, 25)) + 0.25 * blob(0, 350, (120, 60)) + 0.6 * masks()[..., 2]
        + 0.35 * blob(92, 520, (45, 30))
    )  # fmt: skip
    red = red * (1 + 0.25 * fractal_noise(rng, 20)) * np.float32(looks.redness)
    _stain(albedo, red, (-0.015, 0.085, 0.085))
    mottle = fractal_noise(rng, 10) * np.float32(0.025) + fractal_noise(rng, 60, 3) * np.float32(0.018)
    _stain(albedo, mottle, (-0.8, -1.0, -1.1))
    dark = (
        0.9 * blob(88, 545, (36, 14), 8) * np.float32(looks.bags) + 0.55 * blob(52, 492, (20, 26))
        + 0.35 * blob(95, 478, (46, 16)) + 0.3 * blob(60, 690, (12, 30), -25) + 0.25 * blob(0, 815, (50, 8))
        + 0.5 * blob(26, 672, (9, 6))
    )  # fmt: skip
    _stain(albedo, dark, (0.12, 0.17, 0.15))
    light = 0.5 * blob(0, 580, (14, 60)) + 0.35 * blob(0, 330, (90, 50)) + 0.3 * blob(120, 585, (30, 18))
    _stain(albedo, light, (-0.045, -0.045, -0.045))
    return albedo


def _lip_colour(rng: np.random.Generator, looks: Looks) -> tuple[Float32, Float32]:
    """Return the tone of the lips, and by how much each pixel is brighter."""
    pale = looks.skin_tone.mean() > 110
    tone = looks.skin_tone * np.array([0.90, 0.63, 0.62] if pale else [1.05, 0.80, 0.82], np.float32)
    tone = tone * (1 - looks.lipstick) + np.array([165, 38, 50], np.float32) * looks.lipstick
    grain = 1 + 0.06 * fractal_noise(rng, 120, 3) + 0.05 * noise(rng, 500)
    upper = np.clip((760 - columns_and_rows()[1]) / 12, 0, 1)
    return tone, np.asarray(grain * (1 - 0.14 * upper), np.float32)


def _mouth_line() -> Float32:
    image = np.zeros((HEIGHT, WIDTH), np.float32)
    stroke(image, np.array([(-62, 757), (-30, 756), (0, 757), (30, 756), (62, 757)]), 3)
    return np.asarray(np.clip(blur(image, 2.5) * 2, 0, 1))


def _dots(
    points: NDArray[np.floating], radii: NDArray[np.floating], strengths: NDArray[np.floating]
) -> Float32:
    image = np.zeros((HEIGHT, WIDTH), np.float32)
    for (x, y), radius, strength in zip(points * 16 * PX, radii * 16 * PX, strengths, strict=True):
        centre = (round(x + MIDDLE * PX * 16), round(y))
        cv2.circle(image, centre, round(radius), float(strength), -1, cv2.LINE_AA, 4)
    return blur(image, 1.1)


def _freckles(rng: np.random.Generator, looks: Looks) -> Float32:
    count = int(260 * looks.freckles)
    points = rng.normal((0, 590), (85, 45), (count, 2))
    return _dots(points, rng.uniform(1, 2.6, count), rng.uniform(0.15, 0.5, count))


def _moles(rng: np.random.Generator, looks: Looks) -> Float32:
    points = rng.uniform((-170, 560), (170, 850), (looks.moles, 2))
    return _dots(points, rng.uniform(2, 4, looks.moles), np.full(looks.moles, 0.8))


def _stubble(rng: np.random.Generator, looks: Looks, lips: Float32) -> Float32:
    area = (
        blob(0, 850, (120, 55)) + blob(150, 760, (60, 90), 20)
        + 1.1 * blob(0, 705, (55, 16)) + 0.6 * blob(230, 660, (35, 80))
    )  # fmt: skip
    grain = np.clip(0.6 + 0.22 * noise(rng, 700), 0, 1)
    below = np.clip((columns_and_rows()[1] - 640) / 40, 0, 1)
    return np.asarray(np.clip(area, 0, 1) * (1 - lips) * below * grain * looks.stubble, np.float32)


def _brows(rng: np.random.Generator, looks: Looks) -> Float32:
    image = np.zeros((HEIGHT, WIDTH), np.float32)
    for side in (-1, 1):
        _brow(rng, looks, side, image)
    return np.asarray(np.clip(blur(image, 1.3) * 1.25, 0, 1))


def _brow(rng: np.random.Generator, looks: Looks, side: int, image: Float32) -> None:
    columns = (34.0, 60.0, 95.0, 128.0, 150 + 14 * looks.brow_length)
    rows = [
        row + 8 - looks.brow_lift * 12 + looks.brow_angle * (column - 90) / 60 * 8
        for column, row in zip(columns, (452.0, 440.0, 431.0, 432.0, 446.0), strict=True)
    ]
    hairs, strengths = [], []
    for _ in range(int(230 * looks.brow_thickness)):
        along = rng.uniform(0, 1) ** 0.9
        half = (9.5 * (1 - along) ** 0.6 + 3) * (0.7 + 0.35 * looks.brow_thickness)
        offset = rng.normal(0, 0.42) * half
        x, y = _between(columns, 4 * along), _between(rows, 4 * along) + offset
        across, down = 0.35 + 0.75 * along, -0.95 + 1.15 * along
        length = hypot(across, down)
        reach = rng.uniform(9, 17)
        tip_x, tip_y = x + across / length * reach, y + (down / length + 0.5 * offset / half) * reach
        hairs.append([(side * x, y), (side * (x + tip_x) / 2, (y + tip_y) / 2 - 0.5), (side * tip_x, tip_y)])
        strengths.append(rng.uniform(0.45, 0.95))
    strokes(image, np.array(hairs).reshape(-1, 3, 2), 2, strengths)


def _between(values: Sequence[float], place: float) -> float:
    """Return what lies at a place between values that stand at 0, 1, 2 and so on; for one value NumPy takes longer."""
    first = min(int(place), len(values) - 2)
    return (values[first + 1] - values[first]) * (place - first) + values[first]


def _scalp(rng: np.random.Generator, looks: Looks) -> Float32:
    strength = {"bald": 0.0, "buzz": 0.7}.get(looks.hair_style, 0.86)
    cover = np.clip((scalp_depth(looks) + 10 + 10 * noise(rng, 200)) / 26, 0, 1)
    return np.asarray(cover * strength, np.float32)


def _relief(rng: np.random.Generator, looks: Looks, lips: Float32) -> Float32:
    pores = (noise(rng, 500) + noise(rng, 900)) * np.float32(0.5 * looks.pores)
    layers = wrinkle_layers()
    ageing = layers[0] * 0.25 + layers[3] * 0.35 + layers[6] * 0.35 + layers[1] * 0.15
    relief = pores * 0.35 + lips * noise(rng, 380) * 0.6 - ageing * np.float32(2 * looks.age_lines)
    return np.asarray(relief, np.float32)
