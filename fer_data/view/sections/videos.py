"""Videos: how many frames each has, and a list of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from fer_data.core.labels.tasks import SPLITS
from fer_data.shell.page import rendered
from fer_data.tables.schemas import VIDEOS, read_table
from fer_data.tables.source_folders import source_folders
from fer_data.view.charts import log_axis, split_colour
from fer_data.view.material import Material
from fer_data.view.row_counts import OTHER, VideoCount
from fer_data.view.section import Column, Section, Spec, chart, numbers, records
from fer_data.view.sections.states import LIST as STATES_LIST
from fer_data.view.sections.states import MOST_VIDEOS, split_title

__all__ = ["LIST", "videos"]

LIST = "videos-by-length"
"""Name of the list of videos whose rows have no state."""

_BINS = 30

_BODY = """
{{ summary }}
{{ distribution }}
{% if states %}<p>All videos are <a href="#{{ states }}">listed with the states of their {{ rows }}</a>.</p>{% endif %}
{{ listed }}
"""


def videos(material: Material) -> Section | None:
    """Return the distribution of frames over videos and a list of these; None where there are pictures alone."""
    found = material.counts.videos if material.row_tables else []
    if not found:
        return None
    task = next(iter(material.counts.cells))
    body = rendered(
        _BODY,
        summary=_summary(found, task, material.counts.footage.rows),
        rows=material.counts.footage.rows,
        distribution=_distribution(found, task, material.counts.footage.rows),
        listed=""
        if material.has_states
        else _list(material, sorted(found, key=lambda one: (-one.rows, one.name))),
        states=STATES_LIST if material.has_states else "",
    )
    return Section("videos", "Videos", body)


def _splits(found: Sequence[VideoCount], task: str) -> dict[str, list[VideoCount]]:
    """Return the videos of each split that has some; one in two splits stands in both."""
    of: dict[str, list[VideoCount]] = {
        name: [one for one in found if (task, name) in one.splits] for name in SPLITS
    }
    of[OTHER] = [one for one in found if not one.in_splits(task)]
    return {name: some for name, some in of.items() if some}


def _summary(found: Sequence[VideoCount], task: str, rows: str) -> Markup:
    lines = []
    for name, some in [*_splits(found, task).items(), ("all", list(found))]:
        sizes = np.array([one.rows for one in some])
        low, first, middle, third, high = np.percentile(sizes, [0, 25, 50, 75, 100]).tolist()
        lines.append(
            [
                name,
                len(some),
                int(sizes.sum()),
                int(low),
                round(first),
                round(middle),
                round(third),
                int(high),
            ]
        )
    headings = [
        "split",
        "videos",
        rows,
        "fewest",
        "25 %",
        "median",
        "75 %",
        "most",
    ]
    return numbers(headings, lines, caption=f"Annotated {rows} of a video")


def _distribution(found: Sequence[VideoCount], task: str, rows: str) -> Markup:
    sizes = np.array([one.rows for one in found])
    width = -(-(int(np.ptp(sizes)) + 1) // _BINS)
    edges = np.arange(sizes.min(), sizes.max() + width + 1, width)
    values: list[dict[str, Any]] = []
    below = np.zeros(len(edges) - 1, int)
    for name, some in _splits(found, task).items():
        counts = np.histogram([one.rows for one in some], edges)[0]
        values += [
            {"from": int(edges[i]), "to": int(edges[i + 1]), "split": name, "low": int(below[i]),
             "high": int(below[i] + counts[i]), "videos": int(counts[i])}
            for i in np.flatnonzero(counts)
        ]  # fmt: skip
        below += counts
    most, shown = int(below.max()), list(dict.fromkeys(one["split"] for one in values))
    specs = {
        "linear": _spec(values, shown, rows, scale="linear", axis={"format": ",d", "tickMinStep": 1}),
        "log": _spec(values, shown, rows, scale="symlog", axis=log_axis(most)),
    }
    lines = [[one["from"], one["to"] - 1, one["split"], one["videos"]] for one in values]
    table = numbers(["from", "to", "split", "videos"], lines)
    return chart("video-sizes", f"Videos by their number of annotated {rows}", specs, table)


def _spec(
    values: list[dict[str, Any]], splits: Sequence[str], rows: str, *, scale: str, axis: dict[str, Any]
) -> Spec:
    colour = {**split_colour(splits), "scale": {"domain": [*SPLITS, OTHER]}}
    return {
        "data": {"values": values},
        "mark": {"type": "bar", "tooltip": {"content": "data"}},
        "width": "container",
        "height": 200,
        "encoding": {
            "x": {
                "field": "from", "type": "quantitative", "title": f"annotated {rows} of a video",
                "scale": {"zero": False}, "axis": {"format": ",d", "tickMinStep": 1},
            },
            "x2": {"field": "to"},
            "y": {"field": "low", "type": "quantitative", "title": "videos", "scale": {"type": scale}, "axis": axis},
            "y2": {"field": "high"},
            "color": colour,
        },
    }  # fmt: skip


def _list(material: Material, found: Sequence[VideoCount]) -> Markup:
    counts, files = material.counts, _files(material)
    several = len(counts.sources) > 1
    columns = [
        Column("video", "video"),
        *([Column("source", "source", "choice")] if several else []),
        *(Column(f"split-{task}", split_title(task, counts), "choice") for task in counts.cells),
        Column("people", "people", "number"),
        Column("rows", f"annotated {counts.footage.rows}", "number"),
        *(
            [Column("size", "size, px"), Column("fps", "fps", "number", 2), Column("codec", "codec", "choice")]
            if files
            else []
        ),
    ]  # fmt: skip
    rows = [
        [
            one.name,
            *([one.source] if several else []),
            *(one.in_splits(task) or OTHER for task in counts.cells),
            one.people,
            one.rows,
            *(files.get(one.name, [None, None, None]) if files else []),
        ]
        for one in found[:MOST_VIDEOS]
    ]
    note = "The longest come first."
    if len(found) > MOST_VIDEOS:
        note += f" Listed are the longest {MOST_VIDEOS:,} of {len(found):,} videos."
    return records(LIST, "All videos", columns, rows, note=note)


def _files(material: Material) -> Mapping[str, list[Any]]:
    """Return size, frames a second and codec of each video by its name, of a catalog; nothing without one."""
    catalog = material.folders.get("catalog", material.catalog)
    tables = [] if catalog is None else [one / "videos.parquet" for one in source_folders(catalog)]
    return {name: facts for table in tables if table.is_file() for name, facts in _of_table(table)}


def _of_table(table: Path) -> list[tuple[str, list[Any]]]:
    columns = ["video_id", "width", "height", "fps", "codec"]
    return [
        (row["video_id"], [f"{row['width']} x {row['height']}", row["fps"], row["codec"]])
        for row in read_table(table, VIDEOS, columns).to_pylist()
    ]
