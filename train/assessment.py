"""How sure an evaluation is, how honest its probabilities are, what smoothing adds, and where it fails."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.calibration import (
    Reliability,
    class_reliability,
    fit_temperature,
    negative_log_likelihood,
    probabilities,
    top_reliability,
)
from fer_data.core.filling import nearest_rows
from fer_data.core.intervals import Interval, compare, group_confusions, score_intervals
from fer_data.core.scores import class_scores
from fer_data.core.slices import (
    eye_distance,
    name_slices,
    quantile_slices,
    slice_scores,
    threshold_slices,
    yaw_degrees,
)
from fer_data.core.smoothing import choose_window, smooth
from fer_data.params.evaluate import EvaluateParams

__all__ = ["Rows", "Tuning", "assess", "face_slices", "reliability_rows", "rows_of", "slice_rows", "tune"]

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Predictions of one resolution, row by row.

    Attributes:
        subjects: subject of each row.
        videos: video of each row, the unit that is drawn.
        frames: 0-based frame.
        actual: annotated class.
        predicted: class answered, by the model or by the rule for rows without a crop.
        own: rows that the model saw.
        logits: (own rows, classes).
    """

    subjects: Sequence[str]
    videos: Sequence[str]
    frames: Int64
    actual: Int64
    predicted: Int64
    own: Mask
    logits: Float64


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


def rows_of(table: pa.Table, classes: int) -> Rows:
    """Return a table of `PREDICTIONS` as arrays."""
    own = pc.equal(table["source"], "model").to_numpy(zero_copy_only=False)
    flat = pa.chunked_array(table["logits"].filter(pa.array(own))).combine_chunks().flatten()
    return Rows(
        subjects=table["subject_id"].to_pylist(),
        videos=table["video_id"].to_pylist(),
        frames=table["frame_index"].to_numpy().astype(np.int64),
        actual=table["expression"].to_numpy().astype(np.int64),
        predicted=table["predicted"].to_numpy().astype(np.int64),
        own=own,
        logits=flat.to_numpy(zero_copy_only=False).astype(np.float64).reshape(-1, classes),
    )


def tune(
    logits: NDArray[Any], actual: Int64, place: tuple[Sequence[str], Int64], windows: Sequence[int]
) -> Tuning:
    """Return temperature and smoothing window for rows of development subjects.

    Args:
        logits: (n, classes).
        actual: (n,) class.
        place: subject and frame of each row.
        windows: frames to either side to try.
    """
    temperature = fit_temperature(logits, actual)
    chosen = choose_window(probabilities(logits, temperature), actual, place, windows=windows)
    return Tuning(temperature, chosen.window, chosen.macro_f1, len(actual))


def assess(rows: Rows, classes: Sequence[str], tuning: Tuning, params: EvaluateParams) -> dict[str, Any]:
    """Return intervals, calibration and the gain of smoothing, on rows that chose none of it.

    An interval is None where fewer than `MIN_VIDEOS` videos can say; all draws take whole videos.
    """
    confusions = group_confusions(rows.actual, rows.predicted, rows.videos, classes=len(classes))
    found = score_intervals(confusions, draws=params.bootstrap_draws, seed=params.seed)
    return {
        "intervals": {
            "videos": len(confusions),
            "macro_f1": _interval(found.macro_f1),
            "macro_f1_present": _interval(found.macro_f1_present),
            "accuracy": _interval(found.accuracy),
            "combined": _interval(found.challenge),
            "f1": {name: _interval(one) for name, one in zip(classes, found.f1, strict=True)},
        },
        "calibration": _calibration(rows, classes, tuning),
        "smoothing": _smoothing(rows, confusions, tuning, params),
    }


def _interval(interval: Interval | None) -> dict[str, float] | None:
    return None if interval is None else asdict(interval)


def _calibration(rows: Rows, classes: Sequence[str], tuning: Tuning) -> dict[str, Any]:
    actual = rows.actual[rows.own]
    result: dict[str, Any] = {"temperature": tuning.temperature, "development_rows": tuning.rows}
    if not len(actual):
        return result
    for name, temperature in (("raw", 1.0), ("scaled", tuning.temperature)):
        probability = probabilities(rows.logits, temperature)
        by_class = class_reliability(probability, actual)
        result[name] = {
            "ece": top_reliability(probability, actual).error,
            "nll": negative_log_likelihood(rows.logits, actual, temperature),
            "class_ece": {label: one.error for label, one in zip(classes, by_class, strict=True)},
        }
    return result


