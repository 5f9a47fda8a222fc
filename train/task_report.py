"""Where the evaluation of valence and arousal and of action units is written, drawn and printed."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pyarrow as pa
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from fer_data.core.intervals import interval_note
from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.tables import write_table
from fer_data.task_tables import ACTION_UNIT_PREDICTIONS, VALENCE_AROUSAL_PREDICTIONS
from train.task_predictions import DIMENSIONS, TaskRows

__all__ = ["TaskReport", "print_tasks", "write_task"]

_SCHEMAS = {"valence_arousal": VALENCE_AROUSAL_PREDICTIONS, "action_units": ACTION_UNIT_PREDICTIONS}
_SCORES = {"valence_arousal": ("ccc", "ccc_valence", "ccc_arousal"), "action_units": ("mean_f1",)}
_NAMES = {
    "ccc": "CCC, mean",
    "ccc_valence": "CCC valence",
    "ccc_arousal": "CCC arousal",
    "mean_f1": "mean F1 of units",
}
_BINS = 40


@dataclass(frozen=True, slots=True, eq=False)
class TaskReport:
    """What is known of one task at every side.

    Attributes:
        task: valence_arousal or action_units.
        tables: predictions by side.
        rows: the same as arrays.
        scores: by side.
        slices: scores of each slice at each side.
        shown_px: the side that is drawn.
    """

    task: str
    tables: Mapping[int, pa.Table]
    rows: Mapping[int, TaskRows]
    scores: Mapping[str, Mapping[str, Any]]
    slices: Sequence[Mapping[str, Any]]
    shown_px: int


def write_task(folder: Path, report: TaskReport) -> None:
    """Write `predictions.parquet`, `by_resolution.csv`, `slices.csv` and a picture; of units also `f1_by_unit.csv`."""
    folder.mkdir(parents=True)
    names = _SCORES[report.task]
    write_table(folder / "predictions.parquet", report.tables.values(), _SCHEMAS[report.task])
    _write_csv(folder / "slices.csv", ("resolution_px", "property", "slice", "rows", "videos", names[0]), (
        row.values() for row in report.slices
    ))  # fmt: skip
    _write_csv(folder / "by_resolution.csv", ("resolution_px", *names, "coverage"), (
        (px, *(at[name] for name in names), at["coverage"])
        for px, at in sorted(report.scores.items(), key=lambda item: int(item[0]))
    ))  # fmt: skip
    if report.task == "action_units":
        units = list(_by_unit(report))
        _write_csv(folder / "f1_by_unit.csv", list(units[0]), (row.values() for row in units))
        _draw_units(folder / "f1_by_unit.png", units, report.shown_px)
    else:
        _draw_plane(folder / "agreement.png", report)


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _by_unit(report: TaskReport) -> Iterable[dict[str, Any]]:
    """Yield F1, its interval and the annotated rows of each unit at the shown side."""
    at, rows = report.scores[str(report.shown_px)], report.rows[report.shown_px]
    for place, unit in enumerate(ACTION_UNITS):
        if unit in at["f1"]:
            interval = at["intervals"][unit]
            yield {
                "unit": unit,
                "f1": at["f1"][unit],
                "low": None if interval is None else interval["low"],
                "high": None if interval is None else interval["high"],
                "always_present": at["always_present"]["f1"][unit],
                "rows": int((rows.actual[:, place] >= 0).sum()),
                "present": int((rows.actual[:, place] == 1).sum()),
                "videos_present": at["intervals"]["videos_present"][unit],
            }


def _draw_units(path: Path, units: Sequence[Mapping[str, Any]], side_px: int) -> None:
    with mpl.rc_context({"font.size": 9.0}):
        figure = Figure(figsize=(7.4, 1.7 + 0.32 * len(units)), layout="constrained")
        axes = figure.add_subplot()
        places = np.arange(len(units))
        axes.barh(places, [one["f1"] for one in units], color="tab:blue", alpha=0.75, label="model")
        for place, one in zip(places, units, strict=True):
            if one["low"] is not None:
                axes.plot([one["low"], one["high"]], [place, place], color="0.2", linewidth=1.5)
        usual = [one["always_present"] for one in units]
        axes.plot(usual, places, "|", color="tab:red", markersize=11, label="always present")
        axes.set_yticks(places, [f"{one['unit']} ({one['present']:,} of {one['rows']:,})" for one in units])
        axes.invert_yaxis()
        axes.set(xlim=(0, 1), xlabel="F1; dark lines: 95 % interval over videos")
        axes.set_title(f"Action units on validation, {side_px} px (rows with the unit, of those annotated)")
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
        figure.savefig(path, format="png", dpi=120, metadata={"Software": None})


def _draw_plane(path: Path, report: TaskReport) -> None:
    """Draw annotated against predicted values of the shown side, one panel a dimension."""
    rows, at = report.rows[report.shown_px], report.scores[str(report.shown_px)]
    with mpl.rc_context({"font.size": 9.0}):
        figure = Figure(figsize=(9.0, 4.2), layout="constrained")
        figure.suptitle(f"Valence and arousal on validation, {report.shown_px} px")
        for place, name in enumerate(DIMENSIONS):
            axes = figure.add_subplot(1, 2, place + 1)
            counts, edges, _ = np.histogram2d(
                rows.actual[:, place], rows.answers[:, place], bins=_BINS, range=[[-1, 1], [-1, 1]]
            )
            norm = LogNorm(vmin=1, vmax=max(10.0, float(counts.max())))
            shown = np.ma.masked_equal(counts.T, 0)
            mesh = axes.pcolormesh(edges, edges, shown, cmap="viridis_r", norm=norm, rasterized=True)
            axes.plot([-1, 1], [-1, 1], color="0.5", linewidth=1, linestyle="--")
            axes.set(xlim=(-1, 1), ylim=(-1, 1), xlabel=f"annotated {name}", ylabel=f"predicted {name}")
            axes.set_title(f"{name}: CCC {at[f'ccc_{name}']:.3f}")
            axes.set_aspect("equal")
            figure.colorbar(mesh, ax=axes, label="rows", shrink=0.7)
        figure.savefig(path, format="png", dpi=120, metadata={"Software": None})


def print_tasks(metrics: Mapping[str, Any], console: Console | None = None) -> None:
    """Print the scores of valence and arousal and of action units, a column a side; nothing where there are none."""
    columns = metrics["resolutions"]
    first = next(iter(columns.values()))
    for task in (task for task in _SCORES if task in first):
        intervals = first[task]["intervals"]
        table = Table(
            title=f"{task.replace('_', ' ')}: every annotated {metrics['split']} row",
            caption=interval_note(intervals["videos"], intervals.get("videos_present", {})) or None,
        )
        for name in ("", *(f"{px} px" for px in columns)):
            table.add_column(name, justify="right" if name else "left", no_wrap=True)
        for line in _lines([at[task] for at in columns.values()], _SCORES[task]):
            table.add_row(*line)
        if task == "action_units" and "multi_task" in first:
            sums = [f"{at['multi_task']['score']:.3f}" for at in columns.values()]
            table.add_row("multi-task sum", *sums)
        (console or Console()).print(table)


def _lines(columns: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Iterable[tuple[str, ...]]:
    for name in names:
        yield _NAMES[name], *(f"{at[name]:.3f}" for at in columns)
    for end in ("low", "high"):
        found = [at["intervals"][names[0]] for at in columns]
        label = f"{_NAMES[names[0]]}, 95 %, {'from' if end == 'low' else 'to'}"
        yield label, *("-" if one is None else f"{one[end]:.3f}" for one in found)
    if "always_present" in columns[0]:
        yield "always present", *(f"{at['always_present'][names[0]]:.3f}" for at in columns)
    yield "rows with a crop", *(f"{at['coverage']:.1%}" for at in columns)
    yield "smoothing", *(f"+-{at['smoothing']['window_frames']}" for at in columns)
    yield "smoothed", *(f"{at['smoothing'][names[0]]:.3f}" for at in columns)
    for unit in columns[0].get("f1", {}):
        yield f"F1 {unit}", *(f"{at['f1'][unit]:.3f}" for at in columns)
