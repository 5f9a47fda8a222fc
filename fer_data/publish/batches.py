"""The published rows of one split of a series in batches, each of which a thread can make by itself.

::

    rows of a series      0 .... 255 | 256 .... 511 | ...
    its pictures          [ batch  ][ batch ][ batch ]      memory-mapped, as `multires` wrote them
    its copies            [ batch     ][ batch       ]      the same of `balance`, in the order of their parents
                               |            |
    made in a thread      each batch of pictures is held against its hashes by whoever needs its first row; hashes of
                          pictures and pixels are passed on, so that no picture is decoded or hashed by itself
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.arrays import Int64
from fer_data.errors import DatasetError
from fer_data.publish.hf_writer import fitted
from fer_data.published.content import column_bytes
from fer_data.published.features import published_rows, with_copies
from fer_data.tables.batch_digests import digests_of, stamp
from fer_data.tables.schemas import check_batch, compact, stream_batches

__all__ = ["PublishedBatch", "StoredImages", "batch_makers", "open_images"]

_Stored = TypeVar("_Stored", pa.ChunkedArray, pa.Table)


@dataclass(frozen=True, slots=True, eq=False)
class StoredImages:
    """A series' pictures as a stage before wrote them, not yet held against their hashes.

    Attributes:
        path: where they lie.
        table: all of them, memory-mapped.
        batches: the record batches behind it, each with its custom metadata.
        firsts: the place of each batch's first row.
        digests: (n,) what each picture is known by in a batch's metadata.
        pixels: (n, 32) SHA-256 of the pixels of each.
    """

    path: Path
    table: pa.Table
    batches: Sequence[tuple[pa.RecordBatch, Mapping[bytes, bytes]]]
    firsts: Int64
    digests: NDArray[np.bytes_]
    pixels: NDArray[np.uint8]

    def check(self, first: int, last: int) -> None:
        """Hold the batches whose first row lies in [first, last) against their hashes.

        Raises:
            DatasetError: naming the first row whose picture was altered.
        """
        for (batch, metadata), start in zip(self.batches, self.firsts.tolist(), strict=True):
            if first <= start < last:
                check_batch(self.path, start, batch, metadata)


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
        np.frombuffer(digests, "S16"),
        np.frombuffer(pixels, np.uint8).reshape(-1, 32),
    )


def _fixed(values: pa.FixedSizeBinaryArray) -> bytes:
    """Return the values of a binary column of a fixed width, one after another."""
    width, (_, data) = values.type.byte_width, values.buffers()
    return bytes(memoryview(data)[values.offset * width : (values.offset + len(values)) * width])


@dataclass(frozen=True, slots=True, eq=False)
class PublishedBatch:
    """Published rows as they are written.

    Attributes:
        batch: in the schema of the dataset.
        metadata: the hashes that it is written with.
        content: what its columns add to the hash of the dataset.
        originals: how many of its rows are no copies.
    """

    batch: pa.RecordBatch
    metadata: Mapping[bytes, bytes]
    content: Mapping[str, Any]
    originals: int


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The rows of one batch with their pictures and copies.

    Attributes:
        rows: of the faces' table.
        places: (n,) of each row's picture among those of the series.
        checked: whose batches are held against their hashes here: those whose first picture is one of these.
        copies: index of each copy.
        parents: the row of each copy's parent.
    """

    rows: pa.Table
    places: Int64
    checked: tuple[int, int]
    copies: Int64
    parents: Int64


def batch_makers(
    rows: pa.Table,
    images: tuple[StoredImages, Int64],
    copies: StoredImages | None,
    *,
    batch_rows: int,
    split: str,
    schema: pa.Schema,
) -> Iterator[Callable[[], PublishedBatch]]:
    """Yield what makes each batch of the published rows of a series, augmented copies after their parents.

    `images` are all pictures of the series, with the place of each row's among them.

    Raises:
        DatasetError: a copy is of a row that is not published.
    """
    parents = np.zeros(0, np.int64) if copies is None else _parents(rows, copies)
    order = np.argsort(parents, kind="stable")
    (pictures, places), starts = images, range(0, len(rows), batch_rows)
    firsts = [0, *(int(places[start]) for start in starts[1:]), len(pictures.table)]
    edges = np.searchsorted(parents[order], np.arange(0, len(rows) + batch_rows, batch_rows))
    for number, start in enumerate(starts):
        mine = order[edges[number] : edges[number + 1]]
        part = _Part(
            rows.slice(start, batch_rows),
            places[start : start + batch_rows],
            (firsts[number], firsts[number + 1]),
            mine,
            parents[mine] - start,
        )
        yield partial(_made, part, pictures, copies, split=split, schema=schema)


def _parents(rows: pa.Table, copies: StoredImages) -> Int64:
    indices = pc.index_in(copies.table["parent_id"], rows["row_id"].combine_chunks())
    if indices.null_count:
        placed = len(indices) - indices.null_count
        raise DatasetError(
            f"{copies.path} holds {len(indices)} copies, {placed} of them of published rows. "
            "Run `dvc repro balance` to rebuild it."
        )
    return np.asarray(indices.to_numpy(), np.int64)


def _class_count(schema: pa.Schema) -> int:
    """Return the number of expression classes of a published dataset, by its columns."""
    return int(schema.field("expression_votes").type.list_size)


def _made(
    part: _Part, images: StoredImages, copies: StoredImages | None, *, split: str, schema: pa.Schema
) -> PublishedBatch:
    count, here = len(part.rows), part.places
    images.check(*part.checked)
    table = published_rows(compact(part.rows), _at(images.table["image"], here), _class_count(schema))
    digests, pixels = images.digests[here], images.pixels[here]
    if copies is not None and len(part.copies):
        copies.check(int(part.copies.min()), int(part.copies.max()) + 1)
        table = with_copies(table, _at(copies.table, part.copies))
        order = np.argsort(np.concatenate([np.arange(count), part.parents]), kind="stable")
        digests = np.concatenate([digests, copies.digests[part.copies]])[order]
        pixels = np.concatenate([pixels, copies.pixels[part.copies]])[order]
    batch = fitted(table, schema, split)
    content = {**column_bytes(batch.drop_columns(["image"])), "image": pixels.tobytes()}
    return PublishedBatch(batch, stamp(batch, digests.tobytes()), content, count)


def _at(images: _Stored, places: Int64) -> _Stored:
    """Return the pictures at these places, without copying those that lie one after another."""
    first, count = int(places[0]), len(places)
    together = np.array_equal(places, np.arange(first, first + count))
    return images.slice(first, count) if together else images.take(places)
