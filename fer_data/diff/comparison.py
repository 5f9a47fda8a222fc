"""Compare two published datasets row by row, and what they say of how they were made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fer_data.diff.records import Changes, record_changes
from fer_data.diff.row_changes import Pairs, RowChanges
from fer_data.diff.rows import Rows, join, read_rows
from fer_data.diff.sides import Side
from fer_data.published.shards import Shards, open_shards

__all__ = ["EXAMPLES", "Diff", "compare_datasets"]

EXAMPLES = 12
"""Rows of each kind that are named: evenly spaced over all of the kind, in the order of the dataset."""


@dataclass(frozen=True, slots=True, eq=False)
class Diff:
    """What changed between two datasets.

    Attributes:
        sides: both, as they were named.
        shards: both datasets.
        equal: whether their content is equal: every row, value, picture and class.
        compared: by what that is known, `content hash` or `rows`.
        not_compared: what could not be compared and why, a sentence each.
        found: the parts of the report that are about rows, by the keys of docs/json.md; empty when equal by hash.
        records: what differs in params, code, libraries and the rest of provenance, by these words.
        rows: rows of both; None when equal by hash.
        kinds: the rows of each kind of change.
    """

    sides: tuple[Side, Side]
    shards: tuple[Shards, Shards]
    equal: bool
    compared: str
    not_compared: tuple[str, ...]
    records: Mapping[str, Changes]
    found: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[Rows, Rows] | None = None
    kinds: Mapping[str, Pairs] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return all of it as plain values, by the keys of docs/json.md."""
        sides = zip(("first", "second"), self.sides, self.shards, strict=True)
        return {
            "equal": self.equal,
            "compared": self.compared,
            "not_compared": list(self.not_compared),
            **{name: _side(side, shards) for name, side, shards in sides},
            **{key: self.found.get(key, empty) for key, empty in _EMPTY.items()},
            **self.records,
            "examples": {kind: self.examples(kind) for kind in self.kinds},
        }

    def chosen(self, kind: str) -> Pairs:
        """Return the examples of a kind, evenly spaced over all of its rows."""
        pairs = self.kinds[kind]
        count = max(len(pairs.first), len(pairs.second))
        places = np.unique(np.linspace(0, count - 1, min(EXAMPLES, count)).round().astype(np.int64))
        return Pairs(*(own[places] if len(own) else own for own in (pairs.first, pairs.second)))

    def examples(self, kind: str) -> list[str]:
        """Return the names of the example rows of a kind."""
        if self.rows is None:
            return []
        pairs = self.chosen(kind)
        if len(pairs.second):
            return self.rows[1].texts("row_id", pairs.second)
        return self.rows[0].texts("row_id", pairs.first)


_EMPTY: Mapping[str, Any] = {
    "rows": None,
    "added": {},
    "removed": {},
    "removed_states": {},
    "resplit": [],
    "relabelled": {},
    "recropped": None,
    "pictures": None,
    "columns": {},
    "spreads": {},
}


def _side(side: Side, shards: Shards) -> dict[str, Any]:
    stated = shards.documents.provenance
    keys = ("name", "version", "resolution", "dataset_sha256", "fer_data")
    return {"given": side.given, "commit": side.commit, **{key: stated.get(key) for key in keys}}


def compare_datasets(first: Side, second: Side) -> Diff:
    """Return what changed from the first dataset to the second.

    Equal content hashes and classes are equal datasets; no row is then read.

    Raises:
        DatasetError: one of them is no published dataset, damaged, or has a row twice.
    """
    shards = (open_shards(first.folder), open_shards(second.folder))
    stated = [one.documents.provenance for one in shards]
    records = record_changes(stated[0], stated[1])
    hashes = {one.get("dataset_sha256") for one in stated}
    if len(hashes) == 1 and None not in hashes and shards[0].classes == shards[1].classes:
        return Diff((first, second), shards, True, "content hash", (), records)
    rows = (read_rows(shards[0]), read_rows(shards[1]))
    comparison = RowChanges(rows, join(*rows))
    found = comparison.run()
    equal = not comparison.differs and len(hashes - {None}) < 2
    return Diff(
        (first, second),
        shards,
        equal,
        "rows",
        tuple(comparison.not_compared),
        records,
        found,
        rows,
        comparison.kinds,
    )
