"""`fer-data view`: one page of what is in the data, what is wrong with it and how the model does."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_data.commands.writing import FACES_SUFFIX, Overwrite, check_suffix, note_for_git

if TYPE_CHECKING:
    from fer_data.view import Material

__all__ = ["view", "with_faces"]


def view(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="A corpus root, data/catalog, data/faces, data/published/<px> or reports/evaluation; or several "
            "kinds of these together, which shows more. Beside them a folder of `fer-data noise`, and "
            "reports/assignment: that is found by itself where the pipeline writes it, beside data/faces.",
        ),
    ],
    output: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("view.html"),
    params: Annotated[Path | None, typer.Option(help="Params file; params.yaml where there is one.")] = None,
    faces: Annotated[
        bool,
        typer.Option(
            "--faces", help=f"Also write a page with faces beside --output, which ends in {FACES_SUFFIX}."
        ),
    ] = False,
    blur: Annotated[
        bool,
        typer.Option(
            "--blur", help="Blur the faces of --faces beyond recognition, in the pixels of the file."
        ),
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """Write one HTML page that shows the data and the model, and needs no network.

    Such a page repeats labels and names: of data that are not open it shows no faces, only you may read the file, and
    it may not be passed on. Of a corpus that `ingest` refuses it has what is wrong with it; exit 1.
    """
    from fer_data.errors import ParamsError
    from fer_data.shell.files.outputs import check_new
    from fer_data.shell.run import FINDINGS
    from fer_data.shell.sections.load import read_text

    check_suffix(output, ".html")
    if blur and not faces:
        raise ParamsError("--blur blurs the faces of --faces. Give --faces as well, or leave --blur out.")
    outputs = [output, *([with_faces(output)] if faces else [])]
    for path in outputs:
        check_new(path, name="--output", overwrite=overwrite, inputs=paths)
    from fer_data.view import opened

    if params is not None:
        read_text(params)
    elif Path("params.yaml").is_file():
        params = Path("params.yaml")
    with opened(paths, params) as material:
        if faces:
            _check_pictures(material)
        _write(material, outputs, blur=blur, overwrite=overwrite)
    for path in outputs:
        note_for_git(path)
        typer.echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB. Open it in a browser.")
    if material.refused:
        typer.echo(
            f"{paths[0]}: `ingest` refuses this corpus, so the page has findings alone: {material.refused}"
        )
        raise typer.Exit(FINDINGS)


def with_faces(output: Path) -> Path:
    """Return where the page with faces goes.

    >>> str(with_faces(Path("reports/view.html")))
    'reports/view-contains-faces.html'
    """
    return output.with_name(f"{output.stem}{FACES_SUFFIX}")


def _check_pictures(material: "Material") -> None:
    """Refuse to show faces of what has none.

    Raises:
        ParamsError: neither crops nor pictures of a published dataset were given.
    """
    from fer_data.errors import ParamsError

    if not {"faces", "published"} & set(material.folders):
        given = ", ".join(map(str, material.folders.values()))
        raise ParamsError(
            f"--faces shows pictures, and there are none in PATH ({given}). Name data/faces or data/published/<px> "
            "as well, or leave --faces out."
        )


def _write(material: "Material", outputs: list[Path], *, blur: bool, overwrite: bool) -> None:
    from fer_data.shell.files.outputs import new_file
    from fer_data.shell.files.private import write_private
    from fer_data.view import Faces, built, view_page

    inputs = list(material.folders.values())
    with ExitStack() as stack:
        files = [
            stack.enter_context(new_file(path, name="--output", overwrite=overwrite, inputs=inputs))
            for path in outputs
        ]
        sections = built(material)
        for number, temporary in enumerate(files):
            text = view_page(material, sections, faces=Faces(blur) if number else None)
            write_private(temporary, text, restricted=bool(number or material.reasons))
