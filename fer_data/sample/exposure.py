"""Put a frame together: layers over a backdrop, then the camera's gain and grain."""

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Image
from fer_data.sample.kernels import loop

__all__ = ["expose", "lay_over"]


@loop
def lay_over(image: Float32, rgba: Float32, corner: tuple[int, int]) -> None:
    """Draw a layer, display RGB in [0, 1] times coverage and coverage, onto an image in 0-255, its corner at x, y."""
    left, top = corner
    for y in range(rgba.shape[0]):
        for x in range(rgba.shape[1]):
            coverage = rgba[y, x, 3]
            if coverage > 0:
                for channel in range(3):
                    behind = image[top + y, left + x, channel] * (np.float32(1) - coverage)
                    image[top + y, left + x, channel] = behind + np.float32(255) * rgba[y, x, channel]


@loop
def expose(frame: Image, image: Float32, gain: Float32, grain: NDArray[np.floating]) -> None:
    """Write an image (h, w, 3) in 0-255 into a frame, times the gain of each channel, plus the grain (h, w)."""
    for y in range(frame.shape[0]):
        for x in range(frame.shape[1]):
            for channel in range(3):
                value = image[y, x, channel] * gain[channel] + grain[y, x]
                frame[y, x, channel] = np.uint8(min(max(value, np.float32(0)), np.float32(255)))
