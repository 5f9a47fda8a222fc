"""What the faces look like: histograms of their measures, with the cuts of `align.quality` and what each took."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from markupsafe import Markup
from numpy.typing import NDArray

from fer_data.core.arrays import Mask
from fer_data.core.labels.rows import RowState
from fer_data.core.vision.face_quality import failed_gates
from fer_data.shell.page import rendered
from fer_data.view.charts import log_axis
from fer_data.view.made_by import quality_limits
from fer_data.view.material import Material
from fer_data.view.section import Figure, Section, Spec, chart, numbers

__all__ = ["Cut", "cuts", "measured", "quality"]

_BINS = 40
_EYES = "eye_distance_px"
_MEASURES = {
    "detector_score": "confidence of the detector",
    _EYES: "distance of the eyes in the source, px",
    "native_px": "larger side of the face in the source, px",
    "face_blur": "blur of the face, in eye distances",
    "sharpness": "sharpness of the crop (variance of the Laplacian)",
    "face_contrast": "contrast of the face, grey values",
    "face_brightness": "median grey value of the face",
    "brightness": "mean grey value of the crop",
    "outside_fraction": "share of the crop beyond the picture",
}
"""In the order of the page, and what each is."""

_UNSTORED = {"max_face_outside": "low_quality", "min_difference": "redundant"}
"""Cuts whose measure no table holds, and the state that they alone leave: faces taken by no other are theirs."""

_BODY = """
<p>{{ faces }} faces{% if poor %}, {{ poor }} of which a cut of training took{% endif %}.
{% if limits %}A line marks a cut of <code>align.quality</code>; beyond it training rows end as
<code>low_quality</code>, and those of validation and test stay.
{% else %}Which cuts made them is not known: there is neither a seal beside the faces nor a params file.{% endif %}</p>
{{ table }}
<div class="charts">{% for one in charts %}{{ one }}{% endfor %}</div>
{% if same %}<p>The same of all faces: {{ same }}.</p>{% endif %}
"""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut of `align.quality`.

    Attributes:
        name: of the parameter.
        limit: 0 turns it off.
        taken: training rows that it took; one that fails two counts for both.
        beyond: kept rows beyond it, which it does not concern; None where no table holds the measure.
    """

    name: str
    limit: float
    taken: int
    beyond: int | None


@dataclass(frozen=True, slots=True)
class _Measured:
    """Faces, and what is measured of each: NaN where nothing is."""

    states: NDArray[np.str_]
    values: dict[str, Values]

    def of(self, *states: str) -> Mask:
        return np.asarray(np.isin(self.states, states))


def quality(material: Material) -> Section | None:
    """Return the histograms of all measures; None where no row has a face."""
    if not material.has_states:
        return None
    found = measured(material)
    if not len(found.states) or not any(np.isfinite(values).any() for values in found.values.values()):
        return None
    limits = quality_limits(material)
    shown = cuts(found, limits) if limits else []
    body = rendered(
        _BODY,
        faces=f"{len(found.states):,}",
        poor=f"{found.of(RowState.LOW_QUALITY).sum():,}" if found.of(RowState.LOW_QUALITY).any() else "",
        limits=limits,
        same=_same(found),
        table=_cut_table(shown, material.counts.footage.rows) if shown else "",
        charts=list(_charts(found, limits or {}, material.counts.footage.rows)),
    )
    return Section("quality", "Quality of the faces", body)


def measured(material: Material) -> _Measured:
    """Return the measures of all rows that have a face."""
    stored = [name for name in _MEASURES if name != _EYES]
    rows = material.rows(["state", "landmarks", *stored])
    eyes = _eye_distances(rows["landmarks"])
    values = {name: eyes if name == _EYES else _numbers(rows[name]) for name in _MEASURES}
    states = np.asarray(rows["state"].dictionary_encode().unify_dictionaries().combine_chunks())
    seen = np.isfinite(values["detector_score"]) | np.isfinite(values["face_blur"])
    return _Measured(states[seen], {name: of[seen] for name, of in values.items()})


def _numbers(column: pa.ChunkedArray) -> Values:
    return np.asarray(column.cast(pa.float32()).to_numpy(), np.float32)


def _eye_distances(landmarks: pa.ChunkedArray) -> Values:
    """Return how far the eyes are apart, NaN without landmarks."""
    found = np.full(len(landmarks), np.nan, np.float32)
    known = np.asarray(landmarks.is_valid())
    flat = np.concatenate(
        [np.empty(0, np.float32), *(np.asarray(one.flatten().flatten()) for one in landmarks.chunks)]
    )
    points = flat.reshape(-1, 5, 2)
    found[known] = np.hypot(*(points[:, 1] - points[:, 0]).T)
    return found


def cuts(found: _Measured, limits: Mapping[str, float]) -> list[Cut]:
    """Return what each cut took, and how many kept faces lie beyond it."""
    failed = failed_gates(found.values, limits)
    poor, kept = found.of(RowState.LOW_QUALITY), found.of(RowState.KEPT)
    known = np.logical_or.reduce([np.zeros(len(poor), bool), *failed.values()])
    rest = {"low_quality": int((poor & ~known).sum()), "redundant": int(found.of(RowState.REDUNDANT).sum())}
    return [
        Cut(name, limit, int((failed[name] & poor).sum()), int((failed[name] & kept).sum()))
        if name in failed
        else Cut(name, limit, rest.get(_UNSTORED.get(name, ""), 0) if limit else 0, None)
        for name, limit in limits.items()
    ]


