"""The options that every experiment takes."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Catalog", "Change", "Jobs", "Output", "ParamsFile", "Root", "Seeds"]

Catalog = Annotated[
    Path, typer.Argument(help="The catalog of the one source, data/catalog/NAME; data/seals/ has its seal.")
]
Root = Annotated[Path, typer.Argument(help="The corpus.")]
Output = Annotated[Path, typer.Argument(help="Folder for datasets, models, result.json and the plot.")]

Seeds = Annotated[int, typer.Option(min=1, help="Number of seeds, from train.seed on.")]
Jobs = Annotated[
    int,
    typer.Option(min=1, help="Runs at a time, each on train.cpu_threads threads; changes no byte."),
]
ParamsFile = Annotated[Path, typer.Option(help="Params file.")]
Change = Annotated[
    list[str] | None, typer.Option(help="Another value than the file's, such as train.epochs=4; repeatable.")
]
