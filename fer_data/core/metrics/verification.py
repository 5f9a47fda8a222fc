"""Whether two descriptions are of one person: a threshold on their similarity, and what it gets wrong.

::

    other people          one person under two names
      ..::::..                    .:::.
    --------------------|-----------------> similarity (cosine)
            false links ^ misses
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import lgamma, log
from statistics import NormalDist

import numpy as np

from fer_data.core.arrays import Float64

__all__ = ["Rate", "link_threshold", "rate_of"]

_TO_DEVIATION = 1.4826
"""What the median absolute deviation of a normal distribution is multiplied by to give its standard deviation."""

_MISSED, _ONE_IN = 0.05, 10_000
_TAIL = 0.025
_STEPS = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happened, with a 95 % interval as if the pairs were independent.

    Attributes:
        errors: how often.
        pairs: of how many.
        rate: the share; null where there are no pairs.
        low, high: ends of the interval (Clopper and Pearson 1934), 0 and 1 where there are no pairs.
    """

    errors: int
    pairs: int
    rate: float | None
    low: float
    high: float


def link_threshold(others: Float64, genuine: Float64, pairs: int) -> float | None:
    """Return the similarity from which a pair is called one person; None where there is too little to go by.

    It is the highest of three: what one of `pairs` pairs of other people is expected to reach, by a normal distribution
    with the median and the median absolute deviation of `others`; halfway from there to what 95 % of the genuine pairs
    reach; and more than what all but one in ten thousand of `others` reach, all but one of fewer: similarities of faces
    have a heavier tail than a normal distribution. A pair among `others` that is one person under two names may so hide
    others until somebody confirms it.

    >>> round(link_threshold(np.linspace(-0.2, 0.2, 101), np.array([0.9, 1.0]), 1000), 2)
    0.68
    """
    if len(others) < 2 or len(genuine) < 2 or pairs < 2:
        return None
    middle = float(np.median(others))
    deviation = _TO_DEVIATION * float(np.median(np.abs(others - middle)))
    reached = middle + NormalDist().inv_cdf(1 - 1 / pairs) * deviation
    tail = float(np.sort(others)[-1 - len(others) // _ONE_IN])
    return max(
        reached, (reached + float(np.quantile(genuine, _MISSED))) / 2, float(np.nextafter(tail, np.inf))
    )


def rate_of(errors: int, pairs: int) -> Rate:
    """Return a rate with its interval.

    >>> found = rate_of(0, 100)
    >>> found.rate, round(found.high, 4)
    (0.0, 0.0362)
    """
    if pairs == 0:
        return Rate(0, 0, None, 0.0, 1.0)
    low = 0.0 if errors == 0 else _solved(lambda share: 1 - _at_most(errors - 1, pairs, share), _TAIL)
    high = 1.0 if errors == pairs else _solved(lambda share: -_at_most(errors, pairs, share), -_TAIL)
    return Rate(errors, pairs, errors / pairs, low, high)


def _solved(rising: Callable[[float], float], value: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < value else (low, middle)
    return (low + high) / 2


def _at_most(errors: int, pairs: int, share: float) -> float:
    """Return how likely at most so many errors are among pairs at a rate, by the binomial distribution."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return float(errors >= pairs)
    counts = np.arange(errors + 1)
    ways = lgamma(pairs + 1) - np.array([lgamma(k + 1) + lgamma(pairs - k + 1) for k in counts.tolist()])
    return float(np.exp(ways + counts * log(share) + (pairs - counts) * np.log1p(-share)).sum())
