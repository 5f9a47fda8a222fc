"""Published rows as tar files in the form of WebDataset, one a shard: a picture and a JSON document for each row.

::

    data/train-00000-of-00002.tar      train-000000000.jpg   train-000000000.json
                                       train-000000001.jpg   train-000000001.json   ...

Headers hold no time, no owner and no machine, so the same shard makes the same bytes.
"""

import json
import tarfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from fer_data.errors import DatasetError
from fer_data.published.parquet import ParquetFile
from fer_data.published.shards import REMEDY, Shards, shard_batches
from fer_data.tables.batch_digests import check_images

__all__ = ["picture_suffix", "tar_name", "write_tar"]

_MODE = 0o644


def tar_name(file: ParquetFile) -> str:
    """Return the tar file that the shard of a Parquet file makes.

    >>> tar_name(ParquetFile("data/train-00000-of-00002.parquet", "train", Path("data-00000-of-00002.arrow")))
    'data/train-00000-of-00002.tar'
    """
    return file.name.removesuffix(".parquet") + ".tar"


def picture_suffix(shards: Shards) -> str:
    """Return how the names of all pictures end, `jpg` or `png`, by the first of them.

    Readers take the columns of the first rows for those of all; what a picture is its own bytes say.

    Raises:
        DatasetError: a shard is damaged.
    """
    for split, documents in shards.splits.items():
        for path in documents.shards:
            for _, batch, _ in shard_batches(shards, split, path):
                if len(batch):
                    data = batch["image"].field("bytes")[0].as_py()
                    return "png" if data.startswith(b"\x89PNG") else "jpg"
    raise DatasetError(f"{shards.folder} has no rows. {REMEDY}")


def write_tar(shards: Shards, file: ParquetFile, folder: Path, *, first: int, suffix: str) -> int:
    """Write the rows of one shard as a tar file below a folder, and return their number; `first` is that of its first.

    Raises:
        DatasetError: the shard is damaged; the message names the row. What was written by then stays.
    """
    path, row = folder / tar_name(file), first
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for picture, columns in _rows(shards, file):
            name = f"{file.split}-{row:09d}"
            _add(tar, f"{name}.{suffix}", picture)
            _add(tar, f"{name}.json", json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode())
            row += 1
    return row - first


def _rows(shards: Shards, file: ParquetFile) -> Iterator[tuple[bytes, Mapping[str, Any]]]:
    for _, batch, metadata in shard_batches(shards, file.split, file.shard):
        check_images(batch, metadata, str(file.shard))
        pictures = batch["image"].field("bytes")
        columns = batch.drop_columns(["image"]).to_pylist()
        for picture, row in zip(pictures, columns, strict=True):
            yield picture.as_py(), row


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), _MODE
    tar.addfile(info, BytesIO(data))
