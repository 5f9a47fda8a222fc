"""`fer-data sample`: write the rendered corpus."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fer_data.commands.writing import Overwrite

__all__ = ["sample"]


class _Kind(StrEnum):
    """What is rendered."""

    CORPUS = "corpus"
    LEAKS = "leaks"


def sample(
    directory: Annotated[Path, typer.Argument(help="Folder to write.")],
    params: Annotated[Path, typer.Option(help="Params file whose section `sample` is read.")] = Path(
        "params.yaml"
    ),
    kind: Annotated[
        _Kind, typer.Option(help="corpus, or leaks: people under two names, a lookalike and a copied clip.")
    ] = _Kind.CORPUS,
    workers: Annotated[
        int, typer.Option(min=0, max=4096, help="Worker processes; 0 means one per core.")
    ] = 0,
    overwrite: Overwrite = False,
) -> None:
    """Write an Aff-Wild2-shaped corpus of rendered faces, or one of videos with planted leaks (docs/leaks.md)."""
    from fer_data.params.sample import SampleParams
    from fer_data.shell.sections.load import load_section

    section = load_section("sample", SampleParams, params)
    if kind is _Kind.LEAKS:
        from fer_data.sample.leaks import write_leaks as write_sample
    else:
        from fer_data.sample import sample as write_sample
    summary = write_sample(directory, section, workers=workers, overwrite=overwrite)
    typer.echo(", ".join(f"{name} {value}" for name, value in summary.items() if not isinstance(value, dict)))
