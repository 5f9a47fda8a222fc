"""Scores of valence and arousal and of action units: how sure they are, what smoothing adds, and where they fail."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fer_data.core.answers import THRESHOLD, unit_probabilities, within_range
from fer_data.core.filling import nearest_rows
from fer_data.core.intervals import MIN_VIDEOS, Interval
from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.core.scores import action_unit_f1, valence_arousal_score
from fer_data.core.smoothing import best_window, smooth, window_scores
from fer_data.core.task_intervals import (
    ScoreOf,
    by_video,
    concordance_scores,
    concordance_terms,
    score_gain,
    task_intervals,
    unit_score_of,
    unit_terms,
    videos_by_unit,
)
from fer_data.params.evaluate import EvaluateParams
from train.predictions import Development
from train.task_predictions import TaskRows

__all__ = ["ActionUnits", "Measure", "ValenceArousal", "assess_task", "task_slices", "tune_window"]

Float64 = NDArray[np.float64]
Labels = NDArray[Any]


class Measure(Protocol):
    """How one task is scored."""

    @property
    def headline(self) -> str:
        """Return the name of the score that the challenge ranks by."""

    @property
    def last_resort(self) -> str:
        """Return the source of answers for a subject without any crop."""

    def scores(self, actual: Labels, answers: Float64) -> dict[str, Any]:
        """Return the scores by name, the headline first."""

    def terms(self, actual: Labels, answers: Float64) -> Float64:
        """Return what adds up over rows, (n, ...)."""

    def score_of(self, statistics: Float64) -> ScoreOf:
        """Return what makes scores of terms summed over draws of these videos."""

    def videos(self, statistics: Float64) -> dict[str, int]:
        """Return how many of these videos show what a score of its own is about, by that score's name."""

    def development(self, development: Development) -> tuple[Labels, Float64]:
        """Return labels and answers of development rows."""

    def baseline(self, actual: Labels) -> dict[str, Any]:
        """Return what an answer that never looks at a picture scores, by its name."""


@dataclass(frozen=True, slots=True)
class ValenceArousal:
    """Lin's concordance of each dimension, and their mean."""

    headline: str = "ccc"
    last_resort: str = "training_mean"

    def scores(self, actual: Labels, answers: Float64) -> dict[str, Any]:
        """Return `ccc`, `ccc_valence` and `ccc_arousal`."""
        valence, arousal, mean = valence_arousal_score(actual, answers)
        return {"ccc": mean, "ccc_valence": valence, "ccc_arousal": arousal}

    def terms(self, actual: Labels, answers: Float64) -> Float64:
        """Return counts, sums and products."""
        return concordance_terms(actual, answers)

    def score_of(self, statistics: Float64) -> ScoreOf:
        """Return the concordance of summed terms."""
        del statistics
        return concordance_scores

    def videos(self, statistics: Float64) -> dict[str, int]:
        """Return nothing: every video has both dimensions."""
        del statistics
        return {}

    def development(self, development: Development) -> tuple[Labels, Float64]:
        """Return valence and arousal, annotated and answered."""
        return development.targets.labels["valence_arousal"].astype(np.float64), within_range(
            development.outputs
        )

    def baseline(self, actual: Labels) -> dict[str, Any]:
        """Return nothing: any constant has concordance 0."""
        del actual
        return {}


@dataclass(frozen=True, slots=True)
class ActionUnits:
    """F1 of each annotated unit, and their mean.

    Attributes:
        units: names of the columns.
    """

    units: tuple[str, ...] = ACTION_UNITS
    headline: str = "mean_f1"
    last_resort: str = "most_frequent"

    def scores(self, actual: Labels, answers: Float64) -> dict[str, Any]:
        """Return `mean_f1` and `f1` by unit; units that no row annotates are left out."""
        f1 = action_unit_f1(actual, answers >= THRESHOLD)
        known = {unit: float(one) for unit, one in zip(self.units, f1, strict=True) if not np.isnan(one)}
        return {"mean_f1": float(np.mean(list(known.values()))) if known else 0.0, "f1": known}

    def terms(self, actual: Labels, answers: Float64) -> Float64:
        """Return hits, occurrences, predictions and annotations."""
        return unit_terms(actual, answers)

    def score_of(self, statistics: Float64) -> ScoreOf:
        """Return F1 of summed terms."""
        return unit_score_of(statistics, self.units)

    def videos(self, statistics: Float64) -> dict[str, int]:
        """Return in how many videos each annotated unit is present."""
        return videos_by_unit(statistics, self.units)

    def development(self, development: Development) -> tuple[Labels, Float64]:
        """Return presence and probability of the model's units."""
        return development.targets.labels["action_units"], unit_probabilities(development.outputs)

    def baseline(self, actual: Labels) -> dict[str, Any]:
        """Return what answering every unit present scores."""
        return {"always_present": self.scores(actual, np.ones(actual.shape))}


