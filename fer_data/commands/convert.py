"""`fer-data convert`: a published dataset in other containers."""

from pathlib import Path
from typing import Annotated, Any

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.completion import completes
from fer_data.commands.writing import Overwrite, note_for_git
from fer_data.shell.shown import printable

__all__ = ["convert"]


def convert(
    dataset: Annotated[Path, typer.Argument(help="A published dataset, such as data/published/128.")],
    to: Annotated[
        str, typer.Option(help="parquet or webdataset.", autocompletion=completes(("parquet", "webdataset")))
    ],
    output: Annotated[Path, typer.Option(help="Folder to write.")],
    as_json: AsJson = False,
    overwrite: Overwrite = False,
) -> None:
    """Write a published dataset as Parquet or WebDataset files, with its licence, provenance and card.

    Every row, label and picture is read back equal: docs/scale.md says how.
    """
    from fer_data.convert import convert as run

    found = run(dataset, output, to=to, overwrite=overwrite)
    note_for_git(output)
    if as_json:
        print_json({"output": output, **found})
        return
    for line in _lines(output, found):
        typer.echo(printable(line))


def _lines(output: Path, found: dict[str, Any]) -> list[str]:
    files = found["files"].values()
    splits = dict.fromkeys(one["split"] for one in files)
    rows = {name: sum(one["rows"] for one in files if one["split"] == name) for name in splits}
    counted = ", ".join(f"{name} {count:,}" for name, count in rows.items())
    size = sum(one["size"] for one in files) / 1e6
    of_files = f"{len(files):,} file{'' if len(files) == 1 else 's'}, {size:,.1f} MB"
    of_class = f"licence class {found['licence']['kind']}"
    lines = [f"{output}: {sum(rows.values()):,} rows ({counted}) in {of_files}; {of_class}"]
    if found["licence"]["kind"] != "open":
        lines += ["Only you may read that folder, and it may be passed on only as its licences allow:"]
        lines += [f"- {reason}" for reason in found["licence"]["reasons"]]
    return lines
