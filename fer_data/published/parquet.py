"""Published rows as Parquet files, one a shard, as the Hub's viewer and `datasets.load_dataset` read them.

::

    train/data-00000-of-00002.arrow    ->  data/train-00000-of-00002.parquet
    train/data-00001-of-00002.arrow    ->  data/train-00001-of-00002.parquet

Each file is written by itself, so whoever was stopped goes on with the next one, and one record batch at a time, so
memory does not grow with the data. The same shard makes the same bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from fer_data.errors import DatasetError
from fer_data.published.shards import REMEDY, Shards, shard_batches
from fer_data.tables.batch_digests import check_images

__all__ = ["ParquetFile", "parquet_files", "write_parquet"]

_GROUP_BYTES = 16_000_000
"""Of a row group: the Hub's viewer reads whole ones, and a writer holds one."""

_PICTURES = "image.bytes"


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """A Parquet file that one shard of a published dataset makes.

    Attributes:
        name: inside the folder of all files, such as `data/train-00000-of-00002.parquet`.
        split: whose rows it has.
        shard: where they are read from.
    """

    name: str
    split: str
    shard: Path


def parquet_files(shards: Shards) -> tuple[ParquetFile, ...]:
    """Return the Parquet files that a published dataset makes, in the order of its splits and rows."""
    return tuple(
        ParquetFile(f"data/{split}-{index:05d}-of-{len(documents.shards):05d}.parquet", split, shard)
        for split, documents in shards.splits.items()
        for index, shard in enumerate(documents.shards)
    )


def write_parquet(shards: Shards, file: ParquetFile, folder: Path) -> int:
    """Write one of the `parquet_files` below a folder, and return its rows, each held against its hashes.

    The features stand in the metadata of its schema, where `datasets` looks for them.

    Raises:
        DatasetError: the shard is damaged; the message names the row. What was written by then stays.
    """
    path, rows = folder / file.name, 0
    path.parent.mkdir(parents=True, exist_ok=True)
    groups = _row_groups(shards, file)
    first = next(groups, None)
    if first is None:
        raise DatasetError(f"{file.shard} has no rows. {REMEDY}")
    with pq.ParquetWriter(path, first.schema, **_options(first.schema)) as writer:
        while first is not None:
            writer.write_table(first, row_group_size=len(first))
            rows += len(first)
            first = next(groups, None)
    return rows


def _options(schema: pa.Schema) -> dict[str, object]:
    """Return how columns are stored: pictures as they are, texts and numbers compressed."""
    leaves = pq.ParquetFile(_without_rows(schema)).schema
    names = [leaves.column(index).path for index in range(len(leaves))]
    return {
        "compression": {name: "NONE" if name == _PICTURES else "ZSTD" for name in names},
        "use_dictionary": [name for name in names if name != _PICTURES],
        "use_content_defined_chunking": True,  # the Hub stores rows that did not change once
        "write_page_index": True,
        "write_page_checksum": True,
    }


def _without_rows(schema: pa.Schema) -> pa.BufferReader:
    sink = pa.BufferOutputStream()
    pq.write_table(schema.empty_table(), sink)
    return pa.BufferReader(sink.getvalue())


def _row_groups(shards: Shards, file: ParquetFile) -> Iterator[pa.Table]:
    waiting: list[pa.RecordBatch] = []
    for _, batch, metadata in shard_batches(shards, file.split, file.shard):
        check_images(batch, metadata, str(file.shard))
        waiting.append(batch)
        if sum(one.nbytes for one in waiting) >= _GROUP_BYTES:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)
