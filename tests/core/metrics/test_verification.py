"""Thresholds and error rates of links between people."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.metrics.verification import link_threshold, rate_of


def test_a_few_pairs_that_are_one_person_do_not_move_the_threshold() -> None:
    """Eight are what nobody knows of yet; of normal similarities one of so many pairs reaches it."""
    rng = np.random.default_rng(7)
    others, low = rng.normal(0.1, 0.1, 100_000), np.full(20, 0.2)
    threshold = link_threshold(others, low, 10_000)
    assert threshold == pytest.approx(0.1 + 3.72 * 0.1, abs=0.02)
    assert (others >= threshold).mean() == pytest.approx(1e-4, rel=0.6)
    spoilt = link_threshold(np.concatenate([others, np.full(8, 0.9)]), low, 10_000)
    assert spoilt == pytest.approx(threshold, abs=0.02)
    heavy = np.concatenate([others, np.full(40, 0.7)])
    assert link_threshold(heavy, low, 10_000) == pytest.approx(0.7)
    assert link_threshold(others[:1], low, 10) is None
    assert link_threshold(others, low[:1], 10) is None
    assert link_threshold(others, low, 1) is None


def test_genuine_pairs_raise_a_threshold_that_is_far_below_them() -> None:
    """It lies halfway to what 95 % of them reach."""
    others, genuine = np.linspace(-0.1, 0.1, 100), np.array([0.1] + [0.9] * 99)
    low = link_threshold(others, np.full(20, 0.0), 100)
    assert low is not None
    assert link_threshold(others, genuine, 100) == pytest.approx((low + 0.9) / 2)


@given(st.integers(1, 400), st.data())
def test_the_interval_holds_the_rate(pairs: int, data: st.DataObject) -> None:
    """It is the textbook's, and 0 and all are in it."""
    from scipy.stats import beta

    errors = data.draw(st.integers(0, pairs))
    found = rate_of(errors, pairs)
    assert found.low <= errors / pairs <= found.high
    low = 0.0 if errors == 0 else beta.ppf(0.025, errors, pairs - errors + 1)
    high = 1.0 if errors == pairs else beta.ppf(0.975, errors + 1, pairs - errors)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))


def test_of_no_pairs_nothing_is_known() -> None:
    """The rate is null and the interval everything."""
    found = rate_of(0, 0)
    assert (found.rate, found.low, found.high) == (None, 0.0, 1.0)
