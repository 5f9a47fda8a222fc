"""The rows of a published dataset in memory without their pictures, and which rows of two datasets are the same."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.arrays import Int64
from fer_data.errors import DatasetError
from fer_data.published.shards import REMEDY, Shards, are_copies, split_batches
from fer_data.tables.batch_digests import digests_of

__all__ = ["Joined", "Rows", "join", "read_rows"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """All rows of a dataset, split after split, each in its order; a few hundred bytes a row.

    Attributes:
        shards: the dataset.
        table: every column that each split has, in one type, but the picture.
        splits: (n,) names.
        split: (n,) the place of each row's split among them.
        digests: (n,) what each picture is known by: equal for equal encoded bytes.
        copies: (n,) which rows are augmented copies.
    """

    shards: Shards
    table: pa.Table
    splits: tuple[str, ...]
    split: NDArray[np.int8]
    digests: NDArray[np.bytes_]
    copies: Mask

    def __len__(self) -> int:
        return len(self.split)

    def texts(self, name: str, places: Int64) -> list[str]:
        """Return a column of texts at these places."""
        found: list[str] = self.table[name].take(pa.array(places)).to_pylist()
        return found


def read_rows(shards: Shards) -> Rows:
    """Return the rows of a dataset, every label and place checked; pictures are not looked at.

    Raises:
        DatasetError: a shard is damaged, or a row is there twice.
    """
    parts: list[pa.Table] = []
    digests: list[bytes] = []
    counts = []
    for name in shards.splits:
        batches = []
        for _, batch, metadata in split_batches(shards, name, any_version=True):
            batches.append(batch.drop_columns(["image"]))
            digests.append(digests_of(batch, metadata))
        counts.append(sum(map(len, batches)))
        # A copy, so that the files' pictures do not stay mapped for as long as their labels are needed.
        parts += [pa.Table.from_batches(batches).combine_chunks()] if batches else []
    common = [field.name for field in parts[0].schema if all(field in part.schema for part in parts)]
    table = pa.concat_tables([part.select(common) for part in parts]).combine_chunks()
    _check_once(table["row_id"], shards)
    copies: Any = are_copies(table["parent_id"]).to_numpy()
    split = np.repeat(np.arange(len(counts), dtype=np.int8), counts)
    names: tuple[str, ...] = tuple(shards.splits)
    found = np.frombuffer(b"".join(digests), "S16")
    return Rows(shards, table, names, split, found, np.asarray(copies, np.bool_))


def _check_once(row_ids: pa.ChunkedArray, shards: Shards) -> None:
    if pc.count_distinct(row_ids).as_py() == len(row_ids):
        return
    counted = pc.value_counts(row_ids.combine_chunks())
    twice = counted.field("values").filter(pc.greater(counted.field("counts"), 1))
    raise DatasetError(
        f"{shards.folder} has the row {twice[0].as_py()!a} twice, so nobody can compare it. {REMEDY}"
    )


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """Which rows of two datasets are the same, by their `row_id`.

    Attributes:
        first, second: (m,) places of the rows that both have, in the order of the second.
        removed: places in the first of the rows that the second lacks.
        added: places in the second of the rows that the first lacks.
    """

    first: Int64
    second: Int64
    removed: Int64
    added: Int64


def join(first: Rows, second: Rows) -> Joined:
    """Return which rows are in both, and which in one alone."""
    found = pc.index_in(second.table["row_id"], value_set=first.table["row_id"].combine_chunks())
    places = pc.fill_null(found, -1).to_numpy().astype(np.int64)
    there = np.flatnonzero(places >= 0)
    gone = np.ones(len(first), np.bool_)
    gone[places[there]] = False
    return Joined(places[there], there, np.flatnonzero(gone), np.flatnonzero(places < 0))
