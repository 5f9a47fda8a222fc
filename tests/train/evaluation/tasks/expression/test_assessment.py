"""How sure an evaluation is, from predictions made by hand."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.core.metrics.bootstrap import MIN_VIDEOS
from fer_data.core.metrics.scores import class_scores
from fer_data.params.evaluate import EvaluateParams
from fer_data.predictions.schemas import TABLES, Predictions
from fer_data.tables.schemas import FACE_ROWS, PREDICTIONS
from fer_data.terminal.show import show
from train.evaluation.slices import face_slices
from train.evaluation.tasks.expression.assessment import (
    Tuning,
    assess,
    reliability_rows,
    slice_rows,
    smoothed_classes,
    tune,
)
from train.evaluation.tasks.expression.plots import draw_reliability
from train.evaluation.tasks.expression.report import assessment_table, summarise

CLASSES = ("Neutral", "Anger", "Disgust")
VIDEOS, FRAMES = 9, 20


def prediction(video: int, frame: int, random: np.random.Generator) -> dict[str, Any]:
    """Return a row whose class changes every ten frames and whose logits flicker; the fourth frame has no crop."""
    actual = (video + frame // 10) % 3
    logits = random.normal(0, 2, 3)
    logits[actual] += 2.5
    own = frame != 3
    return {
        "row_id": f"v{video}/{frame + 1:05d}",
        "subject_id": f"v{video}",
        "video_id": f"v{video}",
        "frame_index": frame,
        "resolution": 64,
        "expression": actual,
        "predicted": int(logits.argmax()) if own else 0,
        "source": "model" if own else "nearest",
        "logits": logits.tolist() if own else None,
    }


@pytest.fixture(scope="module")
def rows() -> Predictions:
    """Return nine videos of twenty frames."""
    random = np.random.default_rng(1)
    listed = [prediction(video, frame, random) for video in range(VIDEOS) for frame in range(FRAMES)]
    return TABLES["expression"].read(pa.Table.from_pylist(listed, PREDICTIONS))


@pytest.fixture(scope="module")
def params(evaluation: EvaluateParams) -> EvaluateParams:
    """Return parameters with few draws."""
    return evaluation.model_copy(update={"bootstrap_draws": 200})


@pytest.fixture(scope="module")
def tuning(rows: Predictions) -> Tuning:
    """Return what another nine videos would choose; these will do."""
    subjects = [name for name, own in zip(rows.subjects, rows.own, strict=True) if own]
    return tune(rows.logits, rows.actual[rows.own], (subjects, rows.frames[rows.own]), [0, 1, 3])


def unseen(rows: Predictions) -> Predictions:
    """Return the same rows as if no crop had been found."""
    nothing = np.zeros(len(rows.own), bool)
    sources = ["most_frequent"] * len(rows.own)
    return replace(rows, answers=np.zeros_like(rows.actual), own=nothing, sources=sources, logits=None)


def faces(rows: Predictions) -> pa.Table:
    """Return the faces of the rows: the head turns from left to right, and rows without a crop have none."""
    listed = []
    for subject, frame, own in zip(rows.subjects, rows.frames, rows.own, strict=True):
        turn = float(frame) - 10
        row = dict.fromkeys(FACE_ROWS.names) | {
            "row_id": f"{subject}/{frame + 1:05d}",
            "series_id": subject,
            "subject_id": subject,
            "video_id": subject,
            "side": "left" if subject < "v3" else "only",
            "frame_index": int(frame),
            "action_units": dict.fromkeys(ACTION_UNITS),
            "state": "kept" if own else "no_face",
        }
        if own:
            marks = [[0, 0], [40 + frame, 0], [20 + frame / 2 + turn, 25], [10, 50], [30, 50]]
            row |= {"landmarks": marks, "sharpness": float(frame), "brightness": 100.0}
        listed.append(row)
    return pa.Table.from_pylist(listed, FACE_ROWS)


def test_smoothing_follows_the_window_chosen_in_development(
    rows: Predictions, tuning: Tuning, params: EvaluateParams
) -> None:
    """Flicker is smoothed away, the gain is stated with its interval, and the window is the one that was chosen."""
    found = assess(rows, CLASSES, tuning, params)["smoothing"]
    assert found["window_frames"] == tuning.window > 0
    errors = assess(rows, CLASSES, tuning, params)["errors"]
    assert errors["effective_rows"] <= len(rows.actual)
    assert found["macro_f1"] > class_scores(rows.actual, rows.answers, 3).macro_f1
    gain = found["gain"]["macro_f1"]
    assert gain["interval"]["low"] <= gain["difference"] <= gain["interval"]["high"]


def test_single_pictures_are_not_smoothed(
    rows: Predictions, tuning: Tuning, params: EvaluateParams, capsys: pytest.CaptureFixture[str]
) -> None:
    """No two rows are frames of one clip, so nothing is averaged: no scores, no line of the table, and why."""
    names = [f"picture {index}" for index in range(len(rows.actual))]
    one_each = replace(rows, subjects=names, videos=names, series=names)
    found = assess(one_each, CLASSES, tuning, params)
    assert found["smoothing"] is None
    assert found["errors"] is None
    metrics = summarise({64: one_each}, CLASSES, 0)
    metrics["resolutions"]["64"] |= found
    show(assessment_table(metrics))
    shown = capsys.readouterr().out
    assert "Nothing is smoothed" in " ".join(shown.split())
    assert "gain" not in shown
    assert "window" not in shown


def test_no_smoothing_gains_nothing(rows: Predictions, params: EvaluateParams) -> None:
    """With a window of 0 only the rows without a crop can differ from what was predicted."""
    smoothed = smoothed_classes(rows, Tuning(1.0, 0, {}, 0))
    np.testing.assert_array_equal(smoothed[rows.own], rows.answers[rows.own])


def test_a_row_without_a_crop_takes_its_neighbours_smoothed_class(rows: Predictions, tuning: Tuning) -> None:
    """Frame 3 has no crop; frame 2 is as near as frame 4 and comes first."""
    smoothed = smoothed_classes(rows, tuning).reshape(VIDEOS, FRAMES)
    np.testing.assert_array_equal(smoothed[:, 3], smoothed[:, 2])


def test_intervals_lie_around_the_scores(rows: Predictions, tuning: Tuning, params: EvaluateParams) -> None:
    """Overall and per class, and the number of videos drawn is said."""
    scores = class_scores(rows.actual, rows.answers, 3)
    found = assess(rows, CLASSES, tuning, params)["intervals"]
    assert found["videos"] == VIDEOS
    stated = {"macro_f1": scores.macro_f1, "accuracy": scores.accuracy}
    for name, value in stated.items():
        assert found[name]["low"] < value < found[name]["high"]
    for name, value in zip(CLASSES, scores.f1, strict=True):
        assert found["f1"][name]["low"] <= value <= found["f1"][name]["high"]


def test_scaling_improves_the_likelihood_it_was_fitted_on(
    rows: Predictions, tuning: Tuning, params: EvaluateParams
) -> None:
    """Every class has an error of its own, before and after."""
    found = assess(rows, CLASSES, tuning, params)["calibration"]
    assert found["scaled"]["nll"] < found["raw"]["nll"]
    assert set(found["raw"]["class_ece"]) == set(CLASSES)


def test_rows_that_no_model_saw_can_be_assessed(
    rows: Predictions, tuning: Tuning, params: EvaluateParams
) -> None:
    """Without any crop there are scores and intervals, but nothing is said of probabilities."""
    found = assess(unseen(rows), CLASSES, tuning, params)
    assert "raw" not in found["calibration"]
    assert found["smoothing"]["gain"]["macro_f1"]["difference"] == 0.0
    assert list(reliability_rows(unseen(rows), CLASSES, tuning)) == []


def test_an_assessment_is_plain_json_and_the_same_each_time(
    rows: Predictions, tuning: Tuning, params: EvaluateParams
) -> None:
    """It can be written as metrics, without a NaN."""
    first, second = (json.dumps(assess(rows, CLASSES, tuning, params), allow_nan=False) for _ in range(2))
    assert first == second


def test_reliability_counts_every_row_once_a_class(rows: Predictions, tuning: Tuning) -> None:
    """The bins of the top class, and of each class, hold all rows with a crop."""
    found = list(reliability_rows(rows, CLASSES, tuning))
    for name in ("top", *CLASSES):
        own = [row["rows"] for row in found if (row["class"], row["probabilities"]) == (name, "scaled")]
        assert sum(own) == rows.own.sum()


def test_slices_hold_every_row_once_a_property(rows: Predictions, params: EvaluateParams) -> None:
    """Each property's slices add up to all rows; those without a face are `unknown`; sides are as annotated."""
    found = list(slice_rows(rows, face_slices(faces(rows), params), CLASSES, params))
    for name in {row["property"] for row in found}:
        assert sum(row["rows"] for row in found if row["property"] == name) == len(rows.own)
    unknown = {row["property"]: row["rows"] for row in found if row["slice"] == "unknown"}
    assert set(unknown.values()) == {VIDEOS}
    sides = {row["slice"]: row["videos"] for row in found if row["property"] == "side"}
    assert sides == {"left": 3, "only": 6}
    yaw = [row["slice"] for row in found if row["property"] == "yaw (degrees)" and row["rows"]]
    assert len(yaw) >= 4
    for row in found:
        enough = row["videos"] >= MIN_VIDEOS
        assert (row["macro_f1_low"] is not None) == enough
        assert not enough or row["macro_f1_low"] <= row["macro_f1"] <= row["macro_f1_high"]


