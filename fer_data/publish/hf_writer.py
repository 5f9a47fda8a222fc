"""Write a Hugging Face `DatasetDict` shard by shard, in the layout of `save_to_disk`."""

import json
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from fer_data.errors import DatasetError
from fer_data.published.feature_forms import Features, arrow_schema
from fer_data.shell.files.atomic import file_sha256, write_json
from fer_data.tables.batch_digests import stamp

__all__ = ["SplitSummary", "SplitWriter", "fitted", "write_dataset_dict"]


@dataclass(frozen=True, slots=True)
class SplitSummary:
    """What was written of one split: rows, shards and their size on disk."""

    rows: int
    shards: int
    num_bytes: int


class SplitWriter:
    """Writes one split as Arrow shards; only the batch at hand is in memory.

    A shard is closed as soon as it holds `shard_bytes`, so a split of any size takes the same memory. `finish`
    names the shards and writes the two JSON files that `datasets.load_from_disk` reads. With `threads` each shard is
    hashed by one of them as soon as it is closed, while the system still has it in memory.

    Attributes:
        rows_by_shard: rows of each finished shard by its name; empty before `finish`.
        sha256_by_shard: the same of its SHA-256, where there were threads.
    """

    def __init__(
        self, folder: Path, features: Features, *, shard_bytes: int, threads: Executor | None = None
    ) -> None:
        folder.mkdir(parents=True)
        self._folder, self._features, self._limit = folder, features, shard_bytes
        self._schema = arrow_schema(features)
        self._sizes: list[int] = []
        self._counts: list[int] = []
        self._threads, self._hashes = threads, list[Future[str]]()
        self.rows_by_shard: dict[str, int] = {}
        self.sha256_by_shard: dict[str, str] = {}
        self._rows = 0
        self._sink: pa.NativeFile | None = None
        self._stream: pa.ipc.RecordBatchStreamWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close_shard()

    def write(self, table: pa.Table) -> None:
        """Add rows as one record batch; a table without rows adds nothing.

        Raises:
            DatasetError: the columns are not those of the features, or a value is null.
        """
        if len(table):
            batch = fitted(table, self._schema, self._folder.name)
            self.write_stamped(batch, stamp(batch))

    def write_stamped(self, batch: pa.RecordBatch, metadata: Mapping[bytes, bytes]) -> None:
        """Add a batch that `fitted` made, with the metadata that `stamp` gave it."""
        if self._stream is None:
            self._sink = pa.OSFile(str(self._part(len(self._sizes))), "wb")
            self._stream = pa.ipc.new_stream(self._sink, self._schema)
        self._stream.write_batch(batch, custom_metadata=metadata)
        self._rows += len(batch)
        if self._sink is not None and self._sink.tell() >= self._limit:
            self._close_shard()

    def finish(self, fingerprint: str) -> SplitSummary:
        """Name the shards, write the split's JSON files and return the summary.

        Raises:
            DatasetError: the split has no rows.
        """
        self._close_shard()
        count = len(self._sizes)
        if count == 0:
            raise DatasetError(f"split {self._folder.name!r} has no rows. Leave it out.")
        names = [f"data-{index:05d}-of-{count:05d}.arrow" for index in range(count)]
        hashes = [future.result() for future in self._hashes]
        for index, name in enumerate(names):
            self._part(index).rename(self._folder / name)
        write_json(self._folder / "dataset_info.json", _info(self._features))
        write_json(self._folder / "state.json", _state(names, fingerprint, self._folder.name))
        self.rows_by_shard = dict(zip(names, self._counts, strict=True))
        self.sha256_by_shard = dict(zip(names, hashes, strict=True)) if hashes else {}
        return SplitSummary(self._rows, count, sum(self._sizes))

    def _part(self, index: int) -> Path:
        return self._folder / f"part-{index:05d}"

    def _close_shard(self) -> None:
        if self._stream is not None and self._sink is not None:
            self._stream.close()
            self._sizes.append(self._sink.tell())
            self._counts.append(self._rows - sum(self._counts))
            self._sink.close()
            if self._threads is not None:
                self._hashes.append(self._threads.submit(file_sha256, self._part(len(self._sizes) - 1)))
        self._stream = self._sink = None


def fitted(table: pa.Table, schema: pa.Schema, split: str) -> pa.RecordBatch:
    """Return rows of a split as one record batch of the dataset's schema.

    Raises:
        DatasetError: the columns are not those of the schema, or a value is null.
    """
    try:
        (batch,) = table.select(schema.names).cast(schema).combine_chunks().to_batches()
    except (KeyError, ValueError) as error:
        raise DatasetError(f"{split}: rows do not fit the features: {error}.") from error
    for name, values in zip(schema.names, batch.columns, strict=True):
        if _holds_null(values):
            raise DatasetError(
                f"{split}: {name} holds null, which no default DataLoader collates. "
                "This is a fault in fer_data, please report it."
            )
    return batch


def _holds_null(values: pa.Array) -> bool:
    """Say whether a value is null, or one inside of a struct or a list."""
    if values.null_count:
        return True
    if pa.types.is_struct(values.type) or pa.types.is_fixed_size_list(values.type):
        inner = values.flatten()
        return any(map(_holds_null, inner if isinstance(inner, list) else [inner]))
    return False


def _info(features: Features) -> Mapping[str, Any]:
    return {
        "citation": "",
        "description": "",
        "features": features,
        "homepage": "",
        "license": "",
    }


def _state(names: list[str], fingerprint: str, split: str) -> Mapping[str, Any]:
    return {
        "_data_files": [{"filename": name} for name in names],
        "_fingerprint": fingerprint,
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": split,
    }


def write_dataset_dict(folder: Path, splits: list[str]) -> None:
    """Write the file that makes a folder of splits a `DatasetDict`."""
    (folder / "dataset_dict.json").write_text(json.dumps({"splits": splits}), encoding="utf-8")
