"""The picture beside a dataset's card: how labels are spread in each split, and the same in words for its alt text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from fer_data.core.labels.tasks import DIMENSIONS, LABELS, TASKS
from fer_data.publish.card_tables import CardSplit
from fer_data.shell.shown import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["labels_in_words", "plot_labels"]

_ORIGINALS, _COPIES, _ABSENT = "#33658a", "#f6ae2d", "#d8dee4"
_VALUES = dict(zip(DIMENSIONS, (("#33658a", "-"), ("#c0561f", "--")), strict=True))
_LETTERS = 24
"""Of a class name in the picture; the tables have all of it."""

_Panel = Callable[["Axes", CardSplit, Sequence[str]], None]


def plot_labels(splits: Sequence[CardSplit], classes: Sequence[str], title: str) -> bytes | None:
    """Return a PNG with a row of panels a task and a panel a split; None where there is no label to draw.

    The same counts give the same bytes, whatever a matplotlibrc on the machine says.
    """
    rows = [(task, held) for task in TASKS if (held := _splits_with(task, splits))]
    if not rows:
        return None
    import warnings

    from matplotlib import rc_context, rcParamsDefault
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width = max(len(held) for _, held in rows)
    heights = [_height(task, classes, held) for task, held in rows]
    own = {key: value for key, value in rcParamsDefault.items() if not key.startswith("backend")}
    with warnings.catch_warnings(), rc_context(own):
        warnings.filterwarnings(
            "ignore", message="Glyph .* missing from"
        )  # a name may have letters of any script
        size = (1.8 + 3.6 * width, 0.5 + sum(heights))
        figure = Figure(figsize=size, dpi=110, layout="constrained")
        figure.suptitle(printable(title), parse_math=False)
        parts = figure.subfigures(len(rows), 1, squeeze=False, height_ratios=heights)[:, 0]
        for part, (task, held) in zip(parts, rows, strict=True):
            panels = part.subplots(1, width, squeeze=False)[0]
            for panel, split in zip(panels, held, strict=False):
                _PANELS[LABELS[task].kind](panel, split, classes)
                panel.set_title(split.name, fontsize="medium")
                panel.spines[["top", "right"]].set_visible(False)
            for panel in panels[len(held) :]:
                panel.set_axis_off()
            handles, labels = panels[0].get_legend_handles_labels()
            if len(labels) > 1:
                part.legend(handles, labels, loc="outside lower center", ncols=2)
        # `savefig` gives the same bytes and draws twice: for the layout first.
        png = BytesIO()
        FigureCanvasAgg(figure).print_png(png, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return png.getvalue()


def _splits_with(task: str, splits: Sequence[CardSplit]) -> list[CardSplit]:
    """Return the splits that have a label of a task."""
    kind = LABELS[task].kind
    if kind == "classes":
        return [split for split in splits if any(split.originals)]
    return [split for split in splits if (split.labels.units if kind == "units" else split.labels.values)]


def _height(task: str, classes: Sequence[str], splits: Sequence[CardSplit]) -> float:
    """Return how high a row of panels is, in inches."""
    kind = LABELS[task].kind
    bars = len(classes) if kind == "classes" else max(len(split.labels.units) for split in splits)
    return 2.6 if kind == "values" else 1.3 + 0.26 * bars


def _class_panel(panel: "Axes", split: CardSplit, classes: Sequence[str]) -> None:
    copies = split.copies or [0] * len(classes)
    _bars(panel, classes, {"originals": (_ORIGINALS, split.originals), "augmented copies": (_COPIES, copies)})
    for index, (own, more) in enumerate(zip(split.originals, copies, strict=True)):
        text = f"{own:,} + {more:,}" if more else f"{own:,}"
        panel.annotate(text, (own + more, index), (3, 0), textcoords="offset points", va="center", fontsize=8)


def _unit_panel(panel: "Axes", split: CardSplit, classes: Sequence[str]) -> None:
    del classes
    counts = list(split.labels.units.values())
    present, absent = [here for here, _ in counts], [coded - here for here, coded in counts]
    parts = {"present": (_ORIGINALS, present), "absent": (_ABSENT, absent)}
    _bars(panel, list(split.labels.units), parts)
    for index, (here, coded) in enumerate(counts):
        text = f"{here / coded:.1%}"
        panel.annotate(text, (coded, index), (3, 0), textcoords="offset points", va="center", fontsize=8)


def _value_panel(panel: "Axes", split: CardSplit, classes: Sequence[str]) -> None:
    del classes
    for name, counts in split.labels.values.items():
        bins = len(counts.histogram)
        edges = [-1 + 2 * place / bins for place in range(bins + 1)]
        colour, line = _VALUES[name]
        panel.stairs(counts.histogram, edges, color=colour, linestyle=line, linewidth=2, label=name)
    panel.set_xlabel("value")


def _bars(panel: "Axes", names: Sequence[str], parts: Mapping[str, tuple[str, Sequence[int]]]) -> None:
    """Draw stacked bars of parts by their labels, the first name on top; a part without any row is left out."""
    from matplotlib.ticker import MaxNLocator

    ends = [0] * len(names)
    for label, (colour, part) in parts.items():
        if any(part):
            panel.barh(range(len(names)), part, left=ends, color=colour, label=label)
        ends = [end + more for end, more in zip(ends, part, strict=True)]
    shown = [printable(name) for name in names]
    shown = [name if len(name) <= _LETTERS else f"{name[: _LETTERS - 3]}..." for name in shown]
    panel.set_yticks(range(len(names)), shown, parse_math=False)
    panel.invert_yaxis()
    panel.set_xlim(0, 1.35 * max(1, *ends))
    panel.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))


_PANELS: dict[str, _Panel] = {"classes": _class_panel, "values": _value_panel, "units": _unit_panel}


def labels_in_words(splits: Sequence[CardSplit], classes: Sequence[str]) -> str:
    """Return what the picture shows for whoever cannot see it; the tables of the card have the rest."""
    return ". ".join(_words(splits, classes))


def _words(splits: Sequence[CardSplit], classes: Sequence[str]) -> Iterator[str]:
    for split in splits:
        if any(split.originals):
            counts = zip(classes, split.originals, strict=True)
            yield f"Originals in {split.name}: {', '.join(f'{name} {count:,}' for name, count in counts)}"
        for name, values in split.labels.values.items():
            yield f"{name.capitalize()} in {split.name}: mean {values.mean:.2f}, deviation {values.deviation:.2f}"
        if split.labels.units:
            shares = (f"{name} {here / coded:.0%}" for name, (here, coded) in split.labels.units.items())
            yield f"Units present in {split.name}: {', '.join(shares)}"
