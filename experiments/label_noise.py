"""How many planted wrong labels `fer-data noise` finds, on rendered people whom no other sample shows."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer

from experiments import options
from experiments.start_weights import published_people
from experiments.training import load_changed
from fer_data.core.arrays import Int64, Mask
from fer_data.core.metrics.label_noise import suspicion
from fer_data.core.sampling.seeds import seed_from
from fer_data.model.files import load_release_weights
from fer_data.model.input_contract import InputContract
from fer_data.model.senet import SENet50
from fer_data.noise.answers import Projection, answer
from fer_data.noise.units import Units, read_units, unit_features
from fer_data.params.document import Params
from fer_data.published.dataset import Crops, Published, open_published
from fer_data.published.inference import FeaturesAlone, predict_logits
from fer_data.shell.files.atomic import write_json
from fer_data.shell.progress import say
from fer_data.shell.run import guarded

__all__ = ["CHANGES", "CONFUSED", "found_at", "plant"]

CHANGES = (
    "sample.other_subjects=12",
    "sample.faults=false",
    "resolutions=[128]",
    "balance.strategy=none",
)
"""What differs from the demo, beside `sample.seed`."""

CONFUSED = {0: 5, 1: 2, 2: 1, 3: 6, 4: 0, 5: 0, 6: 3}
"""For each class of the sample the one that people take it for: Anger and Disgust, Fear and Surprise, Sadness and
Neutral; Happiness for Neutral."""

COUNTS = (10, 20)


def plant(labels: Int64, classes: int, *, kind: str, rate: float, seed: int) -> tuple[Int64, Mask]:
    """Return labels of which a share was made wrong, and which: any other class, or the one that people confuse."""
    random = np.random.default_rng(seed_from("plant", kind, seed))
    wrong = np.zeros(len(labels), np.bool_)
    wrong[random.choice(len(labels), round(rate * len(labels)), replace=False)] = True
    shift = random.integers(1, classes, len(labels))
    other = (
        (labels + shift) % classes
        if kind == "any"
        else np.array([CONFUSED[label] for label in labels.tolist()])
    )
    return np.where(wrong, other, labels), wrong


def found_at(order: Sequence[int], listed: int, wrong: Mask) -> dict[str, float]:
    """Return precision and recall of the first of a ranked list, by how many are looked at."""
    counts = {f"first {count}": count for count in COUNTS} | {"as many as planted": int(wrong.sum())}
    hits = np.cumsum(wrong[np.asarray(order, np.int64)])
    found: dict[str, float] = {"planted": int(wrong.sum()), "suspects": listed}
    for name, count in {**counts, "all suspects": listed}.items():
        if count and name != "planted":
            found[f"precision, {name}"] = float(hits[count - 1] / count)
            found[f"recall, {name}"] = float(hits[count - 1] / wrong.sum())
    return found


def judged(units: Units, values: Any, held: tuple[Units, Any], wrong: Mask) -> dict[str, float]:  # noqa: ANN401
    """Return what is found of planted labels: suspects first, then the others, each by suspicion."""
    said = answer((units, values), held, 7, lambda: None)
    score = suspicion(said.train, units.labels)
    order = np.lexsort((-score, ~said.wrong))
    return found_at(order.tolist(), int(said.wrong.sum()), wrong)


def _features(published: Published, params: Params, name: str) -> tuple[Units, Any]:
    units, contract = read_units(published, name), published.contract(params.train.input_px)
    network = SENet50(len(published.classes), base_width=params.train.base_width)
    load_release_weights(network, Path(params.train.weights or ""), params.train.weights_sha256)
    return units, unit_features(units, _Run(published, name, network, contract))


class _Run:
    """Gives the features of rows of a split."""

    def __init__(self, published: Published, name: str, network: SENet50, contract: InputContract) -> None:
        self._split, self._contract = published.split(name), contract
        self._network = FeaturesAlone(network.eval())

    def __call__(self, rows: Int64) -> Any:  # noqa: ANN401 - an array
        crops = Crops(self._split, rows, self._contract, kept=False)
        return predict_logits(self._network, crops, self._contract, batch_size=64, device=torch.device("cpu"))


def _planted(output: Path, params: Params, draws: int) -> Iterator[dict[str, Any]]:
    published = open_published(published_people(output, params))
    units, features = _features(published, params, "train")
    held, held_features = _features(published, params, "validation")
    project = Projection.of(features)
    values, held_values = project(features), project(held_features)
    for kind in ("any", "confused"):
        for rate in (0.05, 0.15):
            for draw in range(draws):
                labels, wrong = plant(units.labels, len(published.classes), kind=kind, rate=rate, seed=draw)
                found = judged(replace(units, labels=labels), values, (held, held_values), wrong)
                yield {"kind": kind, "rate": rate, "draw": draw, "labels": len(units), **found}


def main(
    output: Annotated[Path, typer.Argument(help="Folder for the people and result.json.")],
    sample_seed: Annotated[list[int], typer.Option(help="`sample.seed` of each corpus.")],
    draws: Annotated[int, typer.Option(help="Times that wrong labels are drawn, of each kind and rate.")] = 5,
    change: options.Change = None,
    params: options.ParamsFile = Path("params.yaml"),
) -> None:
    """Render corpora, plant wrong labels in their training runs and write how many are found."""
    found: list[dict[str, Any]] = []
    for seed in sample_seed:
        document = load_changed(params, [*CHANGES, f"sample.seed={seed}", *(change or [])])
        for one in _planted(output / str(seed), document, draws):
            found.append({"sample_seed": seed, **one})
            write_json(output / "result.json", {"found": found})
            say(str(found[-1]))


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
