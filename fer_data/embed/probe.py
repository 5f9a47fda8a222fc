"""How much of the expressions a linear and a nearest-neighbour probe read off features, on other people.

Source: Alain and Bengio, Understanding intermediate layers using linear classifier probes, 2017; 20 neighbours by
cosine: Caron et al., Emerging Properties in Self-Supervised Vision Transformers, 2021.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Int64
from fer_data.core.metrics.bootstrap import (
    Interval,
    compare,
    group_confusions,
    score_intervals,
    videos_by_class,
)
from fer_data.core.metrics.scores import class_scores
from fer_data.core.metrics.units import Drawn, drawn_units
from fer_data.core.sampling.folds import group_folds
from fer_data.core.sampling.linked import linked
from fer_data.errors import DatasetError
from fer_data.shell.progress import Progress, progress
from fer_data.tables.features import FeatureSet, read_features

if TYPE_CHECKING:
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import Pipeline

__all__ = ["NEIGHBOURS", "ProbeOptions", "probe"]

NEIGHBOURS = 20
STRENGTHS = (0.001, 0.01, 0.1, 1.0)
"""Inverse strengths of the linear probe's penalty that are tried; folds of the training subjects choose one."""

_INNER_FOLDS = 3
_MAX_ITERATIONS = 1000


@dataclass(frozen=True, slots=True)
class ProbeOptions:
    """How features are split and scored.

    Attributes:
        folds: 0: fit on split train, score validation; otherwise that many folds of the people of both.
        draws: of whole videos, behind every interval.
        seed: of folds and draws.
    """

    folds: int
    draws: int
    seed: int


class _Rows(NamedTuple):
    """Labelled originals; `people` are the subjects, but for those who were confirmed under several names."""

    features: NDArray[np.float32]
    labels: Int64
    people: NDArray[np.str_]
    videos: NDArray[np.str_]
    splits: NDArray[np.str_]
    sources: NDArray[np.str_]

    def take(self, indices: Int64) -> "_Rows":
        return _Rows._make(values[indices] for values in self)

    def units(self) -> tuple[NDArray[np.str_], Drawn]:
        """Return the unit that intervals draw of each row, and what units are."""
        return drawn_units(self.sources.tolist(), self.people.tolist(), self.videos.tolist())


def probe(path: Path, options: ProbeOptions) -> dict[str, Any]:
    """Return the scores of both probes and of always guessing the largest class, with 95 % intervals over videos.

    People are drawn where the corpora name them, pictures where nobody says whom they show. Nobody who is scored was
    seen in fitting a probe. Augmented copies are left out. A network that was itself trained on split train has seen
    the people of that split, so folds over both splits flatter it.

    Raises:
        DatasetError: the file holds no features, too few people, a person on both sides of the split, or pictures of
            nobody knows whom for folds by person.
    """
    found = read_features(path)
    rows, classes = _labelled(found, path), list(found.about["classes"])
    answers: dict[str, Int64] = {name: np.full(len(rows.labels), -1) for name in ("largest", "linear", "knn")}
    strengths = []
    with progress("probe", None, "fits") as work:
        for fit, score in _sides(rows, options):
            known, asked = rows.take(fit), rows.take(score)
            linear, strength = _linear(known, options.seed, work)
            strengths.append(strength)
            answers["largest"][score] = np.bincount(known.labels).argmax()
            answers["linear"][score] = linear.predict(asked.features)
            answers["knn"][score] = _neighbours(known).predict(asked.features)
    scored = np.flatnonzero(answers["largest"] >= 0)
    taken = rows.take(scored)
    return {
        "rows": len(scored),
        **_by_class(taken, classes),
        "dimensions": rows.features.shape[1],
        "split": f"{options.folds} folds by person" if options.folds else "train to validation",
        "linear_strengths": strengths,
        "probes": {
            name: _scores(taken, answer[scored], classes, options) for name, answer in answers.items()
        },
        "linear_minus_knn": _gain(
            taken, (answers["knn"][scored], answers["linear"][scored]), classes, options
        ),
    }


def _labelled(found: FeatureSet, path: Path) -> _Rows:
    chosen = np.flatnonzero((found.expression >= 0) & ~found.copied)
    if not len(chosen):
        raise DatasetError(f"{path} has no labelled originals to probe. Embed a dataset with labels.")
    subjects, videos, splits = (found.texts[name] for name in ("subject_id", "video_id", "split"))
    people = found.texts.get("person_id", subjects)
    sources = found.texts.get("subject_source", np.full(len(found.expression), "video"))
    return _Rows(found.features, found.expression, people, videos, splits, sources).take(chosen)