def tune_window(measure: Measure, development: Development, windows: Sequence[int]) -> dict[int, float]:
    """Return the headline score that each smoothing window gives on development rows."""
    actual, answers = measure.development(development)
    place = (development.subjects.tolist(), development.frames)
    return window_scores(
        answers,
        lambda means: float(measure.scores(actual, means)[measure.headline]),
        place,
        windows=windows,
    )


def assess_task(
    measure: Measure, rows: TaskRows, tried: Mapping[int, float], params: EvaluateParams
) -> dict[str, Any]:
    """Return scores over every annotated row, with intervals, coverage and the gain of smoothing.

    `covered` are the rows with a crop of their own alone. Windows were tried on development subjects.
    """
    statistics = by_video(measure.terms(rows.actual, rows.answers), rows.videos)
    found = task_intervals(
        statistics, measure.score_of(statistics), draws=params.bootstrap_draws, seed=params.seed
    )
    names = ("model", "nearest", measure.last_resort)
    holding = measure.videos(statistics)
    return {
        **measure.scores(rows.actual, rows.answers),
        "coverage": float(rows.own.mean()),
        "rows": {name: rows.sources.count(name) for name in names},
        "covered": measure.scores(rows.actual[rows.own], rows.answers[rows.own]),
        **measure.baseline(rows.actual),
        "intervals": {
            "videos": len(statistics),
            **({"videos_present": holding} if holding else {}),
            **{
                name: _interval(one if holding.get(name, MIN_VIDEOS) >= MIN_VIDEOS else None)
                for name, one in found.items()
            },
        },
        "smoothing": _smoothing(measure, rows, tried, params),
    }


def _interval(interval: Interval | None) -> dict[str, float] | None:
    return None if interval is None else asdict(interval)


def _smoothing(
    measure: Measure, rows: TaskRows, tried: Mapping[int, float], params: EvaluateParams
) -> dict[str, Any]:
    window = best_window(tried)
    after = smoothed(rows, window)
    both = [by_video(measure.terms(one.actual, one.answers), one.videos) for one in (rows, after)]
    gain = score_gain(
        both[0],
        both[1],
        (measure.score_of(both[0]), measure.score_of(both[1])),
        name=measure.headline,
        draws=params.bootstrap_draws,
        seed=params.seed,
    )
    return {
        "window_frames": window,
        f"development_{measure.headline}": {str(window): score for window, score in tried.items()},
        **measure.scores(after.actual, after.answers),
        "gain": {
            "difference": gain.difference,
            "interval": _interval(gain.interval),
            "p_value": gain.p_value,
        },
    }


def smoothed(rows: TaskRows, window: int) -> TaskRows:
    """Return the rows with answers averaged over neighbours; a row without a crop takes its nearest row's."""
    if not rows.own.any():
        return rows
    subjects = np.asarray(rows.subjects, np.str_)
    answers = rows.answers.copy()
    answers[rows.own] = smooth(
        rows.answers[rows.own], subjects[rows.own].tolist(), rows.frames[rows.own], window=window
    )
    source = nearest_rows(rows.subjects, rows.frames, rows.own)
    return replace(rows, answers=np.where((source >= 0)[:, None], answers[source], answers))


def task_slices(
    measure: Measure, rows: TaskRows, properties: Mapping[str, Mapping[str, NDArray[np.bool_]]]
) -> Iterator[dict[str, Any]]:
    """Yield the headline score of each slice of each property; None without rows."""
    videos = np.asarray(rows.videos, np.str_)
    for name, slices in properties.items():
        for label, mask in slices.items():
            scores = measure.scores(rows.actual[mask], rows.answers[mask])
            yield {
                "property": name,
                "slice": label,
                "rows": int(mask.sum()),
                "videos": len(np.unique(videos[mask])),
                measure.headline: scores[measure.headline] if mask.any() else None,
            }
