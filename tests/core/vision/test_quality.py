"""Sharpness, brightness and redundancy of face pictures."""

import cv2
import numpy as np

from fer_data.core.vision.quality import brightness, redundant, sharpness

PICTURE = np.random.default_rng(3).integers(0, 256, (64, 64, 3), dtype=np.uint8)


def test_blur_lowers_sharpness() -> None:
    """The more a picture is blurred, the less sharp it is; a plain one has none."""
    blurred = [cv2.GaussianBlur(PICTURE, (0, 0), sigma) for sigma in (0.7, 1.5, 3)]
    values = [sharpness(picture) for picture in (PICTURE, *blurred)]
    assert values == sorted(values, reverse=True)
    assert sharpness(np.full((8, 8, 3), 77, np.uint8)) == 0


def test_brightness_is_the_mean_grey() -> None:
    """A plain grey picture has its own value."""
    assert brightness(np.full((8, 8, 3), 77, np.uint8)) == 77


def test_a_picture_is_held_against_the_last_one_that_stayed() -> None:
    """A slow drift is not lost: steps below the limit add up until one exceeds it."""
    pictures = np.stack([np.full((4, 4, 3), value, np.uint8) for value in (10, 12, 14, 16, 16)])
    assert redundant(pictures, 5).tolist() == [False, True, True, False, True]


def test_a_limit_of_zero_marks_nothing() -> None:
    """Zero turns the rule off, even for equal pictures; no pictures give no marks."""
    assert not redundant(np.zeros((3, 4, 4, 3), np.uint8), 0).any()
    assert redundant(np.zeros((0, 4, 4, 3), np.uint8), 5).shape == (0,)
