"""Stage `multires@PX`: one resolution of the base crops."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.files import write_metrics
from fer_data.outputs import check_outputs
from fer_data.params.axis import matrix_resolution
from fer_data.params.load import load_section
from fer_data.params.multires import MultiresParams
from fer_data.shell import run_stage

Px = Annotated[int | None, typer.Option(help="Side of the variant; `dvc` names it by itself.")]


def main(faces: Path, outputs: Path, metrics: Annotated[Path, typer.Option()], px: Px = None) -> None:
    """Reduce the base crops to one resolution with anti-aliasing, into OUTPUTS/PX."""
    side = matrix_resolution(px)
    check_outputs({"OUTPUTS": outputs / str(side)}, {"--metrics": metrics / f"{side}.json"})
    params = load_section("multires", MultiresParams)
    from fer_data.multires import headlines, multires

    summary = multires(faces, outputs / str(side), side, params)
    write_metrics(metrics / f"{side}.json", headlines(summary))


if __name__ == "__main__":
    run_stage(main)
