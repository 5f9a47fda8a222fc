"""Text in pictures: DejaVu Sans, which comes with matplotlib, and OpenCV's own font for Chinese, Japanese and Korean.

A letter that both lack stands as its code point, so that two names in such letters are told apart; the bytes follow
from the text alone, whatever fonts a machine has. Drawn lines are kept, since a video shows the same few again and
again.
"""

import unicodedata
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont, features

from fer_data.core.arrays import Image
from fer_data.shell.shown import printable

__all__ = ["ascent_px", "elided", "font_letters", "line_px", "plain_letters", "text_px", "write_text"]

_MOST_LETTERS = 400
"""Of a line; nobody reads further, and hostile names may have millions."""

_JOINED = ("R", "AL", "NSM")
"""Directions of letters that are ordered and joined by Raqm, where it is there. Source: Unicode Standard Annex 9."""

_EAST_ASIAN = ("CJK ", "HIRAGANA ", "KATAKANA", "HANGUL ", "FULLWIDTH ", "IDEOGRAPHIC ")
"""How the names of such letters begin in Unicode."""

_WEIGHT = 400
"""Of OpenCV's font: regular."""


def write_text(
    image: Image, text: str, corner: tuple[int, int], *, size_px: int, colour: tuple[int, int, int]
) -> None:
    """Write a line into a picture, the upper left corner of its line box at a place; what leaves the picture is cut.

    `size_px` is the height of the font's em.
    """
    mask = _mask(text, size_px)
    left, top = max(0, corner[0]), max(0, corner[1])
    right, bottom = (min(image.shape[1 - axis], corner[axis] + mask.shape[1 - axis]) for axis in (0, 1))
    if right <= left or bottom <= top:
        return
    part = image[top:bottom, left:right]
    ink = mask[top - corner[1] : bottom - corner[1], left - corner[0] : right - corner[0], None]
    part[:] = (part * (255 - ink) + np.array(colour, np.uint16) * ink + 127) // 255


def text_px(text: str, size_px: int) -> int:
    """Return the width of a line.

    >>> text_px("iii", 20) < text_px("mmm", 20)
    True
    """
    return int(_mask(text, size_px).shape[1])


@cache
def ascent_px(size_px: int) -> int:
    """Return how far the base line stands below the top of a line box."""
    return int(_font(size_px).getmetrics()[0])


@cache
def line_px(size_px: int) -> int:
    """Return the height of a line box."""
    return sum(map(int, _font(size_px).getmetrics()))


@lru_cache(maxsize=1024)
def elided(text: str, size_px: int, width_px: int) -> str:
    """Return a text cut to a width, its lost end shown by dots; nothing where not even these fit.

    >>> elided("a long name", 12, 1000), elided("a long name", 12, 40), elided("a", 12, 1)
    ('a long name', 'a lo…', '')
    """
    shown = text[:_MOST_LETTERS]
    if len(shown) == len(text) and text_px(shown, size_px) <= width_px:
        return text
    low, high = 0, len(shown)
    while low < high:
        middle = (low + high + 1) // 2
        fits = text_px(_cut(shown, middle), size_px) <= width_px
        low, high = (middle, high) if fits else (low, middle - 1)
    return _cut(shown, low) if low else ""


def font_letters(text: str) -> str:
    """Return a text as the fonts can show it: a letter that they lack as its code point, control characters escaped.

    >>> font_letters("Wut, гнев, 怒"), font_letters("🙂")
    ('Wut, гнев, 怒', 'U+1F642')
    """
    shown = printable(text)
    if shown.isascii():
        return shown
    drawn = (
        letter if _in_dejavu(letter) or _is_east_asian(letter) else f"U+{ord(letter):04X}" for letter in shown
    )
    return "".join(drawn)


def plain_letters(text: str) -> str:
    """Return a text as DejaVu Sans alone can show it, such as in a plot: other letters as code points.

    >>> plain_letters("гнев, 怒")
    'гнев, U+6012'
    """
    return "".join(letter if _in_dejavu(letter) else f"U+{ord(letter):04X}" for letter in printable(text))


def _cut(text: str, letters: int) -> str:
    return text[:letters].rstrip() + "…"


@lru_cache(maxsize=4096)
def _mask(text: str, size_px: int) -> NDArray[np.uint16]:
    """Return how much of each pixel a line covers, 0 to 255, shape (height of the line box, width)."""
    shown = font_letters(text[:_MOST_LETTERS])
    if all(map(_in_dejavu, shown)):
        return _dejavu_mask(shown, size_px)
    return _east_asian_mask(shown, size_px)


def _dejavu_mask(text: str, size_px: int) -> NDArray[np.uint16]:
    font = _font(size_px, joined=any(unicodedata.bidirectional(letter) in _JOINED for letter in text))
    drawn = Pillow.new("L", (max(1, round(font.getlength(text))), line_px(size_px)))
    ImageDraw.Draw(drawn).text((0, ascent_px(size_px)), text, fill=255, font=font, anchor="ls")
    return np.asarray(drawn, np.uint16)


def _east_asian_mask(text: str, size_px: int) -> NDArray[np.uint16]:
    """Return a line in the font that OpenCV brings along, which has Chinese, Japanese and Korean letters."""
    font, corner = cv2.FontFace("uni"), (0, ascent_px(size_px))
    left, _, width, _ = cv2.getTextSize((1, 1), text, corner, font, size_px, _WEIGHT)
    drawn = np.zeros((line_px(size_px), max(1, left + width), 3), np.uint8)
    cv2.putText(drawn, text, corner, (255, 255, 255), font, size_px, _WEIGHT)
    return drawn[..., 0].astype(np.uint16)


@lru_cache(maxsize=64)
def _font(size_px: int, *, joined: bool = False) -> ImageFont.FreeTypeFont:
    """Return the font; Pillow's own layout, which is the same on every machine, unless letters must be joined."""
    raqm = joined and features.check("raqm")
    engine = ImageFont.Layout.RAQM if raqm else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(_font_file()), size_px, layout_engine=engine)


@cache
def _font_file() -> Path:
    """Return where matplotlib keeps the font, without importing it."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("matplotlib is not installed, whose font is drawn with.", name="matplotlib")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"


def _is_east_asian(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(_EAST_ASIAN)


def _in_dejavu(letter: str) -> bool:
    return letter.isascii() or ord(letter) in _known()


@cache
def _known() -> frozenset[int]:
    """Return the code points that DejaVu Sans has letters for."""
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(_font_file())).get_charmap())
