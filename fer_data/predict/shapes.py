"""Flat shapes on a picture: what bars, columns and planes are drawn with; what leaves the picture is cut."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Image
from fer_data.pictures.sheet import Colour
from fer_data.pictures.text import elided, line_px, text_px, write_text

__all__ = ["Box", "disc", "fill", "frame", "path", "write"]

Box = tuple[int, int, int, int]
"""x_min, y_min, x_max, y_max in px; the last column and row are outside."""


def fill(image: Image, box: Box, colour: Colour) -> None:
    """Fill a rectangle; of one without an area nothing is drawn."""
    left, top, right, bottom = (max(0, edge) for edge in box)
    image[top:bottom, left:right] = colour


def frame(image: Image, box: Box, colour: Colour, thick: int = 1) -> None:
    """Draw the border of a rectangle, inside it."""
    left, top, right, bottom = box
    for edge in (
        (left, top, right, top + thick),
        (left, bottom - thick, right, bottom),
        (left, top, left + thick, bottom),
        (right - thick, top, right, bottom),
    ):
        fill(image, edge, colour)


def disc(image: Image, centre: tuple[float, float], radius: float, colour: Colour) -> None:
    """Fill a circle, with soft edges, at a place between pixels."""
    cv2.circle(image, _fixed(centre), max(1, round(16 * radius)), colour, cv2.FILLED, cv2.LINE_AA, 4)


def path(image: Image, points: NDArray[np.float64], colours: Sequence[Colour], thick: int) -> None:
    """Draw a line from each point to the next, each piece in a colour."""
    for start, end, colour in zip(points, points[1:], colours, strict=False):
        cv2.line(image, _fixed(start), _fixed(end), colour, thick, cv2.LINE_AA, 4)


def write(image: Image, text: str, box: Box, *, size_px: int, colour: Colour, align: float = 0.0) -> None:
    """Write a line into a rectangle, in the middle of its height, cut to its width; `align` 0 left, 1 right."""
    shown = elided(text, size_px, box[2] - box[0])
    if shown:
        left = box[0] + round(align * (box[2] - box[0] - text_px(shown, size_px)))
        top = box[1] + (box[3] - box[1] - line_px(size_px)) // 2
        write_text(image, shown, (left, top), size_px=size_px, colour=colour)


def _fixed(point: Sequence[float] | NDArray[np.float64]) -> tuple[int, int]:
    """Return a point in sixteenths of a pixel, as OpenCV takes it."""
    return round(16 * float(point[0])), round(16 * float(point[1]))
