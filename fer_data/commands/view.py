"""`fer-data view`: one page of what is in the data, what is wrong with it and how the model does."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_data.commands.writing import Overwrite, check_suffix, note_for_git

if TYPE_CHECKING:
    from fer_data.view import Material

__all__ = ["view"]


def view(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="A corpus root, data/catalog, data/faces, data/published/<px> or reports/evaluation; or several "
            "kinds of these together, which shows more.",
        ),
    ],
    output: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("view.html"),
    params: Annotated[Path | None, typer.Option(help="Params file; params.yaml where there is one.")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write one HTML page that shows the data and the model, and needs no network.

    Such a page repeats labels and names: of data that are not open only you may read the file, and it may not be passed
    on.
    """
    from fer_data.shell.files.outputs import check_new

    check_suffix(output, ".html")
    check_new(output, name="--output", overwrite=overwrite, inputs=paths)
    from fer_data.view import opened

    if params is None and Path("params.yaml").is_file():
        params = Path("params.yaml")
    with opened(paths, params) as material:
        _write(material, output, overwrite=overwrite, inputs=paths)
    note_for_git(output)
    size = output.stat().st_size
    typer.echo(f"{output}: {size / 1e6:.1f} MB. Open it in a browser.")


def _write(material: "Material", output: Path, *, overwrite: bool, inputs: list[Path]) -> None:
    from fer_data.shell.files.outputs import new_file
    from fer_data.shell.files.private import PRIVATE_FILE
    from fer_data.view import view_page

    with new_file(output, name="--output", overwrite=overwrite, inputs=inputs) as temporary:
        text = view_page(material)
        temporary.touch(mode=PRIVATE_FILE if material.reasons else 0o666)
        temporary.write_text(text, encoding="utf-8")
