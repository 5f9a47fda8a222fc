"""Score a model on every annotated validation row, at every listed resolution."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from fer_data.errors import ParamsError, WeightsError
from fer_data.files import atomic_directory
from fer_data.model_files import Model, load_model
from fer_data.params.evaluate import EvaluateParams
from fer_data.published import Published, open_published
from fer_data.tables import PREDICTIONS, write_table
from train.determinism import deterministic
from train.predictions import predict_rows
from train.report import summarise, write_plots

__all__ = ["evaluate"]


def evaluate(
    model: Path, published: Path, output: Path, *, evaluate: EvaluateParams, resolutions: list[int]
) -> dict[str, Any]:
    """Write a model's predictions and the data of its plots, and return its scores at every listed resolution.

    Raises:
        WeightsError: the model is missing or damaged, has other classes, or was trained on another field of view.
        DatasetError: a published dataset is missing, damaged, or has no annotated validation rows.
        ParamsError: the device is not there.
    """
    if evaluate.device == "cuda" and not torch.cuda.is_available():
        raise ParamsError("evaluate.device is cuda, but torch finds no CUDA device here. Set it to cpu.")
    loaded = load_model(model)
    device = torch.device(evaluate.device)
    loaded.network.to(device)
    datasets = {px: open_published(published / str(px)) for px in resolutions}
    for dataset in datasets.values():
        _check(loaded, dataset)
    with deterministic(evaluate.cpu_threads):
        predictions = {
            px: predict_rows(loaded, dataset, px, device=device, batch_size=evaluate.batch_size)
            for px, dataset in datasets.items()
        }
    most_frequent = int(np.argmax(loaded.description["train_counts"]))
    metrics = summarise(predictions, loaded.classes, most_frequent)
    with atomic_directory(output) as folder:
        write_table(folder / "predictions.parquet", predictions.values(), PREDICTIONS)
        write_plots(folder, predictions, metrics, shown=_shown(loaded, resolutions))
    return metrics


def _shown(model: Model, resolutions: list[int]) -> int:
    trained = int(model.description["data"]["resolution"])
    return trained if trained in resolutions else max(resolutions)


def _check(model: Model, dataset: Published) -> None:
    if model.classes != dataset.classes:
        raise WeightsError(
            f"The model tells {list(model.classes)} apart, but {dataset.folder} has {list(dataset.classes)}. "
            "Evaluate it on the classes it was trained on, or train again."
        )
    view = dataset.contract(model.contract.input_px)
    model.contract.check_crops(view.geometry, view.margin)
