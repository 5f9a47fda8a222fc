"""Draw how far answers move: a row of panels a task, an operation a line, the baseline of two seeds beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_data.core.labels.tasks import LABELS
from fer_data.shell.shown import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["AXES", "plot_moves"]

AXES: Mapping[tuple[str, str], str] = {
    ("classes", "answer"): "share of pictures with another class",
    ("classes", "probability"): "mean change of the class's probability",
    ("values", "valence"): "mean change of valence",
    ("values", "arousal"): "mean change of arousal",
    ("units", "answer"): "share of units answered otherwise",
    ("units", "probability"): "mean change of a unit's probability",
}
"""What each measure of a head is, by kind of head."""

_COLOURS = ("#86bbd8", "#33658a", "#1b2a41")
_SEEDS = {
    "color": "#f26419", "label": "two seeds of one picture", "markersize": 3.2, "linewidth": 0.7,
    "markerfacecolor": "white",
}  # fmt: skip


def plot_moves(summary: Mapping[str, Any], output: Path) -> None:
    """Write a PNG: how far each operation moves the answers, with 95 % intervals, and two seeds of one picture."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    tasks = list(dict.fromkeys(one["task"] for one in summary["results"]))
    names = list(dict.fromkeys(one["operation"] for one in summary["results"]))
    height = 1.4 + 0.55 * len(names)
    figure = Figure(figsize=(11, height * len(tasks) + 0.6), layout="constrained")
    FigureCanvasAgg(figure)
    data = summary["data"]
    figure.suptitle(
        f"{printable(str(data['name']))} {printable(str(data['version']))}, {summary['split']}, "
        f"{data['resolution']} px: how far the answers move",
        parse_math=False,
    )
    panels = figure.subplots(len(tasks), 2, squeeze=False)
    for row, task in zip(panels, tasks, strict=True):
        own = [one for one in summary["results"] if one["task"] == task]
        measures = dict.fromkeys(one["measure"] for one in own)
        for index, (panel, measure) in enumerate(zip(row, measures, strict=True)):
            _panel(panel, [one for one in own if one["measure"] == measure], names, shown=not index)
            panel.set_title(f"{LABELS[task].title}: {AXES[LABELS[task].kind, measure]}", fontsize="medium")
    handles, labels = panels[0][0].get_legend_handles_labels()
    unique = dict(sorted(zip(labels, handles, strict=True), key=lambda pair: pair[0]))
    figure.legend(unique.values(), unique.keys(), loc="outside lower center", ncols=len(unique))
    figure.savefig(output, format="png", dpi=110, metadata={"Software": None})


def _panel(panel: "Axes", entries: list[dict[str, Any]], names: list[str], *, shown: bool) -> None:
    for line, name in enumerate(names):
        own = [one for one in entries if one["operation"] == name]
        for index, one in enumerate(own):
            y = line + 0.2 * (index - (len(own) - 1) / 2)
            colour = _COLOURS[1] if len(own) == 1 else _COLOURS[index]
            label = f"strength {one['strength']:g}" if one["strength"] else None
            _point(panel, one["moved"], y, {"color": colour, "label": label, "markersize": 4.5})
            _point(panel, one["two_seeds"], y + 0.07, _SEEDS)
    panel.set_yticks(range(len(names)), names if shown else [])
    panel.set_ylim(len(names) - 0.5, -0.5)
    panel.set_xlim(left=0)
    panel.grid(axis="x", alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)


def _point(panel: "Axes", moved: Mapping[str, Any], y: float, style: Mapping[str, Any]) -> None:
    value, interval = moved["value"], moved["interval"]
    ends = interval or {"low": value, "high": value}
    reach = [[max(0.0, value - ends["low"])], [max(0.0, ends["high"] - value)]]
    panel.errorbar(value, y, xerr=reach, **{"fmt": "o", "linewidth": 1.5, **style})
