"""`fer-data sample`: write the rendered corpus."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.commands.writing import Overwrite

__all__ = ["sample"]


def sample(
    directory: Annotated[Path, typer.Argument(help="Folder to write.")],
    params: Annotated[Path, typer.Option(help="Params file whose section `sample` is read.")] = Path(
        "params.yaml"
    ),
    workers: Annotated[
        int, typer.Option(min=0, max=4096, help="Worker processes; 0 means one per core.")
    ] = 0,
    overwrite: Overwrite = False,
) -> None:
    """Write an Aff-Wild2-shaped corpus of rendered faces."""
    from fer_data.params.sample import SampleParams
    from fer_data.sample import sample as write_sample
    from fer_data.shell.sections.load import load_section

    section = load_section("sample", SampleParams, params)
    summary = write_sample(directory, section, workers=workers, overwrite=overwrite)
    typer.echo(", ".join(f"{name} {value}" for name, value in summary.items() if not isinstance(value, dict)))
