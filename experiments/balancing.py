"""The four strategies against class imbalance: none, class weights, a balanced sampler, augmented copies."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from experiments import options
from experiments.outcome import show
from experiments.published import publish_balanced, seals_with
from experiments.runs import Setting, Variant, run_variants
from experiments.training import is_made_from, load_changed, record_making
from fer_data.execution.seals import read_seals
from fer_data.params.document import Params
from fer_data.publish import PublishInputs
from fer_data.published.dataset import open_published
from fer_data.shell.files.atomic import file_sha256
from fer_data.shell.run import guarded

STRATEGIES = ("none", "weights", "sampler", "augment")


def published_with(strategy: str, data: Path, output: Path, params: Params) -> Path:
    """Return the folder of datasets balanced by a strategy, published from the aligned faces unless they are there."""
    px = params.train.resolution
    changed = params.model_copy(update={"balance": params.balance.model_copy(update={"strategy": strategy})})
    folder = output / "data" / strategy
    faces = {path.parent.name: file_sha256(path) for path in sorted((data / "faces").glob("*/rows.parquet"))}
    seals = read_seals(data / "seals", px, faces) | seals_with(changed, ["balance", "publish"])
    made_by = {stage: seal.model_dump() for stage, seal in seals.items()}
    parts = {"resolution": px, "faces": faces, "made_by": made_by}
    if not is_made_from(folder, parts):
        inputs = PublishInputs(data / "faces", data / "multires" / str(px), folder / "balanced")
        publish_balanced(inputs, folder / "published", changed, resolution=px, seals=seals)
        record_making(folder, parts)
    return folder / "published"


def epochs_of_equal_length(rows: Mapping[str, int], epochs: int) -> dict[str, int]:
    """Return the epochs of each variant that show about as many pictures as `epochs` show of the most rows.

    Augmented copies make an epoch longer; without this they would be judged by how long they were trained.

    >>> epochs_of_equal_length({"none": 1200, "augment": 2000}, 6)
    {'none': 10, 'augment': 6}
    """
    most = max(rows.values()) * epochs
    return {name: max(1, round(most / max(1, count))) for name, count in rows.items()}


def _training_rows(dataset: Path) -> int:
    stated = open_published(dataset).balance
    return int(sum(stated["train_counts"]) + sum(stated["copies"]))


def main(
    data: Annotated[Path, typer.Argument(help="Folder with faces/, multires/ and seals/, such as data.")],
    output: Annotated[Path, typer.Argument(help="Folder for datasets, models, result.json and the plot.")],
    seeds: options.Seeds = 3,
    jobs: options.Jobs = 1,
    change: options.Change = None,
    params: options.ParamsFile = Path("params.yaml"),
) -> None:
    """Train with each strategy on the same faces, equally long, and say what it gains over doing nothing.

    `train.epochs` counts those of the strategy with the most rows; the others get more, so that all see as
    many pictures.
    """
    document = load_changed(params, change or [])
    folders = {name: published_with(name, data, output, document) for name in STRATEGIES}
    rows = {name: _training_rows(folder / str(document.train.resolution)) for name, folder in folders.items()}
    epochs = epochs_of_equal_length(rows, document.train.epochs)
    variants = [Variant(name, folders[name], {"epochs": epochs[name]}) for name in STRATEGIES]
    setting = Setting("Strategies against class imbalance", document, output, seeds=seeds, jobs=jobs)
    show(run_variants(variants, setting), output / "balancing.png")


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