def _cut_table(shown: list[Cut], rows: str) -> Markup:
    lines = [
        [one.name, one.limit or Figure("off", 0.0), one.taken, one.beyond if one.limit else None]
        for one in shown
    ]
    return numbers(["cut", "limit", f"training {rows} taken", f"kept {rows} beyond it"], lines)


def _range(values: Values) -> float:
    """Return how far apart the values are; 0 of one alone, or of none."""
    finite = values[np.isfinite(values)]
    return float(np.ptp(finite)) if finite.size else 0.0


def _same(found: _Measured) -> str:
    """Return the measures that all faces have in common, in words; empty without any."""
    firsts = {name: values[np.isfinite(values)][:1] for name, values in found.values.items()}
    same = [
        f"{name} {of[0]:.4g}" for name, of in firsts.items() if of.size and not _range(found.values[name])
    ]
    return ", ".join(same)


def _charts(found: _Measured, limits: Mapping[str, float], rows: str) -> Iterator[Markup]:
    for name, title in _MEASURES.items():
        if _range(found.values[name]) > 0:
            own = [limits[key] for key in (f"min_{name}", f"max_{name}") if limits.get(key)]
            yield _chart(name, title, found, cut=own[0] if own else None, rows=rows)


def _chart(name: str, title: str, found: _Measured, *, cut: float | None, rows: str) -> Markup:
    poor, finite = found.of(RowState.LOW_QUALITY), np.isfinite(found.values[name])
    values = found.values[name]
    edges = _edges(values[finite], cut)
    last = float(values[finite].max())
    inside = np.minimum(values, edges[-1])  # the last bin has all that is larger
    kept = np.histogram(inside[finite & ~poor], edges)[0]
    taken = np.histogram(inside[finite & poor], edges)[0]
    cells = [
        {"from": _short(edges[i]), "to": _short(edges[i + 1]), "faces": kind, "low": int(low), "high": int(low + count),
         "count": int(count)}
        for i, (good, bad) in enumerate(zip(kept, taken, strict=True))
        for kind, low, count in (("others", 0, good), ("low_quality", good, bad))
        if count
    ]  # fmt: skip
    most = int((kept + taken).max())
    specs = {
        "linear": _spec(cells, edges, cut, {"title": rows, "axis": {"format": "~s", "tickCount": 4}}),
        "log": _spec(cells, edges, cut, {"title": rows, "scale": {"type": "symlog"}, "axis": log_axis(most)}),
    }
    table = numbers(
        ["from", "to", f"kept and other {rows}", "low_quality"],
        [
            [
                _short(edges[i]),
                _short(last if i == len(kept) - 1 else edges[i + 1]),
                int(kept[i]),
                int(taken[i]),
            ]
            for i in range(len(kept))
        ],
    )
    further = last > edges[-1] + (edges[1] - edges[0])
    more = f"; the last bar goes up to {_short(last):g}" if further else ""
    return chart(f"quality-{name}", f"{name}: {title}{more}", specs, table)


def _edges(values: Values, cut: float | None) -> NDArray[np.float64]:
    """Return the edges of bins over nearly all values: the largest two in a thousand share the last one."""
    low, high = float(values.min()), float(np.quantile(values, 0.998))
    if cut is not None:
        low, high = min(low, cut), max(high, cut)
    if values.max() - high <= (high - low) / _BINS or low == high:
        high = float(values.max())
    return np.linspace(low, high, _BINS + 1)


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _spec(
    cells: list[dict[str, Any]], edges: NDArray[np.float64], cut: float | None, height: dict[str, Any]
) -> Spec:
    plane = {"domain": [_short(edges[0]), _short(edges[-1])], "nice": False, "zero": False}
    kinds = list(dict.fromkeys(one["faces"] for one in cells))
    legend = {"orient": "top"} if len(kinds) > 1 else None
    bars = {
        "mark": {"type": "bar", "tooltip": {"content": "data"}, "binSpacing": 0},
        "encoding": {
            "x": {"field": "from", "type": "quantitative", "title": None, "scale": plane},
            "x2": {"field": "to"},
            "y": {"field": "low", "type": "quantitative", **height},
            "y2": {"field": "high"},
            "color": {
                "field": "faces", "type": "nominal", "title": None, "legend": legend,
                "scale": {"domain": ["others", "low_quality"], "range": ["#0072b2", "#d55e00"]},
            },
        },
    }  # fmt: skip
    layers: list[dict[str, Any]] = [bars]
    if cut is not None:
        at = {"data": {"values": [{"cut": cut}]}, "encoding": {"x": {"field": "cut", "type": "quantitative"}}}
        layers.append(
            {**at, "mark": {"type": "rule", "color": "#cc79a7", "strokeWidth": 3, "strokeDash": [5, 3]}}
        )
        late = cut > edges[0] + 0.7 * (edges[-1] - edges[0])
        side = {"align": "right", "dx": -4} if late else {"align": "left", "dx": 4}
        text = {
            "type": "text",
            **side,
            "dy": 8,
            "y": 0,
            "text": f"cut at {cut:g}",
            "fontSize": 11,
        }
        layers.append({**at, "mark": text})
    return {"data": {"values": cells}, "width": "container", "height": 150, "layer": layers}
