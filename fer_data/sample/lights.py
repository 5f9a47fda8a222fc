"""Light a scene: three directed lights, sky and ground."""

from typing import NamedTuple

import numpy as np

from fer_data.core.arrays import Float32

__all__ = ["Lights", "draw_lights"]


class Lights(NamedTuple):
    """The light of a scene, linear RGB.

    Attributes:
        directions: (3, 3) float32, unit vectors towards key, fill and back light in camera space.
        colours: (3, 3) float32.
        above: (3,) float32, ambient light from above.
        below: (3,) float32, ambient light from below.
    """

    directions: Float32
    colours: Float32
    above: Float32
    below: Float32


def draw_lights(rng: np.random.Generator) -> Lights:
    """Return the light of a room or a street, drawn from the generator."""
    azimuth, elevation = rng.uniform(-1.15, 1.15), rng.uniform(0.1, 0.95)
    key = (np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation))
    opposite = -azimuth + rng.uniform(-0.4, 0.4)
    fill = (np.sin(opposite) * 0.9, 0.15, np.cos(opposite))
    back = (rng.choice([-1, 1]) * 0.8, 0.4, -0.6)
    warmth = rng.uniform(-1, 1)
    colours = [
        _tinted(rng.uniform(0.9, 1.9), warmth),
        _tinted(rng.uniform(0.1, 0.5), -warmth / 2),
        _tinted(rng.uniform(0, 0.8), rng.uniform(-1, 1)),
    ]
    ambient = rng.uniform(0.35, 0.75)
    below = _tinted(ambient, 0.5 * warmth) * rng.uniform(0.35, 0.7)
    directions = np.array([key, fill, back])
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return Lights(
        directions.astype(np.float32),
        np.array(colours, np.float32),
        _tinted(ambient, -0.4 * warmth).astype(np.float32),
        below.astype(np.float32),
    )


def _tinted(strength: float, warmth: float) -> Float32:
    return np.asarray(strength * np.array([1 + 0.16 * warmth, 1.0, 1 - 0.2 * warmth]))
