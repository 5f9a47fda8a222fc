"""Native against multi-resolution training, scored from the full side down to 7 px."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.runs import Variant, draw_gains, run_variants
from fer_data.params.document import load_params
from fer_data.shell import guarded

SIDES = (128, 64, 56, 32, 28, 16, 14, 8, 7)


def main(
    published: Annotated[Path, typer.Argument(help="Folder of the published datasets, data/published.")],
    output: Annotated[Path, typer.Argument(help="Folder for models, predictions, result.json and the plot.")],
    seeds: Annotated[int, typer.Option(min=1, help="Number of seeds.")] = 3,
    epochs: Annotated[int | None, typer.Option(help="Other than params.yaml's.")] = None,
    params: Annotated[Path, typer.Option(help="Params file.")] = Path("params.yaml"),
) -> None:
    """Train natively and with random resolutions, same seeds, and draw what it gains and costs at every side."""
    document = load_params(params)
    shared = {} if epochs is None else {"epochs": epochs}
    variants = [
        Variant("native", published, {**shared, "multi_resolution": "none"}),
        Variant("multi-resolution", published, {**shared, "multi_resolution": "random"}),
    ]
    evaluation = document.evaluate.model_copy(update={"extra_sides": list(SIDES)})
    numbers = [document.train.seed + place for place in range(seeds)]
    result = run_variants(variants, document, output, seeds=numbers, evaluation=evaluation)
    draw_gains(result, "Native against multi-resolution training", output / "multires.png")


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
