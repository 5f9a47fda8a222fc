"""Native against multi-resolution training, scored from the full side down to 7 px."""

from pathlib import Path
from typing import Annotated

import typer

from experiments import options
from experiments.outcome import show
from experiments.runs import Setting, Variant, run_variants
from experiments.training import load_changed
from fer_data.shell.run import guarded

SIDES = (128, 64, 56, 32, 28, 16, 14, 8, 7)


def main(
    published: Annotated[Path, typer.Argument(help="Folder of the published datasets, data/published.")],
    output: Annotated[Path, typer.Argument(help="Folder for models, predictions, result.json and the plot.")],
    seeds: options.Seeds = 3,
    jobs: options.Jobs = 1,
    change: options.Change = None,
    params: options.ParamsFile = Path("params.yaml"),
) -> None:
    """Train natively and with random resolutions, same seeds, and say what it gains and costs at every side.

    Sides below `train.resolution` are reduced from it in memory.
    """
    document = load_changed(params, change or [])
    evaluation = document.evaluate.model_copy(update={"extra_sides": list(SIDES)})
    variants = [
        Variant("native", published, {"multi_resolution": "none"}),
        Variant("multi-resolution", published, {"multi_resolution": "random"}),
    ]
    setting = Setting(
        "Native against multi-resolution training",
        document.model_copy(update={"evaluate": evaluation}),
        output,
        seeds=seeds,
        jobs=jobs,
    )
    show(run_variants(variants, setting), output / "multires.png")


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
