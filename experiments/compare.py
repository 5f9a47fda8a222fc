"""Compare two models or dataset versions on the same videos: paired, at every side that both were scored at."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import typer

from fer_data.core.intervals import compare, group_confusions
from fer_data.errors import DatasetError
from fer_data.shell import guarded
from fer_data.tables import PREDICTIONS, read_table

__all__ = ["compare_predictions"]


def compare_predictions(first: pa.Table, second: pa.Table, *, draws: int, seed: int) -> dict[str, Any]:
    """Return, by side, the gain of the second table of `PREDICTIONS` over the first, with 95 % intervals over videos.

    Raises:
        DatasetError: the tables share no side, or differ in their rows at one.
    """
    sides = sorted(set(first["resolution"].to_pylist()) & set(second["resolution"].to_pylist()), reverse=True)
    if not sides:
        raise DatasetError("The two tables share no resolution. Evaluate both models at the same sides.")
    return {str(px): _at(_rows(first, px), _rows(second, px), draws, seed) for px in sides}


def _rows(table: pa.Table, side: int) -> pa.Table:
    return table.filter(pc.equal(table["resolution"], side)).sort_by("row_id")


def _at(first: pa.Table, second: pa.Table, draws: int, seed: int) -> dict[str, Any]:
    if not first["row_id"].equals(second["row_id"]) or not first["expression"].equals(second["expression"]):
        raise DatasetError("The two tables differ in their rows or labels. Evaluate both on the same rows.")
    actual = first["expression"].to_numpy().astype(np.int64)
    predicted = [table["predicted"].to_numpy().astype(np.int64) for table in (first, second)]
    classes = int(max(actual.max(), *(one.max() for one in predicted))) + 1
    videos = first["video_id"].to_pylist()
    sides = [group_confusions(actual, one, videos, classes=classes) for one in predicted]
    gains = compare(*sides, draws=draws, seed=seed)
    return {"videos": len(sides[0]), **{name: asdict(gain) for name, gain in gains.items()}}


def main(
    first: Annotated[Path, typer.Argument(help="predictions.parquet of the one evaluation.")],
    second: Annotated[Path, typer.Argument(help="predictions.parquet of the other.")],
    draws: Annotated[int, typer.Option(min=100, help="Draws of whole videos.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws.")] = 7,
) -> None:
    """Print, as JSON, what the second predictions gain over the first."""
    tables = [read_table(path, PREDICTIONS) for path in (first, second)]
    typer.echo(json.dumps(compare_predictions(*tables, draws=draws, seed=seed), indent=2))


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
