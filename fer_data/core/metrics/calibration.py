"""Calibration: reliability in bins, the expected calibration error (ECE), and temperature scaling.

Source: Guo et al., On Calibration of Modern Neural Networks, 2017; per class: Kull et al., Beyond temperature scaling,
2019 (classwise calibration).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fer_data.core.arrays import Float64, Int64
from fer_data.errors import DatasetError

__all__ = [
    "BINS",
    "Reliability",
    "class_reliability",
    "fit_temperature",
    "negative_log_likelihood",
    "probabilities",
    "reliability",
    "top_reliability",
]


BINS = 15
"""Bins of equal width over [0, 1], each closed above, the first one below too. Source: Guo et al."""

_LOWEST, _HIGHEST = 0.05, 20.0
"""Range of temperatures: rows that are all right have their best one at 0, rows that are all wrong at infinity."""

_HALVINGS = 40
"""Of the logarithm of the range, ln 400 = 6: leaves less than 1e-11."""


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Confidence against accuracy, by bins of equal width: a reliability diagram in numbers.

    Attributes:
        counts: (bins,) rows.
        confidence: (bins,) mean confidence; NaN in an empty bin.
        frequency: (bins,) share that came true (accuracy); NaN in an empty bin.
        error: expected calibration error, ECE: mean of |confidence - frequency| over rows; 0 without rows.
    """

    counts: Int64
    confidence: Float64
    frequency: Float64
    error: float


def probabilities(logits: ArrayLike, temperature: float = 1.0) -> Float64:
    """Return the softmax of (n, classes) logits divided by a temperature, in float64.

    >>> probabilities([[0.0, 0.0]]).tolist()
    [[0.5, 0.5]]

    Raises:
        DatasetError: the temperature is not above 0.
    """
    if not temperature > 0:
        raise DatasetError(f"temperature ({temperature}) must be above 0.")
    scaled = np.asarray(logits, np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def reliability(confidence: ArrayLike, came_true: ArrayLike, bins: int = BINS) -> Reliability:
    """Return the reliability of confidences in [0, 1] against whether each came true.

    >>> round(reliability([0.9, 0.9, 0.9, 0.3], [True, True, False, False], bins=2).error, 4)
    0.25

    Raises:
        DatasetError: the two differ in length, or a confidence is outside [0, 1].
    """
    stated, actual = np.asarray(confidence, np.float64), np.asarray(came_true, np.float64)
    if stated.shape != actual.shape:
        raise DatasetError(
            f"confidence and came_true must have one length, got {stated.size} and {actual.size}."
        )
    if not bool(((stated >= 0) & (stated <= 1)).all()):
        raise DatasetError("A confidence is outside [0, 1]; give probabilities, not logits.")
    index = np.clip(np.ceil(stated * bins).astype(np.int64) - 1, 0, bins - 1)
    counts = np.bincount(index, minlength=bins)
    sums = [np.bincount(index, weights=values, minlength=bins) for values in (stated, actual)]
    means = [np.divide(part, counts, out=np.full(bins, np.nan), where=counts > 0) for part in sums]
    error = float(np.abs(sums[0] - sums[1]).sum() / stated.size) if stated.size else 0.0
    return Reliability(counts, means[0], means[1], error)


def top_reliability(probability: Float64, actual: ArrayLike, bins: int = BINS) -> Reliability:
    """Return the reliability of the most probable class of each row, (n, classes)."""
    return reliability(probability.max(axis=1), probability.argmax(axis=1) == np.asarray(actual), bins)


def class_reliability(probability: Float64, actual: ArrayLike, bins: int = BINS) -> list[Reliability]:
    """Return, for each class, the reliability of its probability over all rows."""
    truth = np.asarray(actual)
    return [reliability(probability[:, index], truth == index, bins) for index in range(probability.shape[1])]


def negative_log_likelihood(logits: ArrayLike, actual: ArrayLike, temperature: float = 1.0) -> float:
    """Return the mean negative log-likelihood of the actual classes, in nats; 0 without rows."""
    scaled, truth = np.asarray(logits, np.float64) / temperature, np.asarray(actual, np.int64)
    if not truth.size:
        return 0.0
    top = scaled.max(axis=1)
    total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
    return float((total - scaled[np.arange(truth.size), truth]).mean())


def fit_temperature(logits: ArrayLike, actual: ArrayLike) -> float:
    """Return the temperature in [0.05, 20] with the least negative log-likelihood; 1 without rows.

    The negative log-likelihood is convex in 1 / temperature, so bisection finds where its slope changes sign: the slope
    is the mean expected logit less the mean logit of the actual class.

    Raises:
        DatasetError: logits and classes differ in length.
    """
    values, truth = np.asarray(logits, np.float64), np.asarray(actual, np.int64)
    if len(values) != truth.size:
        raise DatasetError(
            f"logits and actual must have one length, got {len(values)} and {truth.size} rows."
        )
    if not truth.size:
        return 1.0
    low, high = np.log(1 / _HIGHEST), np.log(1 / _LOWEST)
    chosen = values[np.arange(truth.size), truth].mean()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        expected = (probabilities(values, float(np.exp(-middle))) * values).sum(axis=1).mean()
        low, high = (low, middle) if expected > chosen else (middle, high)
    return float(np.clip(np.exp(-(low + high) / 2), _LOWEST, _HIGHEST))
