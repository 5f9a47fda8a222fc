"""Draw the class counts of a dataset as bars, one panel a split."""

from pathlib import Path
from typing import TYPE_CHECKING

from fer_data.files import atomic_file
from fer_data.shown import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fer_data.stats import SplitStats, Stats

__all__ = ["plot_stats"]

_ORIGINALS, _COPIES = "#33658a", "#f6ae2d"


def plot_stats(stats: "Stats", title: str, output: Path) -> None:
    """Write a PNG with one panel a split: frames by class, augmented copies on top of them."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = [split for split in stats.splits if split.frames]
    figure = Figure(figsize=(1.6 + 4.4 * max(len(shown), 1), 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(f"{printable(title)}: {stats.counts} by expression", parse_math=False)
    panels = figure.subplots(1, max(len(shown), 1), sharey=True, squeeze=False)[0]
    for panel, split in zip(panels, shown, strict=False):
        _panel(panel, split)
    panels[0].invert_yaxis()
    if any(split.copies for split in shown):
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    if not shown:
        panels[0].set_title("no expression labels")
    with atomic_file(output) as temporary:
        figure.savefig(temporary, format="png", dpi=150, metadata={"Software": None})


def _panel(panel: "Axes", split: "SplitStats") -> None:
    from matplotlib.ticker import MaxNLocator

    names = [row.name for row in split.classes]
    frames, copies = [row.frames for row in split.classes], [row.copies for row in split.classes]
    panel.barh(names, frames, color=_ORIGINALS, label="originals")
    if split.copies:
        panel.barh(names, copies, left=frames, color=_COPIES, label="augmented copies")
    for place, (row, more) in enumerate(zip(split.classes, copies, strict=True)):
        text = f"{row.frames:,} + {more:,}" if more else f"{row.frames:,}"
        panel.annotate(text, (row.frames + more, place), (3, 0), textcoords="offset points", va="center")
    ratio = "undefined" if split.imbalance_ratio is None else f"{split.imbalance_ratio:.1f} : 1"
    people = "1 person" if split.subjects == 1 else f"{split.subjects} people"
    panel.set_title(f"{split.name}: {people}, imbalance {ratio}", fontsize="medium")
    panel.set_xlabel("frames")
    panel.set_xlim(0, 1.3 * max(n + more for n, more in zip(frames, copies, strict=True)))
    panel.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    panel.spines[["top", "right"]].set_visible(False)
