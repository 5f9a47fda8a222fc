"""The probability of every class over time, one panel a track."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fer_data.files import atomic_file
from fer_data.prediction.drawing import class_colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fer_data.prediction.recognise import SourceFaces

__all__ = ["draw_timeline", "longest_tracks"]

MOST_PANELS = 4


def longest_tracks(found: "SourceFaces") -> list[int]:
    """Return at most four tracks, those with the most faces, the earlier of equals, in order of their numbers."""
    ids, counts = np.unique(found.track_id, return_counts=True)
    order = np.lexsort((ids, -counts))[:MOST_PANELS]
    return sorted(int(track) for track in ids[order])


def draw_timeline(found: "SourceFaces", classes: Sequence[str], path: Path) -> None:
    """Write a PNG of the longest tracks; a gap in a line is a gap in its track."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    tracks = longest_tracks(found)
    figure = Figure(figsize=(9.5, 1.4 + 2.4 * max(1, len(tracks))), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(f"{found.name}: probability of each expression")
    panels = figure.subplots(max(1, len(tracks)), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for panel, track in zip(panels, tracks, strict=False):
        _panel(panel, found, track, classes)
    if not tracks:
        panels[0].set_title("no face was found", fontsize="medium")
    panels[0].set_ylim(-0.02, 1.02)
    panels[-1].set_xlabel("time (s)")
    if tracks:
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center", fontsize="small")
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=150, metadata={"Software": None})


def _panel(panel: "Axes", found: "SourceFaces", track: int, classes: Sequence[str]) -> None:
    rows = np.flatnonzero(found.track_id == track)
    frames = found.frame_index[rows]
    whole = np.arange(frames[0], frames[-1] + 1)
    values = np.full((len(whole), len(classes)), np.nan)
    values[frames - frames[0]] = found.probability[rows]
    for place, (name, colour) in enumerate(zip(classes, class_colours(len(classes)), strict=True)):
        panel.plot(
            found.pts_seconds[whole], values[:, place], label=name, color=[v / 255 for v in colour],
            linewidth=1.6, marker="o" if len(whole) == 1 else None,
        )  # fmt: skip
    panel.set_title(f"track {track}: {len(rows):,} faces", fontsize="medium", loc="left")
    panel.set_ylabel("probability")
    panel.grid(alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)
