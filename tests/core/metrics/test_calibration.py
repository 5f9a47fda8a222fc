"""Calibration against cases worked by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_data.core.metrics.calibration import (
    class_reliability,
    fit_temperature,
    negative_log_likelihood,
    probabilities,
    reliability,
    top_reliability,
)
from fer_data.errors import DatasetError


def test_error_of_a_case_worked_by_hand() -> None:
    """Two bins: (0.2, 0.4 | 1 of 2 true) and (0.8, 1.0, 0.9 | 2 of 3): 2/5 * 0.2 + 3/5 * (0.9 - 2/3)."""
    found = reliability([0.2, 0.4, 0.8, 1.0, 0.9], [True, False, True, True, False], bins=2)
    assert found.counts.tolist() == [2, 3]
    np.testing.assert_allclose(found.confidence, [0.3, 0.9])
    np.testing.assert_allclose(found.frequency, [0.5, 2 / 3])
    assert found.error == pytest.approx(0.4 * 0.2 + 0.6 * (0.9 - 2 / 3))


def test_bins_are_closed_above() -> None:
    """A confidence on an edge is in the lower bin; 0 is in the first; an empty bin has no mean."""
    found = reliability([0.0, 0.25, 0.5, 1.0], [False] * 4, bins=4)
    assert found.counts.tolist() == [2, 1, 0, 1]
    assert np.isnan(found.frequency[2])


def test_a_calibrated_source_has_no_error() -> None:
    """Ten rows of confidence 0.7, seven of them true."""
    assert reliability([0.7] * 10, [True] * 7 + [False] * 3).error == pytest.approx(0)


def test_no_rows_have_no_error() -> None:
    """An empty set scores 0 and warns of nothing."""
    assert reliability([], []).error == 0.0
    assert fit_temperature(np.zeros((0, 3)), []) == 1.0
    assert negative_log_likelihood(np.zeros((0, 3)), []) == 0.0


def test_top_and_class_tables_differ_in_what_they_ask() -> None:
    """The top table asks once a row; each class' table asks every row about that class."""
    probability = np.array([[0.9, 0.1], [0.6, 0.4]])
    assert top_reliability(probability, [0, 1]).error == pytest.approx((0.1 + 0.6) / 2)
    assert [table.error for table in class_reliability(probability, [0, 1])] == pytest.approx([0.35, 0.35])


def test_temperature_of_a_case_worked_by_hand() -> None:
    """Logits (2, 0), right three times in four: sigmoid(2 / t) = 3/4 gives t = 2 / ln 3."""
    assert fit_temperature([[2.0, 0.0]] * 4, [0, 0, 0, 1]) == pytest.approx(2 / np.log(3), rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 4.0))
def test_the_fitted_temperature_is_the_best(seed: int, spread: float) -> None:
    """No temperature nearby explains the labels better, and scaling the logits scales it along."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, spread, (200, 4))
    actual = np.array([rng.choice(4, p=row) for row in probabilities(logits, 1.3)])
    best = fit_temperature(logits, actual)
    least = negative_log_likelihood(logits, actual, best)
    assert all(least <= negative_log_likelihood(logits, actual, best * factor) for factor in (0.97, 1.03))
    assert fit_temperature(2 * logits, actual) == pytest.approx(min(2 * best, 20.0), rel=1e-6)


def test_logits_that_say_nothing_or_everything_stay_in_range() -> None:
    """All right drives the temperature to its lowest, all wrong to its highest."""
    assert fit_temperature([[1.0, 0.0]], [0]) == pytest.approx(0.05)
    assert fit_temperature([[1.0, 0.0]], [1]) == pytest.approx(20.0)


def test_large_logits_do_not_overflow() -> None:
    """Softmax of logits in the thousands is finite and sums to one."""
    found = probabilities([[5000.0, 4990.0], [-5000.0, 0.0]])
    np.testing.assert_allclose(found.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("confidence", "truth", "message"),
    [([1.5], [True], r"outside \[0, 1\]"), ([float("nan")], [True], "outside"), ([0.5], [], "one length")],
    ids=["logit", "nan", "length"],
)
def test_what_is_no_probability_is_refused(confidence: list[float], truth: list[bool], message: str) -> None:
    """Logits in place of probabilities are an error, not a bad score."""
    with pytest.raises(DatasetError, match=message):
        reliability(confidence, truth)


def test_a_temperature_of_zero_is_refused() -> None:
    """Dividing by nothing is an error."""
    with pytest.raises(DatasetError, match=r"temperature \(0\) must be above 0"):
        probabilities([[0.0]], 0)
