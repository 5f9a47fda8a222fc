"""What commands have in common: the flag to replace, the name of a source, a note for who keeps their work in git."""

import os
import re
from pathlib import Path
from typing import Annotated

import typer

from fer_data.shell.shown import printable

__all__ = ["FACES_SUFFIX", "Overwrite", "SourceName", "check_suffix", "note_for_git"]

FACES_SUFFIX = "-contains-faces.html"
"""How the name of a page ends that shows faces of people; git ignores such files here."""

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an older output of the same kind.")]

SourceName = Annotated[
    str | None,
    typer.Option(
        "--source", help="Name in sources of the params file; by default the one that it can only be."
    ),
]


def check_suffix(path: Path, suffix: str, *, name: str = "--output") -> None:
    """Refuse a file whose name does not say what it will be; before anything else is looked at.

    Raises:
        ParamsError: the path ends otherwise.
    """
    from fer_data.errors import ParamsError

    if path.suffix.lower() != suffix:
        raise ParamsError(f"{name} ({path}) must end in {suffix}. Rename it.")


def note_for_git(path: Path) -> None:
    """Say on stderr when `git add` would take along a file of faces, predictions or weights."""
    from fer_data.dvc.git import is_ignored_by_git

    target = Path(os.path.realpath(path))
    root = next((parent for parent in target.parents if os.path.lexists(parent / ".git")), None)
    if root is not None and not is_ignored_by_git(target):
        name = target.relative_to(root).as_posix()
        line = re.sub(r"([*?\[\]\\ ])", r"\\\1", name)
        note = (
            f"note: git would add {name}, which is about people or made from pictures of them. Add the line /{line} "
            f"to {root / '.gitignore'} before `git add`."
        )
        typer.echo(printable(note), err=True)
