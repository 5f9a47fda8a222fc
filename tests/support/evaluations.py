"""Evaluations for tests of what reads them: made-up answers, scored and written by the code of stage `evaluate`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from undrawn import RELIABILITY, mark_reliability

from fer_data.core.labels.tasks import ACTION_UNITS, EXPRESSION, SEVEN_CLASSES, UNITS, VALENCE_AROUSAL
from fer_data.params.document import load_params
from fer_data.predictions.schemas import FILES, TABLES, Predictions, schema_of
from fer_data.tables.schemas import write_table
from train.evaluation.corpora import by_corpus
from train.evaluation.files import write_csv
from train.evaluation.measure import Measure, TaskReport, assess, task_slices
from train.evaluation.report import challenge_sum
from train.evaluation.scored_rows import CorpusFacts
from train.evaluation.tasks.action_units.evaluation import ActionUnits
from train.evaluation.tasks.expression import assessment, report
from train.evaluation.tasks.expression.by_corpus import CorpusScoring
from train.evaluation.tasks.valence_arousal.evaluation import ValenceArousal

__all__ = ["OPEN", "Made", "write_evaluation"]

OPEN = {"licence": '{"kind": "open", "reasons": []}'}
PARAMS = load_params(Path(__file__).parents[2] / "params.yaml").evaluate.model_copy(
    update={"bootstrap_draws": 100}
)
_UNITS = ("AU04", "AU12")


@dataclass(frozen=True)
class Made:
    """What an evaluation is made up of.

    Attributes:
        tasks: that the model has heads for.
        sides: resolutions in px; the first is the headline's, and the more blurred a picture is, the worse the answers.
        videos: each of one person.
        frames: of each.
        classes: names of the expressions.
        absent: classes that no row has.
        corpora: of these the videos are in turn; one says no more than all rows.
        metadata: of every table.
        dataset: what `scores.json` says of it.
    """

    tasks: Sequence[str] = (EXPRESSION,)
    sides: Sequence[int] = (64, 32)
    videos: Sequence[str] = tuple(f"v{number}" for number in range(6))
    frames: int = 20
    classes: Sequence[str] = SEVEN_CLASSES
    absent: Sequence[str] = ()
    corpora: Sequence[str] = ("sample",)
    metadata: Mapping[str, str] = field(default_factory=lambda: dict(OPEN))
    dataset: Mapping[str, Any] = field(
        default_factory=lambda: {"name": "fer-data-sample", "version": "0.1.0", "dataset_sha256": "0" * 64}
    )


def write_evaluation(folder: Path, made: Made) -> dict[str, Any]:
    """Write the folder that stage `evaluate` writes, and return its scores."""
    folder.mkdir(parents=True)
    scores: dict[str, Any] = {
        "corpus": "rendered sample",
        "dataset": dict(made.dataset),
        "model": {"weights_sha256": "1" * 64, "trained_on": "fer-data-sample 0.1.0 (rendered faces)"},
        "headline_px": made.sides[0],
        "split": "validation",
    }
    sides: dict[str, dict[str, Any]] = {str(px): {} for px in made.sides}
    for task in made.tasks:
        found = _expression(folder, made) if task == EXPRESSION else _measured(folder, made, task)
        for px, own in found.pop("resolutions").items():
            sides[px] |= own
        scores |= found
    scores["resolutions"] = {px: at | challenge_sum(at) for px, at in sides.items()}
    (folder / "scores.json").write_text(json.dumps(scores, allow_nan=False), encoding="utf-8")
    return scores


def _keys(made: Made, px: int) -> dict[str, list[Any]]:
    """Return the columns of every task; the first frame of each video has no crop."""
    places = [(video, frame) for video in made.videos for frame in range(made.frames)]
    keys: dict[str, list[Any]] = {
        "row_id": [f"{video}/{frame + 1:05d}" for video, frame in places],
        "subject_id": [video for video, _ in places],
        "video_id": [video for video, _ in places],
        "frame_index": [frame for _, frame in places],
        "resolution": [px] * len(places),
        "source": ["nearest" if frame == 0 else "model" for _, frame in places],
    }
    if len(made.corpora) > 1:
        numbers = {video: index for index, video in enumerate(made.videos)}
        keys["corpus"] = [made.corpora[numbers[video] % len(made.corpora)] for video, _ in places]
        keys |= {"subject_source": ["video"] * len(places), "label_scope": ["frame"] * len(places)}
    return keys


def _write(folder: Path, task: str, tables: Sequence[pa.Table], metadata: Mapping[str, str]) -> None:
    path = folder / FILES[task]
    path.parent.mkdir(exist_ok=True)
    write_table(path, tables, schema_of(tables[0].column_names, task), dict(metadata))


def _table(task: str, columns: Mapping[str, list[Any]]) -> pa.Table:
    return pa.table({name: columns[name] for name in schema_of(list(columns), task).names},
                    schema_of(list(columns), task))  # fmt: skip


def _facts(made: Made, task: str) -> dict[str, CorpusFacts]:
    return {name: CorpusFacts(name, "affwild2", {task: "validation"}) for name in made.corpora}


def _slices(rows: Predictions) -> dict[str, dict[str, Any]]:
    """Return two properties: one whose slices hold all videos, one of whose slices holds two."""
    early = rows.frames < rows.frames.max() / 2
    few = np.isin(np.asarray(rows.videos), sorted(set(rows.videos))[:2])
    return {
        "sharpness (variance of the Laplacian)": {"< 5": early, ">= 5": ~early},
        "side": {"left": few, "only": ~few},
    }


def _expression(folder: Path, made: Made) -> dict[str, Any]:
    random, count = np.random.default_rng(7), len(made.classes)
    possible = [index for index, name in enumerate(made.classes) if name not in made.absent]
    actual = random.choice(possible, len(made.videos) * made.frames)
    noise = random.normal(size=(len(actual), max(count, 2)))
    tables = []
    for px in made.sides:
        keys, logits = _keys(made, px), noise.copy()
        logits[np.arange(len(actual)), actual] += 2.0 * px / made.sides[0]
        own = [
            list(map(float, row)) if keys["source"][index] == "model" else None
            for index, row in enumerate(logits)
        ]
        near = np.arange(len(actual)) + (np.arange(len(actual)) % made.frames == 0)
        said = logits[np.minimum(near, len(actual) - 1)].argmax(axis=1)
        tables.append(
            _table(
                EXPRESSION, {**keys, "expression": actual.tolist(), "predicted": said.tolist(), "logits": own}
            )
        )
    _write(folder, EXPRESSION, tables, {"classes": json.dumps(list(made.classes)), **made.metadata})
    rows = {px: TABLES[EXPRESSION].read(table) for px, table in zip(made.sides, tables, strict=True)}
    metrics = report.summarise(rows, made.classes, int(np.bincount(actual, minlength=count).argmax()))
    points: list[dict[str, Any]] = []
    slices: list[dict[str, Any]] = []
    tuning = assessment.Tuning(0.75, 0, {0: 0.5}, 40)
    for px, one in rows.items():
        at = metrics["resolutions"][str(px)]
        at |= assessment.assess(one, made.classes, tuning, PARAMS)
        scoring = CorpusScoring(made.classes, np.bincount(actual, minlength=count), 100)
        at |= by_corpus(one, _facts(made, EXPRESSION), EXPRESSION, scoring, seed=7)
        points += [
            {"resolution_px": px, **row} for row in assessment.reliability_rows(one, made.classes, tuning)
        ]
        found = assessment.slice_rows(one, _slices(one), made.classes, PARAMS)
        slices += [{"resolution_px": px, **row} for row in found]
    report.write_plots(folder, rows, metrics, shown=made.sides[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RELIABILITY, mark_reliability)
        report.write_assessments(folder, points, slices, metrics)
    return metrics


def _measured(folder: Path, made: Made, task: str) -> dict[str, Any]:
    measure: Measure = ValenceArousal() if task == VALENCE_AROUSAL else ActionUnits()
    tables = [(_values if task == VALENCE_AROUSAL else _units)(made, px) for px in made.sides]
    _write(folder, task, tables, made.metadata)
    rows = {px: TABLES[task].read(table) for px, table in zip(made.sides, tables, strict=True)}
    scores, slices = {}, []
    for px, one in rows.items():
        scores[str(px)] = assess(measure, one, {0: 0.5}, PARAMS)
        slices += [{"resolution_px": px, **row} for row in task_slices(measure, one, _slices(one), PARAMS)]
    write_csv(folder / task / "slices.csv", list(slices[0]), (row.values() for row in slices))
    measure.write(folder / task, TaskReport(rows, scores, made.sides[0]))
    return {"resolutions": {px: {task: at} for px, at in scores.items()}}


def _values(made: Made, px: int) -> pa.Table:
    random, keys = np.random.default_rng(8), _keys(made, px)
    actual = random.uniform(-1, 1, (len(keys["row_id"]), 2))
    said = np.clip(actual + random.normal(size=actual.shape) * 0.3 * made.sides[0] / px, -1, 1)
    columns = dict(zip(("valence", "arousal"), actual.T.tolist(), strict=True))
    columns |= dict(zip(("predicted_valence", "predicted_arousal"), said.T.tolist(), strict=True))
    return _table(VALENCE_AROUSAL, {**keys, **columns})


def _units(made: Made, px: int) -> pa.Table:
    random, keys = np.random.default_rng(9), _keys(made, px)
    count = len(keys["row_id"])
    actual = random.random((count, len(_UNITS))) < (0.5, 0.2)
    chance = np.clip(0.3 + 0.4 * actual + random.normal(size=actual.shape) * 0.2, 0, 1)

    def struct(values: Any, missing: None = None) -> list[dict[str, Any]]:
        none = dict.fromkeys(ACTION_UNITS, missing)
        return [none | dict(zip(_UNITS, row, strict=True)) for row in values.tolist()]

    said = (chance.astype(np.float32) >= 0.5).astype(int)
    columns = {
        "action_units": struct(actual.astype(int)),
        "predicted": struct(said),
        "probability": struct(chance),
    }
    return _table(UNITS, {**keys, **columns})
