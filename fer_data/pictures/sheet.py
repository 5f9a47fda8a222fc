"""Contact sheets: tiles of crops with captions, drawn with OpenCV, for a person to look at."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from fer_data.core.arrays import Image
from fer_data.pictures.text import ascent_px, write_text
from fer_data.shell.shown import printable

__all__ = ["BLACK", "GREEN", "RED", "Colour", "Tile", "contact_sheet", "draw_text", "fitted", "wrapped"]

Colour = tuple[int, int, int]
BLACK, RED, GREEN = (0, 0, 0), (176, 0, 0), (0, 104, 0)

_LINE_PX, _LETTER_PX, _GAP_PX = 18, 8, 6
_FONT_PX = 13


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One crop (RGB, any size) and the lines of text below it, in one colour."""

    image: Image
    caption: Sequence[str] = ()
    colour: Colour = BLACK


def contact_sheet(tiles: Sequence[Tile], *, columns: int, tile_px: int, note: str = "") -> Image:
    """Return a white RGB sheet of tiles in reading order, `note` in lines at its top; captions are cut to their tile.

    >>> contact_sheet([Tile(np.zeros((8, 8, 3), np.uint8), ["one"])], columns=2, tile_px=64, note="two words").shape
    (118, 146, 3)
    """
    cell = tile_px + _GAP_PX
    width = columns * cell + _GAP_PX
    head = wrapped(note, width // _LETTER_PX) if note else []
    lines = max((len(tile.caption) for tile in tiles), default=0)
    height = cell + lines * _LINE_PX
    top = len(head) * _LINE_PX + _GAP_PX
    sheet = np.full((top + -(-len(tiles) // columns) * height + _GAP_PX, width, 3), 255, np.uint8)
    for line, text in enumerate(head):
        draw_text(sheet, text, (_GAP_PX, (line + 1) * _LINE_PX - 4))
    for index, tile in enumerate(tiles):
        y, x = top + index // columns * height, _GAP_PX + index % columns * cell
        sheet[y : y + tile_px, x : x + tile_px] = fitted(tile.image, tile_px)
        for line, text in enumerate(tile.caption):
            place = (x, y + tile_px + (line + 1) * _LINE_PX - 4)
            draw_text(sheet, text[: tile_px // _LETTER_PX], place, tile.colour)
    return sheet


def fitted(image: Image, side_px: int) -> Image:
    """Return a picture at another side, its proportions given up; small ones keep their pixels visible.

    >>> fitted(np.zeros((8, 8, 3), np.uint8), 64).shape
    (64, 64, 3)
    """
    way = cv2.INTER_AREA if image.shape[0] > side_px else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(image, (side_px, side_px), interpolation=way), np.uint8)


def wrapped(text: str, letters: int) -> list[str]:
    """Return a text in lines of at most so many letters, by whole words.

    >>> wrapped("a picture of a face", 11)
    ['a picture', 'of a face']
    """
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) + 1 > letters:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def draw_text(image: Image, text: str, place: tuple[int, int], colour: Colour = BLACK) -> None:
    """Write a line of text into a picture, its base line beginning at a place."""
    shown = printable(text)
    if shown.isascii():
        cv2.putText(image, shown, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)
    else:  # OpenCV's fonts have no other letters; plain lines keep the bytes of published sheets.
        top = place[1] - ascent_px(_FONT_PX)
        write_text(image, shown, (place[0], top), size_px=_FONT_PX, colour=colour)
