"""The rows of a split's shards, memory-mapped: any value of any row is read where it lies, and nothing else is.

::

    shard (an Arrow IPC stream)
    | schema | message, body of batch 0                  | message, body of batch 1          | ...
               ^ hashes      ^ expression[0] ^ row_id[0]    ^ hashes      ^ expression[0]
               what is kept: where each column of each batch begins, in bytes of the file

That is a few hundred bytes a batch, so it goes to worker processes as it is: they map the files and parse nothing.
"""

import hashlib
import mmap
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Int64
from fer_data.errors import DatasetError

__all__ = ["REMEDY", "Columns", "MappedRows", "Name", "Numbers", "Places", "RowValues"]

REMEDY = "`fer-data verify` on the folder says what is damaged; `dvc repro publish` builds it again."

_DIGITS = 16
"""Hexadecimal digits of a picture's hash in a batch's metadata."""


Name = tuple[str, ...]
"""Of a column, or of a struct's column and its field."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Columns of numbers, or fields of a struct, of one type; `shape` is that of one row's value."""

    names: tuple[Name, ...]
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """What is read of each row: numbers, texts, and whether its picture is."""

    numbers: tuple[Numbers, ...]
    texts: tuple[Name, ...]
    picture: bool


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where the columns of one shard begin, in bytes of the file.

    Attributes:
        path: of the shard.
        size: of it, in bytes.
        firsts: (batches + 1,) row of the shard that each batch begins with, and their number.
        numbers: (columns, batches) the values of each column of `Numbers`.
        texts: (columns, batches, 2) the offsets and the bytes of each column of texts, and of `row_id`, wherever it is.
        pictures: (1, batches, 2) the same of pictures.
        digests: (batches,) the hashes of the pictures; -1 where there are none.
    """

    path: Path
    size: int
    firsts: Int64
    numbers: tuple[Int64, ...]
    texts: Int64
    pictures: Int64
    digests: Int64


class _Mapped:
    """One shard, mapped when it is first read in a process."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self._views: dict[str, NDArray[Any]] = {}

    def __reduce__(self) -> tuple[type["_Mapped"], tuple[Places]]:
        return _Mapped, (self.places,)

    def view(self, dtype: str) -> NDArray[Any]:
        """Return the whole file as values of one type; buffers of Arrow files begin at multiples of 8 bytes.

        Raises:
            DatasetError: it is no longer the file that was opened.
        """
        if dtype not in self._views:
            kind = np.dtype(dtype)
            self._views[dtype] = np.frombuffer(self._file, kind, self.places.size // kind.itemsize)
        return self._views[dtype]

    @property
    def _file(self) -> Any:  # noqa: ANN401 - a buffer
        if "u1" in self._views:
            return self._views["u1"]
        try:
            with self.places.path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise DatasetError(
                f"{self.places.path} cannot be read: {error}. Open the dataset again."
            ) from error
        if len(mapped) != self.places.size:
            raise DatasetError(
                f"{self.places.path} has {len(mapped):,} bytes; it had {self.places.size:,} when it was opened. Open "
                "the dataset again."
            )
        self._views["u1"] = np.frombuffer(mapped, np.uint8)
        return self._views["u1"]

    def batches(self, rows: Int64) -> tuple[Int64, Int64]:
        """Return the batch of each row of the shard, and its place there."""
        batches = np.searchsorted(self.places.firsts, rows, "right") - 1
        return batches, rows - self.places.firsts[batches]

    def spans(self, bounds: Int64, batches: Int64, within: Int64) -> tuple[list[list[int]], list[list[int]]]:
        """Return where the bytes of each row's texts or picture begin and end in the file, (columns, n)."""
        view, index = self.view("i4"), bounds[:, batches, 0] // 4 + within
        data = bounds[:, batches, 1]
        return (view[index] + data).tolist(), (view[index + 1] + data).tolist()


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Some of the rows asked for, all in one shard: which of them, their batches, and their places there."""

    shard: _Mapped
    asked: Any
    batches: Int64
    within: Int64


@dataclass(frozen=True, slots=True, eq=False)
class RowValues:
    """The values of some rows.

    Attributes:
        numbers: (columns, n, *shape) of each of `Numbers`: int64 of whole numbers, float32 of others.
        texts: those of each column.
        pictures: encoded, where they lie; none where they are not read.
    """

    numbers: list[NDArray[Any]]
    texts: list[list[str]]
    pictures: list[NDArray[np.uint8]]


class MappedRows:
    """The rows of a split, by their places in it.

    Args:
        columns: what is read of each row.
        row_ids: which of the texts of a shard is `row_id`, for messages.
        shards: where it lies in each shard, in their order.
    """

    def __init__(self, columns: Columns, row_ids: int, shards: Sequence[Places]) -> None:
        self.columns, self._row_ids = columns, row_ids
        self._shards = [_Mapped(places) for places in shards]
        self._ends = np.cumsum([0, *(int(places.firsts[-1]) for places in shards)], dtype=np.int64)

    def __len__(self) -> int:
        return int(self._ends[-1])

    def only(self, names: Collection[Name]) -> "MappedRows":
        """Return the same rows with some of the columns, and without pictures."""
        chosen = [[name in names for name in one.names] for one in self.columns.numbers]
        numbers = tuple(
            replace(one, names=tuple(compress(one.names, kept)))
            for one, kept in zip(self.columns.numbers, chosen, strict=True)
        )
        texts = [index for index, name in enumerate(self.columns.texts) if name in names]
        shards = [
            replace(
                shard.places,
                numbers=tuple(
                    begins[kept] for begins, kept in zip(shard.places.numbers, chosen, strict=True)
                ),
                texts=shard.places.texts[[*texts, self._row_ids]],
            )
            for shard in self._shards
        ]
        own = tuple(self.columns.texts[index] for index in texts)
        return MappedRows(Columns(numbers, own, picture=False), len(texts), shards)

    def read(self, rows: Int64) -> RowValues:
        """Return the values of some rows; each picture is held against the hash that it was written with.

        Raises:
            DatasetError: a picture was altered or damaged after it was written; the message names its row.
        """
        parts = list(self._parts(rows))
        values = RowValues(
            self._numbers(parts, len(rows)), [[""] * len(rows) for _ in self.columns.texts], []
        )
        for part in parts:
            self._read_texts(part, values.texts)
        if self.columns.picture:
            values.pictures.extend([np.empty(0, np.uint8)] * len(rows))
            for part in parts:
                self._read_pictures(part, values.pictures, rows)
        return values

    def _parts(self, rows: Int64) -> Iterator[_Part]:
        shards = np.searchsorted(self._ends, rows, "right") - 1
        found = set(shards.tolist())
        for index in sorted(found):
            asked = np.flatnonzero(shards == index) if len(found) > 1 else slice(None)
            shard = self._shards[index]
            yield _Part(shard, asked, *shard.batches(rows[asked] - self._ends[index]))

    def _numbers(self, parts: Sequence[_Part], count: int) -> list[NDArray[Any]]:
        found = [
            np.empty((len(one.names), count, *one.shape), _as_read(one.dtype)) for one in self.columns.numbers
        ]
        for part in parts:
            places = part.shard.places.numbers
            for values, one, begins in zip(found, self.columns.numbers, places, strict=True):
                view, length = part.shard.view(one.dtype), prod(one.shape)
                index = begins[:, part.batches] // view.itemsize + part.within * length
                if one.shape:
                    index = index[..., None] + np.arange(length)
                values[:, part.asked] = view[index].reshape(*index.shape[:2], *one.shape)
        return found

    def _read_texts(self, part: _Part, found: Sequence[list[str]]) -> None:
        data, bounds = part.shard.view("u1"), part.shard.places.texts[: len(found)]
        places = _listed(part)
        for values, starts, ends in zip(
            found, *part.shard.spans(bounds, part.batches, part.within), strict=True
        ):
            for place, start, end in zip(places, starts, ends, strict=True):
                if start < end:
                    values[place] = data[start:end].tobytes().decode()

    def _read_pictures(self, part: _Part, found: list[NDArray[np.uint8]], rows: Int64) -> None:
        data, stated = part.shard.view("u1"), part.shard.places.digests[part.batches]
        digests = np.where(stated < 0, -1, stated + _DIGITS * part.within).tolist()
        (starts,), (ends,) = part.shard.spans(part.shard.places.pictures, part.batches, part.within)
        for place, start, end, digest in zip(_listed(part), starts, ends, digests, strict=True):
            found[place] = encoded = data[start:end]
            if digest >= 0 and not _is_whole(encoded, data[digest : digest + _DIGITS]):
                raise self.damaged(int(rows[place]), "it was altered or damaged after it was written.")

    def damaged(self, row: int, reason: str) -> DatasetError:
        """Return the error that a row's picture cannot be read."""
        index = bisect_right(self._ends.tolist(), row) - 1
        shard = self._shards[index]
        batches, within = shard.batches(np.array([row - self._ends[index]]))
        texts = shard.places.texts[self._row_ids : self._row_ids + 1]
        ((start,),), ((end,),) = shard.spans(texts, batches, within)
        row_id = shard.view("u1")[start:end].tobytes().decode("utf-8", "replace")
        return DatasetError(
            f"{shard.places.path}: the picture of row {row} ({row_id}) cannot be read: {reason} {REMEDY}"
        )


def _as_read(dtype: str) -> type[np.generic]:
    return np.float32 if np.dtype(dtype).kind == "f" else np.int64


def _listed(part: _Part) -> Sequence[int]:
    return range(len(part.within)) if isinstance(part.asked, slice) else part.asked.tolist()


def _is_whole(encoded: NDArray[np.uint8], stated: NDArray[np.uint8]) -> bool:
    return hashlib.sha256(encoded.data).hexdigest()[:_DIGITS].encode() == stated.tobytes()
