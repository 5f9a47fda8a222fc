"""Sharpness and brightness of face pictures."""

import cv2
import numpy as np

from fer_data.core.vision.quality import brightness, sharpness

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
