"""Stage `multires@PX`: one resolution of the base crops."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.files import write_metrics
from fer_data.multires import multires
from fer_data.params.load import load_section
from fer_data.params.multires import MultiresParams
from fer_data.shell import run_stage


def main(faces: Path, output: Path, resolution: int, metrics: Annotated[Path, typer.Option()]) -> None:
    """Reduce the base crops to one resolution with anti-aliasing."""
    params = load_section("multires", MultiresParams)
    write_metrics(metrics, multires(faces, output, resolution, params))


if __name__ == "__main__":
    run_stage(main)
