"""Compare two models or dataset versions on the same videos, paired, at every side that both were scored at."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.compare.pairing import check_classes, class_count
from fer_data.core.arrays import Int64
from fer_data.core.metrics.bootstrap import (
    Comparison,
    compare,
    compare_runs,
    group_confusions,
    run_intervals,
    videos_by_class,
)
from fer_data.core.metrics.scores import class_scores
from fer_data.core.metrics.units import Drawn
from fer_data.errors import DatasetError
from fer_data.predictions.rows import read_rows, stated_classes
from fer_data.predictions.schemas import table_units, texts_of

__all__ = ["PREDICTIONS_FILE", "compare_predictions", "read_evaluation", "run_gains", "run_scores"]

PREDICTIONS_FILE = "predictions.parquet"
SCORES = ("macro_f1", "macro_f1_present", "accuracy")


def read_evaluation(path: Path) -> pa.Table:
    """Return the checked predictions of an evaluation: a table of `PREDICTIONS`, or the folder that holds one.

    Raises:
        DatasetError: there is none, or it is damaged or holds what no model says.
    """
    return read_rows(path)


def compare_predictions(
    first: pa.Table,
    second: pa.Table,
    *,
    draws: int,
    seed: int,
    names: tuple[str, str] = ("the first table", "the second"),
) -> dict[str, Any]:
    """Return, by side, the scores and the gains of the second over the first, with 95 % intervals over videos.

    People are drawn where the corpora name them, pictures where nobody says whom they show.
    `macro_f1` is over all classes, `macro_f1_present` over those that the rows hold; `absent` names the others. `names`
    are those of the tables, for errors.

    Raises:
        DatasetError: the tables share no side, or differ in their rows, labels or number of classes at one.
    """
    classes = stated_classes(first) or stated_classes(second)
    return {
        px: _counts(side, side.confusions[0], classes)
        | _gains(
            compare(side.confusions[0][0], side.confusions[1][0], draws=draws, seed=seed, drawn=side.drawn),
            side.confusions,
        )
        for px, side in _sides([[first], [second]], names).items()
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """The rows of all tables at one side.

    Attributes:
        rows: annotated rows.
        corpora: names of the sources that they are of, where the tables say so.
        drawn: what draws take, videos or people or pictures.
        confusions: of each kind of run, (runs, units, classes, classes).
    """

    rows: int
    corpora: tuple[str, ...]
    drawn: Drawn
    confusions: list[Int64]


def _counts(side: _Side, confusions: Int64, names: Sequence[str]) -> dict[str, Any]:
    """Return how much was scored: rows, what is drawn, in all and with each class, and the classes that no row has."""
    by_class, drawn = videos_by_class(confusions[0]), side.drawn
    named = dict(zip(names or map(str, range(len(by_class))), by_class, strict=True))
    return {
        "rows": side.rows,
        **({"pooled_corpora": list(side.corpora)} if len(side.corpora) > 1 else {}),
        "drawn": list(drawn.kinds),
        drawn.kind: confusions.shape[1],
        f"{drawn.kind}_by_class": named,
        "absent": [name for name, count in named.items() if not count],
        **({"lower_bound": True, "note": drawn.note} if drawn.lower_bound else {}),
    }


def run_scores(runs: Sequence[pa.Table], *, draws: int, seed: int) -> dict[str, Any]:
    """Return, by side, the mean scores of several runs, such as seeds, each run's own, and 95 % intervals.

    Raises:
        DatasetError: the runs share no side, or differ in their rows, labels or number of classes at one.
    """
    return {px: _spread(side.confusions[0], draws, seed) for px, side in _sides([runs]).items()}


def run_gains(
    first: Sequence[pa.Table], second: Sequence[pa.Table], *, draws: int, seed: int
) -> dict[str, Any]:
    """Return, by side, what the second kind of run gains in the mean over runs, paired by run and video.

    Raises:
        DatasetError: as `run_scores`, or there are not as many runs of either kind.
    """
    if len(first) != len(second):
        raise DatasetError(
            f"Both kinds need as many runs, got {len(first)} and {len(second)}. Use the same seeds for both."
        )
    found, names = {}, next(filter(None, map(stated_classes, (*first, *second))), ())
    for px, side in _sides([first, second]).items():
        one, other = side.confusions
        gains = _gains(compare_runs(one, other, draws=draws, seed=seed, drawn=side.drawn), (one, other))
        for name in SCORES:
            gains[name]["runs"] = [_score(b, name) - _score(a, name) for a, b in zip(one, other, strict=True)]
        found[px] = _counts(side, one, names) | gains
    return found


def _spread(confusions: Int64, draws: int, seed: int) -> dict[str, Any]:
    intervals = run_intervals(confusions, draws=draws, seed=seed)
    found = {}
    for name in SCORES:
        each, interval = [_score(run, name) for run in confusions], intervals[name]
        spread = float(np.std(each, ddof=1)) if len(each) > 1 else None
        found[name] = {
            "mean": float(np.mean(each)),
            "interval": None if interval is None else asdict(interval),
            "standard_deviation": spread,
            "runs": each,
        }
    return found


def _gains(gains: dict[str, Comparison], confusions: Sequence[Int64]) -> dict[str, Any]:
    return {
        name: {
            "first": float(np.mean([_score(run, name) for run in confusions[0]])),
            "second": float(np.mean([_score(run, name) for run in confusions[1]])),
            **asdict(gains[name]),
        }
        for name in SCORES
    }


def _score(confusion: Int64, name: str) -> float:
    """Return a score of one run, (videos, classes, classes), as `evaluate` counts it."""
    whole = confusion.sum(axis=0)
    actual, predicted = (
        np.repeat(classes, whole.ravel()) for classes in np.indices(whole.shape).reshape(2, -1)
    )
    return float(getattr(class_scores(actual, predicted, len(whole)), name))


def _sides(kinds: Sequence[Sequence[pa.Table]], names: Sequence[str] = ()) -> dict[str, _Side]:
    """Return each side that all tables have, the largest first.

    `names` are those of all tables, for errors; without any they are numbered.
    """
    tables = [table for runs in kinds for table in runs]
    names = names or [f"table {number}" for number in range(1, len(tables) + 1)]
    common = set.intersection(*(set(table["resolution"].to_pylist()) for table in tables))
    if not common:
        raise DatasetError("The tables share no resolution. Evaluate all models at the same sides.")
    classes = _classes(tables)
    found = {}
    for px in sorted(common, reverse=True):
        rows = [[_rows(table, px) for table in runs] for runs in kinds]
        for name, other in zip(names, (table for runs in rows for table in runs), strict=True):
            _check_rows((names[0], rows[0][0]), (name, other), px)
        told = next(
            (one for runs in rows for one in runs if "subject_source" in one.column_names), rows[0][0]
        )
        units, drawn = table_units(told)
        confusions = [np.stack([_confusions(table, units, classes) for table in runs]) for runs in rows]
        corpora = tuple(np.unique(texts_of(told, "corpus")).tolist())
        found[str(px)] = _Side(len(rows[0][0]), corpora, drawn, confusions)
    return found


def _classes(tables: Sequence[pa.Table]) -> int:
    """Return the number of classes, which the logits state; without any, what the classes used need."""
    check_classes(tables)
    return class_count(tables) or 1 + max(
        int(pc.max(table[name]).as_py()) for table in tables for name in ("expression", "predicted")
    )


def _rows(table: pa.Table, side: int) -> pa.Table:
    annotated = pc.greater_equal(pc.fill_null(table["expression"], -1), 0)
    chosen = table.filter(pc.and_(pc.equal(table["resolution"], side), annotated))
    if not len(chosen):
        raise DatasetError(
            f"The predictions at {side} px hold no annotated row, so there is nothing to score. Name an evaluation "
            "of validation."
        )
    return chosen.sort_by("row_id")


def _check_rows(one: tuple[str, pa.Table], other: tuple[str, pa.Table], side: int) -> None:
    (one_name, first), (other_name, second) = one, other
    rows, others = (table["row_id"].to_pylist() for table in (first, second))
    if rows != others:
        lacks = [
            f"{name} lacks {len(missing):,}, such as {min(missing)!r}"
            for name, missing in ((other_name, set(rows) - set(others)), (one_name, set(others) - set(rows)))
            if missing
        ]
        raise DatasetError(
            f"The annotated rows at {side} px differ: {len(rows):,} of {one_name} and {len(others):,} of {other_name}; "
            f"{' and '.join(lacks) or 'one has a row twice'}. Predict the same rows with both models."
        )
    for column, what in (("expression", "labels"), ("video_id", "videos"), ("subject_id", "subjects")):
        if not first[column].equals(second[column]):
            raise DatasetError(
                f"{one_name} and {other_name} differ in their {what} at {side} px. Evaluate both models on one "
                "dataset version."
            )


def _confusions(table: pa.Table, units: NDArray[np.str_], classes: int) -> Int64:
    actual, predicted = (table[name].to_numpy().astype(np.int64) for name in ("expression", "predicted"))
    return group_confusions(actual, predicted, units, classes=classes)
