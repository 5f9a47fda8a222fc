"""Score a model on every annotated row of validation, or of test where a corpus has no validation rows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from fer_data.core.labels.tasks import EXPRESSION
from fer_data.errors import ParamsError, WeightsError
from fer_data.model.determinism import deterministic
from fer_data.model.files import Model, load_model
from fer_data.params.evaluate import EvaluateParams
from fer_data.published.dataset import Published, open_published
from fer_data.published.inference import MirrorAveraged
from fer_data.published.licences import of_both
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.progress import Progress, progress
from fer_data.tables.origin import origin_text
from train.evaluation.outputs import Outputs, View, predict_development, predict_scored
from train.evaluation.report import challenge_sum
from train.evaluation.scored_rows import Scored, find_scored
from train.evaluation.tasks.evaluation import EVALUATION

__all__ = ["evaluate"]


def evaluate(
    model: Path, published: Path, output: Path, *, evaluate: EvaluateParams, resolutions: list[int]
) -> dict[str, Any]:
    """Write a model's predictions and the data of its plots, and return its scores at every listed side.

    Scores of expression stand at the top of each side's, those of other tasks under the task's name, and the sum that
    the multi-task challenges rank by under `multi_task`. Each corpus has scores of its own under `corpora`; of several
    the headlines are the mean over them, under `over_corpora`.

    Raises:
        WeightsError: the model is missing or damaged, has other classes, or was trained on another field of view.
        DatasetError: a published dataset is missing, damaged, or has no annotated rows to score.
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
            outputs = _outputs(loaded, views, evaluate, work, shown_px=_shown(loaded, resolutions))
        scores = _seen(loaded, views, outputs.shown_px) | _scored(folder, outputs, evaluate, work)
        write_json(folder / "scores.json", scores)
    return scores


def _seen(model: Model, views: Mapping[int, View], shown_px: int) -> dict[str, Any]:
    """Return which model was scored on which data, and the side of the headlines."""
    stated = views[shown_px].dataset.provenance
    return {
        "corpus": origin_text(stated.get("origin")),
        "dataset": {name: stated.get(name) for name in ("name", "version", "dataset_sha256")},
        "model": {"weights_sha256": model.weights_sha256, "trained_on": model.trained_on},
        "headline_px": shown_px,
    }


def _scored(folder: Path, outputs: Outputs, params: EvaluateParams, work: Progress) -> dict[str, Any]:
    """Write what is said of each task, and return the scores of all."""
    stated: dict[str, Any] = {"split": outputs.split()}
    sides: dict[str, dict[str, Any]] = {str(px): {} for px in outputs.scored}
    for task in outputs.model.tasks:
        found = EVALUATION[task].evaluate(folder, outputs, params)
        for px, scores in found.pop("resolutions").items():
            sides[px] |= scores
        stated |= found
        work.advance(1, f"scores of {task}")
    return stated | {"resolutions": {px: at | challenge_sum(at) for px, at in sides.items()}}


def _outputs(
    model: Model, views: Mapping[int, View], params: EvaluateParams, work: Progress, *, shown_px: int
) -> Outputs:
    device = torch.device(params.device)
    model.network.to(device)
    network = MirrorAveraged(model.network) if params.flip else model.network
    options: dict[str, Any] = {"device": device, "batch_size": params.batch_size}
    scored, development, found = {}, {}, dict[Path, Scored]()
    for px, view in views.items():
        folder = view.dataset.folder
        found[folder] = found.get(folder) or find_scored(view.dataset, model.tasks)
        scored[px] = predict_scored(model, view, network, found[folder], **options)
        work.advance()
        development[px] = predict_development(model, view, network, **options)
        work.advance()
    dataset = views[shown_px].dataset
    return Outputs(
        *(model, scored, development, shown_px, found[dataset.folder].corpora, dataset.prefixes),
        licence=of_both(dataset.provenance, model.description, "labels"),
    )


def _views(published: Path, resolutions: list[int], extra_sides: list[int]) -> dict[int, View]:
    """Return what is scored, by side: every listed resolution, then the extra sides out of the largest one."""
    views = {px: View(open_published(published / str(px)), px) for px in resolutions}
    largest = max(resolutions)
    extra = [side for side in extra_sides if side < largest and side not in views]
    return views | {side: View(views[largest].dataset, side, side) for side in extra}


def _shown(model: Model, resolutions: list[int]) -> int:
    trained = int(model.stated("data")["resolution"])
    return trained if trained in resolutions else max(resolutions)


def _check(model: Model, dataset: Published) -> None:
    if EXPRESSION in model.tasks and model.classes != dataset.classes:
        raise WeightsError(
            f"The model tells {list(model.classes)} apart, but {dataset.folder} has {list(dataset.classes)}. "
            "Evaluate it on the classes it was trained on, or train again."
        )
    view = dataset.contract(model.contract.input_px)
    model.contract.check_crops(view.geometry, view.margin)
