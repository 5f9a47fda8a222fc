"""Expression: intervals of the scores, calibration of the probabilities, gain of smoothing, and scores by slice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float64, Int64, Mask
from fer_data.core.metrics.bootstrap import compare, group_confusions, score_intervals
from fer_data.core.metrics.calibration import (
    Reliability,
    class_reliability,
    fit_temperature,
    negative_log_likelihood,
    probabilities,
    top_reliability,
)
from fer_data.core.metrics.clips import have_neighbours
from fer_data.core.metrics.nearest_frame import nearest_rows
from fer_data.core.metrics.scores import class_scores
from fer_data.core.metrics.slices import slice_scores
from fer_data.core.metrics.smoothing import choose_window, smooth
from fer_data.params.evaluate import EvaluateParams
from fer_data.predictions.schemas import Predictions
from train.evaluation.intervals import errors_within, interval_ends, plain, stated_units

__all__ = ["Tuning", "assess", "reliability_rows", "slice_rows", "smoothed_classes", "tune"]


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was chosen on the development subjects.

    Attributes:
        temperature: divides the logits.
        window: frames to either side that are smoothed over; 0 is no smoothing.
        macro_f1: what each window tried gave there.
        rows: number of development rows.
    """

    temperature: float
    window: int
    macro_f1: Mapping[int, float]
    rows: int


def tune(
    logits: NDArray[Any], actual: Int64, clip_frames: tuple[Int64, Int64], windows: Sequence[int]
) -> Tuning:
    """Return temperature and smoothing window for rows of development subjects.

    Args:
        logits: (n, classes).
        actual: (n,) class.
        clip_frames: clip and frame of each row.
        windows: frames to either side to try.
    """
    temperature = fit_temperature(logits, actual)
    chosen = choose_window(probabilities(logits, temperature), actual, clip_frames, windows=windows)
    return Tuning(temperature, chosen.window, chosen.macro_f1, len(actual))


def assess(
    rows: Predictions, classes: Sequence[str], tuning: Tuning, params: EvaluateParams
) -> dict[str, Any]:
    """Return intervals, calibration and the gain of smoothing, on rows that chose none of it.

    An interval is None where fewer than `MIN_VIDEOS` videos can say; all draws take whole videos. Smoothing is None
    where no two rows are frames of one clip.
    """
    units, drawn = rows.units()
    confusions = group_confusions(rows.actual, rows.answers, units, classes=len(classes))
    found = score_intervals(confusions, draws=params.bootstrap_draws, seed=params.seed)
    return {
        "intervals": {
            **stated_units(len(confusions), drawn),
            "macro_f1": plain(found.macro_f1),
            "macro_f1_present": plain(found.macro_f1_present),
            "accuracy": plain(found.accuracy),
            "combined": plain(found.challenge),
            "f1": {name: plain(one) for name, one in zip(classes, found.f1, strict=True)},
        },
        "errors": errors_within(rows.answers != rows.actual, units),
        "calibration": _calibration(rows, classes, tuning),
        "smoothing": _smoothing(rows, confusions, tuning, params) if have_neighbours(rows.clips) else None,
    }


def _logits(rows: Predictions) -> Float64:
    """Return the logits of the rows that the model saw."""
    return np.zeros((0, 0)) if rows.logits is None else rows.logits


def _calibration(rows: Predictions, classes: Sequence[str], tuning: Tuning) -> dict[str, Any]:
    actual = rows.actual[rows.own]
    result: dict[str, Any] = {"temperature": tuning.temperature, "development_rows": tuning.rows}
    if not len(actual):
        return result
    for name, temperature in (("raw", 1.0), ("scaled", tuning.temperature)):
        probability = probabilities(_logits(rows), temperature)
        by_class = class_reliability(probability, actual)
        result[name] = {
            "ece": top_reliability(probability, actual).error,
            "nll": negative_log_likelihood(_logits(rows), actual, temperature),
            "class_ece": {label: one.error for label, one in zip(classes, by_class, strict=True)},
        }
    return result


def _smoothing(
    rows: Predictions, confusions: Int64, tuning: Tuning, params: EvaluateParams
) -> dict[str, Any]:
    smoothed = smoothed_classes(rows, tuning)
    classes = confusions.shape[1]
    scores = class_scores(rows.actual, smoothed, classes)
    units, drawn = rows.units()
    after = group_confusions(rows.actual, smoothed, units, classes=classes)
    gains = compare(confusions, after, draws=params.bootstrap_draws, seed=params.seed, drawn=drawn)
    return {
        "window_frames": tuning.window,
        "development_macro_f1": {str(window): score for window, score in tuning.macro_f1.items()},
        "macro_f1": scores.macro_f1,
        "macro_f1_present": scores.macro_f1_present,
        "accuracy": scores.accuracy,
        "gain": {
            name: {"difference": one.difference, "interval": plain(one.interval), "p_value": one.p_value}
            for name, one in gains.items()
            if name != "challenge"
        },
    }


def smoothed_classes(rows: Predictions, tuning: Tuning) -> Int64:
    """Return the class of each row after smoothing; a row without a crop takes its nearest row's smoothed class."""
    if not rows.own.any():
        return rows.answers
    clips = rows.clips
    means = smooth(
        probabilities(_logits(rows), tuning.temperature),
        clips[rows.own],
        rows.frames[rows.own],
        window=tuning.window,
    )
    classes = rows.answers.copy()
    classes[rows.own] = means.argmax(axis=1)
    source = nearest_rows(clips, rows.frames, rows.own)
    return np.where(source >= 0, classes[source], classes)


def reliability_rows(rows: Predictions, classes: Sequence[str], tuning: Tuning) -> Iterator[dict[str, Any]]:
    """Yield the points of the reliability plot: each filled bin of the top class and of every class."""
    actual = rows.actual[rows.own]
    if not len(actual):
        return
    for name, temperature in (("raw", 1.0), ("scaled", tuning.temperature)):
        probability = probabilities(_logits(rows), temperature)
        yield from _bins(name, "top", top_reliability(probability, actual))
        for label, one in zip(classes, class_reliability(probability, actual), strict=True):
            yield from _bins(name, label, one)


def _bins(probabilities_: str, label: str, table: Reliability) -> Iterator[dict[str, Any]]:
    width = 1 / len(table.counts)
    for index in np.flatnonzero(table.counts):
        yield {
            "probabilities": probabilities_,
            "class": label,
            "bin_from": round(float(index * width), 6),
            "bin_to": round(float((index + 1) * width), 6),
            "rows": int(table.counts[index]),
            "confidence": float(table.confidence[index]),
            "frequency": float(table.frequency[index]),
        }


def slice_rows(
    rows: Predictions,
    properties: Mapping[str, Mapping[str, Mask]],
    classes: Sequence[str],
    params: EvaluateParams,
) -> Iterator[dict[str, Any]]:
    """Yield the scores of each slice of each property, with the ends of their intervals."""
    units, _ = rows.units()
    for name, slices in properties.items():
        scores = slice_scores(rows.actual, rows.answers, slices, videos=rows.videos, classes=len(classes))
        for label, score in scores.items():
            mask = slices[label]
            confusions = group_confusions(
                rows.actual[mask], rows.answers[mask], units[mask], classes=len(classes)
            )
            found = score_intervals(confusions, draws=params.bootstrap_draws, seed=params.seed)
            ends = {one: getattr(found, one) for one in ("macro_f1", "macro_f1_present", "accuracy")}
            yield {"property": name, "slice": label, **asdict(score), **interval_ends(ends)}
