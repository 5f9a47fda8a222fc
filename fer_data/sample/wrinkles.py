"""Wrinkles of the skin atlas: height layers that the face units deepen."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from fer_data.core.arrays import Float32
from fer_data.sample.atlas import HEIGHT, WIDTH, blob, blur, extent, noise, stroke
from fer_data.sample.rig import load_rig

__all__ = ["WRINKLES", "wrinkle_layers", "wrinkle_weights", "wrinkle_windows"]

WRINKLES: Mapping[str, Mapping[str, float]] = {
    "forehead": {"browInnerUp": 0.55, "browOuterUp": 0.3},
    "glabella": {"browDown": 0.45, "noseSneer": 0.125},
    "crow": {"cheekSquint": 0.3, "eyeSquint": 0.2, "mouthSmile": 0.1},
    "nasolabial": {"mouthSmile": 0.35, "noseSneer": 0.25, "mouthUpperUp": 0.175},
    "bridge": {"noseSneer": 0.45, "browDown": 0.1},
    "chin": {"mouthShrugLower": 0.9, "mouthFrown": 0.175},
    "undereye": {"cheekSquint": 0.25, "eyeSquint": 0.3},
}
"""Which face units deepen which wrinkle; of a left and right unit each adds its part."""


@lru_cache(maxsize=1)
def wrinkle_layers() -> Float32:
    """Return the height layers in the order of `WRINKLES`, (7, HEIGHT, WIDTH) float32."""
    rng = np.random.default_rng(7)
    lines = np.linspace(-165, 165, 9)
    forehead = np.zeros((HEIGHT, WIDTH), np.float32)
    for row in (300, 335, 368, 398):
        points = np.stack([lines, row + rng.normal(0, 3, 9) + (lines / 60) ** 2], 1)
        forehead += _fold([points], width=3, spread=4, mirrored=False) * 1.2
    crow = [[(142, 503 + d), (165, 500 + 2.2 * d), (188, 497 + 3.2 * d)] for d in (-8, 0, 8, 15)]
    bridge = [[(6, row), (22, row + 12), (34, row + 26)] for row in (500, 517, 534)]
    undereye = [[(60, 528 + d), (95, 542 + d), (130, 532 + d)] for d in (0, 14)]
    cheek = [(46, 640), (66, 672), (88, 715), (98, 758), (100, 785)]
    return np.stack(
        [
            forehead,
            _fold([[(13, 478), (15, 450), (10, 412)]], width=4, spread=4) * 1.6,
            _fold(crow, width=2, spread=3),
            _fold([cheek], width=6, spread=6) * 2.2,
            _fold(bridge, width=3, spread=3.2) * 1.2,
            blur(blob(0, 850, (38, 28)) * noise(rng, 130), 2) * 0.35,
            _fold(undereye, width=2, spread=3),
        ]
    ).astype(np.float32)


def _fold(lines: Sequence[object], *, width: float, spread: float, mirrored: bool = True) -> Float32:
    image = np.zeros((HEIGHT, WIDTH), np.float32)
    for line in lines:
        points = np.asarray(line, float)
        for side in (-1, 1) if mirrored else (1,):
            stroke(image, points * [side, 1], width)
    return blur(image, spread)


@lru_cache(maxsize=1)
def wrinkle_windows() -> tuple[tuple[slice, slice], ...]:
    """Return the rows and columns of the atlas that each layer bends."""
    return tuple(extent(layer) for layer in wrinkle_layers())


@lru_cache(maxsize=1)
def wrinkle_weights() -> Float32:
    """Return how much each face unit deepens each wrinkle, (7, 52) float32."""
    names = list(load_rig().units)
    weights = np.zeros((len(WRINKLES), len(names)), np.float32)
    for row, parts in enumerate(WRINKLES.values()):
        for unit, amount in parts.items():
            for name in (unit, f"{unit}Left", f"{unit}Right"):
                if name in names:
                    weights[row, names.index(name)] += amount
    return weights
