"""What a model says over time, one panel a person."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fer_data.core.labels.tasks import EXPRESSION
from fer_data.pictures.text import plain_letters
from fer_data.predict.answers import Curves, kind_of
from fer_data.predict.colours import class_colours, on_white
from fer_data.shell.files.atomic import atomic_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fer_data.predict.recognise import SourceFaces

__all__ = ["curves_of", "draw_timelines", "pages_of"]

_PANELS, _PAGES = 6, 10
"""Panels on a page, and pages of a source, at most."""

_COLOURS = 10
"""Of the palette; curves beyond are dashed."""


def pages_of(found: "SourceFaces") -> list[list[int]]:
    """Return the people of each page, those with the most faces first, the earlier of equals.

    >>> from types import SimpleNamespace
    >>> pages_of(SimpleNamespace(person_id=np.array([0, 0, 1, 2, 2, 2])))
    [[2, 0, 1]]
    """
    people, counts = np.unique(found.person_id, return_counts=True)
    ordered = [int(person) for person in people[np.lexsort((people, -counts))]]
    return [ordered[start : start + _PANELS] for start in range(0, max(1, len(ordered)), _PANELS)]


def curves_of(found: "SourceFaces") -> dict[str, Curves]:
    """Return what a model says over time, by the suffix of its picture: `.png` for expression."""
    return {
        ".png" if task == EXPRESSION else f".{task}.png": kind_of(task).curves(answers)
        for task, answers in found.answers.items()
    }


def draw_timelines(found: "SourceFaces", curves: Curves, path: Path, note: str | None = None) -> None:
    """Write PNGs of all people: `path`, and `path` with a number before its suffix for each further page.

    A gap in a line is a gap in which the person was not seen. Of a crowd whose panels do not fit on ten pages, the last
    page says how many people are left out. A note stands below.
    """
    pages = pages_of(found)
    for number, people in enumerate(pages[:_PAGES], 1):
        named = path if number == 1 else path.with_name(f"{path.stem}.{number}{path.suffix}")
        _draw_page(found, curves, people, named, page=(number, len(pages)), note=note)


def _draw_page(
    found: "SourceFaces",
    curves: Curves,
    people: Sequence[int],
    path: Path,
    *,
    page: tuple[int, int],
    note: str | None,
) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 1.4 + 2.4 * max(1, len(people))), layout="constrained")
    FigureCanvasAgg(figure)
    title = f"{plain_letters(found.name)}: {curves.title}{_page_text(found, page)}"
    figure.suptitle(title, parse_math=False)
    panels = figure.subplots(max(1, len(people)), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for panel, person in zip(panels, people, strict=False):
        _panel(panel, found, person, curves)
    if not people:
        panels[0].set_title("no face was found", fontsize="medium")
    panels[0].set_ylim(*curves.limits)
    times = found.pts_seconds[np.isfinite(found.pts_seconds)]
    if len(times) and times.min() < times.max():
        panels[0].set_xlim(times.min(), times.max())
    panels[-1].set_xlabel("time (s)" if note is None else f"time (s)\n{note}", parse_math=False)
    if people:
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center", fontsize="small")
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=150, metadata={"Software": None})


def _page_text(found: "SourceFaces", page: tuple[int, int]) -> str:
    """Return which of the people a page shows, where one is not enough."""
    number, pages = page
    if pages == 1:
        return ""
    count = len(np.unique(found.person_id))
    first, last = (number - 1) * _PANELS + 1, min(number * _PANELS, count)
    left_out = count - _PAGES * _PANELS
    said = f"\n{first} to {last} of {count} people, longest in view first"
    if number == _PAGES and left_out > 0:
        said += f"; {left_out} more are left out: predictions.csv has them"
    return said


def _panel(panel: "Axes", found: "SourceFaces", person: int, curves: Curves) -> None:
    rows = np.flatnonzero(found.person_id == person)
    frames = found.frame_index[rows]
    whole = np.arange(frames[0], frames[-1] + 1)
    values = np.full((len(whole), len(curves.names)), np.nan)
    values[frames - frames[0]] = curves.values[rows]
    known = np.isin(whole, frames)
    alone = np.flatnonzero(known & (np.convolve(known, np.ones(3))[1:-1] == 1))
    for index, (name, colour) in enumerate(zip(curves.names, class_colours(len(curves.names)), strict=True)):
        panel.plot(
            found.pts_seconds[whole], values[:, index], label=plain_letters(name),
            color=[v / 255 for v in on_white(colour)],
            linewidth=1.6, marker="o", markersize=3.5, markevery=alone.tolist(),
            linestyle="-" if index < _COLOURS else "--",
        )  # fmt: skip
    panel.set_title(f"person {person}: {len(rows):,} faces", fontsize="medium", loc="left")
    panel.set_ylabel(curves.label)
    panel.grid(alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)
