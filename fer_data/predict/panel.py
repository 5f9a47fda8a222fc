"""The panel of an annotated video: how many people have a place in it, where, and in which size of letters.

Its size follows from the picture's size, the model's heads and how many people are to be seen at once, and is the same
for all frames. It stands beside the picture, or below one that is much wider than high, and covers nothing of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fer_data.core.arrays import Image
from fer_data.predict.block import Block
from fer_data.predict.colours import GROUND, QUIET
from fer_data.predict.content import Content
from fer_data.predict.parts import Face, Letters
from fer_data.predict.shapes import fill, write

__all__ = ["MIN_EM", "Panel", "letters_px", "panel_for"]

MIN_EM = 12
"""Size of letters in px, at least."""

_SHARE = 40
"""Shorter side of a picture over the size of letters."""

_SHRUNK = (1.0, 0.9, 0.8)
"""Sizes of letters that are tried, full charts before compact ones."""

_WIDE = 1.9
"""Width over height from which on the panel stands below."""

_STRETCHED = 2
"""Times its least width that a block is made wide where there is room below a picture."""

_BESIDE_FULL, _BESIDE, _BELOW = 1.2, 1.4, 1.0
"""Height that a panel of full or compact charts may have beside a picture, and one below, in heights of the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Where the blocks of people stand.

    Attributes:
        below: the picture; else it is to its right.
        size_wh: in px.
        block: what is drawn of one person.
        corners: of each person's place.
        legend: names and colours of classes, and where they stand; empty where the blocks have names.
        foot: box of a line that counts whom there is no place for; null: there is one for everybody.
    """

    below: bool
    size_wh: tuple[int, int]
    block: Block
    corners: Sequence[tuple[int, int]]
    legend: Sequence[tuple[str, tuple[int, int, int], tuple[int, int]]]
    foot: tuple[int, int, int, int] | None
    letters: Letters

    def ground(self) -> Image:
        """Return the panel with what never changes."""
        image = np.empty((self.size_wh[1], self.size_wh[0], 3), np.uint8)
        image[:] = GROUND
        for corner in self.corners:
            self.block.ground(image, corner)
        em, row = self.letters.em, self.letters.row
        for name, colour, (left, top) in self.legend:
            fill(image, (left, top + row // 5, left + em, top + row - row // 5), colour)
            words = left + em + self.letters.pad
            write(image, name, (words, top, left + self._legend_px(), top + row), size_px=em, colour=QUIET)
        return image

    def draw(self, image: Image, faces: Sequence[Face | None], left_out: int) -> None:
        """Draw the people of a frame into a copy of the ground; `left_out` have no place."""
        for corner, face in zip(self.corners, faces, strict=True):
            self.block.draw(image, corner, face)
        if self.foot is not None and left_out:
            write(image, f"and {left_out} more", self.foot, size_px=self.letters.em, colour=QUIET)

    def _legend_px(self) -> int:
        return self.block.size_wh[0] - self.letters.pad


def letters_px(picture_wh: tuple[int, int]) -> int:
    """Return the size of letters for a picture.

    >>> letters_px((1920, 1080)), letters_px((240, 240))
    (27, 12)
    """
    return max(MIN_EM, round(min(picture_wh) / _SHARE))


def panel_for(content: Content, picture_wh: tuple[int, int], people: int) -> Panel | None:
    """Return a panel with a place for so many people, or for as many as there is room for; of nothing to draw none."""
    if content.bars is None and content.plane is None and content.columns is None:
        return None
    below = picture_wh[0] / picture_wh[1] >= _WIDE
    tried = list(_tried(content, picture_wh, max(1, people), below))
    return next((panel for panel in tried if len(panel.corners) >= people), tried[-1])


def _tried(content: Content, picture_wh: tuple[int, int], people: int, below: bool) -> Iterator[Panel]:
    em = letters_px(picture_wh)
    sizes = sorted({max(MIN_EM, round(share * em)) for share in _SHRUNK}, reverse=True)
    for full in (True, False):
        for size in sizes:
            block = Block(content, size, full=full)
            yield (_below if below else _beside)(content, block, picture_wh, people)


def _beside(content: Content, block: Block, picture_wh: tuple[int, int], people: int) -> Panel:
    (width, high), letters, names = block.size_wh, block.letters, _legend(content, block)
    legend_px = len(names) * letters.row + (letters.pad if names else 0)
    room = round((_BESIDE_FULL if block.full else _BESIDE) * picture_wh[1])
    count = max(
        1,
        min(people, (room - legend_px - letters.row) // high if people * high + legend_px > room else people),
    )
    corners = [(0, index * high) for index in range(count)]
    top = count * high + (letters.pad if names else 0)
    legend = [
        (name, colour, (letters.pad, top + index * letters.row)) for index, (name, colour) in enumerate(names)
    ]
    foot_top = top + len(names) * letters.row
    foot = (letters.pad, foot_top, width, foot_top + letters.row) if count < people else None
    height = foot_top + (letters.row if foot else 0)
    return Panel(False, (width, height), block, corners, legend, foot, letters)


def _below(content: Content, block: Block, picture_wh: tuple[int, int], people: int) -> Panel:
    (width, high), letters, names = block.size_wh, block.letters, _legend(content, block)
    across = max(1, picture_wh[0] // width)
    across = -(-people // -(-people // across))  # rows of equal length
    wide = min(picture_wh[0] // across, _STRETCHED * width)
    block = Block(content, letters.em, full=block.full, width=wide)
    lines = -(-len(names) // across)
    legend_px = lines * letters.row + (letters.pad if names else 0)
    room = max(high + legend_px, round(_BELOW * picture_wh[1]))
    rows = max(1, min(-(-people // across), (room - legend_px) // high))
    count = min(people, rows * across)
    each = max(wide, picture_wh[0] // across)
    corners = [(index % across * each, index // across * high) for index in range(count)]
    top = rows * high + (letters.pad if names else 0)
    legend = [
        (name, colour, (letters.pad + index % across * each, top + index // across * letters.row))
        for index, (name, colour) in enumerate(names)
    ]
    foot_top = top + lines * letters.row
    foot = (letters.pad, foot_top, picture_wh[0], foot_top + letters.row) if count < people else None
    height = foot_top + (letters.row if foot else 0)
    return Panel(True, (max(wide, picture_wh[0]), height), block, corners, legend, foot, letters)


def _legend(content: Content, block: Block) -> list[tuple[str, tuple[int, int, int]]]:
    if block.full or content.bars is None:
        return []
    return list(zip(content.bars.names, content.bars.colours, strict=True))
