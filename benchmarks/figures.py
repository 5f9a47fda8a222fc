"""Where a benchmark writes its figures: looked at before it measures anything."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.errors import OutputError
from fer_data.shell.files.outputs import check_outputs

__all__ = ["FiguresFile", "for_figures"]


def for_figures(path: Path | None) -> Path | None:
    """Return a path where figures can go: a new file, or older figures (`.json`), which are replaced.

    Raises:
        typer.BadParameter: it is anything else.
    """
    try:
        check_outputs({}, {"--json": path})
    except OutputError as error:
        raise typer.BadParameter(str(error)) from error
    return path


FiguresFile = Annotated[
    Path | None, typer.Option("--json", help="Write the figures here.", callback=for_figures)
]
