"""How sure concordance and F1 of action units are: percentile bootstrap over videos.

As in `core/metrics/bootstrap.py`, whole videos are drawn.
Rows become terms that add up over a video, so that a draw is a sum. Every
draw is scored over one fixed set of units, those that some row annotates: one that neither occurs nor is predicted in a
draw counts zero there, as it does in the score itself; one that no row annotates has no score at all. No interval is
given where fewer than `MIN_VIDEOS` videos can say, those in which the unit is present for its own F1.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_data.core.arrays import Float64
from fer_data.core.metrics.bootstrap import (
    MIN_VIDEOS,
    Comparison,
    Interval,
    comparison_of,
    interval_of,
    resampled,
)
from fer_data.core.metrics.head_outputs import THRESHOLD
from fer_data.core.metrics.units import VIDEOS, Drawn
from fer_data.errors import DatasetError

__all__ = [
    "ScoreOf",
    "by_video",
    "concordance_scores",
    "concordance_terms",
    "score_draws",
    "score_gain",
    "task_intervals",
    "unit_score_of",
    "unit_terms",
    "videos_by_unit",
]


ScoreOf = Callable[[Float64], Mapping[str, Float64]]
"""Gives scores by name, (draws,) each, from summed terms, (draws, ...)."""

_LEAST_SPREAD = 1.0e-12


def concordance_terms(actual: ArrayLike, answers: ArrayLike) -> Float64:
    """Return count, sums, squares and product of (n, 2) annotated and predicted valence and arousal: (n, 2, 6).

    Raises:
        DatasetError: the two are not both (n, 2).
    """
    x, y = np.asarray(actual, np.float64), np.asarray(answers, np.float64)
    if x.shape != y.shape or x.ndim != 2 or x.shape[1] != 2:
        raise DatasetError(f"actual and answers must both be (n, 2), got {x.shape} and {y.shape}.")
    return np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=2)


def concordance_scores(sums: Float64) -> dict[str, Float64]:
    """Return `ccc_valence`, `ccc_arousal` and their mean `ccc` of summed terms, (..., 2, 6), as `concordance` does.

    Source: Lin, A Concordance Correlation Coefficient, 1989.

    >>> terms = concordance_terms([[1, 1], [2, 2], [3, 3]], [[2, 1], [3, 2], [4, 3]])
    >>> {name: round(float(score), 3) for name, score in concordance_scores(terms.sum(axis=0)).items()}
    {'ccc_valence': 0.571, 'ccc_arousal': 1.0, 'ccc': 0.786}
    """
    count, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    n = np.maximum(count, 1)
    mean_x, mean_y = x / n, y / n
    covariance = xy / n - mean_x * mean_y
    spread = xx / n - mean_x**2 + yy / n - mean_y**2 + (mean_x - mean_y) ** 2
    flat = spread <= _LEAST_SPREAD
    ccc = np.where(flat, 1.0, 2 * covariance / np.where(flat, 1.0, spread))
    ccc = np.where(count > 0, ccc, 0.0)
    return {"ccc_valence": ccc[..., 0], "ccc_arousal": ccc[..., 1], "ccc": ccc.mean(axis=-1)}


def unit_terms(actual: ArrayLike, probabilities: ArrayLike) -> Float64:
    """Return hits, occurrences, predictions and annotations of (n, units) action units: (n, units, 4).

    `actual` is 1, 0 or -1 for none; a unit is predicted from a probability of `THRESHOLD` on.

    Raises:
        DatasetError: the two differ in shape.
    """
    truth, chance = np.asarray(actual, np.int64), np.asarray(probabilities, np.float64)
    if truth.shape != chance.shape or truth.ndim != 2:
        raise DatasetError(
            f"actual and probabilities must both be (n, units), got {truth.shape} and {chance.shape}."
        )
    known, occurs = truth >= 0, truth == 1
    predicted = known & (chance >= THRESHOLD)
    return np.stack([occurs & predicted, occurs, predicted, known], axis=2).astype(np.float64)


def unit_score_of(counts: Float64, units: Sequence[str]) -> ScoreOf:
    """Return what gives `mean_f1` and each annotated unit's own F1 for draws of these terms, (videos, units, 4)."""
    return partial(_unit_scores, units=units, annotated=counts.sum(axis=0)[:, 3] > 0)


