"""Hashes that travel with every record batch of our Arrow files, so that damage is found when they are read.

A batch's custom metadata holds one hash of all columns but the pictures, and one of each picture. Readers that know
nothing of it, the `datasets` library among them, see the same rows as ever. Tables that stages hand on, read from the
first row to the last, also carry one hash of all pictures of a batch: each is looked at only where that differs.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from fer_data.errors import DatasetError

__all__ = [
    "COLUMNS",
    "PICTURES",
    "check_columns",
    "check_images",
    "damaged_images",
    "digests_of",
    "image_digest",
    "image_digests",
    "stamp",
]

COLUMNS = b"columns_sha256"
PICTURES = b"pictures_sha256"
TOGETHER = b"pictures_together_sha256"
IMAGE = "image"
_DIGITS = 16
"""Hexadecimal digits kept of a picture's hash: 64 bits."""


def image_digest(encoded: bytes | None) -> str:
    """Return the first 16 digits of the SHA-256 of an encoded picture.

    >>> image_digest(b"")
    'e3b0c44298fc1c14'
    """
    return hashlib.sha256(encoded or b"").hexdigest()[:_DIGITS]


def stamp(
    batch: pa.RecordBatch, pictures: bytes | None = None, *, together: bool = False
) -> dict[bytes, bytes]:
    """Return the custom metadata that a batch is written with.

    Args:
        batch: what is written.
        pictures: the digests of its pictures, one after another, where they are known.
        together: adds the one hash of all pictures; only a plain binary column `image` can have it.
    """
    small = _small(batch)
    stored = pa.ipc.read_record_batch(small.serialize(), small.schema)
    found = {COLUMNS: _columns_sha256(stored).encode()}
    if IMAGE in batch.schema.names:
        found[PICTURES] = (
            "".join(map(image_digest, _encoded(batch))).encode() if pictures is None else pictures
        )
        if together:
            found[TOGETHER] = _together_sha256(batch[IMAGE], found[PICTURES])
    return found


def _together_sha256(images: pa.BinaryArray, pictures: bytes) -> bytes:
    """Return the hash of the digests of all pictures, their lengths, and their bytes."""
    _, places, data = images.buffers()
    offsets = np.frombuffer(places, np.int32)[images.offset : images.offset + len(images) + 1]
    digest = hashlib.sha256(pictures)
    digest.update(np.diff(offsets).astype("<i4").tobytes())
    if data is not None and len(offsets):
        digest.update(memoryview(data)[offsets[0] : offsets[-1]])
    return digest.hexdigest().encode()


def _small(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch without its pictures."""
    return batch.select([name for name in batch.schema.names if name != IMAGE])


def _encoded(batch: pa.RecordBatch) -> Iterator[bytes | None]:
    """Yield a batch's encoded pictures, whether they stand alone or beside a path."""
    column = batch[IMAGE]
    for value in column.field("bytes") if pa.types.is_struct(column.type) else column:
        yield value.as_py()


def _columns_sha256(batch: pa.RecordBatch) -> str:
    """Return the hash of every buffer of a batch as it lies in an Arrow file, and of what its schema states."""
    stated = sorted((batch.schema.metadata or {}).items())
    digest = hashlib.sha256(f"{batch.num_rows} {batch.schema.names} {stated}".encode())
    for column in batch.columns:
        for buffer in column.buffers():
            digest.update(b"-" if buffer is None else f"{buffer.size}:".encode())
            if buffer is not None:
                digest.update(buffer)
    return digest.hexdigest()


def check_columns(batch: pa.RecordBatch, metadata: Mapping[bytes, bytes] | None, location: str) -> None:
    """Hold a batch's columns but the pictures against the hash it was written with, if it was written with one.

    Raises:
        DatasetError: they differ, or the batch is malformed; `location` says where it lies.
    """
    stated = (metadata or {}).get(COLUMNS)
    if stated is not None and stated != _columns_sha256(_small(batch)).encode():
        raise DatasetError(f"{location} was altered or damaged: its labels and places do not fit their hash.")
    try:
        batch.validate(full=True)
    except pa.ArrowException as error:
        raise DatasetError(f"{location} is damaged: {' '.join(str(error).split())[:200]}.") from error


def image_digests(metadata: Mapping[bytes, bytes] | None, rows: int) -> list[str] | None:
    """Return the hash of each picture of a batch as it was written; None where none were written."""
    stated = (metadata or {}).get(PICTURES)
    if stated is None or len(stated) != rows * _DIGITS:
        return None
    text = stated.decode("ascii", "replace")
    return [text[start : start + _DIGITS] for start in range(0, len(text), _DIGITS)]


def digests_of(batch: pa.RecordBatch, metadata: Mapping[bytes, bytes] | None) -> bytes:
    """Return the digests of a batch's pictures, one after another: those it was written with, or its own."""
    stated = (metadata or {}).get(PICTURES)
    if stated is not None and len(stated) == batch.num_rows * _DIGITS:
        return stated
    return "".join(map(image_digest, _encoded(batch))).encode()


def damaged_images(batch: pa.RecordBatch, metadata: Mapping[bytes, bytes] | None) -> list[int]:
    """Return the places in a batch whose picture is not the one that was written."""
    stated: Sequence[Any] | None = image_digests(metadata, batch.num_rows)
    if stated is None or IMAGE not in batch.schema.names:
        return []
    return [n for n, value in enumerate(_encoded(batch)) if image_digest(value) != stated[n]]


def check_images(batch: pa.RecordBatch, metadata: Mapping[bytes, bytes] | None, location: str) -> None:
    """Hold a batch's pictures against the hashes they were written with, if they were written with any.

    Raises:
        DatasetError: naming the first row whose picture was altered.
    """
    stated = metadata or {}
    plain = (
        TOGETHER in stated
        and IMAGE in batch.schema.names
        and pa.types.is_binary(batch.schema.field(IMAGE).type)
    )
    if plain and stated[TOGETHER] == _together_sha256(batch[IMAGE], stated.get(PICTURES, b"")):
        return
    for damaged in damaged_images(batch, metadata):
        row_id = batch["row_id"][damaged].as_py() if "row_id" in batch.schema.names else damaged
        raise DatasetError(f"{location}: the picture of row {row_id} was altered or damaged.")
    if TOGETHER in stated:
        raise DatasetError(f"{location}: the hashes of its pictures were altered or damaged.")
