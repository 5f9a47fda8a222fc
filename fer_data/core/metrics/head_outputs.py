"""From a network's outputs to answers: valence and arousal are clipped, action units thresholded by probability."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["THRESHOLD", "unit_probabilities", "units_present", "within_range"]

THRESHOLD = 0.5
"""A unit whose probability is at least this is answered present, the same for all units."""


def within_range(outputs: ArrayLike) -> NDArray[np.float64]:
    """Return valence and arousal, clipped to the range of the annotation, [-1, 1].

    >>> within_range([0.25, -1.5]).tolist()
    [0.25, -1.0]
    """
    return np.asarray(np.clip(np.asarray(outputs, np.float64), -1.0, 1.0))


def unit_probabilities(logits: ArrayLike) -> NDArray[np.float64]:
    """Return the probability of each action unit, the logistic function of its logit.

    >>> unit_probabilities([0.0, 1000.0, -1000.0]).tolist()
    [0.5, 1.0, 0.0]
    """
    values = np.asarray(logits, np.float64)
    small = np.exp(-np.abs(values))  # never overflows
    return np.asarray(np.where(values >= 0, 1 / (1 + small), small / (1 + small)))


def units_present(logits: ArrayLike) -> NDArray[np.int64]:
    """Return 1 where a unit's probability reaches `THRESHOLD`, else 0.

    >>> units_present([0.0, -0.1]).tolist()
    [1, 0]
    """
    return (unit_probabilities(logits) >= THRESHOLD).astype(np.int64)
