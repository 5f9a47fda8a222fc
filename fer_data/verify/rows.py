"""Which rows of an altered file differ from what was written."""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pyarrow as pa

from fer_data.errors import DatasetError, MediaError
from fer_data.pictures.images import decode
from fer_data.tables.batch_digests import check_columns, damaged_images
from fer_data.tables.schemas import stream_batches

__all__ = ["damaged_rows"]

MAX_NAMED = 20
"""Rows named of one file; beyond them their number is said."""


def damaged_rows(path: Path, intact: Path | None) -> list[str]:
    """Return what of an altered Arrow file differs, a line each; `intact` is a whole copy of it, where there is one.

    Batches that carry hashes are held against them, others against the whole copy, else by decoding each picture.
    """
    found: list[str] = []
    rows = 0
    try:
        for batch, metadata in stream_batches(path, None):
            found += _of_batch(batch, metadata, rows)
            rows += batch.num_rows
    except (DatasetError, UnicodeDecodeError):
        found.append(f"from row {rows} on it cannot be read" if rows else "no row of it can be read")
    if not found and intact is not None:
        found = list(_compared(path, intact))
    if len(found) > MAX_NAMED:
        found = [*found[:MAX_NAMED], f"and {len(found) - MAX_NAMED:,} more"]
    return found or [f"one of {rows:,} rows, or what stands between them: no row shows it"]


def _of_batch(batch: pa.RecordBatch, metadata: dict[bytes, bytes], first: int) -> Iterator[str]:
    last = first + batch.num_rows - 1
    try:
        check_columns(batch, metadata, "")
    except DatasetError:
        yield f"rows {first} to {last}: labels or places"
        return
    damaged = damaged_images(batch, metadata)
    if not damaged and b"pictures_sha256" not in metadata and "image" in batch.schema.names:
        damaged = [index for index in range(batch.num_rows) if not _decodes(batch["image"][index].as_py())]
    for index in damaged:
        yield f"row {first + index} ({_name(batch, index)}): the picture"


def _decodes(encoded: object) -> bool:
    data = encoded.get("bytes") if isinstance(encoded, dict) else encoded
    try:
        decode(data if isinstance(data, bytes) else b"")
    except MediaError:
        return False
    return True


def _name(batch: pa.RecordBatch, index: int) -> str:
    return str(batch["row_id"][index].as_py()) if "row_id" in batch.schema.names else "unnamed"


def _compared(path: Path, intact: Path) -> Iterator[str]:
    """Yield the rows of two copies of a file that differ."""
    first = 0
    pairs = zip_longest(stream_batches(path, None), stream_batches(intact, None))
    for ours, theirs in pairs:
        if ours is None or theirs is None or ours[0].schema != theirs[0].schema:
            yield f"from row {first} on"
            return
        if not ours[0].equals(theirs[0]):
            both = zip_longest(ours[0].to_pylist(), theirs[0].to_pylist())
            differing = [index for index, (one, other) in enumerate(both) if one != other]
            yield from (f"row {first + index} ({_name(theirs[0], index)})" for index in differing)
        first += theirs[0].num_rows
