"""`fer-data diff`: what changed between two published datasets."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.writing import FACES_SUFFIX, Overwrite, check_suffix, note_for_git

if TYPE_CHECKING:
    from fer_data.diff import Diff

__all__ = ["diff"]

_SIDE = "A folder such as data/published/128, a version such as v0.1.0, or a git revision such as HEAD~1."


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help=_SIDE)],
    second: Annotated[str, typer.Argument(metavar="B", help="The same: what A became.")],
    resolution: Annotated[
        int | None, typer.Option(min=1, max=4096, help="Side in px, where A and B have several.")
    ] = None,
    as_json: AsJson = False,
    html: Annotated[
        Path | None, typer.Option(help="Also write a page to this HTML file, with examples of each change.")
    ] = None,
    faces: Annotated[
        bool,
        typer.Option(
            "--faces",
            help="Show pictures on the page. Under a licence that is not open its name must then end in "
            f"{FACES_SUFFIX}, and only you may read it.",
        ),
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """Show which rows, labels, splits, crops, params and code differ; exit code 1 when the data do.

    Rows are the same by their row_id, augmented copies as well. Datasets of equal content are told by their hashes at
    once; exit code 0 is then also that of other code or params. Versions and revisions come out of DVC's cache, and
    nothing of the project is touched.
    """
    from fer_data.errors import ParamsError
    from fer_data.shell.run import FINDINGS

    if html is not None:
        check_suffix(html, ".html", name="--html")
    elif faces:
        raise ParamsError("--faces shows pictures on the page of --html. Give --html FILE as well.")
    from fer_data.diff import both_sides, compare_datasets

    with both_sides(first, second, resolution) as (one, other):
        if html is None:
            found = compare_datasets(one, other)
        else:
            from fer_data.shell.files.outputs import check_new

            inputs = [one.folder, other.folder]
            check_new(html, name="--html", overwrite=overwrite, inputs=inputs)
            _check_faces(inputs, html, faces=faces)
            found = compare_datasets(one, other)
            _write_page(found, html, faces=faces, overwrite=overwrite)
    report = {**found.document(), "html": html}
    if html is not None:
        note_for_git(html)
    if as_json:
        print_json(report)
    else:
        _print(report)
    if not found.equal:
        raise typer.Exit(FINDINGS)


def _check_faces(folders: list[Path], html: Path, *, faces: bool) -> None:
    """Refuse a page with faces of restricted data whose name does not say so, before anything is compared.

    Raises:
        ParamsError: its name must say so.
    """
    from fer_data.errors import ParamsError

    if faces and _restricted(folders) and not html.name.lower().endswith(FACES_SUFFIX):
        raise ParamsError(
            f"--html ({html}) must end in {FACES_SUFFIX}: with --faces it shows faces of people under a licence that "
            "is not open. Rename it, or leave --faces out."
        )


def _restricted(folders: list[Path]) -> list[str]:
    """Return what keeps two datasets from being open, a sentence each."""
    from fer_data.published.licences import combined, stated_licence_of
    from fer_data.published.shards import open_shards

    reasons: list[str] = combined(
        stated_licence_of(open_shards(folder).documents.provenance) for folder in folders
    )["reasons"]
    return reasons


def _write_page(found: "Diff", html: Path, *, faces: bool, overwrite: bool) -> None:
    from fer_data.diff.examples import examples_of
    from fer_data.diff.html import diff_page
    from fer_data.shell.files.outputs import new_file
    from fer_data.shell.files.private import write_private

    inputs = [side.folder for side in found.sides]
    reasons = _restricted(inputs)
    with new_file(html, name="--html", overwrite=overwrite, inputs=inputs) as temporary:
        text = diff_page(found.document(), examples_of(found, faces=faces), faces=faces, licence=reasons)
        write_private(temporary, text, restricted=bool(reasons))


def _print(report: dict[str, Any]) -> None:
    from fer_data.commands.diff_tables import diff_parts
    from fer_data.terminal.show import show_parts

    show_parts(diff_parts(report))
