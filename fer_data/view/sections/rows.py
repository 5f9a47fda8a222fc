"""Rows one by one: contact sheets by class, split and answer, and all that is known of each row."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from markupsafe import Markup

from fer_data.core.arrays import Int64
from fer_data.core.labels.tasks import EXPRESSION, TASKS
from fer_data.shell.page import json_block, rendered
from fer_data.shell.shown import printable
from fer_data.view.faces import Faces
from fer_data.view.material import Material
from fer_data.view.predictions import Answers, answers
from fer_data.view.rows.facts import columns_of, crop_places
from fer_data.view.rows.listing import CODED, ORDERS, Listing, listed
from fer_data.view.rows.parts import frame_sizes, parts_of
from fer_data.view.rows.pictures import pictures_of
from fer_data.view.rows.sampling import Sample, sample
from fer_data.view.section import Section

__all__ = ["MOST_ROWS", "rows"]

MOST_ROWS = 3000
"""Shown, before those that sections link to and parents of copies."""
_MOST_LINKED = 600
_MOST_PARENTS = 600
_BLOCK = 40
"""Pictures in one block, which is read when the first of them is needed."""

_TITLES = {
    "detector_score": "detector score",
    "sharpness": "sharpness",
    "label_probability": "probability of the label",
    "loss": "loss",
    "frame_index": "frame",
}


def rows(material: Material) -> Section | None:
    """Return the contact sheets; None of what has no rows."""
    answered = _answers(material)
    parts = parts_of(material, answered)
    listing = (
        listed(parts, answered, classes=_classes(material, answered), linked=list(material.linked))
        if parts
        else None
    )
    if listing is None or not len(listing):
        return None
    shown = _Rows(material, listing, answered)
    return Section("rows", "Rows", shown.body(None), with_faces=shown.body)


def _classes(material: Material, answered: Answers | None) -> tuple[str, ...]:
    """Return the classes in label order, of an evaluation alone those that it names."""
    named = answered.names if answered is not None and answered.confidence is not None else ()
    return material.classes or named


def _answers(material: Material) -> Answers | None:
    """Return what a model answered: expressions, or else what it has."""
    found = (answers(material, task=task) for task in sorted(TASKS, key=lambda task: task != EXPRESSION))
    return next((one for one in found if one is not None), None)


@dataclass(eq=False)
class _Rows:
    """The rows of a page, chosen and read once for both pages."""

    material: Material
    listing: Listing
    answers: Answers | None

    @cached_property
    def sample(self) -> Sample:
        sheets = self.listing.sheets()
        return sample(sheets, self.listing.orders, MOST_ROWS, lambda sheet: [sheet])

    @cached_property
    def shown(self) -> Int64:
        """The rows that are shown, those first that others link to."""
        first = [*self.listing.linked[:_MOST_LINKED].tolist(), *self.sample.places.tolist()]
        return np.array(list(dict.fromkeys([*first, *self._parents(first)])), np.int64)

    def _parents(self, shown: Sequence[int]) -> list[int]:
        """Return the rows that copies among the shown ones were made of."""
        places, found = np.array(shown, np.int64), []
        for number, part in enumerate(self.listing.parts):
            if not part.has_copies:
                continue
            own = places[self.listing.part[places] == number]
            records = part.records(np.sort(self.listing.place[own]))
            parents = sorted({one["parent_id"] for one in records.values() if one.get("parent_id")})[
                :_MOST_PARENTS
            ]
            start = int(np.searchsorted(self.listing.part, number))
            found += (
                [start + place for place in part.find(pa.array(parents, pa.string())).values()]
                if parents
                else []
            )
        return found

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """What is known of each shown row."""
        found: list[dict[str, Any]] = [{}] * len(self.shown)
        for number, part in enumerate(self.listing.parts):
            own = np.flatnonzero(self.listing.part[self.shown] == number)
            places = self.listing.place[self.shown[own]]
            read = part.records(np.sort(places))
            for index, place in zip(own.tolist(), places.tolist(), strict=True):
                found[index] = read[place]
        return found

    def body(self, faces: Faces | None) -> Markup:
        """Return the section's body, with faces where it may have them."""
        blocks, data = [], dict(self._data)
        if not any(part.has_pictures for part in self.listing.parts):
            faces = None
        if faces is not None:
            pictures = pictures_of(self.listing, self.shown, faces)
            data |= {"faults": pictures.faults, "side_px": pictures.side_px, "per_block": _BLOCK}
            for number, start in enumerate(range(0, len(pictures.encoded), _BLOCK)):
                blocks.append(json_block(f"rows-pictures-{number}", pictures.encoded[start : start + _BLOCK]))
        return rendered(
            _BODY,
            statement=self._statement(),
            frames=any((record.get("frame_index") or 0) > 0 for record in self.records),
            data=json_block("rows-data", data),
            blocks=blocks,
            faces=faces,
        )

    def _statement(self) -> str:
        total, shown = len(self.listing), len(self.sample.places)
        if shown == total:
            return f"{_all(total)} here. Click one for all that is known of it."
        ends = self.sample.ends
        certain = f"the {ends} highest and {ends} lowest by each order, and " if ends else ""
        more = len(self.shown) - shown
        also = (
            f" {more:,} more are here because a row or a section of this page points at them." if more else ""
        )
        return (
            f"{shown:,} of {total:,} rows are here: of every split, class, answer, state and corpus an equal share, "
            f"{certain}others drawn at random, the same ones each time.{also} "
            "Click one for all that is known of it."
        )

    @cached_property
    def _data(self) -> dict[str, Any]:
        listing, shown = self.listing, self.shown
        drawn = dict(zip(self.sample.places.tolist(), self.sample.drawn.tolist(), strict=True))
        columns = columns_of(self.records)
        return {
            "columns": columns,
            "names": {name: list(map(printable, own)) for name, own in listing.names.items()},
            "classes": list(map(printable, self.material.classes)),
            "codes": {name: listing.codes[name][shown].tolist() for name in CODED},
            "orders": {
                name: [_number(value) for value in listing.orders[name][shown].tolist()]
                for name in ORDERS
                if name in listing.orders
            },
            "titles": _TITLES,
            "drawn": [int(drawn.get(place, False)) for place in shown.tolist()],
            "part": listing.part[shown].tolist(),
            "about": [part.about for part in listing.parts],
            "places": self._places(),
            "counts": self._counts(),
            "answers": self._answered(),
            "frames": frame_sizes(self.material, columns.get("video_id", [])),
            "total": len(listing),
        }

    def _places(self) -> list[Any]:
        abouts = [self.listing.parts[number].about for number in self.listing.part[self.shown].tolist()]
        return [
            crop_places(record, about.get("crop") or {})
            for record, about in zip(self.records, abouts, strict=True)
        ]

    def _counts(self) -> list[list[int]]:
        """Return how many rows each sheet has: the codes of its names, and their number."""
        codes = np.stack([self.listing.codes[name] for name in CODED], axis=1)
        values, counts = np.unique(codes, axis=0, return_counts=True)
        return [[*value, count] for value, count in zip(values.tolist(), counts.tolist(), strict=True)]

    def _answered(self) -> dict[str, Any]:
        """Return what a model answered for each shown row, task by task."""
        found: dict[str, Any] = {}
        ids = pa.array([record.get("row_id", "") for record in self.records], pa.string())
        for task in TASKS:
            own = answers(self.material, task=task)
            if own is None:
                continue
            places = own.places(ids)
            read = {
                "names": list(own.names),
                "resolution": own.resolution,
                "rows": [_told(own, one) for one in places],
            }
            found[task] = read
        return found


def _all(total: int) -> str:
    return "The only row is" if total == 1 else f"All {total:,} rows are"


def _told(answered: Answers, place: int) -> list[Any] | None:
    """Return the answer for one row: of a class its number and two probabilities, else a value of each name."""
    if place < 0:
        return None
    if answered.confidence is None or answered.label_probability is None:
        return [_number(value) for value in answered.predicted[place].tolist()]
    both = (answered.confidence[place], answered.label_probability[place])
    source = answered.rows["source"][int(place)].as_py()
    return [int(answered.predicted[place]), *(_number(float(one)) for one in both), source]


def _number(value: float) -> float | None:
    return None if np.isnan(value) or np.isinf(value) else float(f"{value:.4g}")


_BODY = """
<p class="quiet">{{ statement }}{% if frames %} Frames are counted from 0, as frame_index is; a row's id ends in
frame + 1.{% endif %}</p>
<div id="rows-sheets" data-rows="rows-data"{% if faces %} data-faces="{{ 'blurred' if faces.blurred else 'shown' }}"
{% endif %}></div>
{{ data }}
{% for block in blocks %}{{ block }}
{% endfor %}
"""
