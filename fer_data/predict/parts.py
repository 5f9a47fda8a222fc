"""The charts of one person, whose size and scales stay: bars of classes, columns of units, a dot in a plane."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from fer_data.core.arrays import Image
from fer_data.core.metrics.head_outputs import THRESHOLD
from fer_data.pictures.sheet import Colour
from fer_data.pictures.text import line_px, text_px
from fer_data.predict.colours import AXES, INK, QUIET, dimmed
from fer_data.predict.content import Bars, Columns, Plane
from fer_data.predict.shapes import Box, disc, fill, frame, path, write

__all__ = ["BarList", "ColumnChart", "Face", "Letters", "MiniBars", "Part", "PlaneChart", "UnitWords"]

_ROW, _PAD, _SMALL = 1.35, 0.5, 0.78
"""Height of a line, gaps, and smaller letters, as shares of the size of letters."""

_LEAST_SMALL = 9
_BAR_EM, _NAMES_EM = 8, 9
_HELD = 0.4
"""Share of a colour that is left where values are those of a moment ago."""

_TRACK: Colour = (50, 50, 56)
_GRID: Colour = (92, 92, 100)
_UNIT: Colour = (230, 159, 0)
_TRAIL: Colour = (124, 203, 245)

Corner = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Face:
    """Which face is shown: whose, its row, whether it is in this frame, and the rows before it, oldest first."""

    person: int
    row: int
    fresh: bool
    trail: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Letters:
    """Sizes in px that follow from that of letters."""

    em: int

    @property
    def row(self) -> int:
        """Return the height of a line."""
        return round(_ROW * self.em)

    @property
    def pad(self) -> int:
        """Return a gap."""
        return round(_PAD * self.em)

    @property
    def small(self) -> int:
        """Return the size of smaller letters."""
        return max(_LEAST_SMALL, round(_SMALL * self.em))

    @property
    def thin(self) -> int:
        """Return the width of a thin line."""
        return max(1, round(self.em / 14))


class Part(Protocol):
    """A chart of one person.

    Attributes:
        size_wh: in px; the width is the least that it takes.
    """

    size_wh: tuple[int, int]

    def ground(self, image: Image, box: Box) -> None:
        """Draw what never changes."""

    def draw(self, image: Image, box: Box, face: Face) -> None:
        """Draw what is said of a face."""


class BarList:
    """A line a class: name, bar from 0 to 1, per cent; the likeliest name is bright."""

    def __init__(self, bars: Bars, letters: Letters) -> None:
        em, pad = letters.em, letters.pad
        self._bars, self._letters = bars, letters
        self._names = names_px(bars.names, em)
        self._number = text_px("100%", em)
        width = self._names + _BAR_EM * em + self._number + 2 * pad
        self.size_wh = width, len(bars.names) * letters.row

    def ground(self, image: Image, box: Box) -> None:
        """See `Part`."""
        for index, name in enumerate(self._bars.names):
            line = self._line(box, index)
            write(
                image,
                name,
                (line[0], line[1], line[0] + self._names, line[3]),
                size_px=self._letters.em,
                colour=QUIET,
            )
            fill(image, self._track(line), _TRACK)

    def draw(self, image: Image, box: Box, face: Face) -> None:
        """See `Part`."""
        chances, bars, em = self._bars.chances[face.row], self._bars, self._letters.em
        best = int(bars.bar_of[bars.best[face.row]])
        for index, (chance, colour) in enumerate(zip(chances, bars.colours, strict=True)):
            line = self._line(box, index)
            left, top, right, bottom = self._track(line)
            length = round(float(chance) * (right - left))
            fill(image, (left, top, left + length, bottom), colour if face.fresh else dimmed(colour, _HELD))
            ink = INK if index == best and face.fresh else QUIET
            number = (right, line[1], line[2], line[3])
            write(image, percent(chance), number, size_px=em, colour=ink, align=1.0)
            if index == best and face.fresh:
                write(
                    image,
                    bars.names[index],
                    (line[0], line[1], line[0] + self._names, line[3]),
                    size_px=em,
                    colour=INK,
                )

    def _line(self, box: Box, index: int) -> Box:
        top = box[1] + index * self._letters.row
        return box[0], top, box[2], top + self._letters.row

    def _track(self, line: Box) -> Box:
        gap = max(1, round(0.2 * self._letters.row))
        left = line[0] + self._names + self._letters.pad
        return left, line[1] + gap, line[2] - self._number - self._letters.pad // 2, line[3] - gap


class MiniBars:
    """A column a class, without names: colours and order are those of the legend."""

    def __init__(self, bars: Bars, letters: Letters) -> None:
        self._bars, self._letters = bars, letters
        self.size_wh = max(4 * len(bars.names), 9 * letters.em), round(1.7 * letters.row)

    def ground(self, image: Image, box: Box) -> None:
        """See `Part`."""
        for column in self._columns(box):
            fill(image, column, _TRACK)

    def draw(self, image: Image, box: Box, face: Face) -> None:
        """See `Part`."""
        rows = zip(self._columns(box), self._bars.chances[face.row], self._bars.colours, strict=True)
        for (left, top, right, bottom), chance, colour in rows:
            high = round(float(chance) * (bottom - top))
            fill(image, (left, bottom - high, right, bottom), colour if face.fresh else dimmed(colour, _HELD))

    def _columns(self, box: Box) -> list[Box]:
        count, gap = len(self._bars.names), max(1, self._letters.em // 8)
        edges = np.linspace(box[0], box[2] + gap, count + 1).round().astype(int).tolist()
        return [(left, box[1], right - gap, box[3]) for left, right in pairwise(edges)]


class ColumnChart:
    """A column a unit with its number below, and a line where it counts as present."""

    def __init__(self, columns: Columns, letters: Letters) -> None:
        self._columns, self._letters = columns, letters
        self._names = [unit_number(name) for name in columns.names]
        widest = max(text_px(name[:8], letters.small) for name in self._names)
        each = min(widest, 4 * letters.small) + max(2, letters.small // 3)
        title = text_px("AU", letters.small) + letters.pad
        self._title = title
        self.size_wh = title + len(self._names) * each, round(1.7 * letters.row) + line_px(letters.small)

    def ground(self, image: Image, box: Box) -> None:
        """See `Part`."""
        small = self._letters.small
        write(
            image,
            "AU",
            (box[0], box[3] - line_px(small), box[0] + self._title, box[3]),
            size_px=small,
            colour=QUIET,
        )
        for name, column in zip(self._names, self._places(box), strict=True):
            fill(image, self._inner(column), _TRACK)
            label = (column[0] - 2, column[3], column[2] + 2, box[3])
            write(image, name, label, size_px=small, colour=QUIET, align=0.5)

    def draw(self, image: Image, box: Box, face: Face) -> None:
        """See `Part`."""
        places = self._places(box)
        for name, chance, column in zip(self._names, self._columns.chances[face.row], places, strict=True):
            left, top, right, bottom = self._inner(column)
            present = float(chance) >= THRESHOLD
            colour = _UNIT if present else dimmed(_UNIT, 0.5)
            high = round(float(chance) * (bottom - top))
            fill(image, (left, bottom - high, right, bottom), colour if face.fresh else dimmed(colour, _HELD))
            if present and face.fresh:
                label = (column[0] - 2, column[3], column[2] + 2, box[3])
                write(image, name, label, size_px=self._letters.small, colour=INK, align=0.5)
        middle = round((places[0][1] + places[0][3]) / 2)
        fill(image, (places[0][0], middle, places[-1][2], middle + self._letters.thin), _GRID)

    def _places(self, box: Box) -> list[Box]:
        bottom = box[3] - line_px(self._letters.small)
        edges = np.linspace(box[0] + self._title, box[2], len(self._names) + 1).round().astype(int).tolist()
        return [(left, box[1], right, bottom) for left, right in pairwise(edges)]

    def _inner(self, column: Box) -> Box:
        gap = max(1, (column[2] - column[0]) // 6)
        return column[0] + gap, column[1], column[2] - gap, column[3]


class UnitWords:
    """The units that are present, by name."""

    def __init__(self, columns: Columns, letters: Letters) -> None:
        self._columns, self._letters = columns, letters
        self.size_wh = 8 * letters.em, line_px(letters.small) + 1

    def ground(self, image: Image, box: Box) -> None:
        """See `Part`."""

    def draw(self, image: Image, box: Box, face: Face) -> None:
        """See `Part`."""
        pairs = zip(self._columns.names, self._columns.chances[face.row], strict=True)
        present = [unit_number(name) for name, chance in pairs if chance >= THRESHOLD]
        said = f"AU {' '.join(present)}" if present else "no AU"
        write(image, said, box, size_px=self._letters.small, colour=INK if face.fresh else QUIET)


class PlaneChart:
    """A dot in the unit square of two dimensions, with where it came from, and both as numbers."""

    def __init__(self, plane: Plane, letters: Letters, *, numbers: bool) -> None:
        self._plane, self._letters, self._numbers = plane, letters, numbers
        rows = 4.2 if numbers else 2.7
        self._side = round(rows * letters.row)
        self._named = [f"{name} {way}" for name, way in zip(plane.axes, "→↑", strict=True)]
        words = max(text_px(name, letters.em) for name in (*self._named, "+0.00")) + 2 * letters.pad
        self.size_wh = self._side + (words if numbers else 0), self._side

    def ground(self, image: Image, box: Box) -> None:
        """See `Part`."""
        left, top, right, bottom = square = self._square(box)
        fill(image, square, _TRACK)
        thin = self._letters.thin
        middle = (left + right) // 2, (top + bottom) // 2
        fill(image, (middle[0], top, middle[0] + thin, bottom), _GRID)
        fill(image, (left, middle[1], right, middle[1] + thin), _GRID)
        frame(image, square, _GRID, thin)
        if self._numbers:
            for line, name, colour in zip((0, 2), self._named, AXES, strict=True):
                write(image, name, self._words(box, line), size_px=self._letters.em, colour=colour)

    def draw(self, image: Image, box: Box, face: Face) -> None:
        """See `Part`."""
        rows, radius = [*face.trail, face.row], max(2.0, 0.28 * self._letters.em)
        left, top, right, bottom = self._square(box)
        half = (right - left) / 2 - radius
        scale = np.array([half, -half])
        spots = self._plane.points[rows] * scale + [(left + right) / 2, (top + bottom) / 2]
        shares = np.linspace(0.15, 0.9, max(1, len(rows) - 1)).tolist()
        path(image, spots, [dimmed(_TRAIL, share) for share in shares], self._letters.thin + 1)
        disc(image, tuple(spots[-1]), radius, INK if face.fresh else QUIET)
        if self._numbers:
            for line, value in zip((1, 3), self._plane.values[face.row], strict=True):
                said = f"{float(value):+.2f}".replace("-", "\N{MINUS SIGN}")
                write(
                    image,
                    said,
                    self._words(box, line),
                    size_px=self._letters.em,
                    colour=INK if face.fresh else QUIET,
                )

    def _square(self, box: Box) -> Box:
        return box[0], box[1], box[0] + self._side, box[1] + self._side

    def _words(self, box: Box, line: int) -> Box:
        top = box[1] + round(line * self._side / 4)
        left = box[0] + self._side + 2 * self._letters.pad
        return left, top, box[2], top + self._side // 4


def names_px(names: Sequence[str], em: int) -> int:
    """Return the width of a column of names, which long ones are cut to."""
    return min(_NAMES_EM * em, max(text_px(name[:80], em) for name in names))


def percent(chance: float) -> str:
    """Return a probability in per cent.

    >>> percent(0.834)
    '83%'
    """
    return f"{round(100 * float(chance))}%"


def unit_number(name: str) -> str:
    """Return the number by which an action unit is called; another name as it is.

    >>> unit_number("AU04"), unit_number("jaw")
    ('4', 'jaw')
    """
    number = name.removeprefix("AU")
    return str(int(number)) if number.isascii() and number.isdigit() else name