def _smoothing(rows: Rows, confusions: Int64, tuning: Tuning, params: EvaluateParams) -> dict[str, Any]:
    smoothed = smoothed_classes(rows, tuning)
    classes = confusions.shape[1]
    scores = class_scores(rows.actual, smoothed, classes)
    after = group_confusions(rows.actual, smoothed, rows.videos, classes=classes)
    gains = compare(confusions, after, draws=params.bootstrap_draws, seed=params.seed)
    return {
        "window_frames": tuning.window,
        "development_macro_f1": {str(window): score for window, score in tuning.macro_f1.items()},
        "macro_f1": scores.macro_f1,
        "macro_f1_present": scores.macro_f1_present,
        "accuracy": scores.accuracy,
        "gain": {
            name: {"difference": one.difference, "interval": _interval(one.interval), "p_value": one.p_value}
            for name, one in gains.items()
            if name != "challenge"
        },
    }


def smoothed_classes(rows: Rows, tuning: Tuning) -> Int64:
    """Return the class of each row after smoothing; a row without a crop takes its nearest row's smoothed class."""
    if not rows.own.any():
        return rows.predicted
    subjects = np.asarray(rows.subjects, np.str_)
    means = smooth(
        probabilities(rows.logits, tuning.temperature),
        subjects[rows.own].tolist(),
        rows.frames[rows.own],
        window=tuning.window,
    )
    classes = rows.predicted.copy()
    classes[rows.own] = means.argmax(axis=1)
    source = nearest_rows(rows.subjects, rows.frames, rows.own)
    return np.where(source >= 0, classes[source], classes)


def reliability_rows(rows: Rows, classes: Sequence[str], tuning: Tuning) -> Iterator[dict[str, Any]]:
    """Yield the points of the reliability plot: each filled bin of the top class and of every class."""
    actual = rows.actual[rows.own]
    if not len(actual):
        return
    for name, temperature in (("raw", 1.0), ("scaled", tuning.temperature)):
        probability = probabilities(rows.logits, temperature)
        yield from _bins(name, "top", top_reliability(probability, actual))
        for label, one in zip(classes, class_reliability(probability, actual), strict=True):
            yield from _bins(name, label, one)


def _bins(probabilities_: str, label: str, table: Reliability) -> Iterator[dict[str, Any]]:
    width = 1 / len(table.counts)
    for place in np.flatnonzero(table.counts):
        yield {
            "probabilities": probabilities_,
            "class": label,
            "bin_from": round(float(place * width), 6),
            "bin_to": round(float((place + 1) * width), 6),
            "rows": int(table.counts[place]),
            "confidence": float(table.confidence[place]),
            "frequency": float(table.frequency[place]),
        }


def face_slices(faces: pa.Table, params: EvaluateParams) -> dict[str, dict[str, Mask]]:
    """Return the rows in each slice by eye distance, sharpness, brightness, yaw and side.

    Args:
        faces: `FACE_ROWS`; values are null without a face.
        params: number of quantiles, edges of the yaw.
    """
    landmarks = _landmarks(faces)
    count = params.slice_quantiles
    return {
        "eye distance (source px)": quantile_slices(eye_distance(landmarks), count),
        "sharpness (variance of the Laplacian)": quantile_slices(_floats(faces, "sharpness"), count),
        "brightness (grey value)": quantile_slices(_floats(faces, "brightness"), count),
        "yaw (degrees)": threshold_slices(yaw_degrees(landmarks), params.yaw_edges_degrees),
        "side": name_slices(faces["side"].to_pylist()),
    }


def slice_rows(
    rows: Rows, properties: Mapping[str, Mapping[str, Mask]], classes: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield the score of each slice of each property."""
    for name, slices in properties.items():
        scores = slice_scores(rows.actual, rows.predicted, slices, videos=rows.videos, classes=len(classes))
        for label, score in scores.items():
            yield {"property": name, "slice": label, **asdict(score)}


def _floats(faces: pa.Table, name: str) -> Float64:
    return np.asarray(faces[name].to_numpy(zero_copy_only=False), np.float64)


def _landmarks(faces: pa.Table) -> NDArray[np.float32]:
    """Return landmarks (n, 5, 2), NaN where there is no face."""
    found = faces["landmarks"].combine_chunks()
    landmarks = np.full((len(found), 5, 2), np.nan, np.float32)
    known = found.is_valid().to_numpy(zero_copy_only=False)
    values = found.drop_null().flatten().flatten().to_numpy(zero_copy_only=False)
    landmarks[known] = values.reshape(-1, 5, 2)
    return landmarks
