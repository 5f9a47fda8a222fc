"""Train and evaluate variants of one recipe over seeds, and say what each gains over the first, paired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from experiments.compare import compare_predictions
from fer_data.core.scores import class_scores
from fer_data.files import write_json
from fer_data.params.document import Params
from fer_data.params.evaluate import EvaluateParams
from fer_data.tables import PREDICTIONS, read_table
from train.evaluate import evaluate
from train.finetune import finetune

__all__ = ["Variant", "draw_gains", "run_variants"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of doing it.

    Attributes:
        name: in tables and plots.
        published: folder of the published datasets by resolution.
        changes: of section `train`.
    """

    name: str
    published: Path
    changes: Mapping[str, Any]


def run_variants(
    variants: Sequence[Variant],
    params: Params,
    output: Path,
    *,
    seeds: Sequence[int],
    evaluation: EvaluateParams,
) -> dict[str, Any]:
    """Train every variant with every seed, write `result.json` and return it; what is already there is kept.

    Gains are paired on the same videos: the seeds' predictions of a variant are stacked, so that a video is drawn with
    all its seeds.
    """
    tables = {
        variant.name: [
            _predictions(variant, params, output, seed=seed, evaluation=evaluation) for seed in seeds
        ]
        for variant in variants
    }
    first = variants[0].name
    result = {
        "seeds": list(seeds),
        "scores": {name: _scores(runs) for name, runs in tables.items()},
        "gains": {
            name: compare_predictions(
                _stacked(tables[first]),
                _stacked(runs),
                draws=evaluation.bootstrap_draws,
                seed=evaluation.seed,
            )
            for name, runs in tables.items()
            if name != first
        },
    }
    write_json(output / "result.json", result)
    return result


def _predictions(
    variant: Variant, params: Params, output: Path, *, seed: int, evaluation: EvaluateParams
) -> pa.Table:
    folder = output / variant.name / str(seed)
    report = folder / "report" / "predictions.parquet"
    if not report.is_file():
        recipe = params.train.model_copy(update={**variant.changes, "seed": seed})
        dataset = variant.published / str(recipe.resolution)
        finetune(dataset, folder / "model", folder / "train.csv", recipe, store=output / "store")
        evaluate(
            folder / "model",
            variant.published,
            folder / "report",
            evaluate=evaluation,
            resolutions=[recipe.resolution],
        )
    return read_table(report, PREDICTIONS)


def _stacked(runs: Sequence[pa.Table]) -> pa.Table:
    """Return the runs of all seeds as one table, whose row ids keep them apart and whose videos join them."""
    parts = []
    for number, table in enumerate(runs):
        names = pa.array([f"{name}@{number}" for name in table["row_id"].to_pylist()])
        parts.append(table.set_column(table.schema.get_field_index("row_id"), "row_id", names))
    return pa.concat_tables(parts)


def _scores(runs: Sequence[pa.Table]) -> dict[str, list[float]]:
    """Return each seed's macro F1 by side."""
    scores: dict[str, list[float]] = {}
    for table in runs:
        sides = table["resolution"].to_numpy()
        actual, predicted = (table[name].to_numpy().astype(np.int64) for name in ("expression", "predicted"))
        classes = len(next(row for row in table["logits"].to_pylist() if row is not None))
        for px in np.unique(sides)[::-1]:
            at = sides == px
            found = class_scores(actual[at], predicted[at], classes).macro_f1
            scores.setdefault(str(px), []).append(found)
    return scores


def draw_gains(result: Mapping[str, Any], title: str, path: Path) -> None:
    """Write a PNG: macro F1 by side for every variant, seeds as dots, and beside it the gains with their intervals."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    left, right = figure.subplots(1, 2)
    for place, (name, scores) in enumerate(result["scores"].items()):
        sides = [int(px) for px in scores]
        left.plot(sides, [np.mean(one) for one in scores.values()], label=name, color=f"C{place}")
        dots = [(px, one) for px, found in zip(sides, scores.values(), strict=True) for one in found]
        left.scatter(*zip(*dots, strict=True), s=14, color=f"C{place}", alpha=0.6)
    for place, (name, gains) in enumerate(result["gains"].items(), 1):
        points = [(int(px), gain["macro_f1"]) for px, gain in gains.items() if gain["macro_f1"]["interval"]]
        moved = [px * 1.04 ** (place - 1) for px, _ in points]
        middle = [gain["difference"] for _, gain in points]
        low = [gain["difference"] - gain["interval"]["low"] for _, gain in points]
        high = [gain["interval"]["high"] - gain["difference"] for _, gain in points]
        right.errorbar(moved, middle, [low, high], fmt="o", capsize=4, label=name, color=f"C{place}")
    right.axhline(0.0, color="0.5", linewidth=1)
    left.set(title=f"{len(result['seeds'])} seeds, validation", ylabel="macro F1")
    right.set(title=f"gain over {next(iter(result['scores']))}, 95 % over videos", ylabel="gain in macro F1")
    for panel in (left, right):
        panel.set_xscale("log", base=2)
        ticks = sorted({int(px) for px in next(iter(result["scores"].values()))})
        panel.set_xticks(ticks, [str(px) for px in ticks])
        panel.minorticks_off()
        panel.set_xlabel("side of the picture (px)")
        panel.grid(alpha=0.25)
        panel.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", dpi=150, metadata={"Software": None})
