"""What a benchmark is asked for: looked at before it renders or measures anything."""

from collections.abc import Sequence
from pathlib import Path

import typer

from fer_data.params.align import AlignParams, IdentityParams
from fer_data.shell.files.atomic import file_sha256

__all__ = ["chosen_cases", "for_folder", "telling_apart"]


def chosen_cases(part: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return the cases with a text in their name.

    >>> chosen_cases("10g", ["centerface", "10g-sized"])
    ('10g-sized',)

    Raises:
        typer.BadParameter: no case has it.
    """
    found = tuple(name for name in known if part in name)
    if not found:
        raise typer.BadParameter(
            f"{part!r} must be a part of a case's name. Expected one of: {'; '.join(known)}.",
            param_hint="--only",
        )
    return found


def telling_apart(params: AlignParams, sface: Path | None) -> AlignParams:
    """Return the parameters with people told apart by SFace's file, as `fer-data weights get sface` writes it."""
    if sface is None:
        return params
    identity = IdentityParams(name="sface", weights=str(sface), sha256=file_sha256(sface), keep=False)
    return params.model_copy(update={"identity": identity})


def for_folder(path: Path | None) -> Path | None:
    """Return a path where a folder can be made: there is nothing, or an empty folder.

    Raises:
        typer.BadParameter: there is anything else.
    """
    if path is not None and path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise typer.BadParameter(f"{path} must be a new or an empty folder. Name another, or remove it.")
    return path
