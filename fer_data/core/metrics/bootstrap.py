"""Confidence intervals: percentile bootstrap over videos, of scores and paired differences.

Frames of one video resemble each other, so whole videos are drawn, as often as there are, with replacement. What is
called a video here is the unit that is drawn (`core/metrics/units.py`): a person where a corpus names people.

Every draw is scored over one fixed set of classes, by the rule of the score itself: `macro_f1` over all classes,
`macro_f1_present` over those that the videos together hold. A class that a draw happens to lack counts zero there, as
it would for anyone who scored those videos: leaving it out would let a draw that misses the hard classes score higher.

No interval is given where fewer than `MIN_VIDEOS` videos can say, those that hold the class for the F1 of one class.

Source: Field and Welsh, Bootstrapping clustered data, 2007 (cluster bootstrap); Efron and Tibshirani, An Introduction
to the Bootstrap, 1993 (percentile interval, achieved significance level).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_data.core.arrays import Float64, Int64
from fer_data.core.metrics.scores import challenge_score, confusion_matrix
from fer_data.core.metrics.units import VIDEOS, Drawn
from fer_data.errors import DatasetError

__all__ = [
    "MIN_VIDEOS",
    "Comparison",
    "Interval",
    "ScoreIntervals",
    "compare",
    "compare_runs",
    "comparison_of",
    "drawn_scores",
    "group_confusions",
    "interval_note",
    "interval_of",
    "resampled",
    "run_intervals",
    "score_intervals",
    "video_weights",
    "videos_by_class",
]


MIN_VIDEOS = 5
"""Videos behind an interval, at least. Of n videos k hold a class: a draw misses it with probability (1 - k/n)^n, up to
e^-k. From 5 on that is under 0.7 %; of 4 it may be 1.8 %, of 3 5 %, as much as the 2.5 % that an end of the interval
leaves out, so that end would say nothing but how often a draw misses the class."""

_LEVEL = 0.95

_CELLS = 1 << 25
"""Draws times units that are held at once: 256 MiB."""

_MANY = 1 << 14
"""Units from which those that say the same are drawn as one; no corpus has as many videos."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The 95 % interval of a score."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ScoreIntervals:
    """Intervals of each score; None where fewer than `MIN_VIDEOS` videos can say.

    Attributes:
        f1: per class; None also where fewer than `MIN_VIDEOS` videos hold the class.
        macro_f1: of the mean over all classes.
        macro_f1_present: of the mean over the classes that the videos hold.
        accuracy: of the share of right rows.
        challenge: of 0.67 macro F1 + 0.33 accuracy.
    """

    f1: tuple[Interval | None, ...]
    macro_f1: Interval | None
    macro_f1_present: Interval | None
    accuracy: Interval | None
    challenge: Interval | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A score's gain from the first to the second set of predictions.

    Attributes:
        difference: second minus first, on all videos.
        interval: its interval; None with fewer than `MIN_VIDEOS` videos.
        p_value: two-sided, that the true difference is zero; None with fewer than `MIN_VIDEOS` videos.
    """

    difference: float
    interval: Interval | None
    p_value: float | None


@dataclass(frozen=True, slots=True, eq=False)
class _Draws:
    f1: Float64
    macro_f1: Float64
    macro_f1_present: Float64
    accuracy: Float64


def group_confusions(
    actual: ArrayLike, predicted: ArrayLike, groups: Iterable[str], *, classes: int
) -> Int64:
    """Return the (groups, classes, classes) counts of actual by predicted class, groups sorted by name.

    >>> group_confusions([0, 1, 1], [0, 0, 1], ["b", "a", "b"], classes=2).tolist()
    [[[0, 0], [1, 0]], [[1, 0], [0, 1]]]

    Raises:
        DatasetError: the three differ in length, or a class is outside [0, classes).
    """
    rows, columns = np.asarray(actual, np.int64), np.asarray(predicted, np.int64)
    names, index = np.unique(np.asarray(list(groups), np.str_), return_inverse=True)
    if index.shape != rows.shape:
        raise DatasetError(f"groups must have one length with actual, got {index.size} and {rows.size} rows.")
    confusion_matrix(rows, columns, classes)
    cells = (index * classes + rows) * classes + columns
    return np.bincount(cells, minlength=len(names) * classes**2).reshape(len(names), classes, classes)


def videos_by_class(confusions: Int64) -> list[int]:
    """Return how many videos hold each class, from one confusion matrix a video, (videos, classes, classes)."""
    return [int(count) for count in (confusions.sum(axis=2) > 0).sum(axis=0)]


def interval_note(videos: int, by_class: Mapping[str, int], drawn: Drawn = VIDEOS) -> str:
    """Return why some intervals are not given, or say less than they seem to; empty where all is well.

    Args:
        videos: all units that are drawn.
        by_class: those that hold each class.
        drawn: what they are.

    >>> interval_note(3, {})
    'No intervals: 3 videos are fewer than the 5 that could say how videos differ.'
    >>> interval_note(9, {"Anger": 9, "Fear": 2})
    'No interval for the F1 of Fear, which fewer than 5 videos show: draws of videos would often miss it.'
    """
    if videos < MIN_VIDEOS:
        counted = f"{drawn.counted(videos)} {'is' if videos == 1 else 'are'}"
        return f"No intervals: {counted} fewer than the {MIN_VIDEOS} that could say how {drawn.words} differ."
    few = [name for name, count in by_class.items() if 0 < count < MIN_VIDEOS]
    if not few:
        return drawn.note
    missing = (
        f"No interval for the F1 of {', '.join(few)}, which fewer than {MIN_VIDEOS} {drawn.words} show: draws of "
        f"{drawn.words} would often miss {'it' if len(few) == 1 else 'them'}."
    )
    return " ".join(filter(None, (missing, drawn.note)))


def score_intervals(confusions: Int64, *, draws: int, seed: int) -> ScoreIntervals:
    """Return the intervals of all scores from one confusion matrix a video, (videos, classes, classes)."""
    videos, classes = confusions.shape[:2]
    if videos < MIN_VIDEOS:
        return ScoreIntervals((None,) * classes, None, None, None, None)
    drawn = _scores(_resample(confusions, draws, seed), _present(confusions))
    holding = videos_by_class(confusions)
    return ScoreIntervals(
        f1=tuple(
            interval_of(drawn.f1[:, index]) if holding[index] >= MIN_VIDEOS else None
            for index in range(classes)
        ),
        macro_f1=interval_of(drawn.macro_f1),
        macro_f1_present=interval_of(drawn.macro_f1_present),
        accuracy=interval_of(drawn.accuracy),
        challenge=interval_of(_challenge(drawn)),
    )


def drawn_scores(
    confusions: Int64, classes: NDArray[np.bool_], *, draws: int, seed: int
) -> dict[str, Float64]:
    """Return what each draw scores, (draws,), by name; empty with fewer than `MIN_VIDEOS` videos.

    `classes` says over which of them `macro_f1` is the mean: those that a corpus can give.
    """
    if len(confusions) < MIN_VIDEOS:
        return {}
    drawn = _scores(_resample(confusions, draws, seed), _present(confusions))
    found = _named(drawn) | {"macro_f1": drawn.f1[:, classes].mean(axis=1)}
    return {name: found[name] for name in ("macro_f1", "macro_f1_present", "accuracy")}


def compare(
    first: Int64, second: Int64, *, draws: int, seed: int, drawn: Drawn = VIDEOS
) -> dict[str, Comparison]:
    """Return the gain in each score of the second predictions over the first.

    The scores are `macro_f1`, `macro_f1_present`, `accuracy` and `challenge`.

    Both are (videos, classes, classes) over the same videos in the same order, and both see the same draws. The
    p-value is twice the smaller share of draws on either side of zero, never below 1 / (draws + 1); there is none where
    the interval is but a lower bound.

    Raises:
        DatasetError: the two are not over the same rows of the same videos.
    """
    if first.shape != second.shape or not np.array_equal(first.sum(axis=2), second.sum(axis=2)):
        raise DatasetError(
            "The two sets of predictions must be over the same rows of the same videos with the same labels. "
            "Evaluate both on one published dataset."
        )
    present = _present(first)
    whole = [_named(_scores(part.sum(axis=0)[None].astype(np.float64), present)) for part in (first, second)]
    gains = {name: float(whole[1][name][0] - whole[0][name][0]) for name in whole[0]}
    if len(first) < MIN_VIDEOS:
        return {name: Comparison(gain, None, None) for name, gain in gains.items()}
    both = np.stack([first, second], axis=1)
    parts = np.moveaxis(resampled(both.astype(np.float64), draws, seed), 1, 0)
    scores = [_named(_scores(part, present)) for part in parts]
    return {
        name: comparison_of(gain, scores[1][name] - scores[0][name], drawn) for name, gain in gains.items()
    }


def run_intervals(confusions: Int64, *, draws: int, seed: int) -> dict[str, Interval | None]:
    """Return the intervals of the mean of each score over runs, such as seeds.

    `confusions` is (runs, videos, classes, classes). A draw takes whole videos, the same for every run, and runs, each
    as many as there are: the interval covers which people were scored and which seeds were tried. None with fewer than
    `MIN_VIDEOS` videos.
    """
    if confusions.shape[1] < MIN_VIDEOS:
        return dict.fromkeys(_NAMES)
    return {name: interval_of(drawn) for name, drawn in _drawn_means(confusions, draws, seed).items()}


def compare_runs(
    first: Int64, second: Int64, *, draws: int, seed: int, drawn: Drawn = VIDEOS
) -> dict[str, Comparison]:
    """Return the gain, in the mean over runs, of the second kind of run over the first, paired by run and video.

    Both are (runs, videos, classes, classes); run i of both shares its seed. Draws are those of `run_intervals`, the
    same for both; with one run this is `compare`.

    Raises:
        DatasetError: the two are not as many runs over the same rows of the same videos.
    """
    if first.shape != second.shape or not np.array_equal(first.sum(axis=3), second.sum(axis=3)):
        raise DatasetError(
            "The two kinds of run must be as many, over the same rows of the same videos with the same labels. "
            "Evaluate all on one set of rows."
        )
    runs, videos = first.shape[:2]
    whole = ([run.sum(axis=0)[None].astype(np.float64) for run in kind] for kind in (first, second))
    before, after = (
        _mean_scores(sums, kind, np.ones((1, runs)))
        for sums, kind in zip(whole, (first, second), strict=True)
    )
    gains = {name: float((after[name] - before[name])[0]) for name in before}
    if videos < MIN_VIDEOS:
        return {name: Comparison(gain, None, None) for name, gain in gains.items()}
    scores = [_drawn_means(kind, draws, seed) for kind in (first, second)]
    return {
        name: comparison_of(gain, scores[1][name] - scores[0][name], drawn) for name, gain in gains.items()
    }


def _drawn_means(confusions: Int64, draws: int, seed: int) -> dict[str, Float64]:
    runs = len(confusions)
    weights = video_weights(runs, draws, seed + 1)
    return _mean_scores([_resample(run, draws, seed) for run in confusions], confusions, weights)


def _mean_scores(drawn: Sequence[Float64], confusions: Int64, runs: Float64) -> dict[str, Float64]:
    """Return the mean scores over runs at each draw; `runs` says how often each is taken."""
    pairs = zip(drawn, confusions, strict=True)
    scores = [_named(_scores(one, _present(run))) for one, run in pairs]
    share = runs / runs.sum(axis=1, keepdims=True)
    return {name: np.einsum("dr,rd->d", share, np.array([run[name] for run in scores])) for name in scores[0]}


def comparison_of(difference: float, gains: Float64, drawn: Drawn = VIDEOS) -> Comparison:
    """Return a difference with the interval of what the draws gave, (draws,), and how often they cross zero."""
    if not gains.size:
        return Comparison(difference, None, None)
    tail = min(int((gains <= 0).sum()), int((gains >= 0).sum()))
    p_value = None if drawn.lower_bound else min(1.0, 2 * (tail + 1) / (len(gains) + 1))
    return Comparison(difference, interval_of(gains), p_value)


def video_weights(videos: int, draws: int, seed: int) -> Float64:
    """Return how often each draw takes each video, (draws, videos)."""
    shares = np.full(videos, 1 / videos)
    return np.random.default_rng(seed).multinomial(videos, shares, size=draws).astype(np.float64)


def resampled(statistics: Float64, draws: int, seed: int) -> Float64:
    """Return the sums of statistics, (videos, ...), over the videos of each draw, (draws, ...).

    Very many units, such as pictures, are drawn by what they say: those that say the same are one with a larger share,
    and a part of the draws is summed at a time.
    """
    videos, *shape = statistics.shape
    flat, shares = statistics.reshape(videos, -1), np.full(videos, 1 / videos)
    if videos > _MANY:
        flat, counts = np.unique(flat, axis=0, return_counts=True)
        shares = counts / videos
    at_once, random = max(1, _CELLS // len(flat)), np.random.default_rng(seed)
    parts = [
        random.multinomial(videos, shares, size=min(at_once, draws - start)).astype(np.float64) @ flat
        for start in range(0, draws, at_once)
    ]
    return np.concatenate(parts).reshape(-1, *shape)


def _resample(confusions: Int64, draws: int, seed: int) -> Float64:
    return resampled(confusions.astype(np.float64), draws, seed)


def _present(confusions: Int64) -> NDArray[np.bool_]:
    """Return the classes that occur in any video."""
    return np.asarray(confusions.sum(axis=(0, 2)) > 0)


def _scores(confusion: Float64, present: NDArray[np.bool_]) -> _Draws:
    hits = np.diagonal(confusion, axis1=1, axis2=2)
    seen = confusion.sum(axis=1) + confusion.sum(axis=2)
    f1 = np.divide(2 * hits, seen, out=np.zeros(hits.shape), where=seen > 0)
    known = f1[:, present].mean(axis=1) if present.any() else np.zeros(len(f1))
    return _Draws(f1, f1.mean(axis=1), known, hits.sum(axis=1) / confusion.sum(axis=(1, 2)))


_NAMES = ("macro_f1", "macro_f1_present", "accuracy", "challenge")


def _named(drawn: _Draws) -> dict[str, Float64]:
    values = (drawn.macro_f1, drawn.macro_f1_present, drawn.accuracy, _challenge(drawn))
    return dict(zip(_NAMES, values, strict=True))


def _challenge(drawn: _Draws) -> Float64:
    pairs = zip(drawn.macro_f1, drawn.accuracy, strict=True)
    return np.array([challenge_score(macro_f1, accuracy) for macro_f1, accuracy in pairs])


def interval_of(values: Float64) -> Interval | None:
    """Return the middle 95 % of drawn values, NaN left out; None where none is left."""
    known = values[~np.isnan(values)]
    if not known.size:
        return None
    low, high = np.quantile(known, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Interval(float(low), float(high))
