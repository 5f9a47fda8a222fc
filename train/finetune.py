"""Train SENet-50 on one published resolution."""

import csv
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from fer_data.core.labels.tasks import EXPRESSION, TASKS, UNITS
from fer_data.core.sampling.seeds import seed_from
from fer_data.errors import ParamsError
from fer_data.execution.source_hash import source_hash
from fer_data.model.determinism import deterministic
from fer_data.model.files import Model, head_sizes, load_release_weights, stated_licence, write_model
from fer_data.model.senet import SENet50, in_channels_last, initialise, set_norm_momentum
from fer_data.params.train import TrainParams
from fer_data.published.copies import copies_stated
from fer_data.published.dataset import Published, column, open_published
from fer_data.published.documents import made_for
from fer_data.published.licences import model_licence
from fer_data.shell.files.atomic import atomic_file
from fer_data.shell.files.home import at_home
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.interruption import keeping
from fer_data.shell.progress import Progress, progress
from fer_data.tables.origin import origin_text
from train.evaluation.tasks.targets import Targets, read_targets
from train.training.checkpoints import SECONDS, Checkpoints, EpochRecord
from train.training.class_targets import voted_rows
from train.training.devices import open_fabric
from train.training.inputs import TrainingInputs, build_inputs
from train.training.loop import Outcome, fit
from train.training.model_card import write_model_card
from train.training.selection import Selection, select_rows
from train.training.tasks import LEARNING

if TYPE_CHECKING:
    from lightning_fabric import Fabric

__all__ = ["finetune", "headlines"]


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

    Validation is never looked at: a part of the training subjects chooses the checkpoint. Each of `params.tasks` gets a
    head. A run that was interrupted goes on from its last checkpoint in `store`, and ends with the same bytes.

    Raises:
        DatasetError: the dataset is missing, damaged, or has too few labelled subjects.
        WeightsError: `params.weights` is missing or another network's.
        ParamsError: the device or a trained task's splits are not there, or the devices cannot share a batch.
        OutputError: something else stands at `output`.
    """
    fabric = open_fabric(params)
    writing = _writing(fabric, output, [dataset, store, params.weights])
    with writing as folder, deterministic(params.cpu_threads):
        published, selection, targets, classes = _selected(open_published(dataset), params)
        network = _network(len(classes), targets.names[UNITS], params)
        inputs = build_inputs(published, selection, targets, network.columns, params=params)
        description = _description(published, selection, targets, params=params)
        parts, writes = _parts(description), folder is not None
        with Checkpoints(store, parts, seconds=checkpoint_seconds, writes=writes).lease() as checkpoints:
            outcome = _fit(fabric, network, inputs, params, checkpoints=checkpoints)
        network.load_state_dict(outcome.state)
        summary = _summary(outcome, selection, network, params) | _votes(published, selection, params)
        summary |= _seen(description) | _qualified(summary, targets.take(selection.development), params)
        if folder is not None:
            model = Model(network, classes, inputs.contract, description, targets.names[UNITS])
            _write(folder, model, published, summary)
            _write_history(history, outcome.history)
    checkpoints.finish()
    fabric.barrier()
    return summary


def _writing(
    fabric: "Fabric", output: Path, inputs: Sequence[Path | str | None]
) -> AbstractContextManager[Path | None]:
    """Return what yields the model's new folder to the first process of a run, and None to the others."""
    if not fabric.is_global_zero:
        return nullcontext()
    known = [Path(path) for path in inputs if path is not None]
    return new_folder(output, "model", overwrite=True, inputs=known)


def _write(folder: Path, model: Model, published: Published, summary: Mapping[str, Any]) -> None:
    write_model(folder, model)
    write_model_card(folder, published, summary)


