"""A table as every command prints it, laid out for the width of a terminal: no number is cut, words break last.

Where the columns do not fit, numbers go into further tables that repeat the keys; where one does not fit either, each
row becomes lines of `heading: value`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len, chop_cells
from rich.table import Table
from rich.text import Text

from fer_data.shell.shown import printable

__all__ = ["Cell", "Column", "TextTable", "laid_out", "number", "text", "word", "wrapped"]

_GAP = 2
"""Blanks between two columns."""

_LEAST = 14
"""Width to which a column of texts shrinks at most; what is narrower is read as a ladder of letters."""

_PIECES = re.compile(r"[^\s/_.:=,+-]*[/_.:=,+-]*")
"""Where a word that is wider than its column is broken first: behind the separators of paths, names and keys."""

_INTERVAL = re.compile(r" (?=[\[(])")
"""Before an interval or what stands in brackets behind a number: the one place where a number's cell is broken."""

Kind = Literal["number", "word", "text"]


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, and whether what stands below may be broken.

    Attributes:
        heading: of the column.
        kind: `number` (right-aligned, broken before brackets alone), `word` (never broken) or `text`.
    """

    heading: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with a style of its own, such as `bold red`."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    cells: tuple[Cell, ...]
    style: str
    end: bool


class TextTable:
    """Rows of texts below headings; what comes out of files is shown on one line and steers no terminal."""

    def __init__(self, title: str, *columns: Column, note: str = "") -> None:
        self.title = printable(title)
        self.columns = columns
        self.note = printable(note)
        self.rows: list[_Row] = []

    def add(self, *cells: str | Cell, style: str = "", end: bool = False) -> None:
        """Add a row, which `end`s a group of rows; cells that are left out are empty."""
        given = [cell if isinstance(cell, Cell) else Cell(cell) for cell in cells]
        given += [Cell("")] * (len(self.columns) - len(given))
        self.rows.append(_Row(tuple(Cell(printable(one.text), one.style) for one in given), style, end))

    def end_group(self) -> None:
        """End a group of rows with the last one."""
        if self.rows:
            self.rows[-1] = _Row(self.rows[-1].cells, self.rows[-1].style, True)


def number(heading: str) -> Column:
    """Return a column of numbers."""
    return Column(heading, "number")


def word(heading: str) -> Column:
    """Return a column of short words that are never broken, such as the names of splits."""
    return Column(heading, "word")


def text(heading: str) -> Column:
    """Return a column of texts, which take several lines where they must."""
    return Column(heading, "text")


def laid_out(table: TextTable, width: int) -> Iterator[Table | Text]:
    """Yield what shows a table in `width` columns: one rich table, several, or lines where no table fits."""
    keys = _keys(table.columns)
    others = [index for index in range(len(table.columns)) if index not in keys]
    least = [_least(table, index) for index in range(len(table.columns))]
    if _needed(least) <= width:
        yield _shown(table, list(range(len(table.columns))), width)
        return
    room = width - _needed([least[index] for index in keys])
    apart = all(table.columns[index].kind == "number" for index in others)
    if keys and apart and all(least[index] + _GAP <= room for index in others):
        yield from (_shown(table, [*keys, *part], width) for part in _parts(others, least, room))
    else:
        yield from _stacked(table, width)


def wrapped(said: str, width: int) -> list[str]:
    """Return the lines of a text: broken between words, then behind separators, and within a name last.

    >>> wrapped("data/published/128 is damaged", 14)
    ['data/', 'published/128', 'is damaged']
    >>> wrapped("abcdefgh", 3), wrapped("", 3)
    (['abc', 'def', 'gh'], [''])
    """
    lines = [""]
    for piece in _broken(said, width):
        joined = f"{lines[-1]}{piece}"
        if cell_len(joined.rstrip()) <= width:
            lines[-1] = joined
        else:
            lines.append(piece.lstrip())
    return [line.rstrip() for line in lines if line.strip()] or [""]


def _broken(said: str, width: int) -> Iterator[str]:
    """Yield the words of a text with the blank before each, in pieces where one is wider than a line."""
    for index, name in enumerate(said.split()):
        blank = " " if index else ""
        if cell_len(name) <= width:
            yield f"{blank}{name}"
            continue
        pieces = [part for piece in _PIECES.findall(name) if piece for part in chop_cells(piece, width)]
        yield from (f"{blank if not place else ''}{piece}" for place, piece in enumerate(pieces))


def _keys(columns: Sequence[Column]) -> list[int]:
    """Return the columns that name a row: those before the first number."""
    first = next((index for index, one in enumerate(columns) if one.kind == "number"), 0)
    return list(range(first))


def _widest(table: TextTable, index: int) -> int:
    cells = [row.cells[index].text for row in table.rows]
    return max(cell_len(one) for one in (table.columns[index].heading, *cells))


def _least(table: TextTable, index: int) -> int:
    """Return how wide a column must be: whole numbers and words, an interval below its number, a text in pieces."""
    column, widest = table.columns[index], _widest(table, index)
    if column.kind != "number":
        return widest if column.kind == "word" else min(widest, _LEAST)
    parts = [part for row in table.rows for part in _INTERVAL.split(row.cells[index].text)]
    return max(map(cell_len, (*column.heading.split(), *parts, "")))


def _lines(cell: str, kind: Kind, width: int) -> str:
    """Return a cell on as many lines as it takes."""
    if cell_len(cell) <= width:
        return cell
    return "\n".join(_INTERVAL.split(cell) if kind == "number" else wrapped(cell, width))


def _needed(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _parts(columns: Sequence[int], least: Sequence[int], room: int) -> Iterator[list[int]]:
    """Yield columns in as many groups as the room takes, evenly filled."""
    whole = list(accumulate(least[index] + _GAP for index in columns))
    count = -(-whole[-1] // room)
    size = -(-len(columns) // count)
    while any(
        sum(least[index] + _GAP for index in columns[start : start + size]) > room
        for start in range(0, len(columns), size)
    ):
        size -= 1
    yield from (list(columns[start : start + size]) for start in range(0, len(columns), size))


def _widths(table: TextTable, columns: Sequence[int], width: int) -> list[int]:
    """Return the width of each column: the widest texts give way first."""
    widths = [_widest(table, index) for index in columns]
    least = [_least(table, index) for index in columns]
    while _needed(widths) > width:
        giving = [place for place in range(len(columns)) if widths[place] > least[place]]
        if not giving:
            break
        widths[max(giving, key=lambda place: widths[place])] -= 1
    return widths


def _shown(table: TextTable, columns: Sequence[int], width: int) -> Table:
    widths = _widths(table, columns, width)
    shown = Table(
        box=SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True, header_style="bold"
    )
    for index, wide in zip(columns, widths, strict=True):
        column = table.columns[index]
        heading = _lines(column.heading, "text", wide)
        shown.add_column(Text(heading), justify="right" if column.kind == "number" else "left", width=wide)
    for row in table.rows:
        cells = [
            Text(_lines(row.cells[index].text, table.columns[index].kind, wide), row.cells[index].style)
            for index, wide in zip(columns, widths, strict=True)
        ]
        shown.add_row(*cells, style=row.style or None, end_section=row.end)
    return shown


def _stacked(table: TextTable, width: int) -> Iterator[Text]:
    """Yield each row as lines of `heading: value`, for terminals that are too narrow for columns."""
    keys, above = _keys(table.columns), [Cell("")] * len(table.columns)
    for row in table.rows:
        lines = Text()
        cells = [
            above[index] if index in keys and not one.text else one for index, one in enumerate(row.cells)
        ]
        for column, cell in zip(table.columns, cells, strict=True):
            if cell.text:
                said = f"{column.heading}: {cell.text}" if column.heading else cell.text
                lines.append("\n".join(wrapped(said, width)), cell.style or row.style).append("\n")
        above = cells
        lines.rstrip()
        yield lines
