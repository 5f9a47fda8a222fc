"""A track is split where its face becomes another one in a moment, and not where a head moves."""

import numpy as np
import pytest

from fer_data.core.tracks.appearance import DESCRIPTOR_LENGTH
from fer_data.core.tracks.leaps import leaps, suspects

NOISE = np.random.default_rng(0).normal(0, 0.2, (30, DESCRIPTOR_LENGTH)).astype(np.float32)


def descriptors_of(levels: list[float]) -> np.ndarray:
    """Return looks that lie at some levels, with a little noise."""
    return np.array(levels, np.float32)[:, None] + NOISE[: len(levels)]


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([10.0] * 9 + [14.0] * 9, [9]),
        ([10.0] * 9 + [14.0] * 9 + [10.0] * 9, [9, 18]),
        ([10.0] * 9 + [13.4] + [15.0] * 9, [9]),
        ([10.0] * 9 + [14.0] + [10.0] * 9, []),
        ([10.0 + 3 * np.sin(frame / 1.5) for frame in range(30)], []),
        ([10.0 + 0.5 * frame for frame in range(20)], []),
        ([10.0] * 9 + [14.0] * 2, []),
        ([10.0], []),
        ([], []),
    ],
    ids=[
        "cut",
        "there-and-back",
        "in-two-steps",
        "one-odd-face",
        "nods",
        "turns-slowly",
        "too-short",
        "one-face",
        "none",
    ],
)
def test_looks_that_step_once_and_stay_are_another_face(levels: list[float], expected: list[int]) -> None:
    """The place of the first face behind each leap is returned."""
    assert leaps(descriptors_of(levels).reshape(-1, DESCRIPTOR_LENGTH)).tolist() == expected


def test_a_small_step_is_suspected_and_no_leap() -> None:
    """Two people dressed alike before one wall step less than a head that moves, but once."""
    levels = descriptors_of([10.0] * 9 + [11.2] * 9)
    assert suspects(levels).tolist() == [9]
    assert leaps(levels).tolist() == []
