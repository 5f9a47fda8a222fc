"""Pictures of suspects, a row each, beside the class that was given and the one that is answered."""

from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Image
from fer_data.noise.suspects import A_SHEET, MAX_SHEETS, Suspect, sheet_name
from fer_data.pictures.images import encode_jpeg
from fer_data.pictures.sheet import BLACK, GREEN, RED, draw_text, fitted, wrapped

__all__ = ["sheets"]

_TILE_PX = 112
_TILES = 8
_TEXT_PX = 44
_HEAD_PX = 48
_WIDTH = _TILES * _TILE_PX
_QUALITY = 88


def sheets(
    suspects: Sequence[Suspect], crops_of: Callable[[Suspect], NDArray[np.uint8]], note: str
) -> Iterator[tuple[str, bytes]]:
    """Yield file name and JPEG of every sheet of one split's suspects, in the order of their rank.

    Args:
        suspects: the likeliest to be wrong first.
        crops_of: gives at most eight RGB crops of one, in the order of frames.
        note: stands at the top of every sheet.
    """
    for start in range(0, min(len(suspects), A_SHEET * MAX_SHEETS), A_SHEET):
        shown = suspects[start : start + A_SHEET]
        sheet = np.full((_HEAD_PX + len(shown) * (_TEXT_PX + _TILE_PX), _WIDTH, 3), 255, np.uint8)
        for line, text in enumerate(wrapped(note, _WIDTH // 8)[:2]):
            draw_text(sheet, text, (4, 18 + 20 * line), BLACK)
        for row, suspect in enumerate(shown):
            _draw(sheet, _HEAD_PX + row * (_TEXT_PX + _TILE_PX), suspect, crops_of(suspect))
        yield sheet_name(shown[0].split, start + 1), encode_jpeg(sheet, _QUALITY)


def _draw(sheet: Image, top: int, suspect: Suspect, crops: NDArray[np.uint8]) -> None:
    cv2.line(sheet, (0, top), (_WIDTH, top), (200, 200, 200), 1)
    draw_text(sheet, f"{suspect.rank}.  {suspect.place}", (4, top + 16), BLACK)
    draw_text(sheet, f"given {suspect.given} {suspect.given_probability:.2f}", (24, top + 36), RED)
    said = f"answered {suspect.answered} {suspect.answered_probability:.2f}"
    draw_text(sheet, said, (24 + _WIDTH // 3, top + 36), GREEN)
    for place, crop in enumerate(crops[:_TILES]):
        left = place * _TILE_PX
        sheet[top + _TEXT_PX : top + _TEXT_PX + _TILE_PX, left : left + _TILE_PX] = fitted(crop, _TILE_PX)
