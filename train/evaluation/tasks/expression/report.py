"""Expression: its metrics, the data of its plots, and its tables on the terminal."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.core.metrics.bootstrap import group_confusions, interval_note, videos_by_class
from fer_data.core.metrics.scores import absent_note, challenge_score, class_scores
from fer_data.core.metrics.units import Drawn
from fer_data.predictions.schemas import Predictions
from fer_data.terminal.table import TextTable, number, text
from train.evaluation.corpora import pooled_note
from train.evaluation.files import write_csv
from train.evaluation.intervals import between, smoothing_note, units_of
from train.evaluation.tasks.expression.plots import draw_reliability

__all__ = [
    "assessment_table",
    "score_table",
    "summarise",
    "write_assessments",
    "write_plots",
]

_POINT_COLUMNS = (
    "resolution_px", "probabilities", "class", "bin_from", "bin_to", "rows", "confidence", "frequency",
)  # fmt: skip
_SLICE_COLUMNS = (
    "resolution_px", "property", "slice", "rows", "videos", "classes", "macro_f1", "macro_f1_present", "accuracy",
    "macro_f1_low", "macro_f1_high", "macro_f1_present_low", "macro_f1_present_high", "accuracy_low", "accuracy_high",
)  # fmt: skip


def summarise(
    predictions: Mapping[int, Predictions], classes: Sequence[str], most_frequent: int
) -> dict[str, Any]:
    """Return the scores at each resolution, beside those of always guessing class `most_frequent`.

    `covered` are the rows with a crop of their own alone; all other scores are over every annotated row. The combined
    score is there for the seven classes of the challenges that define it.
    """
    return {
        "largest_class": classes[most_frequent],
        "resolutions": {
            str(resolution): _scores_at(rows, classes, most_frequent)
            for resolution, rows in predictions.items()
        },
    }


def _scores_at(rows: Predictions, classes: Sequence[str], most_frequent: int) -> dict[str, Any]:
    actual, predicted, covered = rows.actual, rows.answers, rows.own
    scores = class_scores(actual, predicted, len(classes))
    sources = [rows.sources.count(name) for name in ("model", "nearest", "most_frequent")]
    units, drawn = rows.units()
    held = {"videos": rows.videos, drawn.kind: units.tolist()}
    by_class = {
        kind: videos_by_class(group_confusions(actual, actual, names, classes=len(classes)))
        for kind, names in held.items()
    }
    return {
        **_overall(actual, predicted, classes),
        "absent": [classes[index] for index in scores.absent],
        "coverage": float(covered.mean()),
        "rows": dict(zip(("model", "nearest", "most_frequent"), sources, strict=True)),
        "covered": _overall(actual[covered], predicted[covered], classes),
        "always_largest": _overall(actual, np.full_like(actual, most_frequent), classes),
        "per_class": {
            name: {
                "f1": float(scores.f1[index]),
                "precision": float(scores.precision[index]),
                "recall": float(scores.recall[index]),
                "rows": int(scores.confusion[index].sum()),
                **{kind: counts[index] for kind, counts in by_class.items()},
            }
            for index, name in enumerate(classes)
        },
    }


def _overall(
    actual: NDArray[np.int64], predicted: NDArray[np.int64], classes: Sequence[str]
) -> dict[str, float]:
    scores = class_scores(actual, predicted, len(classes))
    overall = {
        "macro_f1": scores.macro_f1,
        "macro_f1_present": scores.macro_f1_present,
        "accuracy": scores.accuracy,
    }
    if tuple(classes) == SEVEN_CLASSES:
        overall["combined"] = challenge_score(scores.macro_f1, scores.accuracy)
    return overall


def write_plots(
    folder: Path, predictions: Mapping[int, Predictions], metrics: Mapping[str, Any], *, shown: int
) -> None:
    """Write the data of the plots: confusion and F1 by class at resolution `shown`, and F1 by resolution.

    An empty end of an interval is one that too few videos can say.
    """
    classes = list(metrics["resolutions"][str(shown)]["per_class"])
    pairs = zip(predictions[shown].actual, predictions[shown].answers, strict=True)
    write_csv(folder / "confusion.csv", ("actual", "predicted"), ((classes[a], classes[p]) for a, p in pairs))
    by_class = metrics["resolutions"][str(shown)]["per_class"]
    intervals = metrics["resolutions"][str(shown)]["intervals"]["f1"]
    write_csv(
        folder / "f1_by_class.csv",
        ("class", "f1", "low", "high", "precision", "recall", "rows", "videos"),
        (_class_row(name, scores, intervals.get(name)) for name, scores in by_class.items()),
    )
    write_csv(
        folder / "f1_by_resolution.csv",
        ("resolution_px", "macro_f1", "macro_f1_present", "accuracy", "coverage"),
        (
            (px, *(scores[name] for name in ("macro_f1", "macro_f1_present", "accuracy", "coverage")))
            for px, scores in sorted(metrics["resolutions"].items(), key=lambda item: int(item[0]))
        ),
    )


def _class_row(name: str, scores: Mapping[str, Any], interval: Mapping[str, float] | None) -> list[Any]:
    ends = ("", "") if interval is None else (interval["low"], interval["high"])
    rest = (scores[key] for key in ("precision", "recall", "rows", "videos"))
    return [name, scores["f1"], *ends, *rest]


def write_assessments(
    folder: Path,
    points: Sequence[Mapping[str, Any]],
    slices: Sequence[Mapping[str, Any]],
    metrics: Mapping[str, Any],
) -> None:
    """Write `reliability.csv`, its picture, and `slices.csv`; an empty field is what too few rows or units can say."""
    for name, columns, rows in (("reliability", _POINT_COLUMNS, points), ("slices", _SLICE_COLUMNS, slices)):
        write_csv(folder / f"{name}.csv", columns, ([row[key] for key in columns] for row in rows))
    draw_reliability(folder / "reliability.png", points, metrics["resolutions"])


def score_table(metrics: Mapping[str, Any]) -> TextTable:
    """Return one column a resolution: the overall scores, what qualifies them, and F1 by class."""
    columns = metrics["resolutions"]
    first = next(iter(columns.values()))
    absent, drawn = first["absent"], Drawn(tuple(first.get("intervals", {}).get("drawn", ("videos",))))
    notes = [absent_note(absent), pooled_note(first)]
    table = TextTable(
        f"Scores of every annotated {metrics['split']} row",
        text("score"), *(number(f"{px} px") for px in columns), note=" ".join(filter(None, notes)),
    )  # fmt: skip
    for name, values in _lines(list(columns.values()), metrics["largest_class"], drawn):
        table.add(name, *values, end=name == "rows with a crop")
    return table


def _lines(
    columns: Sequence[Mapping[str, Any]], largest: str, drawn: Drawn
) -> Iterable[tuple[str, list[str]]]:
    for key, name in (
        ("macro_f1", "macro F1"),
        *((("macro_f1_present", "macro F1, classes present"),) if columns[0]["absent"] else ()),
        ("accuracy", "accuracy"),
        ("combined", "0.67 F1 + 0.33 accuracy"),
    ):
        if key in columns[0]:
            yield name, [f"{at[key]:.3f}" for at in columns]
    yield f"macro F1, always {largest}", [f"{at['always_largest']['macro_f1']:.3f}" for at in columns]
    yield "rows with a crop", [f"{at['coverage']:.1%}" for at in columns]
    for name, one in columns[0]["per_class"].items():
        yield (
            f"F1 {name}, {drawn.counted(one[drawn.kind])}",
            [f"{at['per_class'][name]['f1']:.3f}" for at in columns],
        )


def assessment_table(metrics: Mapping[str, Any]) -> TextTable:
    """Return one column a resolution: intervals, calibration, and what smoothing adds where rows are frames."""
    first = next(iter(metrics["resolutions"].values()))
    count, drawn = units_of(first["intervals"])
    counted = f"{count:,} whole videos" if drawn.kinds == ("videos",) else drawn.counted(count)
    notes = [
        _chosen(first, drawn),
        smoothing_note(first),
        interval_note(
            count, {name: one[drawn.kind] for name, one in first.get("per_class", {}).items()}, drawn
        ),
    ]
    sides = (number(f"{px} px") for px in metrics["resolutions"])
    title = f"How sure: 95 % intervals over {counted}"
    table = TextTable(title, text("score"), *sides, note=" ".join(filter(None, notes)))
    columns = [_column(at) for at in metrics["resolutions"].values()]
    for name in columns[0]:
        table.add(name, *(column[name] for column in columns))
    return table


def _chosen(at: Mapping[str, Any], drawn: Drawn) -> str:
    """Return a sentence on which rows chose what: people are not said where nobody names them."""
    chosen = "Temperature was" if at["smoothing"] is None else "Temperature and window were"
    return f"{chosen} chosen on the development {'rows' if drawn.lower_bound else 'subjects'} of the training split."


def _column(at: Mapping[str, Any]) -> dict[str, str]:
    calibration = at["calibration"]
    return {
        "macro F1, 95 %": between(at["intervals"]["macro_f1"]),
        **({"classes present": between(at["intervals"]["macro_f1_present"])} if at.get("absent") else {}),
        "accuracy, 95 %": between(at["intervals"]["accuracy"]),
        "ECE, raw": f"{calibration['raw']['ece']:.3f}" if "raw" in calibration else "-",
        "ECE, scaled": f"{calibration['scaled']['ece']:.3f}" if "scaled" in calibration else "-",
        "temperature": f"{calibration['temperature']:.2f}",
        **({} if at["smoothing"] is None else _smoothing(at["smoothing"])),
    }


def _smoothing(smoothing: Mapping[str, Any]) -> dict[str, str]:
    gain = smoothing["gain"]["macro_f1"]
    return {
        "smoothing": f"+-{smoothing['window_frames']}",
        "smoothed F1": f"{smoothing['macro_f1']:.3f}",
        "gain": f"{gain['difference']:+.3f}",
        "gain, from": _end(gain["interval"], "low"),
        "gain, to": _end(gain["interval"], "high"),
    }


def _end(interval: Mapping[str, float] | None, end: str) -> str:
    return "-" if interval is None else f"{interval[end]:+.3f}"
