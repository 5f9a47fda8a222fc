"""The four strategies against class imbalance: none, class weights, a balanced sampler, augmented copies."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.runs import Variant, draw_gains, run_variants
from fer_data.balance import balance
from fer_data.params.document import Params, load_params
from fer_data.publish import PublishInputs, publish
from fer_data.shell import guarded

STRATEGIES = ("none", "weights", "sampler", "augment")


def published_with(strategy: str, data: Path, output: Path, params: Params) -> Path:
    """Return the folder of datasets balanced by a strategy, published from the aligned faces unless they are there."""
    px = params.train.resolution
    folder = output / "published" / strategy
    if not (folder / str(px)).is_dir():
        changed = params.model_copy(
            update={"balance": params.balance.model_copy(update={"strategy": strategy})}
        )
        inputs = PublishInputs(data / "faces", data / "multires" / str(px), output / "balanced" / strategy)
        balance(
            inputs.faces,
            inputs.variant,
            inputs.balanced,
            resolution=px,
            balance=changed.balance,
            source=changed.source,
        )
        publish(inputs, folder / str(px), resolution=px, params=changed)
    return folder


def main(
    data: Annotated[Path, typer.Argument(help="Folder with faces/ and multires/, such as data.")],
    output: Annotated[Path, typer.Argument(help="Folder for datasets, models, result.json and the plot.")],
    seeds: Annotated[int, typer.Option(min=1, help="Number of seeds.")] = 3,
    params: Annotated[Path, typer.Option(help="Params file.")] = Path("params.yaml"),
) -> None:
    """Train with each strategy on the same faces and draw what it gains over doing nothing."""
    document = load_params(params)
    variants = [Variant(name, published_with(name, data, output, document), {}) for name in STRATEGIES]
    numbers = [document.train.seed + place for place in range(seeds)]
    result = run_variants(variants, document, output, seeds=numbers, evaluation=document.evaluate)
    draw_gains(result, "Strategies against class imbalance", output / "balancing.png")


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
