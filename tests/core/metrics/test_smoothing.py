"""Smoothing over the frames of a subject."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_data.core.metrics.smoothing import choose_window, smooth
from fer_data.errors import DatasetError

ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 40), st.floats(-50, 50)),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row[:2],
)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(0, 15))
def test_smoothing_is_the_mean_by_definition(rows: list[tuple[str, int, float]], window: int) -> None:
    """Each row is the mean over its own subject's rows within the window, rows in any order."""
    subjects, frames, values = zip(*rows, strict=True)
    found = smooth(np.array(values)[:, None], subjects, frames, window=window).ravel()
    for index, (subject, frame, _) in enumerate(rows):
        near = [v for s, f, v in rows if s == subject and abs(f - frame) <= window]
        assert found[index] == pytest.approx(np.mean(near), abs=1e-9)


def test_a_window_of_zero_changes_nothing() -> None:
    """No smoothing is the identity."""
    values = np.random.default_rng(1).random((20, 3))
    np.testing.assert_allclose(smooth(values, ["a"] * 20, np.arange(20), window=0), values, atol=1e-12)


def test_probabilities_stay_probabilities() -> None:
    """Rows that sum to one still do."""
    values = np.random.default_rng(1).dirichlet(np.ones(4), 30)
    np.testing.assert_allclose(smooth(values, ["a"] * 30, np.arange(30) * 3, window=7).sum(axis=1), 1)


def test_the_window_that_removes_flicker_is_chosen() -> None:
    """Every fifth frame is wrong alone: a window repairs it, and the smallest that does wins."""
    actual = np.repeat([0, 1], 20)
    guess = np.where(np.arange(40) % 5 == 2, 1 - actual, actual)
    frames = np.tile(np.arange(20), 2)
    subjects = ["a"] * 20 + ["b"] * 20
    chosen = choose_window(np.eye(2)[guess], actual, (subjects, frames), windows=[5, 0, 1, 2])
    assert chosen.window == 1
    assert chosen.macro_f1[0] == pytest.approx(0.8)
    assert chosen.macro_f1[1] == 1.0


@pytest.mark.parametrize(
    ("frames", "window", "message"),
    [([0], 1, "one length"), ([0, 1], -1, r"window \(-1\) must be 0 or more")],
    ids=["length", "negative"],
)
def test_wrong_input_is_refused(frames: list[int], window: int, message: str) -> None:
    """Lengths and the window are checked."""
    with pytest.raises(DatasetError, match=message):
        smooth(np.zeros((2, 1)), ["a", "a"], frames, window=window)


def test_no_window_to_try_is_refused() -> None:
    """Choosing among nothing is an error."""
    with pytest.raises(DatasetError, match="at least one window"):
        choose_window(np.zeros((1, 2)), [0], (["a"], [0]), windows=[])


def test_no_rows_smooth_to_no_rows() -> None:
    """An empty input stays empty."""
    assert smooth(np.zeros((0, 3)), [], [], window=2).shape == (0, 3)
