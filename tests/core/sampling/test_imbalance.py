"""Measures of imbalance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from fer_data.core.sampling.imbalance import (
    effective_number,
    imbalance_ratio,
    inverse_frequency_weights,
    shares,
)

COUNTS = st.lists(st.integers(1, 10_000), min_size=1, max_size=8)


@given(COUNTS)
def test_weights_are_those_of_scikit_learn(counts: list[int]) -> None:
    """The weights equal scikit-learn's `balanced` ones."""
    labels = np.repeat(np.arange(len(counts)), counts)
    expected = compute_class_weight("balanced", classes=np.arange(len(counts)), y=labels)
    assert inverse_frequency_weights(counts) == pytest.approx(expected.tolist())


@given(COUNTS)
def test_weighted_classes_count_the_same(counts: list[int]) -> None:
    """Count times weight is the same for every class, and the rows' mean weight is 1."""
    weighted = [n * w for n, w in zip(counts, inverse_frequency_weights(counts), strict=True)]
    assert weighted == pytest.approx([sum(counts) / len(counts)] * len(counts))


def test_an_empty_class_weighs_nothing() -> None:
    """A class without rows gets weight 0 and does not change the others."""
    assert inverse_frequency_weights([30, 0, 10]) == [2 / 3, 0, 2]
    assert inverse_frequency_weights([0, 0]) == [0.0, 0.0]


@pytest.mark.parametrize(
    ("counts", "ratio"),
    [([195, 10], 19.5), ([5], 1.0), ([5, 0], None), ([], None)],
    ids=["two", "one", "an empty class", "no class"],
)
def test_the_imbalance_ratio(counts: list[int], ratio: float | None) -> None:
    """The largest class over the smallest; undefined when a class is empty."""
    assert imbalance_ratio(counts) == ratio


@given(st.integers(1, 1_000_000))
def test_the_effective_number_lies_between_one_and_its_limits(count: int) -> None:
    """It is at least 1, at most the count, and never above 1 / (1 - beta)."""
    assert effective_number(count) * (1 + 1e-9) >= 1
    assert effective_number(count) <= min(count, 10_000) * (1 + 1e-9)


def test_the_effective_number_is_the_sum_of_powers() -> None:
    """It equals 1 + beta + ... + beta^(n-1)."""
    assert effective_number(6, 0.9) == pytest.approx(sum(0.9**i for i in range(6)))


def test_shares_of_nothing_are_zero() -> None:
    """An empty split has shares of 0."""
    assert shares([0, 0]) == [0.0, 0.0]
    assert shares([2, 6]) == [0.25, 0.75]
