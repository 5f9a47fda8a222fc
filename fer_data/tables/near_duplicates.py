"""`near_duplicates.parquet` of a variant: which pictures are near-duplicates of others, and what became of each."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.errors import DatasetError
from fer_data.tables.schemas import read_metadata, read_table, write_table

__all__ = [
    "NEAR_DUPLICATES",
    "OUTCOMES",
    "NearDuplicates",
    "read_near_duplicates",
    "write_near_duplicates",
]

NEAR_DUPLICATES = pa.schema(
    [
        pa.field("row_id", pa.string(), nullable=False),
        pa.field("group", pa.int32(), nullable=False),
        pa.field("of", pa.string()),
        pa.field("distance", pa.int32()),
        pa.field("difference", pa.float32()),
        pa.field("split", pa.string(), nullable=False),
        pa.field("corpus", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
    ]
)
"""By group, then row_id. `outcome` is one of `OUTCOMES`; `of` is the row because of which it leaves, `distance` in how
many of 64 bits they differ, `difference` how much the pixels of their crops do: null where it stays."""

FILE = "near_duplicates.parquet"
OUTCOMES = ("stays", "close_to_held_out", "other_stays")
"""What becomes of a row: it is published, or leaves for a row of validation or test, or for another one of training."""

_TASK, _COUNTS = "task", "counts"


@dataclass(frozen=True, slots=True, eq=False)
class NearDuplicates:
    """The list of one variant.

    Attributes:
        rows: of `NEAR_DUPLICATES`.
        counts: what was compared and what came of it; empty where no row has a hash.
    """

    rows: pa.Table
    counts: Mapping[str, Any]

    @property
    def leaving(self) -> pa.Array:
        """Return the ids of the training rows that are not published."""
        return self.rows.filter(pc.not_equal(self.rows["outcome"], OUTCOMES[0]))["row_id"].combine_chunks()

    def groups_of(self, row_ids: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return the group of each row, -1 without one."""
        place = pc.index_in(row_ids, value_set=self.rows["row_id"].combine_chunks())
        return pc.fill_null(self.rows["group"].combine_chunks().take(place), -1)


def write_near_duplicates(variant: Path, rows: pa.Table, counts: Mapping[str, Any], task: str) -> None:
    """Write the list beside the pictures of a variant."""
    metadata = {_TASK: task, _COUNTS: json.dumps(dict(counts))}
    write_table(variant / FILE, [rows], NEAR_DUPLICATES, metadata)


def read_near_duplicates(variant: Path, task: str) -> NearDuplicates:
    """Return the list of a variant, which the splits of `task` decided.

    Raises:
        DatasetError: it is missing, damaged, or was made for another task.
    """
    rows = read_table(variant / FILE, NEAR_DUPLICATES)
    stated = read_metadata(variant / FILE, NEAR_DUPLICATES)
    if len(rows) and stated.get(_TASK) != task:
        raise DatasetError(
            f"{variant / FILE} was made for dataset.task {stated.get(_TASK)}, expected {task}. "
            "Run `dvc repro multires` to make it anew."
        )
    try:
        counts = json.loads(stated.get(_COUNTS, "{}"))
    except ValueError:
        counts = {}
    return NearDuplicates(rows, counts if isinstance(counts, dict) else {})
