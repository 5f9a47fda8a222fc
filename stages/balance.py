"""Stage `balance@PX`: what meets class imbalance, at one resolution."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.files import write_metrics
from fer_data.outputs import check_outputs
from fer_data.params.axis import matrix_resolution
from fer_data.params.balance import BalanceParams
from fer_data.params.compute import ComputeParams
from fer_data.params.load import load_section
from fer_data.params.source import SourceParams
from fer_data.shell import run_stage

Px = Annotated[int | None, typer.Option(help="Side of the variant; `dvc` names it by itself.")]


def main(
    faces: Path, variants: Path, outputs: Path, metrics: Annotated[Path, typer.Option()], px: Px = None
) -> None:
    """Plan and render augmented copies against class imbalance, from VARIANTS/PX into OUTPUTS/PX."""
    side = matrix_resolution(px)
    output = outputs / str(side)
    check_outputs({"OUTPUTS": output}, {"--metrics": metrics / f"{side}.json"})
    from fer_data.balance import balance, headlines

    summary = balance(
        *(faces, variants / str(side), output),
        resolution=side,
        balance=load_section("balance", BalanceParams),
        source=load_section("source", SourceParams),
        workers=load_section("compute", ComputeParams).workers,
    )
    write_metrics(metrics / f"{side}.json", headlines(summary))


if __name__ == "__main__":
    run_stage(main)