def _sides(rows: _Rows, options: ProbeOptions) -> Iterator[tuple[Int64, Int64]]:
    """Yield the places to fit on and those to score; they share no person and no video."""
    if options.folds:
        if (rows.sources == "none").any():
            raise DatasetError(
                "Some pictures do not say whom they show (subject_source is none), so folds by person would score "
                "people whom a probe was fitted on. Use --folds 0, which fits on train and scores validation."
            )
        fold = _folds(rows, options.folds, options.seed)
        for number in range(options.folds):
            yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        return
    fit, score = (np.flatnonzero(rows.splits == name) for name in ("train", "validation"))
    shared = set(rows.people[fit]) & set(rows.people[score])
    if not len(fit) or not len(score) or shared:
        reason = f"share {str(min(shared))!r}" if shared else "must both have labelled rows"
        raise DatasetError(f"Splits train and validation {reason}. Use --folds to split by person instead.")
    yield fit, score


def _folds(rows: _Rows, folds: int, seed: int) -> Int64:
    return group_folds(linked(rows.people, rows.videos), rows.labels, folds=folds, seed=seed)


def _linear(rows: _Rows, seed: int, work: Progress) -> tuple["Pipeline", float]:
    """Return a fitted linear probe and its strength, the best on folds of these rows' people."""
    folds = min(_INNER_FOLDS, len(np.unique(linked(rows.people, rows.videos))))
    chosen = STRENGTHS[0]
    if folds > 1:
        fold = _folds(rows, folds, seed)
        chosen = max(STRENGTHS, key=lambda strength: _inner_score(rows, fold, strength, work))
    return _logistic(chosen).fit(rows.features, rows.labels), chosen


def _inner_score(rows: _Rows, fold: Int64, strength: float, work: Progress) -> float:
    predicted = np.zeros_like(rows.labels)
    for number in np.unique(fold):
        fitted = _logistic(strength).fit(rows.features[fold != number], rows.labels[fold != number])
        work.advance()
        predicted[fold == number] = fitted.predict(rows.features[fold == number])
    return class_scores(rows.labels, predicted, int(rows.labels.max()) + 1).macro_f1


def _logistic(strength: float) -> "Pipeline":
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    logistic = LogisticRegression(C=strength, class_weight="balanced", max_iter=_MAX_ITERATIONS)
    return make_pipeline(StandardScaler(), logistic)


def _neighbours(rows: _Rows) -> "KNeighborsClassifier":
    from sklearn.neighbors import KNeighborsClassifier

    count = min(NEIGHBOURS, len(rows.labels))
    return KNeighborsClassifier(count, metric="cosine", weights="uniform").fit(rows.features, rows.labels)


def _scores(rows: _Rows, answer: Int64, classes: list[str], options: ProbeOptions) -> Mapping[str, Any]:
    found = class_scores(rows.labels, answer, len(classes))
    units, _ = rows.units()
    confusions = group_confusions(rows.labels, answer, units, classes=len(classes))
    intervals = score_intervals(confusions, draws=options.draws, seed=options.seed)
    return {
        "macro_f1": found.macro_f1,
        "macro_f1_interval": _plain(intervals.macro_f1),
        "macro_f1_present": found.macro_f1_present,
        "macro_f1_present_interval": _plain(intervals.macro_f1_present),
        "accuracy": found.accuracy,
        "accuracy_interval": _plain(intervals.accuracy),
        "f1": dict(zip(classes, found.f1.tolist(), strict=True)),
        "f1_intervals": {name: _plain(one) for name, one in zip(classes, intervals.f1, strict=True)},
    }


def _by_class(rows: _Rows, classes: list[str]) -> dict[str, Any]:
    """Return the videos among the scored rows, in all and of each class, and the classes that none of them has."""
    units, drawn = rows.units()
    counted = videos_by_class(group_confusions(rows.labels, rows.labels, units, classes=len(classes)))
    named = dict(zip(classes, counted, strict=True))
    return {
        "drawn": list(drawn.kinds),
        drawn.kind: len(np.unique(units)),
        f"{drawn.kind}_by_class": named,
        "absent": [name for name, count in named.items() if not count],
    }


def _plain(interval: Interval | None) -> dict[str, float] | None:
    return None if interval is None else asdict(interval)


def _gain(
    rows: _Rows, answers: tuple[Int64, Int64], classes: list[str], options: ProbeOptions
) -> dict[str, Any]:
    units, drawn = rows.units()
    sides = [group_confusions(rows.labels, one, units, classes=len(classes)) for one in answers]
    gain = compare(*sides, draws=options.draws, seed=options.seed, drawn=drawn)["macro_f1"]
    return {"macro_f1": gain.difference, "interval": _plain(gain.interval), "p_value": gain.p_value}
