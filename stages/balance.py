"""Stage `balance@PX`: what meets class imbalance, at one resolution."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.balance import balance
from fer_data.files import write_metrics
from fer_data.params.balance import BalanceParams
from fer_data.params.compute import ComputeParams
from fer_data.params.load import load_section
from fer_data.params.source import SourceParams
from fer_data.shell import run_stage


def main(
    faces: Path, variant: Path, output: Path, resolution: int, metrics: Annotated[Path, typer.Option()]
) -> None:
    """Plan and render augmented copies against class imbalance."""
    summary = balance(
        faces,
        variant,
        output,
        resolution=resolution,
        balance=load_section("balance", BalanceParams),
        source=load_section("source", SourceParams),
        workers=load_section("compute", ComputeParams).workers,
    )
    write_metrics(metrics, summary)


if __name__ == "__main__":
    run_stage(main)
