"""Distribution of valence and arousal: of each dimension, and over the quadrants of the circumplex model.

The quadrants, with what Russell's model has in them::

                             arousal
        negative_active         |         positive_active
        (distress, fear)        |         (excitement, joy)
      --------------------------+-------------------------- valence
        negative_passive        |         positive_passive
        (sadness, boredom)      |         (calm, contentment)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BINS", "QUADRANTS", "Spread", "quadrant_counts", "spread"]

QUADRANTS = (
    "positive_active",
    "negative_active",
    "negative_passive",
    "positive_passive",
    "on_an_axis",
)
"""Counter-clockwise from valence and arousal both above zero. Source: Russell, A Circumplex Model of Affect, 1980.
A value of exactly zero is in no quadrant: annotators leave their joysticks there."""

BINS = 20
"""Of a histogram over the range of the annotation: from -1 to 1 a bin is 0.1 wide."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Summary statistics of the values of one dimension.

    Attributes:
        mean: of the values.
        standard_deviation: of the values themselves, divided by their number.
        percentile_5: below which 5 % of the values lie.
        median: of the values.
        percentile_95: below which 95 % of the values lie.
        histogram: values in each of `BINS` bins of equal width over the range; the last holds its upper end as well.
    """

    mean: float
    standard_deviation: float
    percentile_5: float
    median: float
    percentile_95: float
    histogram: list[int]


def spread(values: NDArray[np.floating], limits: tuple[float, float] = (-1.0, 1.0)) -> Spread | None:
    """Return the summary statistics of values (n,) within the limits of the annotation; None when there are none.

    >>> spread(np.array([-0.5, 0.5])).mean
    0.0
    """
    if not values.size:
        return None
    exact = values.astype(np.float64)
    low, median, high = (float(value) for value in np.percentile(exact, [5, 50, 95]))
    counts = np.histogram(exact, BINS, limits)[0]
    return Spread(float(exact.mean()), float(exact.std()), low, median, high, counts.tolist())


def quadrant_counts(valence: NDArray[np.floating], arousal: NDArray[np.floating]) -> dict[str, int]:
    """Return how many pairs (n,) lie in each quadrant and how many on an axis, in the order of `QUADRANTS`.

    >>> quadrant_counts(np.array([0.5, -0.5, 0.0]), np.array([0.1, 0.1, 0.1]))["negative_active"]
    1
    """
    right, left = valence > 0, valence < 0
    up, down = arousal > 0, arousal < 0
    inside = [right & up, left & up, left & down, right & down]
    counts = [int(one.sum()) for one in inside]
    return dict(zip(QUADRANTS, [*counts, valence.size - sum(counts)], strict=True))
