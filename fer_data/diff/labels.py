"""Labels that changed, from what to what, and how the labels of each split are spread in both datasets."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.labels.tasks import LABELS, NO_LABEL, AnnotatedTask
from fer_data.diff.rows import Rows
from fer_data.diff.values import at, numbers

__all__ = ["NOTHING", "Codes", "Names", "has_labels", "relabelled", "spreads", "units_of"]

Mask = NDArray[np.bool_]
Codes = NDArray[np.int64]

NOTHING = "no label"
_UNIT_STATES = ("absent", "present", NOTHING)


def relabelled(
    task: AnnotatedTask,
    columns: tuple[Mapping[str, pa.Array], Mapping[str, pa.Array]],
    copies: Mask,
    names: "Names",
) -> dict[str, Any]:
    """Return how the labels of a task changed in the rows that both datasets have, and as `rows` which rows those are.

    Args:
        task: whose labels.
        columns: its columns in both, one row of the first beside its row of the second.
        copies: which of these rows are augmented copies.
        names: the classes of both.
    """
    kind = LABELS[task].kind
    if kind == "classes":
        (column,) = LABELS[task].columns
        first, second = (names.coded(side, columns[side][column]) for side in (0, 1))
        return {"rows": first != second, "changes": _changes(first, second, copies, [*names.all, NOTHING])}
    if kind == "values":
        return _values(columns, copies, LABELS[task].columns)
    return _units(columns, copies, LABELS[task].columns[0])


class Names:
    """The classes of two datasets, each class once, so that labels are compared by what they are called.

    >>> Names(("Neutral", "Anger"), ("Anger", "Fear")).all
    ('Neutral', 'Anger', 'Fear')
    """

    def __init__(self, first: Sequence[str], second: Sequence[str]) -> None:
        self.all = tuple(dict.fromkeys((*first, *second)))
        places = {name: place for place, name in enumerate(self.all)}
        # The last place is that of no label, which is -1.
        self._codes = tuple(np.array([*(places[name] for name in own), NO_LABEL]) for own in (first, second))

    def coded(self, side: int, labels: pa.Array) -> Codes:
        """Return labels of one side (0 or 1) as places among all classes; -1 where there is none."""
        return np.asarray(self._codes[side][numbers(labels).astype(np.int64)], np.int64)


def _changes(one: Codes, other: Codes, copies: Mask, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return what became what, the most frequent first; the last name is that of -1."""
    rows = np.flatnonzero(one != other)
    kinds = len(names)
    pairs = (one[rows] % kinds) * kinds + other[rows] % kinds
    both = np.bincount(pairs * 2 + copies[rows], minlength=2 * kinds**2).reshape(-1, 2)
    found = [
        {
            "from": names[pair // kinds],
            "to": names[pair % kinds],
            "originals": int(both[pair, 0]),
            "copies": int(both[pair, 1]),
        }
        for pair in np.flatnonzero(both.sum(axis=1)).tolist()
    ]
    return sorted(found, key=lambda change: -change["originals"] - change["copies"])


def _values(
    columns: tuple[Mapping[str, pa.Array], Mapping[str, pa.Array]], copies: Mask, names: Sequence[str]
) -> dict[str, Any]:
    first, second = (
        np.stack([numbers(side[name]).astype(np.float64) for name in names], axis=1) for side in columns
    )
    had, has = (np.asarray(~np.isnan(values).any(axis=1), np.bool_) for values in (first, second))
    same = ((first == second) | (np.isnan(first) & np.isnan(second))).all(axis=1)
    moved = had & has & ~same
    apart = np.abs(second[moved] - first[moved])
    return {
        "rows": ~same,
        "moved": _counted(moved, copies),
        "gained": _counted(has & ~had, copies),
        "lost": _counted(had & ~has, copies),
        "mean_difference": dict(zip(names, apart.mean(axis=0).tolist(), strict=True))
        if moved.any()
        else None,
        "largest_difference": dict(zip(names, apart.max(axis=0).tolist(), strict=True))
        if moved.any()
        else None,
    }


def _counted(rows: Mask, copies: Mask) -> dict[str, int]:
    return {"originals": int((rows & ~copies).sum()), "copies": int((rows & copies).sum())}


def _units(
    columns: tuple[Mapping[str, pa.Array], Mapping[str, pa.Array]], copies: Mask, column: str
) -> dict[str, Any]:
    rows, units = np.zeros(len(copies), np.bool_), {}
    for unit in (
        name for name in units_of(columns[0][column].type) if name in units_of(columns[1][column].type)
    ):
        one, other = (_states(side[column].field(unit)) for side in columns)
        if (one != other).any():
            rows |= one != other
            units[unit] = _changes(one, other, copies, _UNIT_STATES)
    return {"rows": rows, "units": units}


def _states(values: pa.Array) -> Codes:
    """Return whether a unit is present (1), absent (0) or has no label (-1)."""
    return np.asarray(numbers(pc.fill_null(values, NO_LABEL)), np.int64)


def units_of(kind: pa.DataType) -> list[str]:
    """Return the units of a column's type."""
    return [field.name for field in kind]


def has_labels(task: AnnotatedTask, schema: pa.Schema) -> bool:
    """Say whether a dataset has the columns of a task, in a form that labels of its kind have had in any version."""
    spec = LABELS[task]
    if not set(spec.columns) <= set(schema.names):
        return False
    kinds = [schema.field(name).type for name in spec.columns]
    if spec.kind == "values":
        return all(pa.types.is_floating(kind) for kind in kinds)
    if spec.kind == "units":
        return all(
            pa.types.is_struct(kind) and all(pa.types.is_integer(unit.type) for unit in kind)
            for kind in kinds
        )
    return all(pa.types.is_integer(kind) for kind in kinds)


def spreads(task: AnnotatedTask, rows: Rows, classes: Sequence[str]) -> dict[str, Any]:
    """Return how the labels of a task are spread over each split of a dataset: counts and shares; copies apart."""
    if not has_labels(task, rows.table.schema):
        return {}
    found = {}
    for place, split in enumerate(rows.splits):
        here = np.flatnonzero(rows.split == place)
        copies = rows.copies[here]
        columns = {name: at(rows.table, name, here) for name in LABELS[task].columns}
        found[split] = _SPREADS[LABELS[task].kind](columns, copies, LABELS[task].names or classes)
    return found


def _class_spread(columns: Mapping[str, pa.Array], copies: Mask, names: Sequence[str]) -> dict[str, Any]:
    (column,) = columns.values()
    codes = numbers(column).astype(np.int64)
    originals = np.bincount(codes[~copies & (codes >= 0)], minlength=len(names))
    made = np.bincount(codes[copies & (codes >= 0)], minlength=len(names))
    total = int(originals.sum())
    return {
        name: {
            "originals": int(originals[n]),
            "share": originals[n] / total if total else None,
            "copies": int(made[n]),
        }
        for n, name in enumerate(names)
    }


def _value_spread(columns: Mapping[str, pa.Array], copies: Mask, names: Sequence[str]) -> dict[str, Any]:
    found = {}
    for name in names:
        values = numbers(columns[name])[~copies].astype(np.float64)
        values = values[~np.isnan(values)]
        found[name] = {
            "originals": len(values),
            "mean": float(values.mean()) if len(values) else None,
            "standard_deviation": float(values.std()) if len(values) else None,
        }
    return found


def _unit_spread(columns: Mapping[str, pa.Array], copies: Mask, _: Sequence[str]) -> dict[str, Any]:
    (column,) = columns.values()
    found = {}
    for unit in units_of(column.type):
        values = _states(column.field(unit))[~copies]
        annotated, positives = int((values >= 0).sum()), int((values == 1).sum())
        found[unit] = {
            "originals": annotated,
            "positives": positives,
            "share": positives / annotated if annotated else None,
        }
    return found


_SPREADS = {"classes": _class_spread, "values": _value_spread, "units": _unit_spread}
