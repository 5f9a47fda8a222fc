"""How commands print for people: one look, colour on a terminal alone, and widths that fit.

`NO_COLOR`, `FORCE_COLOR` and `TERM=dumb` are honoured. What goes into a file or a pipe is plain text of 80 columns,
wherever the command was started; `COLUMNS` sets another width.
"""

import os
import shutil
import sys
from typing import TYPE_CHECKING

from fer_data.shell.shown import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from fer_data.terminal.table import Cell, TextTable

__all__ = ["STYLES", "console", "show", "show_line", "show_note", "show_parts", "status"]

STYLES = {
    "ok": "green", "complete": "green", "none missing": "green",
    "warning": "yellow", "partial": "yellow", "more": "yellow", "unverified": "yellow", "other": "yellow",
    "error": "bold red", "missing": "bold red", "videos missing": "bold red",
    "info": "dim", "absent": "dim", "counted": "dim",
}  # fmt: skip
"""By the words that say how something stands; the word itself stands there too, for eyes and pipes without colour."""

_PIPE_WIDTH = 80
_LEAST_WIDTH = 20
_PROSE_WIDTH = 100
"""Columns that a sentence takes at most: longer lines are hard to follow."""


def console() -> "Console":
    """Return what prints: names are never taken for markup, and numbers have no colour of their own."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, width=max(_LEAST_WIDTH, _columns()))


def show(*tables: "TextTable") -> None:
    """Print tables: the title, the rows, below them what the numbers mean, and a blank line."""
    from rich.text import Text

    from fer_data.terminal.table import laid_out, wrapped

    out = console()
    for table in tables:
        with out.capture() as captured:
            if table.title:
                out.print(Text("\n".join(wrapped(table.title, out.width)), "bold"))
            for index, part in enumerate(laid_out(table, out.width)):
                out.print(*([""] if index else []), part, sep="\n")
        print("\n".join(line.rstrip() for line in captured.get().splitlines()))
        if table.note:
            show_note(table.note)
        print()


def show_parts(parts: "Iterable[TextTable | str]") -> None:
    """Print tables and the lines that belong to them, and a blank line where a table follows lines."""
    lines = False
    for part in parts:
        if isinstance(part, str):
            show_line(part)
        else:
            if lines:
                console().print()
            show(part)
        lines = isinstance(part, str)


def show_note(said: str) -> None:
    """Print a sentence that explains, wrapped between words."""
    from rich.text import Text

    from fer_data.terminal.table import wrapped

    out = console()
    out.print(Text("\n".join(wrapped(printable(said), min(out.width, _PROSE_WIDTH))), "dim"))


def show_line(said: str, style: str = "") -> None:
    """Print a line as it is, however long: paths and commands are copied out of it."""
    from rich.text import Text

    console().print(Text(printable(said), style), soft_wrap=True)


def status(said: str) -> "Cell":
    """Return a word that says how something stands, in its colour."""
    from fer_data.terminal.table import Cell

    return Cell(said, STYLES.get(said, ""))


def _columns() -> int:
    if sys.stdout.isatty():
        return shutil.get_terminal_size((_PIPE_WIDTH, 24)).columns
    asked = os.environ.get("COLUMNS", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else _PIPE_WIDTH
