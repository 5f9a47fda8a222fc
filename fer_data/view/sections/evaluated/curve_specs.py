"""Specifications of the charts of an evaluation that are no scores: probabilities, learning curves, densities."""

from collections.abc import Mapping, Sequence
from typing import Any

from fer_data.view.section import Spec
from fer_data.view.sections.evaluated.specs import CHANCE, GREY, MODEL, names_axis

__all__ = ["agreement", "calibration_errors", "curves", "reliability", "reliability_counts"]

_MOST_TICKS = 12

_SIDES = ["as trained", "after temperature"]
_PROBABILITIES = {
    "field": "probabilities",
    "type": "nominal",
    "title": None,
    "legend": {"orient": "top"},
    "scale": {"domain": _SIDES, "range": [CHANCE, MODEL]},
}
_SHAPES = {**_PROBABILITIES, "scale": {"domain": _SIDES, "range": ["square", "circle"]}}


def reliability(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """Return confidence against frequency; points that lie on the grey line are right as often as they claim.

    `rows` have `probabilities`, `confidence`, `frequency`, `rows` and `bin`.
    """
    axis = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"tickCount": 6}}
    tips = [
        {"field": "probabilities"},
        {"field": "bin", "title": "probability"},
        {"field": "confidence", "type": "quantitative", "format": ".3f", "title": "mean probability"},
        {"field": "frequency", "type": "quantitative", "format": ".3f", "title": "came true"},
        {"field": "rows", "type": "quantitative", "format": ","},
    ]
    diagonal = {
        "data": {"values": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]},
        "mark": {"type": "line", "strokeDash": [4, 3], "color": GREY},
        "encoding": {
            "x": {"field": "x", **axis, "title": "mean probability"},
            "y": {"field": "y", **axis, "title": "share that came true"},
        },
    }
    both = {"x": {"field": "confidence", **axis}, "y": {"field": "frequency", **axis}}
    size = {"field": "rows", "type": "quantitative", "legend": None, "scale": {"range": [20, 260]}}
    curve = {
        "data": {"values": list(rows)},
        "mark": {"type": "line", "strokeWidth": 1.5},
        "encoding": {**both, "color": _PROBABILITIES},
    }
    points = {
        "data": {"values": list(rows)},
        "mark": {"type": "point", "filled": True, "opacity": 0.85},
        "encoding": {**both, "color": _PROBABILITIES, "shape": _SHAPES, "size": size, "tooltip": tips},
    }
    return {"width": "container", "height": 320, "layer": [diagonal, curve, points]}


def reliability_counts(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """Return how many rows lie in each bin of probability, before and after the temperature."""
    return {
        "data": {"values": list(rows)},
        "mark": {"type": "bar"},
        "width": "container",
        "height": 320,
        "encoding": {
            "x": {
                "field": "bin",
                "type": "ordinal",
                "sort": None,
                "title": "probability of the answer",
                "axis": {"labelAngle": -45},
            },
            "xOffset": {"field": "probabilities", "sort": _SIDES},
            "y": {"field": "rows", "type": "quantitative", "title": "rows"},
            "color": _PROBABILITIES,
            "tooltip": [
                {"field": "probabilities"},
                {"field": "bin", "title": "probability"},
                {"field": "rows", "format": ","},
            ],
        },
    }


def calibration_errors(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """Return the calibration error of each class before and after; `rows` have name, probabilities and error."""
    names = list(dict.fromkeys(row["name"] for row in rows))
    return {
        "data": {"values": list(rows)},
        "mark": {"type": "point", "filled": True, "size": 80, "opacity": 0.9},
        "width": "container",
        "height": max(60, 24 * len(names) + 8),
        "encoding": {
            "y": names_axis(names),
            "x": {
                "field": "error",
                "type": "quantitative",
                "title": "calibration error",
                "axis": {"tickCount": 6},
            },
            "color": _PROBABILITIES,
            "shape": _SHAPES,
            "tooltip": [
                {"field": "name"},
                {"field": "probabilities"},
                {"field": "error", "type": "quantitative", "format": ".4f"},
            ],
        },
    }


def curves(rows: Sequence[Mapping[str, Any]], title: str, names: Sequence[str]) -> Spec:
    """Return lines over epochs; `rows` have `epoch`, `what` and `value`."""
    seen = sorted({int(row["epoch"]) for row in rows})
    epochs = seen[:: -(-len(seen) // _MOST_TICKS)]
    colour = {
        "field": "what",
        "type": "nominal",
        "title": None,
        "legend": {"orient": "top"},
        "scale": {"domain": list(names), "range": [CHANCE, MODEL][-len(names) :]},
    }
    return {
        "data": {"values": list(rows)},
        "mark": {"type": "line", "point": {"filled": True, "size": 50}},
        "width": "container",
        "height": 240,
        "encoding": {
            "x": {
                "field": "epoch",
                "type": "quantitative",
                "title": "epoch",
                "axis": {"values": epochs, "format": "d"},
            },
            "y": {"field": "value", "type": "quantitative", "title": title, "scale": {"zero": False}},
            "color": colour,
            "tooltip": [
                {"field": "what"},
                {"field": "epoch"},
                {"field": "value", "type": "quantitative", "format": ".4f"},
            ],
        },
    }


def agreement(cells: Sequence[Mapping[str, Any]], name: str) -> Spec:
    """Return how many rows have each pair of annotated and answered value; `cells` have x, x2, y, y2 and rows."""
    scale = {"domain": [-1, 1]}
    tips = [
        {"field": "x", "title": f"annotated {name}, from", "format": ".2f"},
        {"field": "y", "title": f"answered {name}, from", "format": ".2f"},
        {"field": "rows", "format": ","},
    ]
    square = {
        "data": {"values": list(cells)},
        "mark": {"type": "rect"},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "title": f"annotated {name}", "scale": scale},
            "x2": {"field": "x2"},
            "y": {"field": "y", "type": "quantitative", "title": f"answered {name}", "scale": scale},
            "y2": {"field": "y2"},
            "color": {
                "field": "rows",
                "type": "quantitative",
                "scale": {"type": "log", "scheme": "viridis", "domainMin": 1},
                "legend": {"title": "rows", "orient": "right", "tickCount": 3, "format": "~s"},
            },
            "tooltip": tips,
        },
    }
    diagonal = {
        "data": {"values": [{"x": -1, "y": -1}, {"x": 1, "y": 1}]},
        "mark": {"type": "line", "strokeDash": [4, 3], "color": CHANCE},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "y", "type": "quantitative"},
        },
    }
    return {"width": "container", "height": 320, "layer": [square, diagonal]}
