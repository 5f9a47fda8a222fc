"""Where an assessment is written, drawn and printed."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from fer_data.core.intervals import interval_note

__all__ = ["draw_reliability", "print_assessments", "write_assessments"]

_PANEL_INCHES = 3.4
_COLUMNS = 4
_DOT_POINTS = 250
"""Area of a dot that stands for all rows, in square points."""
_POINT_COLUMNS = (
    "resolution_px", "probabilities", "class", "bin_from", "bin_to", "rows", "confidence", "frequency",
)  # fmt: skip
_SLICE_COLUMNS = (
    "resolution_px", "property", "slice", "rows", "videos", "classes", "macro_f1", "macro_f1_present", "accuracy",
)  # fmt: skip


def write_assessments(
    folder: Path,
    points: Sequence[Mapping[str, Any]],
    slices: Sequence[Mapping[str, Any]],
    metrics: Mapping[str, Any],
) -> None:
    """Write `reliability.csv`, its picture, and `slices.csv`; an empty field is a score that nothing can say."""
    _write_csv(folder / "reliability.csv", points, _POINT_COLUMNS)
    _write_csv(folder / "slices.csv", slices, _SLICE_COLUMNS)
    draw_reliability(folder / "reliability.png", points, metrics["resolutions"])


def _write_csv(path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def draw_reliability(path: Path, rows: Sequence[Mapping[str, Any]], metrics: Mapping[str, Any]) -> None:
    """Draw confidence against frequency of the answered class, a panel a resolution, before and after scaling."""
    resolutions = sorted({row["resolution_px"] for row in rows if row["class"] == "top"})
    columns = max(1, min(_COLUMNS, len(resolutions)))
    lines = max(1, -(-len(resolutions) // columns))
    with mpl.rc_context({"font.size": 9.0}):
        figure = Figure(
            figsize=(_PANEL_INCHES * columns, (_PANEL_INCHES + 0.6) * lines + 0.4), layout="constrained"
        )
        figure.suptitle(
            "Reliability of the answered class on validation rows with a crop; dots by their share of the rows"
        )
        for place, resolution in enumerate(resolutions, start=1):
            axes = figure.add_subplot(lines, columns, place)
            own = [row for row in rows if (row["resolution_px"], row["class"]) == (resolution, "top")]
            _panel(axes, own, metrics[str(resolution)]["calibration"])
            axes.set_title(f"{resolution} px")
        figure.savefig(path, format="png", dpi=120, metadata={"Software": None})


def _panel(axes: Axes, rows: Sequence[Mapping[str, Any]], calibration: Mapping[str, Any]) -> None:
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=1, linestyle="--", label="perfect")
    names = {"raw": "as trained", "scaled": f"temperature {calibration['temperature']:.2f}"}
    for name, colour, marker in (("raw", "tab:red", "o"), ("scaled", "tab:blue", "s")):
        bins = [row for row in rows if row["probabilities"] == name]
        confidence, frequency = ([row[key] for row in bins] for key in ("confidence", "frequency"))
        label = f"{names[name]}: ECE {calibration[name]['ece']:.3f}"
        axes.plot(confidence, frequency, color=colour, linewidth=1)
        whole = sum(row["rows"] for row in bins)
        sizes = [_DOT_POINTS * row["rows"] / whole for row in bins]
        axes.scatter(confidence, frequency, sizes, color=colour, marker=marker, alpha=0.7, linewidths=0)
        axes.plot([], [], color=colour, marker=marker, markersize=4, label=label)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="mean confidence (probability)", ylabel="share of right rows")
    axes.set_aspect("equal")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), fontsize=8, frameon=False)


def print_assessments(metrics: Mapping[str, Any], console: Console | None = None) -> None:
    """Print one column a resolution: intervals, calibration, and what smoothing adds."""
    first = next(iter(metrics["resolutions"].values()))
    videos = first["intervals"]["videos"]
    notes = [
        "Temperature and window were chosen on the development subjects of the training split.",
        interval_note(videos, {name: one["videos"] for name, one in first.get("per_class", {}).items()}),
    ]
    table = Table(
        title=f"How sure: 95 % intervals over {videos} whole videos", caption=" ".join(filter(None, notes))
    )
    table.add_column("", no_wrap=True)
    for resolution in metrics["resolutions"]:
        table.add_column(f"{resolution} px", justify="right", no_wrap=True)
    columns = [_column(at) for at in metrics["resolutions"].values()]
    for name in columns[0]:
        table.add_row(name, *(column[name] for column in columns))
    (console or Console()).print(table)


def _column(at: Mapping[str, Any]) -> dict[str, str]:
    calibration, smoothing = at["calibration"], at["smoothing"]
    gain = smoothing["gain"]["macro_f1"]
    return {
        "macro F1, 95 %": _between(at["intervals"]["macro_f1"]),
        **({"classes present": _between(at["intervals"]["macro_f1_present"])} if at.get("absent") else {}),
        "accuracy, 95 %": _between(at["intervals"]["accuracy"]),
        "ECE, raw": f"{calibration['raw']['ece']:.3f}" if "raw" in calibration else "-",
        "ECE, scaled": f"{calibration['scaled']['ece']:.3f}" if "scaled" in calibration else "-",
        "temperature": f"{calibration['temperature']:.2f}",
        "smoothing": f"+-{smoothing['window_frames']}",
        "smoothed F1": f"{smoothing['macro_f1']:.3f}",
        "gain": f"{gain['difference']:+.3f}",
        "gain, from": _end(gain["interval"], "low"),
        "gain, to": _end(gain["interval"], "high"),
    }


def _between(interval: Mapping[str, float] | None) -> str:
    return "-" if interval is None else f"{interval['low']:.2f}-{interval['high']:.2f}"


def _end(interval: Mapping[str, float] | None, end: str) -> str:
    return "-" if interval is None else f"{interval[end]:+.3f}"
