"""Train and evaluate many runs, several at a time, and never twice what is already there."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch
import yaml

from fer_data.compare import PREDICTIONS_FILE, read_evaluation
from fer_data.errors import ParamsError
from fer_data.execution.engines import Report, Work, whole_results
from fer_data.execution.engines.local import LocalEngine
from fer_data.execution.source_hash import source_hash
from fer_data.execution.store import content_key
from fer_data.params.document import Params, validate_document
from fer_data.params.evaluate import EvaluateParams
from fer_data.params.train import TrainParams
from fer_data.published.documents import read_provenance
from fer_data.shell.files.atomic import file_sha256, write_json
from fer_data.shell.interruption import keeping
from fer_data.shell.progress import progress, say
from fer_data.shell.sections.load import read_document, validate_section
from train.evaluate import evaluate
from train.finetune import finetune

__all__ = [
    "TIMES_FILE",
    "Run",
    "changed",
    "is_made_from",
    "load_changed",
    "portable",
    "predictions_of",
    "record_making",
]

TIMES_FILE = "times.json"
"""In the folder of a run: the processor time that training took, which depends on the machine."""

_RECORD = "made-from.json"
_DATA_FILES = ("balance.json", "rows.parquet")


@dataclass(frozen=True, slots=True)
class Run:
    """One model: what it learns from, how, and where it goes.

    Attributes:
        name: as it is announced.
        published: folder of the published datasets by resolution.
        folder: for model, history and report.
        recipe: section `train`.
        evaluation: section `evaluate`.
        store: of unfinished training.
    """

    name: str
    published: Path
    folder: Path
    recipe: TrainParams
    evaluation: EvaluateParams
    store: Path

    def parts(self) -> dict[str, Any]:
        """Return all that the predictions follow from."""
        dataset = self.published / str(self.recipe.resolution)
        return {
            "train": self.recipe.model_dump(),
            "evaluate": self.evaluation.model_dump(),
            "data": {name: file_sha256(dataset / name) for name in _DATA_FILES},
            "content": read_provenance(dataset).dataset_sha256,
            "code": [source_hash(name) for name in ("train.finetune", "train.evaluate")],
            "torch": torch.__version__,
        }


def predictions_of(runs: Sequence[Run], jobs: int) -> list[pa.Table]:
    """Return each run's predictions, trained `jobs` at a time in processes of their own; their number changes no byte.

    A run is trained again unless data, parameters and code are those that its folder was made from.
    """
    waiting = [run for run in runs if not is_made_from(run.folder, run.parts())]
    there = len(runs) - len(waiting)
    if there:
        say(f"{there} of {len(runs)} runs are there")
    with progress("experiment", len(runs), "runs", done=there) as work, keeping(_kept):
        for number, (run, seconds) in enumerate(_finished(waiting, jobs), 1):
            say(f"{number} of {len(waiting)}: {run.name}, {seconds:.0f} s")
            work.advance()
    return [read_evaluation(run.folder / "report" / PREDICTIONS_FILE) for run in runs]


def _finished(runs: Sequence[Run], jobs: int) -> Iterator[tuple[Run, float]]:
    if jobs == 1:
        for run in runs:
            yield run, _make(run)
        return
    for index, seconds in whole_results(LocalEngine(jobs), _maker, runs, lambda _: None):
        yield runs[index], seconds


def _kept() -> str:
    return "Finished runs stay; run it again to go on with the others."


def _maker() -> Work[Run, float]:
    def work(run: Run, report: Report) -> float:  # noqa: ARG001 - one step is all there is
        return _make(run)

    return work


def _make(run: Run) -> float:
    started, parts = time.monotonic(), run.parts()
    data = run.published / str(run.recipe.resolution)
    cpu = time.process_time()
    finetune(data, run.folder / "model", run.folder / "train.csv", run.recipe, store=run.store)
    write_json(run.folder / TIMES_FILE, {"train_cpu_seconds": time.process_time() - cpu})
    evaluate(
        run.folder / "model",
        run.published,
        run.folder / "report",
        evaluate=run.evaluation,
        resolutions=[run.recipe.resolution],
    )
    record_making(run.folder, parts)
    return time.monotonic() - started


def is_made_from(folder: Path, parts: Mapping[str, Any]) -> bool:
    """Say whether `record_making` has written into a folder that it was made from just these parts."""
    path = folder / _RECORD
    return path.is_file() and json.loads(path.read_text(encoding="utf-8"))["key"] == content_key(parts)


def record_making(folder: Path, parts: Mapping[str, Any]) -> None:
    """Write into a finished folder what it was made from."""
    write_json(folder / _RECORD, {"key": content_key(parts), **parts})


def changed(recipe: TrainParams, changes: Mapping[str, Any]) -> TrainParams:
    """Return section `train` with other values, checked like the file's.

    Raises:
        ParamsError: a key is unknown or a value out of range.
    """
    return validate_section("train", TrainParams, {**recipe.model_dump(), **changes})


def portable(recipe: TrainParams) -> dict[str, Any]:
    """Return section `train` as others may read it: its weights are known by their hash, not by where they lay."""
    return recipe.record()


def load_changed(path: Path, changes: Sequence[str]) -> Params:
    """Return a params file's values, some changed by texts such as `train.epochs=4`, whose values are YAML.

    Raises:
        ParamsError: a text has another form, or the changed whole breaks a rule; the message names the key.
    """
    document = read_document(path)
    for text in changes:
        name, equals, value = text.partition("=")
        *sections, key = name.split(".")
        if not equals or not key:
            raise ParamsError(f"--change ({text}) must be KEY=VALUE, such as train.epochs=4.")
        node = document
        for section in sections:
            if not isinstance(node.get(section), dict):
                raise ParamsError(f"--change ({text}) names no section {section!r} of {path}.")
            node = node[section]
        node[key] = yaml.safe_load(value)
    return validate_document(document, path)
