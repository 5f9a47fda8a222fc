"""The camera moves over a backdrop as OpenCV would move it."""

import cv2
import numpy as np
import pytest

from fer_data.sample.pan import pan

SIZE_WH = (101, 77)
FMA3 = 12
"""OpenCV's number for processors that add a product in one step; its Python names lack it."""


@pytest.fixture(scope="module")
def backdrop():
    """Return a picture 40 px wider and higher than a frame."""
    noise = np.random.default_rng(1).uniform(0, 255, (SIZE_WH[1] + 40, SIZE_WH[0] + 40, 3))
    return cv2.GaussianBlur(noise.astype(np.float32), (0, 0), 3)


def _warped(backdrop, corner):
    move = np.array([[1, 0, -corner[0]], [0, 1, -corner[1]]], np.float64)
    return cv2.warpAffine(backdrop, move, SIZE_WH, flags=cv2.INTER_LINEAR)


@pytest.mark.parametrize(
    "corner",
    [
        (3.3137, 7.7211),
        (0, 0),
        (40, 40),
        (40, 0.5),
        (0.5, 40),
        (12.5, 13),
        (0, 3.9999998),
        (3.9999998, 1),
        (39.99999, 3),
    ],
)
def test_a_frame_is_what_opencv_cuts_out(backdrop, corner):
    """To the bit where the processor adds a product in one step, and else to the last one."""
    corner = np.array(corner, np.float32)
    ours, theirs = pan(backdrop, corner, SIZE_WH), _warped(backdrop, corner)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)
    if cv2.checkHardwareSupport(FMA3):
        np.testing.assert_array_equal(ours, theirs)


def test_a_whole_step_shows_the_pixels_that_are_there(backdrop):
    """At corners on the grid nothing is interpolated, up to the last column and row."""
    for x, y in ((0, 0), (7, 40), (40, 7), (40, 40)):
        shown = pan(backdrop, np.array([x, y], np.float32), SIZE_WH)
        np.testing.assert_array_equal(shown, backdrop[y : y + SIZE_WH[1], x : x + SIZE_WH[0]])