def _unit_scores(counts: Float64, units: Sequence[str], annotated: NDArray[np.bool_]) -> dict[str, Float64]:
    hits, occurs, predicted, _ = np.moveaxis(counts, -1, 0)
    seen = occurs + predicted
    f1 = np.divide(2 * hits, seen, out=np.zeros(hits.shape), where=seen > 0)
    mean = f1[..., annotated].mean(axis=-1) if annotated.any() else np.full(f1.shape[:-1], np.nan)
    return {"mean_f1": mean} | {unit: f1[..., index] for index, unit in enumerate(units) if annotated[index]}


def videos_by_unit(counts: Float64, units: Sequence[str]) -> dict[str, int]:
    """Return in how many videos each annotated unit is present, from terms by video, (videos, units, 4)."""
    present = (counts[..., 1] > 0).sum(axis=0)
    annotated = counts.sum(axis=0)[:, 3] > 0
    return {unit: int(present[index]) for index, unit in enumerate(units) if annotated[index]}


def by_video(terms: Float64, videos: Iterable[str]) -> Float64:
    """Return the terms of rows, (n, ...), summed by video, sorted by name: (videos, ...).

    Raises:
        DatasetError: there is not one video a row.
    """
    names, index = np.unique(np.asarray(list(videos), np.str_), return_inverse=True)
    if len(index) != len(terms):
        raise DatasetError(f"videos must be one a row, got {len(index)} for {len(terms)} rows.")
    sums = np.zeros((len(names), *terms.shape[1:]))
    np.add.at(sums, index, terms)
    return sums


def task_intervals(
    statistics: Float64, score_of: ScoreOf, *, draws: int, seed: int
) -> dict[str, Interval | None]:
    """Return the 95 % interval of each score from terms by video; None with fewer than `MIN_VIDEOS` of them."""
    names = score_of(statistics.sum(axis=0)[None])
    drawn = score_draws(statistics, score_of, draws=draws, seed=seed)
    return {name: interval_of(drawn[name]) if drawn else None for name in names}


def score_draws(statistics: Float64, score_of: ScoreOf, *, draws: int, seed: int) -> Mapping[str, Float64]:
    """Return what each draw scores, (draws,), by name, from terms by video; empty with fewer than `MIN_VIDEOS`."""
    return score_of(resampled(statistics, draws, seed)) if len(statistics) >= MIN_VIDEOS else {}


def score_gain(
    first: Float64,
    second: Float64,
    score_of: tuple[ScoreOf, ScoreOf],
    *,
    name: str,
    draws: int,
    seed: int,
    drawn: Drawn = VIDEOS,
) -> Comparison:
    """Return the gain in one score of the second answers over the first, on the same draws of the same videos.

    Args:
        first: terms by video of the one kind of answers, (videos, ...).
        second: of the other.
        score_of: the scores of each.
        name: the score.
        draws: number of draws.
        seed: of the draws.
        drawn: what is called a video here.

    Raises:
        DatasetError: the two differ in shape.
    """
    if first.shape != second.shape:
        raise DatasetError(
            f"Both answers must be over the same videos, got {first.shape} and {second.shape}."
        )
    before, after = (
        of(part.sum(axis=0)[None])[name] for of, part in zip(score_of, (first, second), strict=True)
    )
    gain = float(after[0] - before[0])
    if len(first) < MIN_VIDEOS:
        return Comparison(gain, None, None)
    scores = [
        of(resampled(part, draws, seed))[name] for of, part in zip(score_of, (first, second), strict=True)
    ]
    return comparison_of(gain, scores[1] - scores[0], drawn)
