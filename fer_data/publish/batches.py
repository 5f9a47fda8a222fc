"""The published rows of one split of a series in batches, each of which a thread can make by itself.

::

    rows of a series      0 .... 255 | 256 .... 511 | ...
    its pictures          [ batch  ][ batch ][ batch ]      memory-mapped, as `multires` wrote them
    its copies            [ batch     ][ batch       ]      the same of `balance`, in the order of their parents
                               |            |
    made in a thread      each batch of pictures is held against its hashes by whoever needs its first row; hashes of
                          pictures and pixels are passed on, so that no picture is decoded or hashed by itself
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.arrays import Int64
from fer_data.errors import DatasetError
from fer_data.publish.stored_images import StoredImages, gathered
from fer_data.published.content import column_bytes
from fer_data.published.features import OF_COPIES, published_images, with_copies
from fer_data.tables.batch_digests import stamp

__all__ = ["PublishedBatch", "SeriesRows", "batch_makers"]


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
class SeriesRows:
    """The rows of a series that are published in one split.

    Attributes:
        columns: of these and other rows, in the schema of the dataset but for the pictures.
        first: the first of these among them.
        images: all pictures of the series.
        places: (n,) of each row's picture among those.
    """

    columns: pa.RecordBatch
    first: int
    images: StoredImages
    places: Int64

    @property
    def row_ids(self) -> pa.Array:
        """Return the ids of these rows."""
        return self.columns["row_id"].slice(self.first, len(self.places))


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The rows of one batch with their pictures and copies.

    Attributes:
        rows: of the batch alone.
        checked: whose batches are held against their hashes here: those whose first picture is one of these.
        copies: index of each copy.
        parents: the row of each copy's parent.
    """

    rows: SeriesRows
    checked: tuple[int, int]
    copies: Int64
    parents: Int64


def batch_makers(
    rows: SeriesRows, copies: StoredImages | None, *, batch_rows: int, schema: pa.Schema
) -> Iterator[Callable[[], PublishedBatch]]:
    """Yield what makes each batch of the published rows of a series, augmented copies after their parents.

    Raises:
        DatasetError: a copy is of a row that is not published.
    """
    parents = np.zeros(0, np.int64) if copies is None else _parents(rows, copies)
    order = np.argsort(parents, kind="stable")
    count, places = len(rows.places), rows.places
    starts = range(0, count, batch_rows)
    firsts = [0, *(int(places[start]) for start in starts[1:]), len(rows.images.views)]
    edges = np.searchsorted(parents[order], np.arange(0, count + batch_rows, batch_rows))
    for number, start in enumerate(starts):
        mine = order[edges[number] : edges[number + 1]]
        own = SeriesRows(rows.columns, rows.first + start, rows.images, places[start : start + batch_rows])
        part = _Part(own, (firsts[number], firsts[number + 1]), mine, parents[mine] - start)
        yield partial(_made, part, copies, schema)


def _parents(rows: SeriesRows, copies: StoredImages) -> Int64:
    indices = pc.index_in(copies.table["parent_id"], rows.row_ids)
    if indices.null_count:
        placed = len(indices) - indices.null_count
        raise DatasetError(
            f"{copies.path} holds {len(indices)} copies, {placed} of them of published rows. "
            "Run `dvc repro balance` to rebuild it."
        )
    return np.asarray(indices.to_numpy(), np.int64)


def _made(part: _Part, copies: StoredImages | None, schema: pa.Schema) -> PublishedBatch:
    own, count = part.rows, len(part.rows.places)
    own.images.check(*part.checked)
    if copies is None or not len(part.copies):
        columns = own.columns.take(pa.array(np.arange(own.first, own.first + count)))
        digests, pixels = own.images.digests[own.places], own.images.pixels[own.places]
        images = own.images.together(own.places)
        if images is None:
            images = gathered(own.images.views[own.places], own.images.buffers)
    else:
        copies.check(int(part.copies.min()), int(part.copies.max()) + 1)
        source = np.concatenate([np.arange(count), part.parents])
        order = np.argsort(source, kind="stable")
        texts = copies.table.select(OF_COPIES).take(pa.array(part.copies))
        columns = with_copies(own.columns, own.first + source[order], order >= count, texts)
        digests = np.concatenate([own.images.digests[own.places], copies.digests[part.copies]])[order]
        pixels = np.concatenate([own.images.pixels[own.places], copies.pixels[part.copies]])[order]
        images = _images(part, copies, order)
    batch = pa.record_batch([published_images(images), *columns.columns], schema=schema)
    content = {**column_bytes(columns), "image": pixels.tobytes()}
    return PublishedBatch(batch, stamp(batch, digests.tobytes()), content, count)


def _images(part: _Part, copies: StoredImages, order: Int64) -> pa.BinaryArray:
    """Return the pictures of rows and copies in this order of both."""
    own = part.rows.images
    theirs = copies.views[part.copies] + np.array([0, 0, len(own.batches), 0], np.int32)
    views = np.concatenate([own.views[part.rows.places], theirs])[order]
    return gathered(views, [*own.buffers, *copies.buffers])
