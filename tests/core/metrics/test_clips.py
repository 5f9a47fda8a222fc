"""Neighbouring frames are those of one person in one video."""

import numpy as np
import pytest

from fer_data.core.metrics.clips import clip_numbers
from fer_data.core.metrics.nearest_frame import nearest_rows
from fer_data.core.metrics.smoothing import smooth
from fer_data.errors import DatasetError


def test_clips_are_persons_in_videos() -> None:
    """Two clips of a, and b beside her in the second."""
    assert clip_numbers(["a", "a", "b", "a"], ["v", "w", "w", "v"]).tolist() == [0, 1, 2, 0]
    assert clip_numbers([], []).tolist() == []


def test_two_clips_of_one_person_are_no_neighbours() -> None:
    """Frames 0 and 1 of two clips are neither averaged nor take each other's answers."""
    clips = clip_numbers(["a"] * 4, ["v", "v", "w", "w"])
    frames = np.array([0, 1, 0, 1])
    assert smooth([[0.0], [2.0], [10.0], [20.0]], clips, frames, window=1).ravel().tolist() == [1, 1, 15, 15]
    assert nearest_rows(clips, frames, np.array([True, False, False, False])).tolist() == [0, 0, -1, -1]


def test_every_row_has_a_clip() -> None:
    """A missing clip is an error of the caller."""
    with pytest.raises(DatasetError, match="one length, got 2, 1, 2"):
        smooth([[0.0], [1.0]], [0], [0, 1], window=1)
