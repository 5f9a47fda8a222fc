"""Train variants of one recipe over seeds, and say what each gains over the first, paired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from experiments.training import Run, changed, portable, predictions_of
from fer_data.compare import run_gains, run_scores
from fer_data.params.document import Params
from fer_data.published.dataset import open_published
from fer_data.shell.files.atomic import write_json

__all__ = [
    "Setting",
    "Variant",
    "run_variants",
    "trained_seeds",
]


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


@dataclass(frozen=True, slots=True)
class Setting:
    """What the variants share.

    Attributes:
        title: what is compared.
        params: recipe and evaluation.
        output: folder for models, predictions and `result.json`.
        seeds: number of seeds, from `train.seed` on.
        jobs: runs at a time.
    """

    title: str
    params: Params
    output: Path
    seeds: int
    jobs: int


def trained_seeds(setting: Setting) -> list[int]:
    """Return the seeds of a setting."""
    return [setting.params.train.seed + index for index in range(setting.seeds)]


def run_variants(variants: Sequence[Variant], setting: Setting) -> dict[str, Any]:
    """Train and score every variant with every seed, write `result.json` and return it; what is there is kept.

    A gain is paired: the same seeds, the same videos. Its interval draws videos and seeds, see
    `core/metrics/bootstrap.py`.
    """
    seeds = trained_seeds(setting)
    runs = [_run(variant, seed, setting) for seed in seeds for variant in variants]
    tables = predictions_of(runs, setting.jobs)
    result = _result(variants, tables, setting)
    write_json(setting.output / "result.json", result)
    return result


def _run(variant: Variant, seed: int, setting: Setting) -> Run:
    return Run(
        name=f"{variant.name}, seed {seed}",
        published=variant.published,
        folder=setting.output / "runs" / variant.name.replace(" ", "-") / str(seed),
        recipe=changed(setting.params.train, {**variant.changes, "seed": seed}),
        evaluation=setting.params.evaluate,
        store=setting.output / "store",
    )


def _result(variants: Sequence[Variant], tables: Sequence[pa.Table], setting: Setting) -> dict[str, Any]:
    by_variant = {one.name: list(tables[index :: len(variants)]) for index, one in enumerate(variants)}
    first, *others = by_variant
    evaluate = setting.params.evaluate
    options = {"draws": evaluate.bootstrap_draws, "seed": evaluate.seed}
    return {
        "title": setting.title,
        "seeds": trained_seeds(setting),
        "variants": {one.name: {"train": dict(one.changes), "data": _data(one, setting)} for one in variants},
        "train": portable(setting.params.train),
        "evaluate": evaluate.model_dump(),
        "scores": {name: run_scores(runs, **options) for name, runs in by_variant.items()},
        "gains": {name: run_gains(by_variant[first], by_variant[name], **options) for name in others},
    }


def _data(variant: Variant, setting: Setting) -> dict[str, Any]:
    resolution = variant.changes.get("resolution", setting.params.train.resolution)
    provenance = open_published(variant.published / str(resolution)).provenance
    return {
        **{name: provenance.get(name) for name in ("name", "version", "dataset_sha256")},
        "resolution": resolution,
    }
