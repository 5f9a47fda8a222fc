"""Score a model on every annotated validation row, at every listed resolution."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch

from fer_data.errors import ParamsError, WeightsError
from fer_data.files import write_json
from fer_data.inference import MirrorAveraged
from fer_data.model_files import Model, load_model
from fer_data.origin import origin_text
from fer_data.outputs import new_folder
from fer_data.params.evaluate import EvaluateParams
from fer_data.progress import Progress, progress
from fer_data.published import Published, open_published
from fer_data.tables import PREDICTIONS, write_table
from train.assessment import Tuning, assess, face_slices, reliability_rows, rows_of, slice_rows, tune
from train.assessment_report import write_assessments
from train.determinism import deterministic
from train.predictions import Development, Seen, View, expression_table, see_development, see_validation
from train.report import summarise, write_plots
from train.task_assessment import ActionUnits, Measure, ValenceArousal, assess_task, task_slices, tune_window
from train.task_predictions import (
    TaskRows,
    action_unit_rows,
    action_unit_table,
    valence_arousal_rows,
    valence_arousal_table,
)
from train.task_report import TaskReport, write_task

__all__ = ["evaluate"]

TableOf = Callable[[Model, Seen, int], pa.Table]
RowsOf = Callable[[pa.Table], TaskRows]

_HOW: dict[str, tuple[TableOf, RowsOf, Measure]] = {
    "valence_arousal": (valence_arousal_table, valence_arousal_rows, ValenceArousal()),
    "action_units": (action_unit_table, action_unit_rows, ActionUnits()),
}


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What a model says at every side of validation and of development rows."""

    model: Model
    seen: Mapping[int, Seen]
    development: Mapping[int, Development]
    shown_px: int


def evaluate(
    model: Path, published: Path, output: Path, *, evaluate: EvaluateParams, resolutions: list[int]
) -> dict[str, Any]:
    """Write a model's predictions and the data of its plots, and return its scores at every listed side.

    Scores of expression stand at the top of each side's, those of other tasks under the task's name, and the sum that
    the multi-task challenges rank by under `multi_task`.

    Raises:
        WeightsError: the model is missing or damaged, has other classes, or was trained on another field of view.
        DatasetError: a published dataset is missing, damaged, or has no annotated validation rows.
        ParamsError: the device is not there.
        OutputError: something else stands at `output`.
    """
    if evaluate.device == "cuda" and not torch.cuda.is_available():
        raise ParamsError("evaluate.device is cuda, but torch finds no CUDA device here. Set it to cpu.")
    writing = new_folder(output, "evaluation", overwrite=True, inputs=[model, published])
    with writing as folder, progress("evaluate", None, "parts") as work:
        loaded = load_model(model)
        views = _views(published, resolutions, evaluate.extra_sides)
        for view in views.values():
            _check(loaded, view.dataset)
        work.resume(0, 2 * len(views) + len(loaded.tasks))
        with deterministic(evaluate.cpu_threads):
            found = _found(loaded, views, evaluate, work, shown_px=_shown(loaded, resolutions))
        scores = _seen(loaded, views, found.shown_px) | _scored(folder, found, evaluate, work)
        write_json(folder / "scores.json", scores)
    return scores


def _seen(model: Model, views: Mapping[int, View], shown_px: int) -> dict[str, Any]:
    """Return which model was scored on which data, and the side of the headlines."""
    stated = views[shown_px].dataset.provenance
    return {
        "corpus": origin_text(stated.get("origin")),
        "dataset": {name: stated.get(name) for name in ("name", "version", "content_sha256")},
        "model": {"weights_sha256": model.weights_sha256, "trained_on": model.trained_on},
        "headline_px": shown_px,
    }


def _scored(folder: Path, found: _Found, params: EvaluateParams, work: Progress) -> dict[str, Any]:
    """Write what is said of each task, and return the scores of all."""
    metrics: dict[str, Any] = {"split": "validation", "resolutions": {str(px): {} for px in found.seen}}
    if "expression" in found.model.tasks:
        metrics = _expression(folder, found, params)
        work.advance(1, "scores and intervals")
    for task in found.model.tasks:
        if task != "expression":
            for px, scores in _task(folder / task, task, found, params).items():
                metrics["resolutions"][px][task] = scores
            work.advance()
    return _summed(metrics)