def test_the_plot_is_a_function_of_the_rows(
    tmp_path: Path, rows: Predictions, tuning: Tuning, params: EvaluateParams
) -> None:
    """Drawing twice gives equal bytes, and a resolution without any crop leaves no panel behind."""
    metrics = {"64": assess(rows, CLASSES, tuning, params)}
    points = [{"resolution_px": 64, **row} for row in reliability_rows(rows, CLASSES, tuning)]
    for name in ("a.png", "b.png"):
        draw_reliability(tmp_path / name, points, metrics)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    draw_reliability(tmp_path / "none.png", [], {})
    assert (tmp_path / "none.png").stat().st_size < (tmp_path / "a.png").stat().st_size


def test_the_printed_table_shows_intervals_and_the_gain(
    rows: Predictions, tuning: Tuning, params: EvaluateParams, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reader sees how sure each figure is."""
    found = assess(rows, CLASSES, tuning, params)
    both = {"64": found, "32": assess(unseen(rows), CLASSES, tuning, params)}
    show(assessment_table({"resolutions": both}))
    shown = capsys.readouterr().out
    low, high = (found["intervals"]["macro_f1"][end] for end in ("low", "high"))
    assert f"{low:.2f}-{high:.2f}" in shown
    assert f"{found['smoothing']['gain']['macro_f1']['difference']:+.3f}" in shown
