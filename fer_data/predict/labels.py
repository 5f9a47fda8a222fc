"""A box and a label at every face: of one size in the whole video, each label where it stood, none over another."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Image
from fer_data.pictures.sheet import Colour
from fer_data.pictures.text import line_px, text_px, write_text
from fer_data.predict.colours import ink_on
from fer_data.predict.label_places import Ranked, place_labels
from fer_data.predict.shapes import fill

__all__ = ["Labels"]

_LEAST_PX = 11
"""Size of letters of a label, at least."""

_OVER_FACE = 1.7
"""Widths of the usual face that a label may have before its letters become smaller."""

_BLACK: Colour = (0, 0, 0)


class Labels:
    """Draws boxes and labels; remembers where each person's label stood."""

    def __init__(self, texts: Sequence[str], face_px: float, em: int) -> None:
        """Take all that labels may say, the width of the usual face, and the size of letters where there is room."""
        widest = max((text_px(text, em) for text in texts), default=1)
        self._size = max(min(_LEAST_PX, em), min(em, int(em * _OVER_FACE * face_px / max(1, widest))))
        self._thick = max(2, round(em / 9))
        self._stood: dict[int, int] = {}

    def draw(
        self,
        image: Image,
        boxes: NDArray[np.floating],
        people: Sequence[int],
        *,
        texts: Sequence[str],
        colours: Sequence[Colour],
    ) -> None:
        """Draw into a picture. A label that finds no place is cut to the person's number, and then left out."""
        for box, colour in zip(boxes, colours, strict=True):
            self._box(image, box, colour)
        placed, shown = self._laid_out(boxes, people, texts, image.shape[1::-1])
        self._stood = {
            person: one.rank for person, one in zip(people, placed, strict=True) if one is not None
        }
        for box, one, text, colour in zip(boxes, placed, shown, colours, strict=True):
            if one is not None:
                self._label(image, text, one.corner, box=box, colour=colour)

    def _laid_out(
        self,
        boxes: NDArray[np.floating],
        people: Sequence[int],
        texts: Sequence[str],
        image_wh: tuple[int, int],
    ) -> tuple[list[Ranked | None], Sequence[str]]:
        stood = [self._stood.get(person) for person in people]
        for shown in (texts, [f"#{person}" for person in people]):
            placed = place_labels(boxes, [self._label_wh(text) for text in shown], image_wh, stood=stood)
            fits = max((self._label_wh(text)[0] for text in shown), default=0) <= image_wh[0]
            if fits and None not in placed:
                break
        return placed, shown

    def _label_wh(self, text: str) -> tuple[int, int]:
        pad = max(2, self._size // 4)
        return text_px(text, self._size) + 2 * pad, line_px(self._size) + 2

    def _box(self, image: Image, box: NDArray[np.floating], colour: Colour) -> None:
        """Draw a box with a dark edge on both sides, so that it is seen on any ground."""
        ends = [(round(float(box[i])), round(float(box[i + 1]))) for i in (0, 2)]
        cv2.rectangle(image, ends[0], ends[1], _BLACK, self._thick + 2)
        cv2.rectangle(image, ends[0], ends[1], colour, self._thick)

    def _label(
        self, image: Image, text: str, corner: tuple[int, int], *, box: NDArray[np.floating], colour: Colour
    ) -> None:
        """Draw a label, and a line to its box where it does not touch it."""
        (x, y), (width, height) = corner, self._label_wh(text)
        own = np.clip(box.reshape(2, 2).mean(0), corner, (x + width, y + height))
        target = np.clip(own, box[:2], box[2:])
        if np.abs(own - target).max() > 2 + self._thick:
            ends = [(round(float(point[0])), round(float(point[1]))) for point in (own, target)]
            cv2.line(image, ends[0], ends[1], _BLACK, self._thick + 2, cv2.LINE_AA)
            cv2.line(image, ends[0], ends[1], colour, self._thick, cv2.LINE_AA)
        fill(image, (x - 1, y - 1, x + width + 1, y + height + 1), _BLACK)
        fill(image, (x, y, x + width, y + height), colour)
        place = x + max(2, self._size // 4), y + 1
        write_text(image, text, place, size_px=self._size, colour=ink_on(colour))
