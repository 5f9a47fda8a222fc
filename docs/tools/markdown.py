"""Pieces of Markdown that the generated pages are put together from."""

import re
from collections.abc import Iterable, Sequence

__all__ = ["cell", "code", "linked", "table"]

_PAGE = re.compile(r"\bdocs/([a-z0-9-]+)\.md\b")


def cell(text: object) -> str:
    """Return a text as it may stand in a cell of a table: on one line, without markup of its own."""
    flat = " ".join(str(text).split())
    return flat.replace("|", "\\|").replace("<", "&lt;")


def code(text: object) -> str:
    """Return a text between backticks, as it may stand in a cell; empty where there is none."""
    flat = " ".join(str(text).split()).replace("|", "\\|")
    return f"`{flat}`" if flat else ""


def linked(text: str, up: str) -> str:
    """Return a text in which each page that is named (`docs/json.md`) is a link; `up` leads to the folder docs/."""
    return _PAGE.sub(lambda found: f"[{found[1]}]({up}{found[1]}.md)", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose cells are Markdown already; empty without a row."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines]) + "\n"
