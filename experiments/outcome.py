"""An experiment's result as tables and plots."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from fer_data.shell.files.atomic import atomic_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_by_side", "draw_by_variant", "print_result", "show"]


def show(result: Mapping[str, Any], plot: Path) -> None:
    """Print a result as a table and draw it: by side where there are several, else by variant."""
    print_result(result)
    sides = next(iter(result["scores"].values()))
    (draw_by_side if len(sides) > 1 else draw_by_variant)(result, plot)


def print_result(result: Mapping[str, Any], console: Console | None = None) -> None:
    """Print each variant's mean macro F1 by side, and its gain over the first, with 95 % intervals."""
    first = next(iter(result["scores"]))
    table = Table(
        title=f"{result['title']}, seeds {', '.join(map(str, result['seeds']))}",
        caption=f"Gains over {first}, paired by seed and video; 95 % intervals over videos and seeds. "
        "better: seeds with a gain.",
        box=SIMPLE,
        pad_edge=False,
    )
    for name in ("side", "variant", "macro F1, 95 %", "gain, 95 %", "better"):
        table.add_column(name, justify="left" if name == "variant" else "right", no_wrap=True)
    for px in result["scores"][first]:
        for name, scores in result["scores"].items():
            score = scores[px]["macro_f1"]
            gain = result["gains"].get(name, {}).get(px, {}).get("macro_f1")
            cells = ("", "")
            if gain is not None:
                better = f"{sum(one > 0 for one in gain['runs'])}/{len(gain['runs'])}"
                cells = (f"{gain['difference']:+.3f} {_between(gain['interval'], '+.2f')}", better)
            shown = f"{score['mean']:.3f} {_between(score['interval'], '.2f')}"
            table.add_row(f"{px} px" if name == first else "", name, shown, *cells)
        table.add_section()
    (console or Console()).print(table)


def _between(interval: Mapping[str, float] | None, form: str) -> str:
    return "" if interval is None else f"\\[{interval['low']:{form}}, {interval['high']:{form}}]"


def draw_by_side(result: Mapping[str, Any], path: Path) -> None:
    """Write a PNG: macro F1 by side for every variant, seeds as dots, and beside it the gains with their intervals."""
    figure, left, right = _figure(result, 4.4)
    for index, (name, scores) in enumerate(result["scores"].items()):
        sides = [int(px) for px in scores]
        means = [at["macro_f1"]["mean"] for at in scores.values()]
        left.plot(sides, means, label=name, color=f"C{index}", linewidth=1.8)
        dots = [
            (px, one) for px, at in zip(sides, scores.values(), strict=True) for one in at["macro_f1"]["runs"]
        ]
        left.scatter(*zip(*dots, strict=True), s=14, color=f"C{index}", alpha=0.6, linewidths=0)
    for index, (name, gains) in enumerate(result["gains"].items(), 1):
        found = {int(px): gain["macro_f1"] for px, gain in gains.items()}
        moved = [px * 1.05 ** (index - 1) for px in found]
        middle = [gain["difference"] for gain in found.values()]
        right.errorbar(
            moved, middle, _reach(found.values()), fmt="o-", capsize=4, label=name, color=f"C{index}", linewidth=1.2
        )  # fmt: skip
    right.axhline(0.0, color="0.5", linewidth=1)
    left.set(ylabel="macro F1", ylim=(0, None))
    right.set(ylabel="gain in macro F1")
    ticks = [int(px) for px in next(iter(result["scores"].values()))]
    for panel in (left, right):
        panel.set_xscale("log", base=2)
        panel.set_xticks(ticks, _staggered(ticks))
        panel.minorticks_off()
        panel.set_xlabel("side of the picture (px)")
        panel.legend(frameon=False)
    _save(figure, path)


def _staggered(sides: Sequence[int]) -> list[str]:
    """Return the labels of descending sides, each close above another one a line lower, so that they stay apart."""
    below = [*sides[1:], 0]
    return [("\n" if px < 1.5 * next_ else "") + str(px) for px, next_ in zip(sides, below, strict=True)]


def draw_by_variant(result: Mapping[str, Any], path: Path) -> None:
    """Write a PNG for one side: a line a variant, its mean, interval and seeds, and beside it the gains."""
    names = list(result["scores"])
    figure, left, right = _figure(result, 1.7 + 0.45 * len(names))
    px = next(iter(result["scores"][names[0]]))
    for index, name in enumerate(names):
        score = result["scores"][name][px]["macro_f1"]
        left.errorbar(
            score["mean"], index, xerr=_reach([score], "mean"), fmt="o", capsize=4, color=f"C{index}"
        )
        runs = score["runs"]
        left.scatter(runs, [index + 0.22] * len(runs), s=14, color=f"C{index}", alpha=0.6, linewidths=0)
        gain = result["gains"].get(name, {}).get(px, {}).get("macro_f1")
        if gain is not None:
            right.errorbar(
                gain["difference"], index, xerr=_reach([gain]), fmt="o", capsize=4, color=f"C{index}"
            )
            right.scatter(
                gain["runs"], [index + 0.22] * len(runs), s=14, color=f"C{index}", alpha=0.6, linewidths=0
            )
    right.axvline(0.0, color="0.5", linewidth=1)
    left.set_yticks(range(len(names)), names)
    right.set_yticks(range(len(names)), [])
    for panel in (left, right):
        panel.set_ylim(len(names) - 0.4, -0.6)
        panel.locator_params(axis="x", nbins=6)
    left.set_xlabel(f"macro F1 at {px} px")
    right.set_xlabel(f"gain in macro F1 at {px} px")
    _save(figure, path)


def _figure(result: Mapping[str, Any], height: float) -> "tuple[Figure, Axes, Axes]":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, height), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(f"{result['title']} (rendered faces, validation)")
    left, right = figure.subplots(1, 2)
    seeds = len(result["seeds"])
    left.set_title(f"mean of {seeds} seeds; dots: each seed", fontsize="medium")
    right.set_title(
        f"gain over {next(iter(result['scores']))}, 95 % over videos and seeds", fontsize="medium"
    )
    for panel in (left, right):
        panel.grid(alpha=0.25)
        panel.spines[["top", "right"]].set_visible(False)
    return figure, left, right


def _reach(points: Any, middle: str = "difference") -> Any:  # noqa: ANN401 - what errorbar takes
    """Return how far each interval reaches below and above its point; nothing where there is none."""
    reach = []
    for point in points:
        interval = point["interval"] or {"low": point[middle], "high": point[middle]}
        reach.append((max(0.0, point[middle] - interval["low"]), max(0.0, interval["high"] - point[middle])))
    return np.array(reach).T


def _save(figure: "Figure", path: Path) -> None:
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=110, metadata={"Software": None})
