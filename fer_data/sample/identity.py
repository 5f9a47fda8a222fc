"""Shape a head: blend the rig's identity targets by looks and chance."""

from collections.abc import Iterator
from itertools import chain

import numpy as np

from fer_data.core.arrays import Float32
from fer_data.sample.looks import Looks
from fer_data.sample.rig import load_rig

__all__ = ["draw_shape"]

_ANCESTRIES = ("caucasian", "african", "asian")
_HEAD_FORMS = (
    "head-oval", "head-round", "head-rectangular", "head-square", "head-triangular",
    "head-invertedtriangular", "head-diamond",
)  # fmt: skip
_GROWING: dict[str, tuple[float, tuple[str, ...]]] = {
    "head": (0.23, ("head-scale-horiz", "head-scale-vert", "head-scale-depth", "head-fat")),
    "forehead": (0.27, ("forehead-nubian", "forehead-scale-vert", "forehead-temple")),
    "nose": (0.22, (
        "nose-hump", "nose-width1", "nose-width2", "nose-width3", "nose-scale-vert", "nose-scale-horiz",
        "nose-scale-depth", "nose-volume", "nose-nostrils-width", "nose-point-width", "nose-flaring",
    )),
    "mouth": (0.27, (
        "mouth-scale-horiz", "mouth-upperlip-height", "mouth-lowerlip-height", "mouth-upperlip-volume",
        "mouth-lowerlip-volume", "mouth-cupidsbow",
    )),
    "chin": (0.27, ("chin-bones", "chin-height", "chin-width", "chin-prominent", "chin-cleft", "chin-prognathism")),
    "eyes": (0.23, ("eye-scale", "eye-height2", "eye-bag")),
    "cheek": (0.30, ("cheek-bones", "cheek-volume", "cheek-inner")),
}  # fmt: skip
"""Spread and names of the targets that come as `-decr` and `-incr`. A third less than first tried: no caricatures."""
_OPPOSED: dict[str, tuple[float, tuple[tuple[str, str], ...]]] = {
    "eyebrows": (0.20, (("eyebrows-trans-down", "eyebrows-trans-up"), ("eyebrows-angle-down", "eyebrows-angle-up"))),
    "nose": (0.25, (
        ("nose-point-down", "nose-point-up"), ("nose-base-down", "nose-base-up"),
        ("nose-curve-concave", "nose-curve-convex"),
    )),
    "mouth": (0.20, (("mouth-trans-down", "mouth-trans-up"),)),
    "eyes": (0.23, (
        ("eye-corner1-down", "eye-corner1-up"), ("eye-corner2-down", "eye-corner2-up"),
        ("eye-trans-in", "eye-trans-out"), ("eye-eyefold-concave", "eye-eyefold-convex"),
    )),
}  # fmt: skip
"""Spread and names of the targets that come as two opposites."""
_HEAD_FORM_SPREAD = 0.37
_LARGEST_WEIGHT = 0.7
_ASYMMETRY = 0.04
_PAIRED = ("eyes", "cheek")

Weights = Iterator[tuple[str, float]]


def draw_shape(rng: np.random.Generator, looks: Looks) -> Float32:
    """Return the vertices of a head, (n, 3) float32 in decimetres, whose proportions are drawn from the generator."""
    rig = load_rig()
    vertices = rig.vertices.copy()
    for name, weight in chain(_macro_weights(rng, looks), _detail_weights(rng)):
        target = rig.targets[name]
        vertices[target.vertices] += np.float32(weight) * target.offsets
    return vertices


def _macro_weights(rng: np.random.Generator, looks: Looks) -> Weights:
    shares = 0.2 * rng.dirichlet((0.6, 0.6, 0.6))
    shares[_ANCESTRIES.index(looks.ancestry)] += 0.8
    own = rng.uniform(0.85, 1.0)
    weight = rng.uniform(-0.6, 0.8)
    other = "female" if looks.gender == "male" else "male"
    for age, age_share in (("young", 1 - looks.age), ("old", looks.age)):
        for gender, gender_share in ((looks.gender, own), (other, 1 - own)):
            share = age_share * gender_share
            for ancestry, ancestry_share in zip(_ANCESTRIES, shares, strict=True):
                yield f"macrodetails/{ancestry}-{gender}-{age}", share * ancestry_share
            build = f"macrodetails/universal-{gender}-{age}-averagemuscle"
            yield f"{build}-averageweight", share * (1 - abs(weight))
            yield f"{build}-{'max' if weight > 0 else 'min'}weight", share * abs(weight)


def _detail_weights(rng: np.random.Generator) -> Weights:
    yield f"head/{rng.choice(_HEAD_FORMS)}", abs(rng.normal(0, _HEAD_FORM_SPREAD))
    for group, (spread, names) in _GROWING.items():
        for name in names:
            yield from _draw_pair(rng, group, spread, (f"{name}-decr", f"{name}-incr"))
    for group, (spread, pairs) in _OPPOSED.items():
        for pair in pairs:
            yield from _draw_pair(rng, group, spread, pair)


def _draw_pair(rng: np.random.Generator, group: str, spread: float, pair: tuple[str, str]) -> Weights:
    """Yield one signed draw as a weight of one of two opposite targets; left and right differ a little."""
    weight = float(np.clip(rng.normal(0, spread), -_LARGEST_WEIGHT, _LARGEST_WEIGHT))
    if group not in _PAIRED:
        yield f"{group}/{pair[int(weight > 0)]}", abs(weight)
        return
    for side in "lr":
        own = weight + rng.normal(0, _ASYMMETRY)
        yield f"{group}/{side}-{pair[int(own > 0)]}", abs(own)