def _parts(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that the weights follow from; a licence is no part of that."""
    return {
        "stage": "train",
        "code": source_hash("train.finetune"),
        "torch": torch.__version__,
        **{name: value for name, value in description.items() if name != "licence"},
    }


def _selected(
    published: Published, params: TrainParams
) -> tuple[Published, Selection, Targets, tuple[str, ...]]:
    """Return the dataset, the rows that are used, the labels of its whole training split, and the trained classes."""
    _check_tasks(published, params)
    split = published.split("train")
    selection = select_rows(split, params)
    classes = tuple(published.classes) if EXPRESSION in params.tasks else ()
    targets = read_targets(split, params.tasks).learnt_from(selection.originals)
    return published, selection, targets.named({EXPRESSION: classes}), classes


def _check_tasks(published: Published, params: TrainParams) -> None:
    stated = made_for(published.provenance)
    evaluated = params.tasks if stated is None else TASKS if stated == "multi_task" else (stated,)
    for task in params.tasks:
        if task not in evaluated:
            raise ParamsError(
                f"train.tasks has {task}, but {published.folder} was published for dataset.task {stated}: its training "
                f"split may hold validation videos of {task}. Train {stated}, or publish for dataset.task multi_task."
            )


def _network(classes: int, units: Sequence[str], params: TrainParams) -> SENet50:
    network = SENet50(classes, base_width=params.base_width, heads=head_sizes(params.tasks, units))
    initialise(network, seed_from("weights", params.seed))
    if params.weights is not None:
        load_release_weights(network, at_home(params.weights), params.weights_sha256)
    set_norm_momentum(network, params.batch_norm_momentum)
    in_channels_last(network)
    return network


def _fit(
    fabric: "Fabric",
    network: SENet50,
    inputs: TrainingInputs,
    params: TrainParams,
    *,
    checkpoints: Checkpoints,
) -> Outcome:
    """Train, and tell how far it is."""
    told = progress("train", None, "images", shown=fabric.is_global_zero)
    with told as work, keeping(checkpoints.kept):
        images = min(params.batch_size, len(inputs.training.labels)) * params.accumulate
        report = partial(_report, work, images, params.epochs)
        return fit(fabric, network, inputs, params, report=report, checkpoints=checkpoints)


def _report(work: Progress, images: int, epochs: int, *step: Any) -> None:  # noqa: ANN401 - as `Report` has it
    done, total, loss = step
    if work.total is None:
        work.resume((done - 1) * images, total * images)
    epoch = (done - 1) * epochs // total + 1
    work.advance(images, f"epoch {epoch} of {epochs}, step {done:,} of {total:,}, loss {loss:.3f}")


def _description(
    published: Published, selection: Selection, targets: Targets, *, params: TrainParams
) -> dict[str, Any]:
    seen = targets.take(np.concatenate([selection.originals, selection.development]))
    started = _origin(params)
    return {
        "started_from": started,
        "data": {
            **{name: published.provenance.get(name) for name in ("name", "version", "dataset_sha256")},
            "resolution": params.resolution,
            **(published.provenance.get("origin") or {}),
        },
        **_summaries(seen, params),
        "development_subjects": _subjects(published, selection.development),
        "augmented_copies": copies_stated(published.split("train"), selection.copies),
        "train": params.record(),
        "licence": model_licence(published.provenance, started),
    }


def _origin(params: TrainParams) -> str | dict[str, str | None]:
    if params.weights is None:
        return "scratch"
    licence = stated_licence(at_home(params.weights))
    stated = {"licence": licence} if licence else {}
    return {"file": params.record()["weights"], "sha256": params.weights_sha256, **stated}


def _subjects(published: Published, rows: NDArray[np.int64]) -> list[str]:
    return sorted(set(column(published.split("train"), "subject_id")[rows].tolist()))


def _write_history(path: Path, history: list[EpochRecord]) -> None:
    with atomic_file(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        rows = [record.figures() for record in history]
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _summaries(targets: Targets, params: TrainParams) -> dict[str, Any]:
    """Return what the last resort of each task's predictions follows from."""
    found: dict[str, Any] = {}
    for task in (task for task in TASKS if task in params.tasks):
        own = LEARNING[task].summary(targets.labels[task], targets.names[task])
        usual = found.get("train_usual", {}) | own.get("train_usual", {})
        found |= own | ({"train_usual": usual} if usual else {})
    return found


def _qualified(summary: Mapping[str, Any], development: Targets, params: TrainParams) -> dict[str, Any]:
    """Return what a reader of each task's development scores must know."""
    found: dict[str, Any] = {}
    for task in params.tasks:
        found |= LEARNING[task].qualify(summary, development.labels[task], development.names[task])
    return found


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
        **({"development_note": selection.note} if selection.note else {}),
        "steps": outcome.history[-1].step,
        "best_epoch": outcome.best.epoch,
        **outcome.best.development(),
    }


def _votes(published: Published, selection: Selection, params: TrainParams) -> dict[str, Any]:
    """Return the originals that raters' votes were aimed at, where `train.soft_labels` asks for it."""
    if not params.soft_labels:
        return {}
    voted = voted_rows(published.split("train"), selection.originals, len(published.classes))
    return {"soft_labels": {"rows": int((voted.sum(axis=1) > 0).sum())}}


def _seen(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return which data the model is made of."""
    data = description["data"]
    return {
        "corpus": origin_text(data),
        "dataset": {name: data[name] for name in ("name", "version", "resolution", "dataset_sha256")},
    }


def headlines(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the few numbers of a summary that DVC's tables show; `plots/train.csv` has every epoch's."""
    return {
        "corpus": summary["corpus"],
        "dataset": str(summary["dataset"]["dataset_sha256"] or "unknown")[:12],
        "rows": summary["rows"]["train"],
        "copies": summary["rows"]["copies"],
        "best_epoch": summary["best_epoch"],
        "development_score": summary["development_score"],
    }
