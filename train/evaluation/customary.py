"""The figures that papers on one kind of corpus report, named as they name them.

The classes of a figure are those of the corpus' own task: answers are taken from them alone. Intensities of action
units have no figure (ICC(3,1)) here: no head answers an intensity, and the probability that a unit is present is none.

Source: AffectNet-7 and -8: Mollahosseini et al., AffectNet, 2017 (8 classes), and the papers that leave Contempt out;
RAF-DB: Li et al., Reliable Crowdsourcing and Deep Locality-Preserving Learning, 2017 (mean of the diagonal of the
confusion matrix); FER+: Barsoum et al., Training Deep Networks for Facial Expression Recognition with Crowd-Sourced
Label Distribution, 2016 (majority voting).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from fer_data.core.arrays import Float64, Int64, Mask
from fer_data.core.labels.tasks import DIMENSIONS, SEVEN_CLASSES
from fer_data.core.metrics.scores import class_scores, concordance
from train.evaluation.scored_rows import CorpusFacts

__all__ = ["Figures", "class_figures", "value_figures"]

Figures = dict[str, dict[str, Any]]
"""`score` and `rows` by the figure's name."""

Within = Callable[[Mask], Int64]
"""Gives the answers of all rows when only some classes may be answered."""

_SEVEN = tuple(map(str, SEVEN_CLASSES))
_CONTEMPT = (*_SEVEN, "Contempt")


def class_figures(facts: CorpusFacts, classes: Sequence[str], actual: Int64, within: Within) -> Figures:
    """Return the customary figures of a corpus of expressions; none where it has none, or lacks the classes."""
    found: Figures = {}
    for name, names, score in _figures(facts):
        if set(names) <= set(classes):
            asked = np.array([one in names for one in classes])
            rows = asked[actual]
            if rows.any():
                answers = within(asked)[rows]
                found[name] = {"score": score(actual[rows], answers, len(classes)), "rows": int(rows.sum())}
    return found


def _figures(facts: CorpusFacts) -> Iterator[tuple[str, Sequence[str], Callable[..., float]]]:
    """Yield name, classes and score of each figure of a kind of corpus."""
    match facts.kind:
        case "affectnet":
            yield "AffectNet-8 accuracy", _CONTEMPT, _accuracy
            yield "AffectNet-7 accuracy", _SEVEN, _accuracy
        case "rafdb":
            yield "RAF-DB accuracy", _SEVEN, _accuracy
            yield "RAF-DB mean class accuracy", _SEVEN, _mean_class_accuracy
        case "fer2013" if facts.voted:
            yield "FER+ majority accuracy", _CONTEMPT, _accuracy
        case "fer2013":
            yield "FER2013 accuracy", _SEVEN, _accuracy


def _accuracy(actual: Int64, answers: Int64, classes: int) -> float:
    return class_scores(actual, answers, classes).accuracy


def _mean_class_accuracy(actual: Int64, answers: Int64, classes: int) -> float:
    """Return the mean of the recall of each class that occurs."""
    scores = class_scores(actual, answers, classes)
    return float(scores.recall[scores.confusion.sum(axis=1) > 0].mean())


def value_figures(actual: Float64, answers: Float64, videos: Sequence[str]) -> Figures:
    """Return concordance pooled over rows and as the mean over videos; none where every video has one row.

    A video whose annotation never changes has concordance 0, but where the answers are the same.
    """
    names, index = np.unique(np.asarray(videos, np.str_), return_inverse=True)
    if len(names) == len(index):
        return {}
    found: Figures = {}
    for place, dimension in enumerate(DIMENSIONS):
        x, y = actual[:, place], answers[:, place]
        each = [concordance(x[index == one], y[index == one]) for one in range(len(names))]
        found[f"CCC of {dimension}, pooled"] = {"score": concordance(x, y), "rows": len(index)}
        mean = {"score": float(np.mean(each)), "rows": len(index), "videos": len(names)}
        found[f"CCC of {dimension}, mean over videos"] = mean
    return found
