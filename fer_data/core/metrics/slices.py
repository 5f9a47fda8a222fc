"""Scores by slice: rows grouped by a property of the crop, such as face size, sharpness, brightness, pose or side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from fer_data.core.arrays import Float32, Float64, Mask
from fer_data.core.metrics.scores import ClassScores, class_scores
from fer_data.errors import DatasetError

__all__ = [
    "SliceScore",
    "eye_distance",
    "name_slices",
    "quantile_slices",
    "slice_scores",
    "threshold_slices",
    "yaw_degrees",
]


UNKNOWN = "unknown"
"""The slice of rows whose value is missing."""

NOSE_DEPTH = 0.70
"""How far the nose tip lies before the eyes, as a share of their distance; measured on the sample's head mesh.

Seen from above, a head that turns by yaw moves its nose and shortens the line of its eyes::

    frontal      l ------|------ r        nose tip at 0, eyes 1 apart
                        nose

    turned         l ----|---- r          eyes cos(yaw) apart in the image
                             nose         nose tip NOSE_DEPTH * sin(yaw) off their middle

The ratio of the two is NOSE_DEPTH * tan(yaw).
"""


@dataclass(frozen=True, slots=True)
class SliceScore:
    """Scores of the rows of one slice.

    Attributes:
        rows: number of rows.
        videos: number of videos they come from.
        classes: classes that the slice's rows hold.
        macro_f1: mean F1 over all classes, those that the slice lacks included; None without rows.
        macro_f1_present: mean F1 over the classes that the slice holds, the score to read where it lacks some; None
            without rows.
        accuracy: share of right rows; None without rows.
    """

    rows: int
    videos: int
    classes: int
    macro_f1: float | None
    macro_f1_present: float | None
    accuracy: float | None


def eye_distance(landmarks: Float32) -> Float64:
    """Return the distance of the eyes of (n, 5, 2) landmarks, in their pixels; NaN where a landmark is."""
    points = np.asarray(landmarks, np.float64)
    return np.asarray(np.hypot(*(points[:, 1] - points[:, 0]).T))


def yaw_degrees(landmarks: Float32) -> Float64:
    """Return the yaw of heads by their (n, 5, 2) landmarks, in degrees; above 0 to the image's right.

    The nose tip's offset from the middle of the eyes along their line is `NOSE_DEPTH * tan(yaw)` eye distances under
    parallel projection, whatever the head's roll. An estimate: faces differ in their nose. NaN where the eyes coincide
    or a landmark is missing.
    """
    points = np.asarray(landmarks, np.float64)
    left, right, nose = points[:, 0], points[:, 1], points[:, 2]
    line = right - left
    squared = (line**2).sum(axis=1)
    along = ((nose - (left + right) / 2) * line).sum(axis=1)
    offset = np.divide(along, squared, out=np.full(len(points), np.nan), where=squared > 0)
    return np.asarray(np.degrees(np.arctan(offset / NOSE_DEPTH)))


def threshold_slices(values: ArrayLike, edges: Sequence[float]) -> dict[str, Mask]:
    """Return the rows in each slice between neighbouring edges, closed below, in order; the outer ones are open.

    Rows without a value are in the slice `unknown`, which is absent when there are none.

    >>> {name: rows.tolist() for name, rows in threshold_slices([1.0, 5.0, 9.0], [5.0]).items()}
    {'< 5': [True, False, False], '>= 5': [False, True, True]}

    Raises:
        DatasetError: the edges do not ascend.
    """
    found = np.asarray(values, np.float64)
    if any(low >= high for low, high in pairwise(edges)):
        raise DatasetError(f"edges ({list(edges)}) must ascend strictly.")
    slice_index = np.where(
        np.isnan(found), -1, np.searchsorted(np.asarray(edges, np.float64), found, side="right")
    )
    texts = [f"{edge:.6g}" for edge in edges]
    inner = [f"{low} to {high}" for low, high in pairwise(texts)]
    names = [f"< {texts[0]}", *inner, f">= {texts[-1]}"] if texts else ["all"]
    slices = {name: np.asarray(slice_index == index) for index, name in enumerate(names)}
    return slices | ({UNKNOWN: np.asarray(slice_index == -1)} if bool((slice_index == -1).any()) else {})


def quantile_slices(values: ArrayLike, count: int) -> dict[str, Mask]:
    """Return `count` slices of about as many rows each, fewer where values repeat; see `threshold_slices`."""
    found = np.asarray(values, np.float64)
    known = found[~np.isnan(found)]
    if not known.size:
        return threshold_slices(found, [])
    quantiles = (
        np.quantile(known, np.arange(1, count) / count, method="higher") if count > 1 else np.array([])
    )
    edges = sorted({float(f"{edge:.4g}") for edge in quantiles if edge > known.min()})
    return threshold_slices(found, edges)


def name_slices(names: Iterable[str]) -> dict[str, Mask]:
    """Return the rows of each name, in alphabetical order."""
    found = np.asarray(list(names), np.str_)
    return {str(name): np.asarray(found == name) for name in np.unique(found)}


def slice_scores(
    actual: ArrayLike,
    predicted: ArrayLike,
    slices: Mapping[str, Mask],
    *,
    videos: Sequence[str],
    classes: int,
) -> dict[str, SliceScore]:
    """Return the score of each slice, in the slices' order.

    Raises:
        DatasetError: lengths differ, or a class is outside [0, classes).
    """
    rows, columns = np.asarray(actual, np.int64), np.asarray(predicted, np.int64)
    names = np.asarray(videos, np.str_)
    return {
        name: _score(class_scores(rows[mask], columns[mask], classes), len(np.unique(names[mask])))
        for name, mask in slices.items()
    }


def _score(scores: ClassScores, videos: int) -> SliceScore:
    rows = int(scores.confusion.sum())
    if not rows:
        return SliceScore(0, 0, 0, None, None, None)
    classes = len(scores.f1) - len(scores.absent)
    return SliceScore(rows, videos, classes, scores.macro_f1, scores.macro_f1_present, scores.accuracy)
