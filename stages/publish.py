"""Stage `publish@PX`: one resolution as a versioned Hugging Face dataset."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.files import write_metrics
from fer_data.outputs import check_outputs
from fer_data.params.axis import matrix_resolution
from fer_data.params.document import load_params
from fer_data.shell import run_stage

Px = Annotated[int | None, typer.Option(help="Side of the variant; `dvc` names it by itself.")]


def main(
    faces: Path,
    variants: Path,
    balanced: Path,
    outputs: Path,
    metrics: Annotated[Path, typer.Option()],
    px: Px = None,
) -> None:
    """Write one resolution as a versioned Hugging Face dataset with its card and provenance, into OUTPUTS/PX."""
    side = matrix_resolution(px)
    check_outputs({"OUTPUTS": outputs / str(side)}, {"--metrics": metrics / f"{side}.json"})
    from fer_data.publish import PublishInputs, headlines, publish

    inputs = PublishInputs(faces, variants / str(side), balanced / str(side))
    summary = publish(inputs, outputs / str(side), resolution=side, params=load_params())
    write_metrics(metrics / f"{side}.json", headlines(summary))


if __name__ == "__main__":
    run_stage(main)
