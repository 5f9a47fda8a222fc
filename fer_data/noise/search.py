"""Find labels of a published dataset that are probably wrong, and write them as a table and as pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from fer_data.core.arrays import Float32, Int64
from fer_data.errors import DatasetError
from fer_data.model.files import Model
from fer_data.noise.answers import FOLDS, STRENGTHS, Answers, Projection, answer
from fer_data.noise.scores import validation_scores
from fer_data.noise.sheets import sheets
from fer_data.noise.suspects import TABLE, Suspect, listed_suspects, sheet_note, write_suspects
from fer_data.noise.units import Units, read_units, unit_features
from fer_data.published.dataset import Crops, Published
from fer_data.published.inference import FeaturesAlone, predict_logits
from fer_data.published.with_model import cited, open_with_model
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.files.private import privately
from fer_data.shell.progress import progress

__all__ = ["NoiseOptions", "find_suspects"]

SPLITS = ("train", "validation")
"""Splits that are looked at. Labels of test are never: who changes what test says has no test any more."""

FITS = FOLDS * (len(STRENGTHS) + 1) + 2


@dataclass(frozen=True, slots=True)
class NoiseOptions:
    """How labels are judged.

    Attributes:
        device: cpu or cuda, of the network.
        batch_size: pictures at a time.
        seed: of folds and draws.
    """

    device: str
    batch_size: int
    seed: int


def find_suspects(
    dataset: Path, model: Path, output: Path, *, options: NoiseOptions, overwrite: bool = False
) -> dict[str, Any]:
    """Write labels of train and validation that are probably wrong, the likeliest first, and return the summary.

    `output` gets `suspects.csv`, one row a picture, segment or run of equal labels; sheets of pictures; and
    `summary.json`. Where the licence restricts the pictures, nobody else may read them (mode 0600).
    No label is changed, and test is never looked at.

    Raises:
        DatasetError: the dataset is missing or damaged, or has too few classes or people with labels.
        WeightsError: the model is missing or damaged, or its input contract asks for crops of another geometry.
        ParamsError: the device is not there.
        OutputError: `output` must not be replaced.
    """
    inputs = (dataset, model)
    with new_folder(output, "noise", name="--output", overwrite=overwrite, inputs=inputs) as folder:
        published, loaded = open_with_model(dataset, model, options.device)
        units = {name: read_units(published, name) for name in SPLITS}
        if not len(units["train"]):
            raise DatasetError(f"{dataset} has no expression labels in split train. Publish one that has.")
        features = _features(published, loaded, units, options)
        answers = _answered(units, features, options.seed)
        said = {"train": (answers.train, answers.wrong)}
        said["validation"] = (answers.validation, answers.validation_wrong)
        found = {name: listed_suspects(published, units[name], *said[name]) for name in SPLITS}
        summary = _summary(published, loaded, units, answers, seed=options.seed)
        with privately(folder, restricted=summary["licence"]["kind"] != "open"):
            summary["sheets"] = _write(folder, published, units, found)
            write_json(folder / "summary.json", summary)
    return {**summary, "suspects": [one.row() for name in SPLITS for one in found[name]]}


def _features(
    published: Published, model: Model, units: Mapping[str, Units], options: NoiseOptions
) -> dict[str, Float32]:
    network = FeaturesAlone(model.network).to(options.device).eval()
    found = {}
    with progress("noise: look", sum(len(one.looked) for one in units.values()), "images") as work:
        for name, one in units.items():

            def run(rows: Int64, name: str = name) -> Float32:
                return predict_logits(
                    network,
                    Crops(published.split(name), rows, model.contract, kept=False),
                    model.contract,
                    batch_size=options.batch_size,
                    device=torch.device(options.device),
                    on_batch=work.advance,
                )

            found[name] = unit_features(one, run)
    return found


def _answered(units: Mapping[str, Units], features: Mapping[str, Float32], seed: int) -> Answers:
    project = Projection.of(features["train"])
    values = {name: project(one) for name, one in features.items()}
    # A hundred columns are too few for several threads to pay, and threads that wait on a busy machine cost most.
    with progress("noise: answer", FITS, "fits") as work, threadpool_limits(limits=1):
        sides = tuple((units[name], values[name]) for name in SPLITS)
        return answer(sides[0], sides[1], seed, work.advance)


def _summary(
    published: Published, model: Model, units: Mapping[str, Units], answers: Answers, *, seed: int
) -> dict[str, Any]:
    wrong = {"train": answers.wrong, "validation": answers.validation_wrong}
    return {
        **cited(published, model, made="pictures"),
        "seen": _seen(published, model),
        "classes": list(published.classes),
        "folds": answers.folds,
        "linear_strength": answers.strength,
        "agreement": float((answers.train.argmax(axis=1) == units["train"].labels).mean()),
        "splits": {
            name: {
                "rows": int(one.counts.sum()),
                "labels": len(one),
                "suspects": int(wrong[name].sum()),
                "suspect_rows": int(one.counts[wrong[name]].sum()),
            }
            for name, one in units.items()
        },
        "validation": validation_scores(units["validation"], answers, seed),
    }


def _seen(published: Published, model: Model) -> str | None:
    """Return what of the judged labels the model's features were made with; None where its description says nothing."""
    name = (model.description.get("data") or {}).get("name")
    if name is None or name != published.provenance.get("name"):
        return None
    return (
        f"the model was trained on {name}, so its features may have learnt wrong labels of train by heart: fewer of "
        "those are found than with a model of other data"
    )


def _write(
    folder: Path, published: Published, units: Mapping[str, Units], found: Mapping[str, Sequence[Suspect]]
) -> int:
    """Write the sheets of each split and the table, and return how many sheets there are."""
    count = 0
    for name, suspects in found.items():
        if suspects:
            note = sheet_note(published, name, len(suspects))
            for file, encoded in sheets(suspects, partial(_crops, published, units[name]), note):
                (folder / file).write_bytes(encoded)
                count += 1
    write_suspects(folder / TABLE, [one for suspects in found.values() for one in suspects])
    return count


def _crops(published: Published, units: Units, suspect: Suspect) -> NDArray[np.uint8]:
    rows = units.looked[units.looked_unit == suspect.unit]
    split = published.split(units.split)
    side = published.resolution
    return Crops(split, rows, published.contract(side), native_px=side, kept=False).read(range(len(rows)))
