"""The Croissant file of a published dataset's Parquet form, from that of its Arrow form."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from fer_data.published.croissant import CROISSANT_FILE, DescribedFile, parquet_croissant
from fer_data.published.parquet import parquet_files
from fer_data.published.shards import Shards
from fer_data.shell.files.sealed import read_json

__all__ = ["parquet_record"]


def parquet_record(
    shards: Shards, written: Mapping[str, tuple[Path, int, str]], *, with_rows: bool
) -> dict[str, Any] | None:
    """Return the Croissant document of Parquet files; None of a dataset of an earlier version, which has none itself.

    Args:
        shards: the published dataset.
        written: where each of its `parquet_files` lies, with its size and SHA-256, by its name; others do not matter.
        with_rows: whether `rows.parquet` goes along.
    """
    if CROISSANT_FILE not in shards.documents.files:
        return None
    files: dict[str, list[DescribedFile]] = {}
    names = parquet_files(shards)
    for file in names:
        _, size, sha256 = written[file.name]
        files.setdefault(file.split, []).append(DescribedFile(file.name, size, sha256))
    schema = pq.read_schema(written[names[0].name][0])
    return parquet_croissant(read_json(shards.folder / CROISSANT_FILE), files, schema, with_rows=with_rows)
