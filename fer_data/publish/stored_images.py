"""The pictures of a series as a stage before wrote them, and how those of a batch are brought together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fer_data.core.arrays import Int64
from fer_data.tables.batch_digests import digests_of
from fer_data.tables.schemas import check_batch, stream_batches

__all__ = ["StoredImages", "Views", "gathered", "open_images", "views_of"]

Views = NDArray[np.int32]
"""(n, 4) where pictures lie, as Arrow's binary views have it: length, 0, number of the buffer, place of the first byte.

The 0 stands for their first bytes, by which views are compared; these are only read."""

_INLINE = 12
"""Bytes that a view holds itself. Source: Arrow's columnar format, variable-size binary view layout."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredImages:
    """A series' pictures, not yet held against their hashes.

    Attributes:
        path: where they lie.
        table: all of them, memory-mapped.
        batches: the record batches behind it, each with its custom metadata.
        firsts: the place of each batch's first row.
        views: (n, 4) where each picture lies.
        digests: (n,) what each picture is known by in a batch's metadata.
        pixels: (n, 32) SHA-256 of the pixels of each.
    """

    path: Path
    table: pa.Table
    batches: Sequence[tuple[pa.RecordBatch, Mapping[bytes, bytes]]]
    firsts: Int64
    views: Views
    digests: NDArray[np.bytes_]
    pixels: NDArray[np.uint8]

    @property
    def buffers(self) -> list[pa.Buffer]:
        """Return the bytes of the pictures, by the numbers in `views`."""
        return [_data(batch["image"]) for batch, _ in self.batches]

    def check(self, first: int, last: int) -> None:
        """Hold the batches whose first row lies in [first, last) against their hashes.

        Raises:
            DatasetError: naming the first row whose picture was altered.
        """
        for (batch, metadata), start in zip(self.batches, self.firsts.tolist(), strict=True):
            if first <= start < last:
                check_batch(self.path, start, batch, metadata)

    def together(self, places: Int64) -> pa.BinaryArray | None:
        """Return pictures that lie one after another in one batch, uncopied; None where they do not."""
        first, last, numbers = int(places[0]), int(places[-1]), self.views[places[[0, -1]], 2]
        if last - first != len(places) - 1 or numbers[0] != numbers[1] or (np.diff(places) != 1).any():
            return None
        start = first - int(self.firsts[numbers[0]])
        return _alone(self.batches[numbers[0]][0]["image"], start, len(places))


def open_images(path: Path, schema: pa.Schema) -> StoredImages:
    """Return a series' pictures; what is not looked at is not read.

    Raises:
        DatasetError: the file is missing, cut short, or of another schema.
    """
    batches = list(stream_batches(path, schema))
    digests = b"".join(digests_of(*one) for one in batches)
    pixels = b"".join(_fixed(batch["pixels_sha256"]) for batch, _ in batches)
    return StoredImages(
        path,
        pa.Table.from_batches([batch for batch, _ in batches], schema),
        batches,
        np.cumsum([0, *(len(batch) for batch, _ in batches)], dtype=np.int64)[:-1],
        views_of(batch["image"] for batch, _ in batches),
        np.frombuffer(digests, "S16"),
        np.frombuffer(pixels, np.uint8).reshape(-1, 32),
    )


def _fixed(values: pa.FixedSizeBinaryArray) -> bytes:
    """Return the values of a binary column of a fixed width, one after another."""
    width, (_, data) = values.type.byte_width, values.buffers()
    return bytes(memoryview(data)[values.offset * width : (values.offset + len(values)) * width])


def _alone(values: pa.BinaryArray, start: int, count: int) -> pa.BinaryArray:
    """Return values that lie one after another, uncopied, with a buffer that ends where they do.

    Of a slice Arrow writes up to 63 bytes more, to fill 64: the first of a picture that may be of another split.
    """
    first = values.offset + start
    places = np.frombuffer(values.buffers()[1], np.int32)[first : first + count + 1]
    data = _data(values).slice(int(places[0]), int(places[-1] - places[0]))
    return pa.Array.from_buffers(pa.binary(), count, [None, pa.py_buffer(places - places[0]), data])


def _data(values: pa.BinaryArray) -> pa.Buffer:
    return values.buffers()[2] or pa.py_buffer(b"")


def views_of(columns: Iterator[pa.BinaryArray]) -> Views:
    """Return where the values of columns lie, each column in a buffer of its own.

    >>> views_of(iter([pa.array([b"ab", b"c"]), pa.array([b"def"])])).tolist()
    [[2, 0, 0, 0], [1, 0, 0, 2], [3, 0, 1, 0]]
    """
    found = [np.zeros((0, 4), np.int32)]
    for number, values in enumerate(columns):
        places = np.frombuffer(values.buffers()[1], np.int32)[values.offset : values.offset + len(values) + 1]
        views = np.zeros((len(values), 4), np.int32)
        views[:, 0], views[:, 2], views[:, 3] = np.diff(places), number, places[:-1]
        found.append(views)
    return np.concatenate(found)


def gathered(views: Views, buffers: Sequence[pa.Buffer]) -> pa.BinaryArray:
    """Return the values at these views in their order, each copied once.

    >>> views = np.array([[1, 0, 1, 2], [2, 0, 0, 0]], np.int32)
    >>> gathered(views, [pa.py_buffer(b"ab"), pa.py_buffer(b"cde")]).to_pylist()
    [b'e', b'ab']
    """
    if (views[:, 0] <= _INLINE).any():
        parts = [memoryview(buffers[number])[at : at + size] for size, _, number, at in views.tolist()]
        return pa.array(map(bytes, parts), pa.binary())
    there = [None, pa.py_buffer(np.ascontiguousarray(views)), *buffers]
    return pa.Array.from_buffers(pa.binary_view(), len(views), there).cast(pa.binary())
