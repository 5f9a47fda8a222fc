"""What differs between the rows of two datasets, part by part of the report."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Int64
from fer_data.core.labels.tasks import LABELS, TASKS, AnnotatedTask
from fer_data.diff.labels import Names, has_labels, relabelled, spreads, units_of
from fer_data.diff.pictures import OTHER_LOOK_BITS, hash_distances, look_hashes
from fer_data.diff.rows import Joined, Rows
from fer_data.diff.states import row_states
from fer_data.diff.values import at, column_changes, numbers, paired_iou
from fer_data.published.features import CLASS_DETAILS

__all__ = ["SAME_BOX_IOU", "Pairs", "RowChanges"]

SAME_BOX_IOU = 0.9
"""Least IoU of two boxes of one row that still count as the same crop: a side moved by a twentieth gives 0.9."""

_VOTES = "expression_votes"
"""One number a class, in the order of the classes."""

_BOX = pa.list_(pa.float32(), 4)

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Rows of one kind of change: places in either dataset, one of which may be missing (no places)."""

    first: Int64
    second: Int64


class RowChanges:
    """The comparison of two datasets' rows, part by part; `kinds` and `not_compared` fill up meanwhile."""

    def __init__(self, rows: tuple[Rows, Rows], joined: Joined) -> None:
        self.rows, self.joined = rows, joined
        self.not_compared: list[str] = []
        self.kinds: dict[str, Pairs] = {}
        self.copies: Mask = rows[1].copies[joined.second]
        self.names = Names(*(one.shards.classes for one in rows))
        self.changed = np.zeros(len(joined.second), np.bool_)

    @property
    def differs(self) -> bool:
        """Say whether anything differs that was compared."""
        alone = len(self.joined.added) + len(self.joined.removed)
        return bool(alone or self.changed.any() or self.reordered or self._other_classes or self.not_compared)

    def run(self) -> dict[str, Any]:
        """Compare, and return the parts of the report."""
        (first, second), joined = self.rows, self.joined
        nothing = np.zeros(0, np.int64)
        self._keep("added", Pairs(nothing, joined.added))
        self._keep("removed", Pairs(joined.removed, nothing))
        parts = {
            "added": _by_split(second, joined.added),
            "removed": _by_split(first, joined.removed),
            "removed_states": self._states(),
            "resplit": self._resplit(),
            "relabelled": self._relabelled(),
            "recropped": self._recropped(),
            "pictures": self._pictures(),
            "columns": self._columns(),
            "spreads": self._spreads(),
        }
        rows = {"first": len(first), "second": len(second), "both": len(joined.second)}
        return {"rows": {**rows, "changed": int(self.changed.sum()), "reordered": self.reordered}, **parts}

    @property
    def reordered(self) -> bool:
        """Say whether rows that stayed in their split stand there in another order."""
        stayed = self.rows[0].split[self.joined.first], self.rows[1].split[self.joined.second]
        names = [np.array(one.splits)[place] for one, place in zip(self.rows, stayed, strict=True)]
        same = names[0] == names[1]
        places, split = self.joined.first[same], stayed[1][same]
        return bool(((np.diff(places) < 0) & (np.diff(split) == 0)).any())

    @property
    def _other_classes(self) -> bool:
        return self.rows[0].shards.classes != self.rows[1].shards.classes

    def _keep(self, kind: str, pairs: Pairs) -> None:
        if len(pairs.first) or len(pairs.second):
            self.kinds[kind] = pairs

    def _mark(self, kind: str | None, changed: Mask) -> dict[str, int]:
        """Note which of the rows that both have differ, as examples of a kind, and return how many they are."""
        self.changed |= changed
        if kind is not None:
            self._keep(kind, Pairs(self.joined.first[changed], self.joined.second[changed]))
        return self._counted(changed)

    def _counted(self, rows: Mask) -> dict[str, int]:
        return {"originals": int((rows & ~self.copies).sum()), "copies": int((rows & self.copies).sum())}

    def _pair(self, name: str) -> tuple[pa.Array, pa.Array]:
        first, second = self.rows
        return at(first.table, name, self.joined.first), at(second.table, name, self.joined.second)

    def _states(self) -> dict[str, int]:
        """Return what became of the originals that the second lacks, by the state of their row in it."""
        first, removed = self.rows[0], self.joined.removed
        gone = removed[~first.copies[removed]]
        states, problem = row_states(self.rows[1].shards.folder, first.texts("row_id", gone))
        if problem:
            self.not_compared.append(problem)
        return states

    def _resplit(self) -> list[dict[str, Any]]:
        one, other = (
            np.array(rows.splits)[rows.split[places]]
            for rows, places in zip(self.rows, (self.joined.first, self.joined.second), strict=True)
        )
        self._mark("resplit", one != other)
        found = []
        for old in self.rows[0].splits:
            for new in self.rows[1].splits:
                moved = (one == old) & (other == new)
                if old != new and moved.any():
                    subjects = self.rows[1].texts("subject_id", self.joined.second[moved])
                    counts = self._counted(moved)
                    found.append({"from": old, "to": new, **counts, "subjects": len(set(subjects))})
        return found

    def _has_labels(self, task: AnnotatedTask) -> bool:
        """Say whether labels of a task can be compared, and note of which units or columns they cannot."""
        schemas = [one.table.schema for one in self.rows]
        if not all(has_labels(task, schema) for schema in schemas):
            self.not_compared.append(f"{LABELS[task].title}: one has no such columns, or in another form.")
            return False
        if LABELS[task].kind == "units":
            (column,) = LABELS[task].columns
            first, second = (set(units_of(schema.field(column).type)) for schema in schemas)
            if alone := sorted(first ^ second):
                self.not_compared.append(f"action units that one alone has: {', '.join(alone)}.")
        return True

    def _relabelled(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for task in (task for task in TASKS if self._has_labels(task)):
            pairs = {name: self._pair(name) for name in LABELS[task].columns}
            sides = ({k: v[0] for k, v in pairs.items()}, {k: v[1] for k, v in pairs.items()})
            part = relabelled(task, sides, self.copies, self.names)
            counts = self._mark(f"relabelled_{task}", part.pop("rows"))
            if any(counts.values()):
                found[task] = {**counts, **part}
        return found

    def _recropped(self) -> dict[str, Any] | None:
        if any(
            one.table.schema.field("box").type != _BOX for one in self.rows if "box" in one.table.column_names
        ):
            self.not_compared.append("boxes: one has them in another form.")
            return None
        if not all("box" in one.table.column_names for one in self.rows):
            return None
        boxes: list[Float32] = [
            np.asarray(numbers(one.flatten()), np.float32).reshape(-1, 4) for one in self._pair("box")
        ]
        iou = paired_iou(boxes[0], boxes[1])
        counts = self._mark("recropped", iou < SAME_BOX_IOU)
        moved = iou < 1
        self._mark("box_moved", moved & (iou >= SAME_BOX_IOU))
        if not moved.any():
            return None
        return {
            **counts,
            "below_iou": SAME_BOX_IOU,
            "moved_originals": int((moved & ~self.copies).sum()),
            "moved_copies": int((moved & self.copies).sum()),
            "smallest_iou": float(iou.min()),
            "median_iou": float(np.median(iou[moved])),
        }

    def _pictures(self) -> dict[str, Any] | None:
        (first, second), joined = self.rows, self.joined
        sides = [one.shards.documents.provenance.get("resolution") for one in self.rows]
        if sides[0] != sides[1] or sides[0] is None:
            self.not_compared.append(f"pictures: the first has {sides[0]} px, the second {sides[1]} px.")
            return None
        changed = first.digests[joined.first] != second.digests[joined.second]
        if not changed.any():
            return None
        counts = self._mark(None, changed)
        places = np.flatnonzero(changed)
        order = np.argsort(joined.first[places], kind="stable")
        old = np.empty(len(places), np.int64)
        old[order] = look_hashes(first, joined.first[places][order])
        bits = hash_distances(old, look_hashes(second, joined.second[places]))
        other = np.zeros(len(changed), np.bool_)
        other[places[bits > OTHER_LOOK_BITS]] = True
        self._mark("alike_look", changed & ~other)
        return {
            **counts,
            "other_look": self._mark("other_look", other),
            "above_bits": OTHER_LOOK_BITS,
            "median_bits": float(np.median(bits)),
            "largest_bits": int(bits.max()),
        }

    def _columns(self) -> dict[str, Any]:
        """Return the other columns whose values differ."""
        told = {"box", "row_id", *(name for task in TASKS for name in LABELS[task].columns)}
        names = [list(one.table.column_names) for one in self.rows]
        self._say_of_columns(names[0], names[1])
        found: dict[str, Any] = {}
        for name in (name for name in names[1] if name in names[0]):
            if name in told or not self._comparable(name):
                continue
            change = column_changes(*self._coded(name))
            if change.rows.any():
                found[name] = {
                    **self._mark(f"column_{name}", change.rows),
                    "largest_difference": change.largest,
                }
        return found

    def _coded(self, name: str) -> tuple[pa.Array, pa.Array]:
        first, second = self._pair(name)
        if name not in CLASS_DETAILS:
            return first, second
        return pa.array(self.names.coded(0, first)), pa.array(self.names.coded(1, second))

    def _say_of_columns(self, first: list[str], second: list[str]) -> None:
        for own, other, words in ((first, second, "first"), (second, first, "second")):
            alone = [name for name in own if name not in other]
            if alone:
                self.not_compared.append(f"columns of the {words} alone: {', '.join(alone)}.")
        if self._other_classes:
            old, new = (set(one.shards.classes) for one in self.rows)
            told_of = [f"without {', '.join(sorted(old - new))}"] if old - new else []
            told_of += [f"with {', '.join(sorted(new - old))}"] if new - old else []
            told = " and ".join(told_of) or "in another order"
            self.not_compared.append(f"votes: classes of the second are {told}. Labels are compared by name.")

    def _comparable(self, name: str) -> bool:
        if self._other_classes and name == _VOTES:
            return False
        kinds = [one.table.schema.field(name).type for one in self.rows]
        if kinds[0] != kinds[1]:
            self.not_compared.append(f"column {name}: {kinds[0]} in the first, {kinds[1]} in the second.")
            return False
        if not _is_plain(kinds[0]) or _nested_null(self.rows, name):
            self.not_compared.append(f"column {name}: lists of any length or with gaps in them.")
            return False
        return True

    def _spreads(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for task in TASKS:
            first, second = (spreads(task, one, one.shards.classes) for one in self.rows)
            both = {
                split: {"first": first.get(split), "second": second.get(split)}
                for split in dict.fromkeys([*first, *second])
            }
            if any(_any_label(part) for sides in both.values() for part in sides.values()):
                found[task] = both
        return found


def _any_label(spread: Mapping[str, Any] | None) -> bool:
    return spread is not None and any(one["originals"] or one.get("copies") for one in spread.values())


def _by_split(rows: Rows, places: Int64) -> dict[str, dict[str, int]]:
    found = {}
    for number, split in enumerate(rows.splits):
        here = places[rows.split[places] == number]
        if len(here):
            copies = int(rows.copies[here].sum())
            found[split] = {"originals": len(here) - copies, "copies": copies}
    return found


def _is_plain(kind: pa.DataType) -> bool:
    """Say whether values of a type can be compared one by one."""
    if pa.types.is_struct(kind):
        return all(_is_plain(inner.type) for inner in kind)
    if pa.types.is_fixed_size_list(kind):
        return _is_plain(kind.value_type)
    return not pa.types.is_nested(kind) and not pa.types.is_dictionary(kind)


def _nested_null(rows: tuple[Rows, Rows], name: str) -> bool:
    columns = (one.table[name] for one in rows)
    return any(column.null_count and pa.types.is_nested(column.type) for column in columns)
