"""Texts that a user sees, held as plain files that people read and compare."""

import difflib
import os
from pathlib import Path

import pytest

__all__ = ["FOLDER", "hold"]

FOLDER = Path(__file__).parents[1] / "snapshots"
_RENEW = os.environ.get("SNAPSHOTS") == "renew"


def hold(name: str, text: str) -> None:
    """Fail with a readable difference where a text is not the file `name` of the snapshots; or write it anew.

    Blanks at the end of a line do not count: nobody sees them, and editors take them away.
    """
    path = FOLDER / f"{name}.txt"
    seen = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    if _RENEW:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(seen, encoding="utf-8")
        return
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    if seen != known:
        lines = difflib.unified_diff(known.splitlines(), seen.splitlines(), f"{name}.txt", "now", lineterm="")
        said = "\n".join(lines)
        pytest.fail(f"{said}\n\nWhere that is what users shall see: make snapshots", pytrace=False)
