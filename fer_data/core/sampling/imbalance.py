"""Measures of class imbalance."""

from collections.abc import Sequence

__all__ = ["BETA", "effective_number", "imbalance_ratio", "inverse_frequency_weights", "shares"]

BETA = 0.9999
"""The beta of the effective number of samples. Source: Cui et al. 2019, the value for long-tailed CIFAR-10."""


def shares(counts: Sequence[int]) -> list[float]:
    """Return every class' part of the whole, in [0, 1]; zeros when there is nothing.

    >>> shares([3, 1])
    [0.75, 0.25]
    """
    total = sum(counts)
    return [count / total if total else 0.0 for count in counts]


def imbalance_ratio(counts: Sequence[int]) -> float | None:
    """Return the largest class over the smallest one; None when a class is empty, or there is no class.

    >>> imbalance_ratio([40, 10, 20])
    4.0
    """
    return max(counts) / min(counts) if counts and min(counts) > 0 else None


def effective_number(count: int, beta: float = BETA) -> float:
    """Return the effective number of samples of a class: (1 - beta^n) / (1 - beta), at most 1 / (1 - beta).

    Source: Cui et al., Class-Balanced Loss Based on Effective Number of Samples, CVPR 2019.

    >>> effective_number(2, beta=0.5)
    1.5
    """
    return (1.0 - beta**count) / (1.0 - beta)


def inverse_frequency_weights(counts: Sequence[int]) -> list[float]:
    """Return N / (K * n) for every class, whose mean over the N samples is 1; an empty class weighs 0.

    K counts the classes that have samples. The same weights serve a loss and, one a row, a sampler.

    Source: King and Zeng, Logistic Regression in Rare Events Data, 2001; scikit-learn's `class_weight="balanced"`.

    >>> inverse_frequency_weights([30, 10])
    [0.6666666666666666, 2.0]
    """
    total, present = sum(counts), sum(count > 0 for count in counts)
    return [total / (present * count) if count else 0.0 for count in counts]
