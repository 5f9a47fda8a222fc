"""What a face looks like, in a few numbers that tell the people of one video apart."""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.faces import Float32
from fer_data.core.geometry import Matrix, box_matrix

__all__ = ["THUMBNAIL_PX", "look_distance", "looks", "mean_look", "thumbnail_matrix"]

THUMBNAIL_PX = 32
_MARGIN = 0.5
_GRID = 8
_LIGHTNESS_WEIGHT = 0.5


def thumbnail_matrix(box: Float32) -> Matrix:
    """Return the map onto a thumbnail: a small upright picture of a face with its hair and collar, 32 px wide."""
    return box_matrix(box, THUMBNAIL_PX, _MARGIN)


def looks(thumbnails: NDArray[np.uint8]) -> Float32:
    """Return what thumbnails of shape (n, 32, 32, 3) show as Lab colours on a grid, shape (n, 192).

    Lightness counts half, because it changes with the light more than with the person.
    """
    if not len(thumbnails):
        return np.zeros((0, _GRID * _GRID * 3), np.float32)
    strip = thumbnails.reshape(-1, THUMBNAIL_PX, 3).astype(np.float32) / np.float32(255)
    lab = cast("Float32", cv2.cvtColor(strip, cv2.COLOR_RGB2LAB))
    cell = THUMBNAIL_PX // _GRID
    grid = lab.reshape(-1, _GRID, cell, _GRID, cell, 3).mean((2, 4))
    grid[..., 0] *= _LIGHTNESS_WEIGHT
    return np.asarray(grid.reshape(len(thumbnails), -1), np.float32)


def mean_look(values: Float32) -> Float32:
    """Return the median of looks of shape (n, 192), which a few odd frames do not move."""
    return np.asarray(np.median(values, axis=0), np.float32)


def look_distance(looks_a: Float32, looks_b: Float32) -> Float32:
    """Return the mean absolute colour difference of looks along the last axis, in units of Lab."""
    return np.asarray(np.abs(looks_a - looks_b).mean(-1), np.float32)
