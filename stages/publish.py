"""Stage `publish@PX`: one resolution as a versioned Hugging Face dataset."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.files import write_metrics
from fer_data.params.document import load_params
from fer_data.publish import PublishInputs, publish
from fer_data.shell import run_stage


def main(
    faces: Path,
    variant: Path,
    balanced: Path,
    output: Path,
    resolution: int,
    metrics: Annotated[Path, typer.Option()],
) -> None:
    """Write one resolution as a versioned Hugging Face dataset with its card and provenance."""
    inputs = PublishInputs(faces, variant, balanced)
    write_metrics(metrics, publish(inputs, output, resolution=resolution, params=load_params()))


if __name__ == "__main__":
    run_stage(main)
