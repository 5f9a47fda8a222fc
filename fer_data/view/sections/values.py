"""Valence and arousal: how dense they lie on [-1, 1] in each split."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from fer_data.core.labels.tasks import DIMENSIONS, VALENCE_AROUSAL
from fer_data.shell.page import rendered
from fer_data.stats import ValueSplit
from fer_data.tables.footage import Footage
from fer_data.view.charts import SEQUENTIAL
from fer_data.view.counted import counted_rows
from fer_data.view.material import Material
from fer_data.view.section import Section, Spec, chart, numbers, percent

__all__ = ["BINS", "densities", "values"]

BINS = 20
"""On each axis: 0.1 wide, as those of `fer-data stats`."""

_EDGES = np.linspace(-1, 1, BINS + 1)

_BODY = """
{{ summary }}
{{ quadrants }}
<div class="charts square">{% for one in charts %}{{ one }}{% endfor %}</div>
"""

Counts = NDArray[np.int64]


def values(material: Material) -> Section | None:
    """Return the density of each split; None where no row has both values."""
    found = material.labels.splits.get(VALENCE_AROUSAL, ()) if material.labels else ()
    splits = [one for one in found if isinstance(one, ValueSplit) and one.frames]
    if not splits or material.labels is None:
        return None
    footage, counted = material.labels.footage, densities(material)
    body = rendered(
        _BODY,
        summary=_summary(splits, footage),
        quadrants=_quadrants(splits),
        charts=[_chart(one, counted[one.name], footage) for one in splits],
    )
    return Section("valence-arousal", "Valence and arousal", body)


def densities(material: Material) -> Mapping[str, Counts]:
    """Return how many rows of each split lie in each bin, (valence, arousal); an axis' last bin has its upper end."""
    found: dict[str, Counts] = defaultdict(lambda: np.zeros((BINS, BINS), np.int64))
    for split, rows in counted_rows(material, VALENCE_AROUSAL):
        points = np.stack([rows[name].to_numpy() for name in DIMENSIONS], axis=1)
        points = points[np.isfinite(points).all(axis=1)]
        found[split] += np.histogram2d(points[:, 0], points[:, 1], bins=[_EDGES, _EDGES])[0].astype(np.int64)
    return found


def _summary(splits: list[ValueSplit], footage: Footage) -> Markup:
    headings = [
        "split",
        "dimension",
        f"{footage.rows} with both",
        "with a value missing",
        "mean",
        "deviation",
        "5 %",
        "median",
        "95 %",
    ]
    rows = [
        [
            split.name, name, split.frames, split.unlabelled, one.mean, one.standard_deviation,
            one.percentile_5, one.median, one.percentile_95,
        ]
        for split in splits
        for name, one in split.spreads.items()
        if one is not None
    ]  # fmt: skip
    return numbers(headings, [[_rounded(one) for one in row] for row in rows])


def _rounded(value: object) -> object:
    return round(value, 3) if isinstance(value, float) else value


def _quadrants(splits: list[ValueSplit]) -> Markup:
    names = list(splits[0].quadrant_shares or {})
    rows = [
        [split.name, *(percent((split.quadrant_shares or {}).get(name, 0.0)) for name in names)]
        for split in splits
    ]
    return numbers(["split", *(name.replace("_", " and ") if name != "on_an_axis" else "on an axis" for name in names)],
                   rows, caption="Quadrants: the sign of valence, and whether arousal is above 0 (active)")  # fmt: skip


def _chart(split: ValueSplit, counts: Counts, footage: Footage) -> Markup:
    title = f"{split.name}: {footage.counted(split.frames)}"
    specs = {"linear": _spec(counts, "linear", footage), "log": _spec(counts, "log", footage)}
    return chart(f"density-{split.name}", title, specs, _table(counts))


def _spec(counts: Counts, scale: str, footage: Footage) -> Spec:
    cells = [
        {"valence": _edge(x), "right": _edge(x + 1), "arousal": _edge(y), "top": _edge(y + 1),
         "count": int(counts[x, y])}
        for x, y in np.argwhere(counts).tolist()
    ]  # fmt: skip
    axis = {"values": [-1, -0.5, 0, 0.5, 1], "format": ".1f"}
    plane = {"type": "quantitative", "scale": {"domain": [-1, 1], "nice": False}, "axis": axis}
    colour: dict[str, Any] = {
        "field": "count", "type": "quantitative", "scale": {"type": scale, "scheme": SEQUENTIAL},
        "legend": {"orient": "bottom", "title": footage.rows, "gradientLength": 180},
    }  # fmt: skip
    rects = {
        "mark": {"type": "rect", "tooltip": {"content": "data"}},
        "encoding": {
            "x": {"field": "valence", "title": "valence", **plane},
            "x2": {"field": "right"},
            "y": {"field": "arousal", "title": "arousal", **plane},
            "y2": {"field": "top"},
            "color": colour,
        },
    }
    return {"data": {"values": cells}, "width": "container", "height": 300, **rects}


def _edge(index: int) -> float:
    return round(float(_EDGES[index]), 2)


def _table(counts: Counts) -> Markup:
    """Return the numbers as a map: arousal falls from the top, valence rises to the right."""
    headings = ["arousal from", *(f"valence {_edge(x):+.1f}" for x in range(BINS))]
    rows = [[_edge(y), *(int(counts[x, y]) for x in range(BINS))] for y in reversed(range(BINS))]
    return numbers(headings, rows)
