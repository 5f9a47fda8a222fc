"""What became of rows that a dataset no longer has: the state that its `rows.parquet` gives them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.errors import DatasetError
from fer_data.tables.schemas import FACE_ROWS, iterate_table

__all__ = ["ABSENT", "row_states"]

ABSENT = "not in the corpus"
"""Of a row that the dataset's table of all rows does not list."""


def row_states(dataset: Path, row_ids: Sequence[str]) -> tuple[dict[str, int], str]:
    """Return how many of these rows have each state in a dataset, and what kept that from being read, if anything.

    `kept` is a row with a crop that is left out all the same, as a near-duplicate or by its split.
    """
    path = dataset / "rows.parquet"
    if not row_ids or not path.exists():
        return {}, ""
    wanted, states = pa.array(row_ids, pa.string()), Counter[str]()
    try:
        for rows in iterate_table(path, FACE_ROWS, ["row_id", "state"]):
            found = rows["state"].filter(pc.is_in(rows["row_id"], value_set=wanted))
            states.update(found.to_pylist())
    except DatasetError:
        return (
            {},
            "states of removed rows: the second's rows.parquet is of another version of fer_data, or damaged.",
        )
    states[ABSENT] = len(row_ids) - sum(states.values())
    return {name: count for name, count in states.most_common() if count}, ""
