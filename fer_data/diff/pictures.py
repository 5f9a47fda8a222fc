"""How far the pictures of rows differ that both datasets have, by their perceptual hashes.

::

    digests differ --> decode the picture of either dataset, grey and at 32 to 63 px --> hash, 64 bits --> distance

Pictures with equal digests are equal to the last bit, and nobody reads them. JPEG decodes straight to a smaller size,
which is why a few hundred thousand pictures take less than a minute.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa

from fer_data.core.arrays import Int64
from fer_data.core.vision.perceptual_hash import perceptual_hash
from fer_data.diff.rows import Rows
from fer_data.errors import DatasetError
from fer_data.execution.cores import core_count
from fer_data.execution.prefetch import in_order
from fer_data.pictures.headers import image_size
from fer_data.published.shards import REMEDY
from fer_data.shell.progress import progress
from fer_data.tables.batch_digests import image_digest
from fer_data.tables.schemas import stream_batches

__all__ = ["OTHER_LOOK_BITS", "encoded_pictures", "hash_distances", "look_hashes"]

OTHER_LOOK_BITS = 10
"""Most bits of 64 that hashes of two pictures of one row differ by that look alike. Of every third crop of the rendered
sample at 128 and 32 px none differs by more than 9 when it is compressed anew at JPEG quality 80; moved by a twentieth
of its side, 95 of 100 differ by 14 or more, grown by a twentieth the median is 11 and 10."""

_CHUNK = 256
_MOST_THREADS = 8
_REDUCED = {
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
}
_LEAST_PX = 32
_NOTHING = np.iinfo(np.int64).min
"""Stands for the hash of a picture that shows next to nothing; no hash of one that does is likely to be it."""


def look_hashes(rows: Rows, places: Int64) -> Int64:
    """Return the perceptual hash of the pictures at these places, which rise.

    Raises:
        DatasetError: a picture was altered, or cannot be decoded.
    """
    side = int(rows.shards.documents.provenance.get("resolution") or 0)
    reduced = next(
        (flag for factor, flag in _REDUCED.items() if side >= factor * _LEAST_PX), cv2.IMREAD_GRAYSCALE
    )
    threads = min(_MOST_THREADS, core_count())
    found = [np.zeros(0, np.int64)]
    told = progress("diff, pictures", len(places), "pictures")
    with told as work, ThreadPoolExecutor(threads) as pool:
        for count, hashes in in_order(pool, _hashing(rows, places, reduced), most=threads + 2):
            found.append(hashes)
            work.advance(count)
    return np.concatenate(found)


def _hashing(rows: Rows, places: Int64, flag: int) -> Iterator[tuple[int, Callable[[], Int64]]]:
    chunk: list[tuple[int, bytes]] = []
    for one in encoded_pictures(rows, places):
        chunk.append(one)
        if len(chunk) == _CHUNK:
            yield len(chunk), partial(_hashed, rows, chunk, flag)
            chunk = []
    yield len(chunk), partial(_hashed, rows, chunk, flag)


def _hashed(rows: Rows, chunk: Sequence[tuple[int, bytes]], flag: int) -> Int64:
    return np.array([_look_hash(rows, place, encoded, flag) for place, encoded in chunk], np.int64)


def _look_hash(rows: Rows, place: int, encoded: bytes, flag: int) -> int:
    side = rows.shards.documents.provenance.get("resolution")
    size = image_size(encoded)
    if size != (side, side):  # before anything is decoded: a header may promise a picture of any size
        shown = f"{size[0]}x{size[1]} px" if size else "no picture"
        raise DatasetError(f"{_named(rows, place)} is {shown}, expected {side} px. {REMEDY}")
    grey = cv2.imdecode(np.frombuffer(encoded, np.uint8), flag)
    if grey is None:
        raise DatasetError(f"{_named(rows, place)} cannot be decoded. {REMEDY}")
    found = perceptual_hash(np.asarray(cv2.merge([grey, grey, grey]), np.uint8))
    return _NOTHING if found is None else found


def encoded_pictures(rows: Rows, places: Int64) -> Iterator[tuple[int, bytes]]:
    """Yield the encoded pictures at these places, which rise, each with its place; one shard is mapped at a time.

    Raises:
        DatasetError: a picture is not the one that was written.
    """
    start = done = 0
    for batch in _batches(rows):
        until = int(np.searchsorted(places, start + len(batch)))
        images: pa.Array = batch["image"].field("bytes") if until > done else None
        for place in places[done:until].tolist():
            encoded = images[place - start].as_py() or b""
            if image_digest(encoded).encode() != rows.digests[place]:
                raise DatasetError(
                    f"{_named(rows, place)} was altered or damaged after it was written. {REMEDY}"
                )
            yield place, encoded
        start, done = start + len(batch), until
        if done == len(places):
            return


def _batches(rows: Rows) -> Iterator[pa.RecordBatch]:
    for split in rows.splits:
        for path in rows.shards.splits[split].shards:
            yield from _of_shard(path)


def _of_shard(path: Path) -> Iterator[pa.RecordBatch]:
    for batch, _ in stream_batches(path, None):
        yield batch


def _named(rows: Rows, place: int) -> str:
    return f"{rows.shards.folder}: the picture of row {rows.texts('row_id', np.array([place]))[0]!a}"


def hash_distances(first: Int64, second: Int64) -> Int64:
    """Return in how many of 64 bits hashes differ; 64 where one picture shows next to nothing and the other does not.

    >>> hash_distances(np.array([0b1011, 5]), np.array([0b1000, 5])).tolist()
    [2, 0]
    """
    bits = np.bitwise_count((first ^ second).view(np.uint64)).astype(np.int64)
    return np.where((first == _NOTHING) ^ (second == _NOTHING), np.int64(64), bits)
