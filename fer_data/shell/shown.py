"""Names and messages as they may be shown: what came out of a file never steers a terminal, a table or a page."""

import re
import unicodedata

__all__ = ["markdown", "printable", "shown_people"]

_MARKDOWN = re.compile(r"([\\`*\[\]|$~])")
_KEPT_BLANK = " "


def printable(text: str) -> str:
    r"""Return a text on one line, in which everything that a terminal would obey stands as its code.

    Control characters (escape sequences, line ends), marks that turn the direction of writing, invisible characters and
    bytes that are no UTF-8 are written as Python writes them; letters of every script stay.

    >>> printable("a\x1b[2Jb\n")
    'a\\x1b[2Jb\\n'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character == _KEPT_BLANK or (character.isprintable() and not _is_hidden(character)):
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a name that is no UTF-8, as Python keeps it
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def _is_hidden(character: str) -> bool:
    """Say whether a printable character leaves no mark of its own, such as a filler or a variation selector."""
    return character in "\u115f\u1160\u3164\uffa0\u2800" or unicodedata.category(character) in (
        "Cf",
        "Cc",
        "Cs",
    )


def markdown(text: str) -> str:
    """Return a text that a line of Markdown shows as it is: no links, tags, code, formulas or table cells of it."""
    safe = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", safe)


def shown_people(people: int, rows: int) -> str:
    """Return a number of people for a table: those of rows that name nobody are unknown, not none.

    >>> shown_people(12, 5000), shown_people(0, 5000), shown_people(0, 0)
    ('12', 'unknown', '0')
    """
    return "unknown" if rows and not people else f"{people:,}"
