"""Layers, gain and grain."""

import numpy as np
import pytest

from fer_data.sample.exposure import expose, lay_over


def test_a_layer_hides_what_it_covers() -> None:
    """A pixel is the layer's, half of each, or the picture's, by its coverage; the corner says where it begins."""
    picture = np.full((2, 3, 3), 100, np.float32)
    rgba = np.array([[[1, 0.5, 0, 1], [0.5, 0.5, 0.5, 0.5], [0, 0, 0, 0]]], np.float32)
    lay_over(picture, rgba, (0, 1))
    assert picture[0].tolist() == [[100, 100, 100]] * 3
    assert picture[1].tolist() == [[255, 127.5, 0], [177.5, 177.5, 177.5], [100, 100, 100]]


def test_an_empty_layer_changes_nothing() -> None:
    """Nobody is in the picture."""
    picture = np.full((2, 2, 3), 7, np.float32)
    lay_over(picture, np.zeros((0, 2, 4), np.float32), (0, 0))
    assert (picture == 7).all()


@pytest.mark.parametrize(
    ("value", "gain", "grain", "expected"), [(100, 1.5, 0.75, 150), (250, 2, 0, 255), (3, 1, -9, 0)]
)
def test_a_frame_is_the_picture_times_gain_with_grain(
    value: float, gain: float, grain: float, expected: int
) -> None:
    """Fractions are cut off, and what is too bright or too dark is held in 0-255."""
    frame = np.empty((1, 1, 3), np.uint8)
    picture = np.full((1, 1, 3), value, np.float32)
    expose(frame, picture, np.full(3, gain, np.float32), np.full((1, 1), grain, np.float32))
    assert frame.tolist() == [[[expected] * 3]]
