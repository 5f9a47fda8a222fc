"""Train SENet-50 on one published resolution."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fer_data.core.seeds import seed_from
from fer_data.errors import DatasetError, ParamsError
from fer_data.files import atomic_file, file_sha256
from fer_data.model_files import Model, load_release_weights, save_model
from fer_data.params.train import TrainParams
from fer_data.published import Crops, Published, column, open_published
from fer_data.senet import SENet50, in_channels_last, initialise, set_norm_momentum
from train.data import Examples
from train.determinism import deterministic
from train.loop import EpochRecord, Material, Outcome, Report, fit
from train.selection import Selection, select_rows

__all__ = ["finetune"]


def finetune(dataset: Path, output: Path, history: Path, params: TrainParams) -> dict[str, Any]:
    """Train on a published dataset's training split, write model and history, and return the summary.

    Validation is never looked at: the checkpoint is the one with the best macro F1 on a part of the training subjects.

    Raises:
        DatasetError: the dataset is missing, damaged, or has too few labelled subjects.
        WeightsError: `params.weights` is missing or another network's.
        ParamsError: the device is not there.
    """
    published = open_published(dataset)
    selection = select_rows(published.split("train"), params)
    with deterministic(params.cpu_threads):
        fabric = _fabric(params)
        network = _network(len(published.classes), params)
        material = _material(published, selection, params)
        with _progress() as report:
            outcome = fit(fabric, network, material, params, report=report)
        network.load_state_dict(outcome.state)
    description = _description(published, selection, params)
    save_model(output, Model(network, published.classes, material.contract, description))
    _write_history(history, outcome.history)
    return _summary(outcome, selection, network, params)


def _fabric(params: TrainParams) -> Fabric:
    if params.device == "cuda" and not torch.cuda.is_available():
        raise ParamsError("train.device is cuda, but torch finds no CUDA device here. Set it to cpu.")
    if params.devices != 1:
        raise ParamsError(f"train.devices ({params.devices}) must be 1: training runs on one device.")
    precision: Literal["32-true", "bf16-mixed"] = "32-true" if params.precision == "fp32" else "bf16-mixed"
    return Fabric(accelerator=params.device, devices=params.devices, precision=precision)


def _network(classes: int, params: TrainParams) -> SENet50:
    network = SENet50(classes, base_width=params.base_width)
    initialise(network, seed_from("weights", params.seed))
    if params.weights is not None:
        load_release_weights(network, Path(params.weights), params.weights_sha256)
    set_norm_momentum(network, params.batch_norm_momentum)
    in_channels_last(network)
    return network


def _labels(published: Published, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return column(published.split("train"), "expression")[rows].astype(np.int64)


def _material(published: Published, selection: Selection, params: TrainParams) -> Material:
    contract = published.contract(params.input_px)
    split = published.split("train")
    names = column(split, "row_id").astype(np.str_)
    training, development = (
        Examples(Crops(split, rows, contract), _labels(published, rows), names[rows])
        for rows in (selection.training, selection.development)
    )
    weights = _class_weights(published)
    strategy = published.balance["strategy"]
    return Material(
        training=training,
        development=development,
        contract=contract,
        loss_weights=torch.tensor(weights, dtype=torch.float32) if strategy == "weights" else None,
        chances=weights[training.labels] if strategy == "sampler" else None,
    )


def _class_weights(published: Published) -> NDArray[np.float64]:
    stated = published.balance.get("class_weights")
    weights = np.ones(len(published.classes)) if stated is None else np.asarray(stated, np.float64)
    needed = published.balance["strategy"] in {"weights", "sampler"}
    if weights.shape != (len(published.classes),) or (needed and stated is None):
        raise DatasetError(
            f"balance.json of {published.folder} must give one weight a class for strategy "
            f"{published.balance['strategy']}, got {stated}. Run `dvc repro` to publish the dataset again."
        )
    return weights


@contextmanager
def _progress() -> Iterator[Report]:
    columns = (
        TextColumn("train"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("steps · loss {task.fields[loss]:.3f}"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task("train", total=None, loss=float("nan"))
        yield lambda done, total, loss: progress.update(task, completed=done, total=total, loss=loss)


def _description(published: Published, selection: Selection, params: TrainParams) -> dict[str, Any]:
    originals = np.concatenate([selection.originals, selection.development])
    counts = np.bincount(_labels(published, originals), minlength=len(published.classes))
    return {
        "started_from": "scratch" if params.weights is None else {"sha256": params.weights_sha256},
        "data": {
            **{name: published.provenance.get(name) for name in ("name", "version", "content_sha256")},
            "resolution": params.resolution,
            "provenance_sha256": file_sha256(published.folder / "provenance.json"),
        },
        "train_counts": counts.tolist(),
        "development_subjects": _subjects(published, selection.development),
        "train": params.model_dump(),
    }


def _subjects(published: Published, rows: NDArray[np.int64]) -> list[str]:
    return sorted(set(column(published.split("train"), "subject_id")[rows].tolist()))


def _write_history(path: Path, history: list[EpochRecord]) -> None:
    with atomic_file(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(EpochRecord)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(record) for record in history)


def _summary(outcome: Outcome, selection: Selection, network: SENet50, params: TrainParams) -> dict[str, Any]:
    return {
        "network": {
            "base_width": params.base_width,
            "input_px": params.input_px,
            "parameters": sum(parameter.numel() for parameter in network.parameters()),
            "from_scratch": params.weights is None,
        },
        "rows": {
            "train": len(selection.originals),
            "copies": len(selection.copies),
            "development": len(selection.development),
        },
        "subjects": {"train": selection.subjects[0], "development": selection.subjects[1]},
        "steps": outcome.history[-1].step,
        "best_epoch": outcome.best.epoch,
        "development_macro_f1": outcome.best.development_macro_f1,
        "development_accuracy": outcome.best.development_accuracy,
    }
