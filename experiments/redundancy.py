"""Training without redundant frames: rows kept, training time and scores at several settings of min_difference."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from experiments import options
from experiments.aligned import publish_aligned
from experiments.outcome import show
from experiments.runs import Setting, Variant, run_variants, trained_seeds
from experiments.training import TIMES_FILE, load_changed
from fer_data.params.document import Params
from fer_data.published.documents import read_provenance
from fer_data.shell.files.atomic import write_json
from fer_data.shell.run import guarded


def published_with(min_difference: float, corpus: tuple[Path, Path], output: Path, params: Params) -> Path:
    """Return the folder of datasets without frames that are redundant by this setting, aligned unless it is there."""
    quality = params.align.quality.model_copy(update={"min_difference": min_difference})
    changed = params.model_copy(update={"align": params.align.model_copy(update={"quality": quality})})
    return publish_aligned(corpus, output / "data" / f"{min_difference:g}", changed)


def training_rows(dataset: Path) -> dict[str, int]:
    """Return how many originals and augmented copies a dataset trains on."""
    train = read_provenance(dataset).model_dump()["counts"]["train"]
    return {"originals": train["rows"] - train["copies"], "copies": train["copies"]}


def mean_seconds(name: str, setting: Setting) -> float:
    """Return the processor time that a variant's training took, over its seeds."""
    folders = [
        setting.output / "runs" / name.replace(" ", "-") / str(seed) for seed in trained_seeds(setting)
    ]
    times = [json.loads((folder / TIMES_FILE).read_text(encoding="utf-8")) for folder in folders]
    return float(sum(one["train_cpu_seconds"] for one in times) / len(times))


def print_costs(costs: Mapping[str, Mapping[str, Any]]) -> None:
    """Print rows and training time of each variant."""
    table = Table("variant", "training originals", "copies", "processor time of training", box=SIMPLE)
    for name, cost in costs.items():
        numbers = (f"{cost['originals']:,}", f"{cost['copies']:,}", f"{cost['train_cpu_seconds']:.0f} s")
        table.add_row(name, *numbers)
    Console().print(table)


def main(
    catalog: options.Catalog,
    root: options.Root,
    output: options.Output,
    limits: Annotated[
        list[float] | None, typer.Option("--limit", min=0.0, help="A min_difference; repeatable.")
    ] = None,
    seeds: options.Seeds = 3,
    jobs: options.Jobs = 1,
    change: options.Change = None,
    params: options.ParamsFile = Path("params.yaml"),
) -> None:
    """Train without frames that are redundant by several settings, for as many epochs each, and say what that costs.

    Validation is scored whole whatever the setting. Epochs get shorter with fewer rows, which is what one hopes for.
    """
    document = load_changed(params, change or [])
    asked = limits or [0.0, 4.0, 8.0, 16.0]
    folders = {
        f"min difference {one:g}": published_with(one, (catalog, root), output, document) for one in asked
    }
    variants = [Variant(name, folder, {}) for name, folder in folders.items()]
    setting = Setting("Training without redundant frames", document, output, seeds=seeds, jobs=jobs)
    result = run_variants(variants, setting)
    px = str(document.train.resolution)
    costs = {
        name: {**training_rows(folder / px), "train_cpu_seconds": mean_seconds(name, setting)}
        for name, folder in folders.items()
    }
    write_json(output / "result.json", result | {"costs": costs})
    show(result, output / "redundancy.png")
    print_costs(costs)


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
