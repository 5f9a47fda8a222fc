"""What confirmed pairs of subjects come to in a dataset: people under several names, and those in two splits."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.labels.published_splits import LEFT_OUT, SplitCodes
from fer_data.core.labels.tasks import SPLITS
from fer_data.errors import DatasetError
from fer_data.shell.shown import printable
from fer_data.tables.face_rows import has_crop
from fer_data.tables.published_series import published_series
from fer_data.tables.same_person import ConfirmedPeople

__all__ = ["SplitPeople", "hold_gate", "split_people"]

_NAMED = 5
"""People that a message names; provenance has all."""


@dataclass(frozen=True, slots=True)
class SplitPeople:
    """In which splits the people are published who were confirmed under several names.

    Attributes:
        confirmed: who is one person.
        splits: of each published subject of theirs, by its name, the rows by split.
    """

    confirmed: ConfirmedPeople
    splits: Mapping[str, Mapping[str, int]]

    @property
    def across(self) -> dict[str, dict[str, Mapping[str, int]]]:
        """Return the people who are published in two splits or more: their subjects, with the rows by split."""
        people = {
            person: {name: self.splits[name] for name in names if name in self.splits}
            for person, names in self.confirmed.by_person.items()
        }
        return {
            person: own
            for person, own in people.items()
            if len({split for rows in own.values() for split in rows}) > 1
        }

    @property
    def pairs_across(self) -> int:
        """Return how many confirmed pairs have rows in two splits."""
        found = (
            {split for name in pair.subjects for split in self.splits.get(name, ())}
            for pair in self.confirmed.pairs
        )
        return sum(len(splits) > 1 for splits in found)

    def record(self, gate: str) -> dict[str, Any]:
        """Return what `provenance.json` says of it."""
        return {
            "gate": gate,
            "confirmed_pairs": len(self.confirmed.pairs),
            "confirmed_people": len(self.confirmed.by_person),
            "pairs_in_two_splits": self.pairs_across,
            "people_in_two_splits": len(self.across),
            "across": [{"person_id": person, "subjects": own} for person, own in self.across.items()],
        }

    def text(self) -> str:
        """Return who is in two splits, the first few by their names."""
        named = [
            " = ".join(f"{printable(name)} ({' and '.join(rows)})" for name, rows in own.items())
            for own in self.across.values()
        ]
        more = f"; and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        count = "1 person is" if len(named) == 1 else f"{len(named)} people are"
        return f"{count} in two splits: {'; '.join(named[:_NAMED])}{more}."


def split_people(faces: Path, placed: SplitCodes, confirmed: ConfirmedPeople) -> SplitPeople:
    """Return where confirmed people are published; `placed` is the split of every row.

    Raises:
        DatasetError: a table is missing, damaged, or of another schema.
    """
    found: dict[str, dict[str, int]] = {}
    if not confirmed.persons:
        return SplitPeople(confirmed, found)
    names = pa.array(list(confirmed.persons), pa.string())
    for series in published_series(faces, placed, ["series_id", "subject_id", "state", "box"]):
        chosen = pc.and_(pc.is_in(series.rows["subject_id"], names), has_crop(series.rows))
        kept = np.flatnonzero(np.asarray(chosen) & (series.splits > LEFT_OUT))
        if not kept.size:
            continue
        table = pa.table({"subject": series.rows["subject_id"].take(kept), "split": series.splits[kept]})
        for row in table.group_by(["subject", "split"]).aggregate([([], "count_all")]).to_pylist():
            rows = found.setdefault(row["subject"], {})
            rows[SPLITS[row["split"]]] = rows.get(SPLITS[row["split"]], 0) + row["count_all"]
    return SplitPeople(confirmed, {name: found[name] for name in sorted(found)})


def hold_gate(people: SplitPeople, gate: str) -> None:
    """Stop where confirmed people are in two splits and `publish.leakage` is `fail`, else say so and go on.

    Raises:
        DatasetError: naming them.
    """
    left = people.confirmed.left
    if left:
        more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
        print(
            f"warning: dataset.same_person ({'; '.join(left[:_NAMED])}{more}) names people who are excluded. Whoever "
            "withdrew does so under every name: give the other one to `fer-data forget`, which takes the line out, or "
            "take it out.",
            file=sys.stderr,
        )
    if not people.across:
        return
    remedy = (
        "Take all names but those of one split out of the data (sources.NAME.excluded, which `fer-data forget` "
        "writes), or correct dataset.same_person"
    )
    if gate == "fail":
        raise DatasetError(
            f"publish.leakage (fail) lets nobody be in two splits, but {people.text()} {remedy}, or set it to report."
        )
    print(f"warning: {people.text()} {remedy}.", file=sys.stderr)
