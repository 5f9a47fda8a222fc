"""The reliability plot: confidence against frequency of the answered class."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_reliability"]

_PANEL_INCHES = 3.4
_COLUMNS = 4
_DOT_POINTS = 250
"""Area of a dot that stands for all rows, in square points."""


def draw_reliability(path: Path, rows: Sequence[Mapping[str, Any]], metrics: Mapping[str, Any]) -> None:
    """Draw confidence against frequency of the answered class, a panel a resolution, before and after scaling."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

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
        for index, resolution in enumerate(resolutions, start=1):
            axes = figure.add_subplot(lines, columns, index)
            own = [row for row in rows if (row["resolution_px"], row["class"]) == (resolution, "top")]
            _panel(axes, own, metrics[str(resolution)]["calibration"])
            axes.set_title(f"{resolution} px")
        figure.savefig(path, format="png", dpi=120, metadata={"Software": None})


def _panel(axes: "Axes", rows: Sequence[Mapping[str, Any]], calibration: Mapping[str, Any]) -> None:
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
