"""Specifications of the charts of scores: points with their intervals, by name or by resolution."""

from collections.abc import Mapping, Sequence
from typing import Any

from fer_data.shell.shown import printable
from fer_data.view.section import Spec

__all__ = ["CHANCE", "GREY", "MODEL", "answered_counts", "by_side", "dots", "names_axis"]

MODEL, CHANCE, OTHER = "#0072b2", "#d55e00", "#e69f00"
"""Okabe and Ito's blue, vermilion and orange, told apart by colour-blind readers, on light and dark paper."""

GREY = "#8c959f"


def dots(
    rows: Sequence[Mapping[str, Any]],
    title: str,
    *,
    reference: tuple[str, float] | None = None,
    least: float = 0.0,
) -> Spec:
    """Return scores by name as points with their 95 % intervals, one under another.

    Args:
        rows: `name`, `score`, `low`, `high`, `rows`, and `chance` where there is one of each; None is left out.
        title: of the score.
        reference: a score that each is held against, and what it is called.
        least: where the axis begins.
    """
    shown = [{key: value for key, value in row.items() if value is not None} for row in rows]
    for row in shown:
        row["name"] = printable(str(row["name"]))
    y = names_axis([row["name"] for row in shown])
    x = {"type": "quantitative", "title": title, "scale": {"domain": [least, 1]}, "axis": {"tickCount": 6}}
    layers: list[dict[str, Any]] = []
    if reference is not None:
        layers.append(_line_at(*reference))
    if any("chance" in row for row in shown):
        mark = {"type": "tick", "color": CHANCE, "thickness": 3, "size": 14}
        layers.append({"mark": mark, "encoding": {"x": {**x, "field": "chance"}, "tooltip": _tips("chance")}})
    return {
        "data": {"values": shown},
        "width": "container",
        "height": max(60, 24 * len(shown) + 8),
        "encoding": {"y": y},
        "layer": [*layers, *_score_layers(x)],
    }


def _score_layers(x: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a line from end to end of each interval, and a point at each score."""
    return [
        {
            "transform": [{"filter": "isValid(datum.low) && isValid(datum.high)"}],
            "mark": {"type": "rule", "strokeWidth": 2.5, "color": MODEL, "opacity": 0.75},
            "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "tooltip": _tips()},
        },
        {
            "transform": [{"filter": "isValid(datum.score)"}],
            "mark": {"type": "point", "filled": True, "size": 70, "color": MODEL, "opacity": 1},
            "encoding": {"x": {**x, "field": "score"}, "tooltip": _tips()},
        },
    ]


def _tips(*more: str) -> list[dict[str, Any]]:
    numbers = [
        {"field": name, "type": "quantitative", "format": ".3f"} for name in ("score", "low", "high", *more)
    ]
    return [
        {"field": "name", "type": "nominal"},
        *numbers,
        {"field": "rows", "type": "quantitative", "format": ","},
    ]


def _line_at(name: str, value: float) -> dict[str, Any]:
    """Return a dashed line across all names."""
    return {
        "data": {"values": [{"at": value, "what": name}]},
        "mark": {"type": "rule", "strokeDash": [4, 3], "color": GREY, "strokeWidth": 1.5},
        "encoding": {
            "y": None,
            "x": {"field": "at", "type": "quantitative"},
            "tooltip": [{"field": "what"}, {"field": "at", "format": ".3f", "type": "quantitative"}],
        },
    }


def by_side(rows: Sequence[Mapping[str, Any]], title: str, *, least: float = 0.0) -> Spec:
    """Return a score by resolution with its intervals, and beside it what an answer that never looks would score.

    Args:
        rows: `px`, `score`, `low`, `high` and `chance`, smallest resolution first; None is left out.
        title: of the score.
        least: where the axis begins.
    """
    shown = [{key: value for key, value in row.items() if value is not None} for row in rows]
    y = {"type": "quantitative", "title": title, "scale": {"domain": [least, 1]}}
    x = {
        "field": "px",
        "type": "ordinal",
        "sort": None,
        "title": "resolution (px)",
        "axis": {"labelAngle": 0},
    }
    tips = [
        {"field": "px", "title": "resolution (px)"},
        *(
            {"field": name, "type": "quantitative", "format": ".3f"}
            for name in ("score", "low", "high", "chance")
        ),
    ]
    interval_and_line = _side_layers(y, tips)
    chance = {
        "transform": [{"filter": "isValid(datum.chance)"}],
        "mark": {
            "type": "line",
            "strokeDash": [5, 4],
            "color": CHANCE,
            "point": {"color": CHANCE, "shape": "square"},
        },
        "encoding": {"y": {**y, "field": "chance"}, "tooltip": tips},
    }
    layers = [chance, *interval_and_line] if any("chance" in row for row in shown) else interval_and_line
    return {
        "data": {"values": shown}, "width": "container", "height": 260, "encoding": {"x": x}, "layer": layers,
    }  # fmt: skip


def _side_layers(y: Mapping[str, Any], tips: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a line from end to end of each interval, and a line through the scores."""
    return [
        {
            "transform": [{"filter": "isValid(datum.low) && isValid(datum.high)"}],
            "mark": {"type": "rule", "strokeWidth": 2.5, "color": MODEL, "opacity": 0.75},
            "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}, "tooltip": tips},
        },
        {
            "transform": [{"filter": "isValid(datum.score)"}],
            "mark": {"type": "line", "color": MODEL, "point": {"color": MODEL, "size": 70, "filled": True}},
            "encoding": {"y": {**y, "field": "score"}, "tooltip": tips},
        },
    ]


def answered_counts(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """Return how many rows are of each class and how many are answered so; `rows`: name, what, rows."""
    names = list(dict.fromkeys(row["name"] for row in rows))
    said = ["annotated", "answered"]
    legend = {"field": "what", "type": "nominal", "title": None, "legend": {"orient": "top"}}
    return {
        "data": {"values": list(rows)},
        "mark": {"type": "bar"},
        "width": "container",
        "height": max(60, 24 * len(names) + 8),
        "encoding": {
            "y": names_axis(names),
            "yOffset": {"field": "what", "sort": said},
            "x": {"field": "rows", "type": "quantitative", "title": "rows", "axis": {"tickCount": 6}},
            "color": {**legend, "scale": {"domain": said, "range": [OTHER, MODEL]}},
            "tooltip": [{"field": "name"}, {"field": "what"}, {"field": "rows", "format": ","}],
        },
    }


def names_axis(names: Sequence[str]) -> dict[str, Any]:
    """Return an axis of names from top to bottom, in their order, whichever of them a layer shows."""
    return {
        "field": "name",
        "type": "nominal",
        "title": None,
        "axis": {"labelLimit": 170},
        "scale": {"domain": list(dict.fromkeys(names))},
    }
