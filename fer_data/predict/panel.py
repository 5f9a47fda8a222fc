"""The bars of all classes, face by face, on ground of their own beside the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Image

__all__ = ["Bars", "above_text", "beside", "class_colours"]

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_INK, _GROUND = (255, 255, 255), 32
_ROW_PX, _PAD_PX, _BAR_PX = 24, 8, 120


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """What the panel shows of the faces of a frame.

    Attributes:
        people: (n,) numbers.
        probability: (n, classes).
        areas: (n,) of the boxes, in px: the largest faces are shown first.
    """

    people: NDArray[np.int64]
    probability: NDArray[np.float64]
    areas: NDArray[np.floating]


def class_colours(count: int) -> list[tuple[int, int, int]]:
    """Return an RGB colour a class, the same wherever a class is drawn."""
    from matplotlib import colormaps

    palette = colormaps["tab10"]
    return [
        cast("tuple[int, int, int]", tuple(int(255 * v) for v in palette(i % 10)[:3])) for i in range(count)
    ]


def beside(image: Image, bars: Bars, classes: Sequence[str], *, scale: float) -> Image:
    """Return the picture with a panel to its right: one bar a class for as many faces as fit, the largest ones.

    They stand in the order of their numbers, and what is left out is counted. The panel's size follows from the
    picture's and the classes alone; without classes there is none.
    """
    if not len(classes):
        return image
    row, pad = round(_ROW_PX * scale), round(_PAD_PX * scale)
    block = row * (len(classes) + 1) + pad
    height = max(image.shape[0], block + row + 2 * pad)
    panel = np.full((height, panel_width(classes, scale), 3), _GROUND, np.uint8)
    room = max(1, (height - row - 2 * pad) // block)
    shown = np.argsort(-bars.areas, kind="stable")[:room]
    shown = shown[np.argsort(bars.people[shown], kind="stable")]
    for index, face in enumerate(shown):
        title = f"face #{bars.people[face]}"
        _block(panel, bars.probability[face], classes, title=title, top=pad + index * block, scale=scale)
    left_out = len(bars.people) - len(shown)
    if left_out or not len(bars.people):
        _text(panel, f"and {left_out} more" if left_out else "no face", height - pad, scale)
    picture = np.full((height, image.shape[1], 3), _GROUND, np.uint8)
    picture[: image.shape[0]] = image
    return np.concatenate([picture, panel], axis=1)


def above_text(image: Image, text: str, scale: float) -> Image:
    """Return the picture above a line of text, which is made to fit, on ground of its own; without a text as it is."""
    if not text:
        return image
    row, pad = round(_ROW_PX * scale), round(_PAD_PX * scale)
    width = cv2.getTextSize(text, _FONT, 0.55 * scale, max(1, round(scale)))[0][0]
    line = np.full((row, max(image.shape[1], width + 2 * pad), 3), _GROUND, np.uint8)
    _text(line, text, row - pad, scale)
    if line.shape[1] > image.shape[1]:
        line = np.asarray(cv2.resize(line, (image.shape[1], row), interpolation=cv2.INTER_AREA), np.uint8)
    return np.concatenate([image, line])


def panel_width(classes: Sequence[str], scale: float) -> int:
    """Return the panel's width in px."""
    return _names_width(classes, scale) + round(_BAR_PX * scale) + 3 * round(_PAD_PX * scale)


def _names_width(classes: Sequence[str], scale: float) -> int:
    size, thick = 0.55 * scale, max(1, round(scale))
    return max(cv2.getTextSize(name, _FONT, size, thick)[0][0] for name in ("face #000", *classes))


def _block(
    panel: Image, chances: NDArray[np.float64], classes: Sequence[str], *, title: str, top: int, scale: float
) -> None:
    """Draw a face's bars under its title."""
    row, pad = round(_ROW_PX * scale), round(_PAD_PX * scale)
    _text(panel, title, top + row - pad, scale)
    left = _names_width(classes, scale) + 2 * pad
    colours = class_colours(len(classes))
    for index, (name, chance, colour) in enumerate(zip(classes, chances, colours, strict=True), 2):
        line = top + index * row
        _text(panel, name, line - pad, scale)
        right = left + round(_BAR_PX * scale * float(chance))
        cv2.rectangle(panel, (left, line - row + pad // 2), (right, line - pad // 2), colour, cv2.FILLED)


def _text(panel: Image, text: str, base: int, scale: float) -> None:
    where = (round(_PAD_PX * scale), base)
    cv2.putText(panel, text, where, _FONT, 0.55 * scale, _INK, max(1, round(scale)), cv2.LINE_AA)
