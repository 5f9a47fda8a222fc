"""What an evaluation says: its metrics, the data of its plots, and the table at its end."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from fer_data.core.intervals import group_confusions, videos_by_class
from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.core.scores import absent_note, challenge_score, class_scores

__all__ = ["print_scores", "summarise", "write_plots"]


def summarise(
    predictions: Mapping[int, pa.Table], classes: Sequence[str], most_frequent: int
) -> dict[str, Any]:
    """Return the scores at each resolution, beside those of always guessing class `most_frequent`.

    `covered` are the rows with a crop of their own alone; all other scores are over every annotated row. The combined
    score is there for the seven classes of the challenges that define it.
    """
    return {
        "split": "validation",
        "largest_class": classes[most_frequent],
        "resolutions": {
            str(resolution): _scores_at(table, classes, most_frequent)
            for resolution, table in predictions.items()
        },
    }


def _scores_at(table: pa.Table, classes: Sequence[str], most_frequent: int) -> dict[str, Any]:
    actual, predicted = _integers(table, "expression"), _integers(table, "predicted")
    covered = pc.equal(table["source"], "model").to_numpy()
    scores = class_scores(actual, predicted, len(classes))
    sources = [table["source"].to_pylist().count(name) for name in ("model", "nearest", "most_frequent")]
    videos = _videos_by_class(table, actual, len(classes))
    return {
        **_overall(actual, predicted, classes),
        "absent": [classes[place] for place in scores.absent],
        "coverage": float(covered.mean()),
        "rows": dict(zip(("model", "nearest", "most_frequent"), sources, strict=True)),
        "covered": _overall(actual[covered], predicted[covered], classes),
        "always_largest": _overall(actual, np.full_like(actual, most_frequent), classes),
        "per_class": {
            name: {
                "f1": float(scores.f1[place]),
                "precision": float(scores.precision[place]),
                "recall": float(scores.recall[place]),
                "rows": int(scores.confusion[place].sum()),
                "videos": videos[place],
            }
            for place, name in enumerate(classes)
        },
    }


def _videos_by_class(table: pa.Table, actual: NDArray[np.int64], classes: int) -> list[int]:
    confusions = group_confusions(actual, actual, table["video_id"].to_pylist(), classes=classes)
    return videos_by_class(confusions)


def _integers(table: pa.Table, name: str) -> NDArray[np.int64]:
    return np.asarray(table[name].to_numpy(), np.int64)


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
    folder: Path, predictions: Mapping[int, pa.Table], metrics: Mapping[str, Any], *, shown: int
) -> None:
    """Write the data of the plots: confusion and F1 by class at resolution `shown`, and F1 by resolution.

    An empty end of an interval is one that too few videos can say.
    """
    classes = list(metrics["resolutions"][str(shown)]["per_class"])
    table = predictions[shown]
    pairs = zip(_integers(table, "expression"), _integers(table, "predicted"), strict=True)
    _write_csv(
        folder / "confusion.csv", ("actual", "predicted"), ((classes[a], classes[p]) for a, p in pairs)
    )
    by_class = metrics["resolutions"][str(shown)]["per_class"]
    intervals = metrics["resolutions"][str(shown)]["intervals"]["f1"]
    _write_csv(
        folder / "f1_by_class.csv",
        ("class", "f1", "low", "high", "precision", "recall", "rows", "videos"),
        (_class_row(name, scores, intervals.get(name)) for name, scores in by_class.items()),
    )
    _write_csv(
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


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def print_scores(metrics: Mapping[str, Any], console: Console | None = None) -> None:
    """Print one column a resolution: the overall scores, what qualifies them, and F1 by class."""
    columns = metrics["resolutions"]
    absent = next(iter(columns.values()))["absent"]
    table = Table(
        title=f"Scores of every annotated {metrics['split']} row", caption=absent_note(absent) or None
    )
    for name in ("", *(f"{px} px" for px in columns)):
        table.add_column(name, justify="right" if name else "left")
    for name, values in _lines(list(columns.values()), metrics["largest_class"]):
        table.add_row(name, *values, end_section=name == "rows with a crop")
    (console or Console()).print(table)


def _lines(columns: Sequence[Mapping[str, Any]], largest: str) -> Iterable[tuple[str, list[str]]]:
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
        label = f"F1 {name}, {one['videos']} video{'' if one['videos'] == 1 else 's'}"
        yield label, [f"{at['per_class'][name]['f1']:.3f}" for at in columns]
