"""Train SENet-50 on one published resolution."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fer_data.core.seeds import seed_from
from fer_data.errors import DatasetError
from fer_data.files import atomic_file, file_sha256
from fer_data.model_files import Model, load_release_weights, save_model
from fer_data.params.train import TrainParams
from fer_data.published import Crops, Published, column, open_published
from fer_data.senet import SENet50, in_channels_last, initialise, set_norm_momentum
from fer_data.source_hash import source_hash
from train.checkpoints import SECONDS, Checkpoints, EpochRecord
from train.data import Examples
from train.determinism import deterministic
from train.devices import open_fabric
from train.loop import Material, Outcome, Report, fit
from train.model_card import write_model_card
from train.selection import Selection, select_rows

__all__ = ["finetune", "one_minus_share"]


def finetune(
    dataset: Path,
    output: Path,
    history: Path,
    params: TrainParams,
    *,
    store: Path | None = None,
    checkpoint_seconds: float = SECONDS,
) -> dict[str, Any]:
    """Train on a published dataset's training split, write model and history, and return the summary.

    Validation is never looked at: the checkpoint is the one with the best macro F1 on a part of the training subjects.
    A run that was interrupted goes on from its last checkpoint in `store`, and ends with the same bytes.

    Raises:
        DatasetError: the dataset is missing, damaged, or has too few labelled subjects.
        WeightsError: `params.weights` is missing or another network's.
        ParamsError: the device is not there, or the devices cannot share a batch.
    """
    fabric = open_fabric(params)
    published = open_published(dataset)
    selection = select_rows(published.split("train"), params)
    with deterministic(params.cpu_threads):
        network = _network(len(published.classes), params)
        material = _material(published, selection, params)
        description = _description(published, selection, params)
        checkpoints = Checkpoints(
            store, _parts(description), seconds=checkpoint_seconds, writes=fabric.is_global_zero
        )
        with _progress() as report:
            outcome = fit(fabric, network, material, params, report=report, checkpoints=checkpoints)
        network.load_state_dict(outcome.state)
    summary = _summary(outcome, selection, network, params)
    if fabric.is_global_zero:
        save_model(output, Model(network, published.classes, material.contract, description))
        write_model_card(output, published, summary)
        _write_history(history, outcome.history)
        checkpoints.finish()
    fabric.barrier()
    return summary


def _parts(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that the weights follow from."""
    return {
        "stage": "train",
        "code": source_hash("train.finetune"),
        "torch": torch.__version__,
        **description,
    }


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
    native = params.resolution if params.multi_resolution == "random" else None
    training, development = (
        Examples(Crops(split, rows, contract, native_px=side), _labels(published, rows), names[rows])
        for rows, side in ((selection.training, native), (selection.development, None))
    )
    weights = _class_weights(published)
    strategy = published.balance["strategy"]
    loss_weights = weights if strategy == "weights" else None
    if params.class_weights == "one_minus_share":
        loss_weights = one_minus_share(np.bincount(training.labels, minlength=len(published.classes)))
    return Material(
        training=training,
        development=development,
        contract=contract,
        loss_weights=None if loss_weights is None else torch.tensor(loss_weights, dtype=torch.float32),
        chances=weights[training.labels] if strategy == "sampler" else None,
    )


def one_minus_share(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return a weight a class, 1 - n_c / N, of rows by class.

    Source: the released defaults of the multi-resolution paper.

    >>> one_minus_share(np.array([3, 1])).tolist()
    [0.25, 0.75]
    """
    return np.asarray(1 - counts / max(1, counts.sum()), np.float64)


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
