"""Scores of a task whose answers are numbers: intervals over videos, the gain of smoothing, and scores by slice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float64
from fer_data.core.metrics.bootstrap import MIN_VIDEOS, interval_of
from fer_data.core.metrics.clips import have_neighbours
from fer_data.core.metrics.nearest_frame import nearest_rows
from fer_data.core.metrics.smoothing import best_window, smooth, window_scores
from fer_data.core.metrics.task_bootstrap import (
    ScoreOf,
    by_video,
    score_draws,
    score_gain,
    task_intervals,
)
from fer_data.model.files import Model
from fer_data.params.evaluate import EvaluateParams
from fer_data.predictions.schemas import TABLES, Predictions
from train.evaluation.intervals import errors_within, interval_ends, plain, stated_units
from train.evaluation.outputs import DevelopmentOutputs

__all__ = ["Measure", "TaskReport", "assess", "headline_of", "task_slices", "tune_window"]

Labels = NDArray[Any]


class Measure(Protocol):
    """How a task whose answers are numbers is scored: values, or probabilities of units."""

    @property
    def task(self) -> str:
        """Return the name of the task."""

    @property
    def shown(self) -> Mapping[str, str]:
        """Return the scores that tables show, the headline first, and what they are called there."""

    def scores(self, actual: Labels, answers: Float64) -> dict[str, Any]:
        """Return the scores by name, the headline first."""

    def terms(self, actual: Labels, answers: Float64) -> Float64:
        """Return what adds up over rows, (n, ...)."""

    def score_of(self, statistics: Float64) -> ScoreOf:
        """Return what makes scores of terms summed over draws of these videos."""

    def videos(self, statistics: Float64) -> dict[str, int]:
        """Return how many of these videos show what a score of its own is about, by that score's name."""

    def of_outputs(self, names: Sequence[str]) -> "Measure":
        """Return the measure over the outputs of a head, where these are fewer than the columns of its table."""

    def errors(self, actual: Labels, answers: Float64) -> Float64:
        """Return how wrong the answer to each row is, (n,), NaN where it has no label."""

    def baseline(self, actual: Labels) -> dict[str, Any]:
        """Return what an answer that never looks at a picture scores, by its name."""

    def customary(self, rows: Predictions) -> dict[str, dict[str, Any]]:
        """Return the figures that papers report of rows of one corpus, by their name; none where there are none."""

    def usual(self, model: Model) -> Float64:
        """Return the answer for a subject without any crop, which follows from the training labels."""

    def write(self, folder: Path, report: "TaskReport") -> None:
        """Write the picture of the task, and the data behind it."""


@dataclass(frozen=True, slots=True, eq=False)
class TaskReport:
    """What is known of one task at every side.

    Attributes:
        rows: predictions by side.
        scores: by side.
        shown_px: the side that is drawn.
        split: the scored splits in words.
    """

    rows: Mapping[int, Predictions]
    scores: Mapping[str, Mapping[str, Any]]
    shown_px: int
    split: str = "validation"


def headline_of(measure: Measure) -> str:
    """Return the name of the score that the challenge ranks by."""
    return next(iter(measure.shown))


def tune_window(
    measure: Measure, development: DevelopmentOutputs, windows: Sequence[int]
) -> dict[int, float]:
    """Return the headline score that each smoothing window gives on development rows."""
    labels = development.targets.labels[measure.task]
    actual = labels.astype(np.float64) if labels.dtype.kind == "f" else labels
    answers = TABLES[measure.task].answers(development.outputs)
    return window_scores(
        answers,
        lambda means: float(measure.scores(actual, means)[headline_of(measure)]),
        (development.clips, development.frames),
        windows=windows,
    )


def assess(
    measure: Measure, rows: Predictions, tried: Mapping[int, float], params: EvaluateParams
) -> dict[str, Any]:
    """Return scores over every annotated row, with intervals, coverage and the gain of smoothing.

    `covered` are the rows with a crop of their own alone. Windows were tried on development subjects; smoothing is
    None where no two rows are frames of one clip.
    """
    units, drawn = rows.units()
    statistics = by_video(measure.terms(rows.actual, rows.answers), units)
    found = task_intervals(
        statistics, measure.score_of(statistics), draws=params.bootstrap_draws, seed=params.seed
    )
    names = ("model", "nearest", TABLES[measure.task].last_resort)
    holding = measure.videos(statistics)
    return {
        **measure.scores(rows.actual, rows.answers),
        "coverage": float(rows.own.mean()),
        "rows": {name: rows.sources.count(name) for name in names},
        "covered": measure.scores(rows.actual[rows.own], rows.answers[rows.own]),
        **measure.baseline(rows.actual),
        "intervals": {
            **stated_units(len(statistics), drawn),
            **({f"{drawn.kind}_present": holding} if holding else {}),
            **{
                name: plain(one if holding.get(name, MIN_VIDEOS) >= MIN_VIDEOS else None)
                for name, one in found.items()
            },
        },
        "errors": errors_within(measure.errors(rows.actual, rows.answers), units),
        "smoothing": _smoothing(measure, rows, tried, params) if have_neighbours(rows.clips) else None,
    }


def _smoothing(
    measure: Measure, rows: Predictions, tried: Mapping[int, float], params: EvaluateParams
) -> dict[str, Any]:
    window = best_window(tried)
    after = smoothed(rows, window)
    units, drawn = rows.units()
    both = [by_video(measure.terms(one.actual, one.answers), units) for one in (rows, after)]
    gain = score_gain(
        both[0],
        both[1],
        (measure.score_of(both[0]), measure.score_of(both[1])),
        name=headline_of(measure),
        draws=params.bootstrap_draws,
        seed=params.seed,
        drawn=drawn,
    )
    return {
        "window_frames": window,
        f"development_{headline_of(measure)}": {str(window): score for window, score in tried.items()},
        **measure.scores(after.actual, after.answers),
        "gain": {
            "difference": gain.difference,
            "interval": plain(gain.interval),
            "p_value": gain.p_value,
        },
    }


def smoothed(rows: Predictions, window: int) -> Predictions:
    """Return the rows with answers averaged over neighbours; a row without a crop takes its nearest row's."""
    if not rows.own.any():
        return rows
    clips, answers = rows.clips, rows.answers.copy()
    answers[rows.own] = smooth(rows.answers[rows.own], clips[rows.own], rows.frames[rows.own], window=window)
    source = nearest_rows(clips, rows.frames, rows.own)
    return replace(rows, answers=np.where((source >= 0)[:, None], answers[source], answers))


def task_slices(
    measure: Measure,
    rows: Predictions,
    properties: Mapping[str, Mapping[str, NDArray[np.bool_]]],
    params: EvaluateParams,
) -> Iterator[dict[str, Any]]:
    """Yield the headline score of each slice of each property, with the ends of its interval; None without rows."""
    videos, (units, _) = np.asarray(rows.videos, np.str_), rows.units()
    name = headline_of(measure)
    for property_, slices in properties.items():
        for label, mask in slices.items():
            scores = measure.scores(rows.actual[mask], rows.answers[mask])
            statistics = by_video(measure.terms(rows.actual[mask], rows.answers[mask]), units[mask])
            drawn = score_draws(
                statistics, measure.score_of(statistics), draws=params.bootstrap_draws, seed=params.seed
            )
            yield {
                "property": property_,
                "slice": label,
                "rows": int(mask.sum()),
                "videos": len(np.unique(videos[mask])),
                name: scores[name] if mask.any() else None,
                **interval_ends({name: interval_of(drawn[name]) if drawn else None}),
            }
