"""Action units: how often each is there, and which are there together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow.compute as pc
from markupsafe import Markup
from numpy.typing import NDArray

from fer_data.core.labels.tasks import LABELS, SPLITS, UNITS
from fer_data.shell.page import rendered
from fer_data.stats import UnitSplit
from fer_data.tables.footage import Footage
from fer_data.view.charts import SEQUENTIAL, bar_height, log_axis, room_for_text, split_colour
from fer_data.view.counted import counted_rows
from fer_data.view.material import Material
from fer_data.view.section import Figure, Section, Spec, chart, numbers, percent

__all__ = ["Together", "together", "units"]

_BODY = """
{{ present }}
<p>Which units are there together: of the {{ rows }} that show the unit of a line, how many show that of the column as
well, among those annotated with both.</p>
<div class="charts">{% for one in charts %}{{ one }}{% endfor %}</div>
"""

Counts = NDArray[np.int64]


class Together(NamedTuple):
    """Units of the frames of a split, both of shape (units, units).

    Attributes:
        both: frames that show the unit of the line and that of the column.
        known: frames that show the unit of the line and are annotated with that of the column.
    """

    both: Counts
    known: Counts


def units(material: Material) -> Section | None:
    """Return how often units are there, alone and together; None where no row is annotated with any."""
    found = material.labels.splits.get(UNITS, ()) if material.labels else ()
    splits = [one for one in found if isinstance(one, UnitSplit) and one.frames]
    if not splits or material.labels is None:
        return None
    footage, counted = material.labels.footage, together(material)
    body = rendered(
        _BODY,
        present=_present(splits, footage),
        rows=footage.rows,
        charts=[_matrix(one, counted[one.name], footage) for one in splits],
    )
    return Section("action-units", "Action units", body)


def together(material: Material) -> Mapping[str, Together]:
    """Return of each split which units are there together, in the order of all units."""
    size = len(LABELS[UNITS].names)
    found: dict[str, Together] = defaultdict(
        lambda: Together(np.zeros((size, size), np.int64), np.zeros((size, size), np.int64))
    )
    for split, rows in counted_rows(material, UNITS):
        column = rows[LABELS[UNITS].columns[0]]
        each = [np.asarray(pc.fill_null(pc.struct_field(column, name), -1)) for name in LABELS[UNITS].names]
        marks = np.stack(each, axis=1)
        # Sums of 0 and 1 over some thousand rows are exact in single precision, whose product is a library's.
        present, known = (marks > 0).astype(np.float32), (marks >= 0).astype(np.float32)
        found[split].both[:] += (present.T @ present).astype(np.int64)
        found[split].known[:] += (present.T @ known).astype(np.int64)
    return found


def _present(splits: Sequence[UnitSplit], footage: Footage) -> Markup:
    named = {unit.name for split in splits for unit in split.units}
    names = [name for name in LABELS[UNITS].names if name in named]
    values: list[dict[str, Any]] = [
        {"unit": unit.name, "split": split.name, "share": unit.share, "count": unit.positives,
         "text": percent(unit.share).text}
        for split in splits
        for unit in split.units
    ]  # fmt: skip
    height, shown = bar_height(len(names), len(splits)), [one.name for one in splits]
    most = max(unit.positives for split in splits for unit in split.units)
    specs = {
        "share": _bars(values, height, shown, field="share", title=f"share of the annotated {footage.rows}",
                       scale="linear", axis={"format": ".0%"}),
        "linear": _bars(values, height, shown, field="count", title=footage.rows, scale="linear", axis={}),
        "log": _bars(values, height, shown, field="count", title=footage.rows, scale="symlog", axis=log_axis(most)),
    }  # fmt: skip
    headings = ["split", "unit", f"annotated {footage.rows}", "present", "share", "imbalance ratio"]
    headings += [*([f"{footage.clips} with it"] if footage.clips else []), "people with it"]
    rows = [
        [
            split.name, unit.name, unit.frames, unit.positives, percent(unit.share),
            None if unit.imbalance_ratio is None else Figure(f"{unit.imbalance_ratio:.2f}", unit.imbalance_ratio),
            *([unit.positive_videos] if footage.clips else []), unit.positive_subjects,
        ]
        for split in splits
        for unit in split.units
    ]  # fmt: skip
    return chart(
        "units-present", f"{footage.rows.capitalize()} that show each unit", specs, numbers(headings, rows)
    )


def _bars(
    values: list[dict[str, Any]],
    height: int,
    splits: Sequence[str],
    *,
    field: str,
    title: str,
    scale: str,
    axis: dict[str, Any],
) -> Spec:
    place = {
        "y": {"field": "unit", "type": "nominal", "sort": None, "title": None},
        "yOffset": {"field": "split", "sort": list(SPLITS)},
    }
    most = max(one[field] for one in values)
    length = {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"type": scale, "domainMax": room_for_text(most, scale)},
        "axis": axis,
    }
    bars = {
        "mark": {"type": "bar", "tooltip": {"content": "data"}},
        "encoding": {**place, "x": length, "color": split_colour(splits)},
    }
    text = (
        {"field": "text"} if field == "share" else {"field": "count", "type": "quantitative", "format": ",d"}
    )
    texts = {
        "mark": {"type": "text", "align": "left", "dx": 3, "fontSize": 10},
        "encoding": {**place, "x": {"field": field, "type": "quantitative"}, "text": text},
    }
    return {"data": {"values": values}, "width": "container", "height": height, "layer": [bars, texts]}


def _matrix(split: UnitSplit, counted: Together, footage: Footage) -> Markup:
    names = [unit.name for unit in split.units]
    places = [LABELS[UNITS].names.index(name) for name in names]
    both, known = (of[np.ix_(places, places)] for of in counted)
    shares = np.divide(both, known, out=np.full(both.shape, np.nan), where=known > 0)
    cells = [
        {"unit": first, "with": second, "count": int(both[i, j]), "share": _share(shares[i, j], same=i == j)}
        for i, first in enumerate(names)
        for j, second in enumerate(names)
    ]  # fmt: skip
    specs = {name: _heat(cells, name) for name in ("share", "count")}
    rows = [
        [
            first,
            *(
                f"{percent(share, 0).text} ({count:,})" if count or not np.isnan(share) else None
                for share, count in zip(shares[i], both[i], strict=True)
            ),
        ]
        for i, first in enumerate(names)
    ]
    table = numbers(["shows", *names], rows, caption=f"Share, and {footage.rows} in brackets")
    return chart(f"together-{split.name}", f"{split.name}: {footage.counted(split.frames)}", specs, table)


def _share(share: float, *, same: bool) -> float | None:
    """Return a share for the picture; none of a unit with itself, which is all and says nothing."""
    return None if same or np.isnan(share) else float(share)


def _heat(cells: list[dict[str, Any]], field: str) -> Spec:
    names = list(dict.fromkeys(one["unit"] for one in cells))
    place = {
        "y": {"field": "unit", "type": "nominal", "sort": names, "title": "shows"},
        "x": {
            "field": "with",
            "type": "nominal",
            "sort": names,
            "title": "shows as well",
            "axis": {"labelAngle": -90},
        },
    }
    most = max([1, *(one["count"] for one in cells)])
    scale = {"scheme": SEQUENTIAL, "domain": [0, 1] if field == "share" else [0, most]}
    form = ".0%" if field == "share" else "~s"
    rects = {
        "mark": {"type": "rect", "tooltip": {"content": "data"}},
        "encoding": {
            **place,
            "color": {
                "field": field, "type": "quantitative", "scale": scale,
                "legend": {"orient": "bottom", "format": form, "title": None, "gradientLength": 180},
            },
        },
    }  # fmt: skip
    return {"data": {"values": cells}, "width": "container", "height": 60 + 22 * len(names), **rects}