def _found(
    model: Model, views: Mapping[int, View], params: EvaluateParams, work: Progress, *, shown_px: int
) -> _Found:
    device = torch.device(params.device)
    model.network.to(device)
    network = MirrorAveraged(model.network) if params.flip else model.network
    options: dict[str, Any] = {"device": device, "batch_size": params.batch_size}
    seen, development = {}, {}
    for px, view in views.items():
        seen[px] = see_validation(model, view, network, **options)
        work.advance()
        development[px] = see_development(model, view, network, **options)
        work.advance()
    return _Found(model, seen, development, shown_px)


def _expression(folder: Path, found: _Found, params: EvaluateParams) -> dict[str, Any]:
    """Write what is said of expressions and return the scores."""
    model, classes = found.model, found.model.classes
    predictions = {px: expression_table(model, seen, px) for px, seen in found.seen.items()}
    metrics = summarise(predictions, classes, int(np.argmax(model.stated("train_counts"))))
    named = {"classes": json.dumps(list(classes))}
    write_table(folder / "predictions.parquet", predictions.values(), PREDICTIONS, named)
    points, slices = [], []
    place = model.network.columns["expression"]
    for px, table in predictions.items():
        rows = rows_of(table, len(classes))
        tuning = _tune(found.development[px].of_task("expression", place), params)
        faces = found.seen[px].of_task("expression", place).rows
        metrics["resolutions"][str(px)] |= assess(rows, classes, tuning, params)
        points += _at(px, reliability_rows(rows, classes, tuning))
        slices += _at(px, slice_rows(rows, face_slices(faces, params), classes))
    write_plots(folder, predictions, metrics, shown=found.shown_px)
    write_assessments(folder, points, slices, metrics)
    return metrics


def _task(folder: Path, task: str, found: _Found, params: EvaluateParams) -> dict[str, Any]:
    """Write what is said of valence and arousal or of action units, and return the scores by side."""
    model, place = found.model, found.model.network.columns[task]
    table_of, rows_of_table, measure = _HOW[task]
    tuned: Measure = ActionUnits(model.units) if task == "action_units" else measure
    tables = {px: table_of(model, seen, px) for px, seen in found.seen.items()}
    rows = {px: rows_of_table(table) for px, table in tables.items()}
    scores, slices = {}, []
    for px, one in rows.items():
        tried = tune_window(tuned, found.development[px].of_task(task, place), params.smoothing_frames)
        scores[str(px)] = assess_task(measure, one, tried, params)
        faces = found.seen[px].of_task(task, place).rows
        slices += _at(px, task_slices(measure, one, face_slices(faces, params)))
    write_task(folder, TaskReport(task, tables, rows, scores, slices, found.shown_px))
    return scores


def _summed(metrics: dict[str, Any]) -> dict[str, Any]:
    """Return the metrics with the sum of the three tasks' scores, where a model has them all.

    Source: ABAW, multi-task track.
    """
    for at in metrics["resolutions"].values():
        if {"macro_f1", "valence_arousal", "action_units"} <= set(at):
            parts = (at["macro_f1"], at["valence_arousal"]["ccc"], at["action_units"]["mean_f1"])
            at["multi_task"] = {"score": sum(parts)}
    return metrics


def _views(published: Path, resolutions: list[int], extra_sides: list[int]) -> dict[int, View]:
    """Return what is scored, by side: every listed resolution, then the extra sides out of the largest one."""
    views = {px: View(open_published(published / str(px)), px) for px in resolutions}
    largest = max(resolutions)
    extra = [side for side in extra_sides if side < largest and side not in views]
    return views | {side: View(views[largest].dataset, side, side) for side in extra}


def _tune(development: Development, params: EvaluateParams) -> Tuning:
    place = (development.subjects.tolist(), development.frames)
    return tune(development.outputs, development.targets.labels["expression"], place, params.smoothing_frames)


def _at(resolution: int, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"resolution_px": resolution, **row} for row in rows]


def _shown(model: Model, resolutions: list[int]) -> int:
    trained = int(model.stated("data")["resolution"])
    return trained if trained in resolutions else max(resolutions)


def _check(model: Model, dataset: Published) -> None:
    if "expression" in model.tasks and model.classes != dataset.classes:
        raise WeightsError(
            f"The model tells {list(model.classes)} apart, but {dataset.folder} has {list(dataset.classes)}. "
            "Evaluate it on the classes it was trained on, or train again."
        )
    view = dataset.contract(model.contract.input_px)
    model.contract.check_crops(view.geometry, view.margin)
