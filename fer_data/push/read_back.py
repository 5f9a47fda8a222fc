"""Hold staged Parquet against the hash of the dataset: what goes up is what was published, value by value."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fer_data.errors import DatasetError, MediaError
from fer_data.execution.cores import core_count
from fer_data.execution.prefetch import in_order
from fer_data.published.content import ContentHash, dataset_sha256, row_content
from fer_data.published.parquet import parquet_files
from fer_data.published.shards import Shards
from fer_data.shell.progress import progress

__all__ = ["check_content"]

_BATCH_ROWS = 512
_MOST_THREADS = 8


def check_content(shards: Shards, files: Mapping[str, Path]) -> None:
    """Read the Parquet files of a dataset back, by their names, and compare every value and pixel by its hash.

    Raises:
        DatasetError: they hold other content than `provenance.json` states.
    """
    stated = shards.documents.provenance
    contents = {split: ContentHash() for split in shards.splits}
    rows = sum(record.rows or 0 for record in shards.documents.files.values())
    threads = min(_MOST_THREADS, core_count())
    with progress("push, reading back", rows, "rows") as work, ThreadPoolExecutor(threads) as pool:
        for (split, count), content in in_order(pool, _making(shards, files), most=threads + 2):
            contents[split].update(content)
            work.advance(count)
    found = {split: content.hexdigest() for split, content in contents.items()}
    wrong = [split for split, digest in found.items() if digest != stated["splits"].get(split)]
    if wrong or dataset_sha256(found) != stated["dataset_sha256"]:
        raise DatasetError(
            f"{shards.folder}: split {', '.join(wrong) or 'order'} holds other values or pixels than "
            "provenance.json states (dataset_sha256). `fer-data verify` on the folder says what is damaged; "
            "`dvc repro publish` builds it again."
        )


def _making(
    shards: Shards, files: Mapping[str, Path]
) -> Iterator[tuple[tuple[str, int], Callable[[], Mapping[str, Any]]]]:
    for file in parquet_files(shards):
        for batch in pq.ParquetFile(files[file.name]).iter_batches(batch_size=_BATCH_ROWS):
            yield (file.split, len(batch)), partial(_content, batch, str(file.shard))


def _content(batch: pa.RecordBatch, where: str) -> Mapping[str, Any]:
    try:
        return row_content(batch)
    except MediaError as error:
        raise DatasetError(f"{where}: a picture cannot be read back: {error}") from error
