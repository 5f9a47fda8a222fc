"""Thresholds and error rates of links between people."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.metrics.verification import link_threshold, rate_of


def test_a_few_pairs_that_are_one_person_do_not_move_the_threshold() -> None:
    """One in a hundred is what nobody knows of yet; of normal similarities one of so many pairs reaches it."""
    rng = np.random.default_rng(7)
    others = rng.normal(0.1, 0.1, 100_000)
    threshold = link_threshold(others, 10_000)
    assert threshold == pytest.approx(0.1 + 3.72 * 0.1, abs=0.01)
    assert (others >= threshold).mean() == pytest.approx(1e-4, rel=0.6)
    spoilt = link_threshold(np.concatenate([others, np.full(1_000, 0.9)]), 10_000)
    assert spoilt == pytest.approx(threshold, abs=0.02)
    assert link_threshold(others[:1], 10) is None
    assert link_threshold(others, 1) is None


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
