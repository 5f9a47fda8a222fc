"""What stands beside a picture of one person: a title, and the charts of all heads of a model.

::

    full                        compact
    #0                          #0 Happiness    83%
    Neutral    |==      |  12%   _            | .   |
    Happiness  |======  |  83%   _ # _ _      |  .  |
    AU |1 2 4 6 ...            AU 1 12
    [ . ] valence  +0.31
    [   ] arousal  -0.12
"""

from fer_data.core.arrays import Image
from fer_data.pictures.text import text_px
from fer_data.predict.colours import INK, QUIET
from fer_data.predict.content import Content
from fer_data.predict.parts import (
    BarList,
    ColumnChart,
    Face,
    Letters,
    MiniBars,
    Part,
    PlaneChart,
    UnitWords,
    percent,
)
from fer_data.predict.shapes import Box, write

__all__ = ["Block"]

_LEAST_EM = 13
"""Width of a block in sizes of letters, at least: of its title."""


class Block:
    """The place of one person in a panel, of one size whoever is in it.

    Attributes:
        size_wh: in px.
        letters: sizes of what is written.
        full: whether classes stand with their names, so that no legend is needed.
    """

    def __init__(self, content: Content, em: int, *, full: bool, width: int = 0) -> None:
        """Take the size of letters, and a width in px where more than the least is at hand."""
        self._content, self.letters, self.full = content, Letters(em), full
        self._below, self._right = _full(content, em) if full else _compact(content, em)
        pad, head = self.letters.pad, self.letters.row
        wide = max((part.size_wh[0] for part in self._below), default=0)
        high = sum(part.size_wh[1] + pad // 2 for part in self._below)
        if self._right is not None:
            wide += pad + self._right.size_wh[0]
            high = max(high, self._right.size_wh[1] + pad // 2)
        self.size_wh = max(width, max(wide, _LEAST_EM * em) + 2 * pad), head + high + pad

    def ground(self, image: Image, corner: tuple[int, int]) -> None:
        """Draw what never changes: names, scales and axes."""
        for part, box in self._boxes(corner):
            part.ground(image, box)

    def draw(self, image: Image, corner: tuple[int, int], face: Face | None) -> None:
        """Draw what is known of a person in a frame; None: there was nobody yet."""
        if face is None or face.row < 0:
            said = ("", "") if face is None else (f"#{face.person}", "not in view")
            self._title(image, corner, said, bright=False)
            return
        bars, name, number = self._content.bars, f"#{face.person}", "" if face.fresh else "not found"
        if bars is not None and not self.full:
            name += f" {bars.classes[bars.best[face.row]]}"
            number = number or percent(bars.chances[face.row, bars.bar_of[bars.best[face.row]]])
        self._title(image, corner, (name, number), bright=face.fresh)
        for part, box in self._boxes(corner):
            part.draw(image, box, face)

    def _title(self, image: Image, corner: tuple[int, int], said: tuple[str, str], *, bright: bool) -> None:
        left, top, em = corner[0] + self.letters.pad, corner[1] + self.letters.pad // 2, self.letters.em
        right, bottom = corner[0] + self.size_wh[0] - self.letters.pad, top + self.letters.row
        ends = right - text_px(said[1], em) - self.letters.pad if said[1] else right
        write(image, said[0], (left, top, ends, bottom), size_px=em, colour=INK if bright else QUIET)
        if said[1]:
            write(
                image,
                said[1],
                (ends, top, right, bottom),
                size_px=em,
                colour=INK if bright else QUIET,
                align=1.0,
            )

    def _boxes(self, corner: tuple[int, int]) -> list[tuple[Part, Box]]:
        """Return the charts and where they stand: one below the other, one at the right of all."""
        pad = self.letters.pad
        left, right = corner[0] + pad, corner[0] + self.size_wh[0] - pad
        top = head = corner[1] + pad // 2 + self.letters.row
        found: list[tuple[Part, Box]] = []
        if self._right is not None:
            width, height = self._right.size_wh
            found.append((self._right, (right - width, head, right, head + height)))
            right -= width + pad
        for part in self._below:
            found.append((part, (left, top, right, top + part.size_wh[1])))
            top += part.size_wh[1] + pad // 2
        return found


def _full(content: Content, em: int) -> tuple[list[Part], Part | None]:
    letters, parts = Letters(em), list[Part]()
    if content.bars is not None:
        parts.append(BarList(content.bars, letters))
    if content.columns is not None:
        parts.append(ColumnChart(content.columns, letters))
    if content.plane is not None:
        parts.append(PlaneChart(content.plane, letters, numbers=True))
    return parts, None


def _compact(content: Content, em: int) -> tuple[list[Part], Part | None]:
    letters, parts = Letters(em), list[Part]()
    if content.bars is not None:
        parts.append(MiniBars(content.bars, letters))
    if content.columns is not None:
        parts.append(UnitWords(content.columns, letters))
    plane = content.plane
    return parts, None if plane is None else PlaneChart(plane, letters, numbers=not parts)
