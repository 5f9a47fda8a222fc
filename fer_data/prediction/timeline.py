"""What a model says over time, one panel a track."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fer_data.files import atomic_file
from fer_data.prediction.drawing import class_colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from fer_data.model_files import Model
    from fer_data.prediction.recognise import SourceFaces

__all__ = ["Curves", "curves_of", "draw_timeline", "longest_tracks"]

MOST_PANELS = 4
_COLOURS = 10
"""Of the palette; curves beyond are dashed."""


def longest_tracks(found: "SourceFaces") -> list[int]:
    """Return at most four tracks, those with the most faces, the earlier of equals, in order of their numbers."""
    ids, counts = np.unique(found.track_id, return_counts=True)
    order = np.lexsort((ids, -counts))[:MOST_PANELS]
    return sorted(int(track) for track in ids[order])


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What is drawn over time.

    Attributes:
        title: of the figure, after the source's name.
        label: of the vertical axis.
        limits: of the vertical axis.
        names: one a curve.
        values: (faces, curves).
    """

    title: str
    label: str
    limits: tuple[float, float]
    names: Sequence[str]
    values: "NDArray[np.float64]"


def curves_of(found: "SourceFaces", model: "Model") -> dict[str, Curves]:
    """Return what a model says over time, by the suffix of its picture: `.png` for expression."""
    drawn = {
        ".png": Curves(
            "probability of each expression", "probability", (-0.02, 1.02), model.classes, found.probability
        ),
        ".valence_arousal.png": Curves(
            "valence and arousal", "value", (-1.04, 1.04), ("valence", "arousal"), found.valence_arousal
        ),
        ".action_units.png": Curves(
            "probability of each action unit", "probability", (-0.02, 1.02), model.units, found.units
        ),
    }
    suffixes = {
        "expression": ".png",
        "valence_arousal": ".valence_arousal.png",
        "action_units": ".action_units.png",
    }
    return {suffixes[task]: drawn[suffixes[task]] for task in model.tasks}


def draw_timeline(found: "SourceFaces", curves: Curves, path: Path, note: str | None = None) -> None:
    """Write a PNG of the longest tracks, with a note below; a gap in a line is a gap in its track."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    tracks = longest_tracks(found)
    figure = Figure(figsize=(9.5, 1.4 + 2.4 * max(1, len(tracks))), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(f"{found.name}: {curves.title}", parse_math=False)
    panels = figure.subplots(max(1, len(tracks)), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for panel, track in zip(panels, tracks, strict=False):
        _panel(panel, found, track, curves)
    if not tracks:
        panels[0].set_title("no face was found", fontsize="medium")
    panels[0].set_ylim(*curves.limits)
    panels[-1].set_xlabel("time (s)" if note is None else f"time (s)\n{note}", parse_math=False)
    if tracks:
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center", fontsize="small")
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=150, metadata={"Software": None})


def _panel(panel: "Axes", found: "SourceFaces", track: int, curves: Curves) -> None:
    rows = np.flatnonzero(found.track_id == track)
    frames = found.frame_index[rows]
    whole = np.arange(frames[0], frames[-1] + 1)
    values = np.full((len(whole), len(curves.names)), np.nan)
    values[frames - frames[0]] = curves.values[rows]
    for place, (name, colour) in enumerate(zip(curves.names, class_colours(len(curves.names)), strict=True)):
        panel.plot(
            found.pts_seconds[whole], values[:, place], label=name, color=[v / 255 for v in colour],
            linewidth=1.6, marker="o" if len(whole) == 1 else None, linestyle="-" if place < _COLOURS else "--",
        )  # fmt: skip
    panel.set_title(f"track {track}: {len(rows):,} faces", fontsize="medium", loc="left")
    panel.set_ylabel(curves.label)
    panel.grid(alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)
