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

from fer_data.core.expressions import SEVEN_CLASSES
from fer_data.core.scores import challenge_score, class_scores

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
    per_class = zip(
        classes, scores.f1, scores.precision, scores.recall, scores.confusion.sum(axis=1), strict=True
    )
    sources = [table["source"].to_pylist().count(name) for name in ("model", "nearest", "most_frequent")]
    return {
        **_overall(actual, predicted, classes),
        "coverage": float(covered.mean()),
        "rows": dict(zip(("model", "nearest", "most_frequent"), sources, strict=True)),
        "covered": _overall(actual[covered], predicted[covered], classes),
        "always_largest": _overall(actual, np.full_like(actual, most_frequent), classes),
        "per_class": {
            name: {"f1": float(f1), "precision": float(precision), "recall": float(recall), "rows": int(rows)}
            for name, f1, precision, recall, rows in per_class
        },
    }


def _integers(table: pa.Table, name: str) -> NDArray[np.int64]:
    return np.asarray(table[name].to_numpy(), np.int64)


def _overall(
    actual: NDArray[np.int64], predicted: NDArray[np.int64], classes: Sequence[str]
) -> dict[str, float]:
    scores = class_scores(actual, predicted, len(classes))
    overall = {"macro_f1": scores.macro_f1, "accuracy": scores.accuracy}
    if tuple(classes) == SEVEN_CLASSES:
        overall["combined"] = challenge_score(scores.macro_f1, scores.accuracy)
    return overall


def write_plots(
    folder: Path, predictions: Mapping[int, pa.Table], metrics: Mapping[str, Any], *, shown: int
) -> None:
    """Write the data of the plots: confusion and F1 by class at resolution `shown`, and F1 by resolution."""
    classes = list(metrics["resolutions"][str(shown)]["per_class"])
    table = predictions[shown]
    pairs = zip(_integers(table, "expression"), _integers(table, "predicted"), strict=True)
    _write_csv(
        folder / "confusion.csv", ("actual", "predicted"), ((classes[a], classes[p]) for a, p in pairs)
    )
    by_class = metrics["resolutions"][str(shown)]["per_class"]
    _write_csv(
        folder / "f1_by_class.csv",
        ("class", "f1", "precision", "recall", "rows"),
        ((name, *scores.values()) for name, scores in by_class.items()),
    )
    _write_csv(
        folder / "f1_by_resolution.csv",
        ("resolution_px", "macro_f1", "accuracy", "coverage"),
        (
            (px, scores["macro_f1"], scores["accuracy"], scores["coverage"])
            for px, scores in sorted(metrics["resolutions"].items(), key=lambda item: int(item[0]))
        ),
    )


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def print_scores(metrics: Mapping[str, Any], console: Console | None = None) -> None:
    """Print one column a resolution: the overall scores, what qualifies them, and F1 by class."""
    columns = metrics["resolutions"]
    table = Table(title=f"Scores of every annotated {metrics['split']} row")
    for name in ("", *(f"{px} px" for px in columns)):
        table.add_column(name, justify="right" if name else "left")
    for name, values in _lines(list(columns.values()), metrics["largest_class"]):
        table.add_row(name, *values, end_section=name == "rows with a crop")
    (console or Console()).print(table)


def _lines(columns: Sequence[Mapping[str, Any]], largest: str) -> Iterable[tuple[str, list[str]]]:
    for key, name in (
        ("macro_f1", "macro F1"),
        ("accuracy", "accuracy"),
        ("combined", "0.67 F1 + 0.33 accuracy"),
    ):
        if key in columns[0]:
            yield name, [f"{at[key]:.3f}" for at in columns]
    yield f"macro F1, always {largest}", [f"{at['always_largest']['macro_f1']:.3f}" for at in columns]
    yield "rows with a crop", [f"{at['coverage']:.1%}" for at in columns]
    for name in columns[0]["per_class"]:
        yield f"F1 {name}", [f"{at['per_class'][name]['f1']:.3f}" for at in columns]
