"""Score a model on every annotated validation row, at every listed resolution."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fer_data.errors import ParamsError, WeightsError
from fer_data.files import atomic_directory
from fer_data.inference import MirrorAveraged
from fer_data.model_files import Model, load_model
from fer_data.params.evaluate import EvaluateParams
from fer_data.published import Published, open_published
from fer_data.tables import PREDICTIONS, write_table
from train.assessment import Tuning, assess, reliability_rows, rows_of, slice_rows, tune
from train.assessment_report import write_assessments
from train.determinism import deterministic
from train.predictions import Development, View, annotated_rows, predict_development, predict_rows
from train.report import summarise, write_plots

__all__ = ["evaluate"]


def evaluate(
    model: Path, published: Path, output: Path, *, evaluate: EvaluateParams, resolutions: list[int]
) -> dict[str, Any]:
    """Write a model's predictions and the data of its plots, and return its scores at every listed side.

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
    views = _views(published, resolutions, evaluate.extra_sides)
    for view in views.values():
        _check(loaded, view.dataset)
    network = MirrorAveraged(loaded.network) if evaluate.flip else loaded.network
    options: dict[str, Any] = {"device": device, "batch_size": evaluate.batch_size}
    with deterministic(evaluate.cpu_threads):
        predictions = {px: predict_rows(loaded, view, network, **options) for px, view in views.items()}
        development = {
            px: predict_development(loaded, view, network, **options) for px, view in views.items()
        }
    most_frequent = int(np.argmax(loaded.description["train_counts"]))
    metrics = summarise(predictions, loaded.classes, most_frequent)
    with atomic_directory(output) as folder:
        write_table(folder / "predictions.parquet", predictions.values(), PREDICTIONS)
        write_plots(folder, predictions, metrics, shown=_shown(loaded, resolutions))
        points, slices = [], []
        for px, table in predictions.items():
            rows, tuning = rows_of(table, len(loaded.classes)), _tune(development[px], evaluate)
            metrics["resolutions"][str(px)] |= assess(rows, loaded.classes, tuning, evaluate)
            points += _at(px, reliability_rows(rows, loaded.classes, tuning))
            slices += _at(px, slice_rows(rows, annotated_rows(views[px].dataset), loaded.classes, evaluate))
        write_assessments(folder, points, slices, metrics)
    return metrics


def _views(published: Path, resolutions: list[int], extra_sides: list[int]) -> dict[int, View]:
    """Return what is scored, by side: every listed resolution, then the extra sides out of the largest one."""
    views = {px: View(open_published(published / str(px)), px) for px in resolutions}
    largest = max(resolutions)
    extra = [side for side in extra_sides if side < largest and side not in views]
    return views | {side: View(views[largest].dataset, side, side) for side in extra}


def _tune(development: Development, params: EvaluateParams) -> Tuning:
    place = (development.subjects, development.frames)
    return tune(development.logits, development.actual, place, params.smoothing_frames)


def _at(resolution: int, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"resolution_px": resolution, **row} for row in rows]


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
