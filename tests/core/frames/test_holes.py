"""Holes between presentation times."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.frames.holes import find_holes


def ticks_of(frames: list[int], period: float) -> np.ndarray:
    """Return the times of some frames of an even video, rounded to ticks."""
    return np.array([round(frame * period) for frame in frames], np.int64)


@pytest.mark.parametrize(
    "period",
    [512.0, 40.0, 1000 / 30, 1000 / 60, 1001 / 24, 1.0, 2.0, 90_000 / 29.97],
    ids=["mp4", "mkv 25", "mkv 30", "mkv 60", "mkv 23.976", "avi", "half ticks", "90 kHz"],
)
@given(gone=st.sets(st.integers(1, 398), min_size=1, max_size=60))
def test_missing_frames_are_found_where_they_are(period: float, gone: set[int]) -> None:
    """Whatever frames inside an even video are gone, the holes say where and how many."""
    frames = [frame for frame in range(400) if frame not in gone]
    holes = find_holes(ticks_of(frames, period))
    assert holes is not None
    assert holes.total == len(gone)
    assert (np.arange(len(frames)) + holes.before(len(frames))).tolist() == frames


@pytest.mark.parametrize("seed", range(20))
def test_a_variable_rate_has_no_holes(seed: int) -> None:
    """Steps at random are multiples of nothing."""
    steps = np.random.default_rng(seed).integers(25, 70, 40)
    assert find_holes(np.cumsum([0, *steps])) is None


@pytest.mark.parametrize(
    "ticks",
    [[0, 40, 40, 80], [0, 40, 20, 60], [0, 1, 40, 83, 121, 160], [0, 80, 160, 200, 280, 360]],
    ids=["equal", "back", "a step of a tick", "mostly long steps"],
)
def test_times_that_say_nothing(ticks: list[int]) -> None:
    """Equal times, a clock that jumps back, and steps of no usual length leave the holes open."""
    assert find_holes(np.array(ticks)) is None


@pytest.mark.parametrize("ticks", [[], [5]], ids=["none", "one"])
def test_fewer_than_two_frames_have_no_holes(ticks: list[int]) -> None:
    """Nothing is missing between them."""
    holes = find_holes(np.array(ticks, np.int64))
    assert holes is not None
    assert holes.total == 0
    assert holes.before(3).tolist() == [0, 0, 0]
