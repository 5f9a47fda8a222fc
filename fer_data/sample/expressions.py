"""Which face units make an expression, and what annotators would say of the units that are seen."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.core.labels.tasks import Expression
from fer_data.sample.rig import load_rig

__all__ = ["ACTION_UNITS_12", "RECIPES", "action_units", "draw_expression", "unit_weights", "valence_arousal"]

Recipe = Mapping[str, float]

RECIPES: Mapping[Expression, tuple[Recipe, ...]] = {
    Expression.NEUTRAL: ({},),
    Expression.ANGER: (
        {"browDown": 1.1, "eyeSquint": 0.4, "eyeWide": 0.2, "noseSneer": 0.2, "mouthPress": 0.9,
         "mouthFrown": 0.35, "mouthRollUpper": 0.35, "mouthRollLower": 0.3, "jawForward": 0.3},
        {"browDown": 1.1, "eyeWide": 0.45, "noseSneer": 0.4, "jawOpen": 0.22, "mouthUpperUp": 0.35,
         "mouthLowerDown": 0.85, "mouthStretch": 0.45, "mouthFrown": 0.25},
    ),
    Expression.DISGUST: (
        {"noseSneer": 1.15, "mouthUpperUp": 0.75, "browDown": 0.4, "cheekSquint": 0.4, "eyeSquint": 0.5,
         "mouthFrown": 0.35, "mouthShrugLower": 0.45},
        {"noseSneer": 1.15, "mouthUpperUp": 0.95, "browDown": 0.3, "cheekSquint": 0.4, "eyeSquint": 0.6,
         "mouthFrown": 0.3, "jawOpen": 0.10, "mouthShrugUpper": 0.35},
    ),
    Expression.FEAR: (
        {"browInnerUp": 1.1, "browOuterUp": 0.2, "browDown": 0.35, "eyeWide": 1.1, "mouthStretch": 1.1, "jawOpen": 0.08,
         "mouthLowerDown": 0.4},
        {"browInnerUp": 1.0, "browDown": 0.35, "eyeWide": 1.0, "mouthStretch": 1.15, "jawOpen": 0.14, "mouthFrown": 0.3,
         "mouthUpperUp": 0.15, "mouthLowerDown": 0.2},
    ),
    Expression.HAPPINESS: (
        {"mouthSmile": 0.95, "cheekSquint": 0.5, "eyeSquint": 0.3, "mouthUpperUp": 0.6, "mouthDimple": 0.3,
         "jawOpen": 0.12, "mouthLowerDown": 0.15},
        {"mouthSmile": 0.9, "cheekSquint": 0.5, "eyeSquint": 0.3, "mouthDimple": 0.4},
        {"mouthSmile": 0.9, "cheekSquint": 0.5, "eyeSquint": 0.35, "mouthUpperUp": 0.5, "jawOpen": 0.32,
         "mouthLowerDown": 0.25},
    ),
    Expression.SADNESS: (
        {"browInnerUp": 1.0, "browDown": 0.25, "mouthFrown": 1.1, "mouthShrugLower": 0.6, "eyeSquint": 0.25,
         "eyeLookDown": 0.35, "mouthRollLower": 0.2, "eyeBlink": 0.2},
        {"browInnerUp": 1.0, "browDown": 0.3, "mouthFrown": 1.0, "mouthShrugLower": 0.3, "eyeSquint": 0.4,
         "mouthPucker": 0.1, "eyeBlink": 0.28, "eyeLookDown": 0.25, "cheekSquint": 0.15},
    ),
    Expression.SURPRISE: (
        {"browInnerUp": 1.0, "browOuterUp": 1.05, "eyeWide": 0.85, "jawOpen": 0.65, "mouthFunnel": 0.2},
        {"browInnerUp": 1.0, "browOuterUp": 1.0, "eyeWide": 0.8, "jawOpen": 0.42, "mouthFunnel": 0.4},
    ),
}  # fmt: skip
"""Variants of each expression as weights of face units, after the prototypes of Ekman & Friesen, EMFACS."""

ACTION_UNITS_12 = ("AU1", "AU2", "AU4", "AU6", "AU7", "AU10", "AU12", "AU15", "AU23", "AU24", "AU25", "AU26")
"""The units of ABAW2 and later, as its header spells them."""

_AU_RULES: tuple[tuple[Recipe, float], ...] = (
    ({"browInnerUp": 1.0}, 0.35),
    ({"browOuterUp": 1.0}, 0.30),
    ({"browDown": 1.0}, 0.30),
    ({"cheekSquint": 1.0}, 0.25),
    ({"eyeSquint": 1.0}, 0.25),
    ({"mouthUpperUp": 1.0}, 0.30),
    ({"mouthSmile": 1.0}, 0.30),
    ({"mouthFrown": 1.0}, 0.40),
    ({"mouthRollUpper": 1.0, "mouthRollLower": 1.0}, 0.35),
    ({"mouthPress": 1.0}, 0.35),
    ({"jawOpen": 2.0, "mouthLowerDown": 1.0, "mouthUpperUp": 0.5}, 0.25),
    ({"jawOpen": 1.0}, 0.22),
)
"""Weighted face units, and the amount from which an annotator sees the action unit of `ACTION_UNITS_12`."""

_VALENCE: Recipe = {
    "mouthSmile": 0.85, "mouthFrown": -0.35, "browDown": -0.30, "noseSneer": -0.25, "mouthStretch": -0.30,
    "mouthPress": -0.10, "browInnerUp": -0.10, "jawOpen": 0.15, "browOuterUp": 0.15,
}  # fmt: skip
_AROUSAL: Recipe = {
    "eyeWide": 0.45, "jawOpen": 0.50, "browOuterUp": 0.15, "browDown": 0.20, "noseSneer": 0.15, "mouthSmile": 0.20,
    "mouthUpperUp": 0.15, "mouthStretch": 0.15, "mouthPress": 0.15, "mouthFrown": -0.20, "eyeLookDown": -0.30,
}  # fmt: skip
_ASYMMETRY, _VARIATION = 0.08, 0.11


def unit_weights(recipe: Recipe) -> Float32:
    """Return weights (52,) of the face units; a name without a side means both sides."""
    names = list(load_rig().units)
    weights = np.zeros(len(names), np.float32)
    for unit, amount in recipe.items():
        sides = [name for name in (unit, f"{unit}Left", f"{unit}Right") if name in names]
        weights[[names.index(name) for name in sides]] += amount
    return weights


def draw_expression(rng: np.random.Generator, expression: Expression) -> Float32:
    """Return one person's way of showing an expression as face units, (52,) float32."""
    variants = RECIPES[expression]
    weights = unit_weights(variants[int(rng.integers(len(variants)))]) * rng.uniform(0.85, 1.1)
    weights *= np.clip(rng.normal(1, _VARIATION, len(weights)), 0.7, 1.3)
    weights *= np.clip(rng.normal(1, _ASYMMETRY, len(weights)), 0.8, 1.2)
    stray = rng.choice(len(weights), 3, replace=False)
    weights[stray] += np.maximum(0, rng.normal(0, 0.05, 3))
    return weights.astype(np.float32)


def _amount(weights: Float32, recipe: Recipe) -> Float32:
    """Return the recipe's weighted sum for weights (n, 52), sided units averaged over the sides, (n,) float32."""
    names = list(load_rig().units)
    total = np.zeros(len(weights), np.float32)
    for unit, factor in recipe.items():
        sides = [names.index(name) for name in (unit, f"{unit}Left", f"{unit}Right") if name in names]
        total += np.float32(factor) * weights[:, sides].mean(1)
    return total


def action_units(weights: Float32) -> NDArray[np.int8]:
    """Return which action units weights (n, 52) show, (n, 12) of 0 and 1 in the order of `ACTION_UNITS_12`."""
    return np.stack([_amount(weights, recipe) >= least for recipe, least in _AU_RULES], 1).astype(np.int8)


def valence_arousal(weights: Float32) -> Float32:
    """Return how pleasant and how active weights (n, 52) look, (n, 2) float32 in [-1, 1]."""
    return np.clip(np.stack([_amount(weights, _VALENCE), _amount(weights, _AROUSAL)], 1), -1, 1)
