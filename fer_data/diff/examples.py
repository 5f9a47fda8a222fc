"""Example rows of each kind of change, with what they were and what they are, and their pictures if asked for."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from fer_data.core.arrays import Int64
from fer_data.core.labels.tasks import LABELS
from fer_data.diff.comparison import Diff
from fer_data.diff.labels import NOTHING
from fer_data.diff.pictures import encoded_pictures
from fer_data.diff.rows import Rows

__all__ = ["Example", "Examples", "examples_of"]

_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Example:
    """One row that changed.

    Attributes:
        row_id: of the row.
        old, new: what changed of it, in words; empty where that dataset lacks the row.
        pictures: its encoded picture in either dataset; None where that lacks it, or pictures were not asked for.
    """

    row_id: str
    old: str
    new: str
    pictures: tuple[bytes | None, bytes | None]


@dataclass(frozen=True, slots=True)
class Examples:
    """The examples of one kind, and how many rows there are of it."""

    kind: str
    rows: int
    shown: tuple[Example, ...]


def examples_of(diff: Diff, *, faces: bool) -> list[Examples]:
    """Return the examples of every kind; pictures are read with `faces` alone.

    Raises:
        DatasetError: a picture was altered.
    """
    if diff.rows is None:
        return []
    chosen = {kind: diff.chosen(kind) for kind in diff.kinds}
    sides = [[getattr(pairs, name) for pairs in chosen.values()] for name in ("first", "second")]
    pictures = [
        _pictures(rows, places) if faces else {} for rows, places in zip(diff.rows, sides, strict=True)
    ]
    found = []
    for kind, pairs in chosen.items():
        count = max(len(pairs.first), len(pairs.second))
        shown = [
            _example(diff.rows, kind, (_at(pairs.first, n), _at(pairs.second, n)), pictures)
            for n in range(count)
        ]
        whole = diff.kinds[kind]
        found.append(Examples(kind, max(len(whole.first), len(whole.second)), tuple(shown)))
    return found


def _at(places: Int64, number: int) -> int | None:
    return int(places[number]) if len(places) else None


def _pictures(rows: Rows, places: list[Int64]) -> dict[int, bytes]:
    if not places:
        return {}
    return dict(encoded_pictures(rows, np.unique(np.concatenate(places))))


def _example(
    rows: tuple[Rows, Rows],
    kind: str,
    places: tuple[int | None, int | None],
    pictures: list[dict[int, bytes]],
) -> Example:
    texts = [
        "" if place is None else _told(own, kind, place) for own, place in zip(rows, places, strict=True)
    ]
    images = [None if place is None else one.get(place) for one, place in zip(pictures, places, strict=True)]
    side = 1 if places[1] is not None else 0
    row_id = rows[side].texts("row_id", np.array([places[side]]))[0]
    return Example(row_id, texts[0], texts[1], (images[0], images[1]))


def _told(rows: Rows, kind: str, place: int) -> str:
    """Return what a row is, as far as the kind of change is about that."""
    word, _, rest = kind.partition("_")
    if kind in ("added", "removed", "resplit"):
        return rows.splits[int(rows.split[place])]
    if word == "relabelled":
        return ", ".join(_label(rows, rest, place)) or NOTHING
    if kind in ("recropped", "box_moved"):
        return ", ".join(f"{value:.0f}" for value in _value(rows, "box", place))
    if kind == "column_augmentation":
        return _operations(_value(rows, rest, place))
    if word == "column":
        return str(_value(rows, rest, place))[:_LONGEST]
    return ""


def _operations(record: str) -> str:
    """Return the names of the operations that made a copy.

    >>> _operations('{"operations": [{"name": "Affine"}, {"name": "Blur"}]}'), _operations("")
    ('Affine, Blur', '')
    """
    try:
        return ", ".join(str(one["name"]) for one in json.loads(record)["operations"]) or "none"
    except (ValueError, LookupError, TypeError):
        return str(record)[:_LONGEST]


def _label(rows: Rows, task: str, place: int) -> Iterator[str]:
    spec = LABELS[task]
    values = [_value(rows, name, place) for name in spec.columns]
    if spec.kind == "classes":
        yield from (rows.shards.classes[value] for value in values if value >= 0)
    elif spec.kind == "values":
        yield from (
            f"{name} {value:+.3f}" for name, value in zip(spec.columns, values, strict=True) if value == value
        )
    else:
        known = {unit: state for unit, state in values[0].items() if state >= 0}
        yield from (unit for unit, state in known.items() if state)
        if known and not any(known.values()):
            yield "no unit present"


def _value(rows: Rows, name: str, place: int) -> Any:  # noqa: ANN401 - a value of any column
    return rows.table[name][place].as_py()
