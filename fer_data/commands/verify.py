"""`fer-data verify`: hash an output again, and name what differs from its records."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_data.commands.as_json import AsJson, print_json

if TYPE_CHECKING:
    from fer_data.verify import Report

__all__ = ["verify"]


def verify(
    path: Annotated[
        Path,
        typer.Argument(help="An out such as data/faces, a published dataset, a model, or the whole project."),
    ] = Path(),
    as_json: AsJson = False,
) -> None:
    """Hash data and DVC's cache again; exit code 1 when something differs, with the commands that rebuild it."""
    from fer_data.shell.run import FINDINGS
    from fer_data.verify import verify as check

    if not path.exists():
        from fer_data.errors import ParamsError

        raise ParamsError(f"PATH ({path}) does not exist. Name an output, such as data/faces.")
    report = check(path)
    if as_json:
        print_json(report.document())
    else:
        _print(report)
    if report.differences:
        raise typer.Exit(FINDINGS)


def _print(report: "Report") -> None:
    from fer_data.shell.shown import printable

    for found in report.differences:
        where = f" (stage {found.stage})" if found.stage else ""
        typer.echo(printable(f"{found.file}: {found.problem}{where}"))
        for row in found.rows:
            typer.echo(printable(f"  {row}"))
        if found.cache_object is not None:
            typer.echo(printable(f"  cache object {found.cache_object}"))
    size = f"{report.files:,} files, {report.num_bytes / 1e6:,.1f} MB hashed"
    if not report.differences:
        typer.echo(printable(f"{report.path}: {size}; all as recorded."))
        return
    count = len(report.differences)
    typer.echo(printable(f"{report.path}: {size}; {count:,} difference{'' if count == 1 else 's'}."))
    if report.commands:
        typer.echo(
            printable(
                f"To rebuild exactly this, run in {report.root}, with the code and params of its dvc.lock:"
            )
        )
        for line in report.commands:
            typer.echo(printable(f"  {line}"))
    else:
        typer.echo("Copy these files again from where they came from, or rebuild them where they were made.")
