"""Draw how labels are spread: a row of panels for each task, one panel a split."""

from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_data.core.labels.tasks import LABELS, LabelSpec
from fer_data.shell.files.atomic import atomic_file
from fer_data.shell.shown import printable, shown_people

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fer_data.stats import Stats
    from fer_data.stats.classes import ClassSplit
    from fer_data.stats.tallies import Split, UnitSplit, ValueSplit
    from fer_data.tables.footage import Footage

__all__ = ["plot_stats"]

_ORIGINALS, _COPIES = "#33658a", "#f6ae2d"
_ABSENT = "#d8dee4"
_VALUES = (_ORIGINALS, _COPIES, "#758e4f", "#86bbd8")
_Row = tuple[Sequence[Any], LabelSpec]


def plot_stats(stats: "Stats", title: str, output: Path) -> None:
    """Write a PNG with a row of panels a task and a panel a split.

    Frames by class with augmented copies on top; frames with and without each unit; histograms of values.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = _rows(stats)
    width = max([1, *(len(splits) for splits, _ in rows)])
    figure = Figure(figsize=(1.6 + 4.4 * width, 4.2 * max(len(rows), 1)), layout="constrained")
    FigureCanvasAgg(figure)
    tasks = ", ".join(LABELS[task].title for task in stats.tasks)
    figure.suptitle(f"{printable(title)}: {stats.counts} by {tasks}", parse_math=False)
    parts = figure.subfigures(max(len(rows), 1), 1, squeeze=False)[:, 0]
    for part, (splits, spec) in zip(parts, rows, strict=False):
        panels = part.subplots(1, width, sharey=True, squeeze=False)[0]
        for panel, split in zip(panels, splits, strict=False):
            _PANELS[spec.kind](panel, split, spec, stats.footage)
        for panel in panels[len(splits) :]:
            panel.set_axis_off()
        if spec.kind != "values":
            panels[0].invert_yaxis()
        handles, labels = panels[0].get_legend_handles_labels()
        if len(labels) > 1:
            part.legend(handles, labels, loc="outside lower center", ncols=2)
    if not rows:
        parts[0].subplots().set_title(f"no labels of {tasks}")
    with atomic_file(output) as temporary:
        figure.savefig(temporary, format="png", dpi=150, metadata={"Software": None})


def _rows(stats: "Stats") -> list[_Row]:
    """Return the splits that have something to show, task by task, and how the task is annotated."""
    rows = [
        ([split for split in stats.splits.get(task, ()) if split.frames], LABELS[task])
        for task in stats.tasks
    ]
    return [(splits, spec) for splits, spec in rows if splits]


def _class_panel(panel: "Axes", split: "ClassSplit", spec: LabelSpec, footage: "Footage") -> None:
    del spec
    names = [row.name for row in split.classes]
    frames, copies = [row.frames for row in split.classes], [row.copies for row in split.classes]
    panel.barh(names, frames, color=_ORIGINALS, label="originals")
    if split.copies:
        panel.barh(names, copies, left=frames, color=_COPIES, label="augmented copies")
    for index, (row, more) in enumerate(zip(split.classes, copies, strict=True)):
        text = f"{row.frames:,} + {more:,}" if more else f"{row.frames:,}"
        panel.annotate(text, (row.frames + more, index), (3, 0), textcoords="offset points", va="center")
    ratio = "undefined" if split.imbalance_ratio is None else f"{split.imbalance_ratio:.1f} : 1"
    panel.set_title(f"{split.name}: {_people(split)}, imbalance {ratio}", fontsize="medium")
    _frames_axis(panel, footage, max(n + more for n, more in zip(frames, copies, strict=True)))


def _unit_panel(panel: "Axes", split: "UnitSplit", spec: LabelSpec, footage: "Footage") -> None:
    del spec
    names = [unit.name for unit in split.units]
    present = [unit.positives for unit in split.units]
    absent = [unit.frames - unit.positives for unit in split.units]
    panel.barh(names, present, color=_ORIGINALS, label="present")
    panel.barh(names, absent, left=present, color=_ABSENT, label="absent")
    for index, unit in enumerate(split.units):
        text = f"{unit.share:.1%}"
        panel.annotate(text, (unit.frames, index), (3, 0), textcoords="offset points", va="center")
    panel.set_title(f"{split.name}: {_people(split)}", fontsize="medium")
    _frames_axis(panel, footage, max(unit.frames for unit in split.units))


def _value_panel(panel: "Axes", split: "ValueSplit", spec: LabelSpec, footage: "Footage") -> None:
    import numpy as np

    limits = spec.limits or (-1.0, 1.0)
    for (name, spread), colour in zip(split.spreads.items(), cycle(_VALUES)):
        if spread is not None:
            shares = np.asarray(spread.histogram) / split.frames
            panel.stairs(shares, np.linspace(*limits, len(shares) + 1), color=colour, linewidth=2, label=name)
            panel.axvline(spread.mean, color=colour, linestyle=":")
    panel.set_title(
        f"{split.name}: {footage.counted(split.frames)}, {_people(split)}; dotted: mean", fontsize="medium"
    )
    panel.set_xlabel("value")
    panel.set_ylabel(f"share of {footage.rows}")
    panel.spines[["top", "right"]].set_visible(False)


_PANELS: dict[str, Callable[["Axes", Any, LabelSpec, "Footage"], None]] = {
    "classes": _class_panel,
    "values": _value_panel,
    "units": _unit_panel,
}


def _people(split: "Split") -> str:
    known = shown_people(split.subjects, split.frames)
    return "people unknown" if known == "unknown" else f"{known} {'person' if known == '1' else 'people'}"


def _frames_axis(panel: "Axes", footage: "Footage", largest: int) -> None:
    from matplotlib.ticker import MaxNLocator

    panel.set_xlabel(footage.rows)
    panel.set_xlim(0, 1.3 * largest)
    panel.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    panel.spines[["top", "right"]].set_visible(False)
