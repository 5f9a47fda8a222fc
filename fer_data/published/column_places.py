"""Where the columns of a split lie in its shards, found once with pyarrow and held against their hashes on the way."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from fer_data.core.arrays import Int64
from fer_data.errors import DatasetError
from fer_data.published.mapped_rows import Columns, MappedRows, Name, Numbers, Places
from fer_data.published.shards import REMEDY, Shards, checked_batches
from fer_data.shell.suggestions import did_you_mean, quoted
from fer_data.tables.batch_digests import PICTURES
from fer_data.tables.schemas import readable

__all__ = ["map_rows"]

_IMAGE, _ROW_ID = "image", ("row_id",)
_NONE = -1


def map_rows(
    shards: Shards, split: str, columns: Sequence[str] | None = None
) -> tuple[MappedRows, tuple[Name, ...]]:
    """Return the rows of a split, and the names of what is read: columns (None: all), and the fields of structs.

    Labels and places are checked here, pictures when they are read.

    Raises:
        DatasetError: a shard is damaged, or a column is not there, or of a kind that is not read.
    """
    first, *others = shards.splits[split].shards
    schema = _schema(first)
    found = _Found(schema, schema.names if columns is None else _checked(columns, schema, split))
    placed = [_placed(shards, split, path, found) for path in (first, *others)]
    return MappedRows(found.columns, found.texts.index(_ROW_ID), placed), found.leaves


def _checked(columns: Sequence[str], schema: pa.Schema, split: str) -> list[str]:
    if isinstance(columns, str) or not columns or len(set(columns)) < len(columns):
        raise DatasetError(
            f"columns ({columns!r}) must be a list of names, each once, such as ['image', 'expression']."
        )
    for name in columns:
        if name not in schema.names:
            remedy = did_you_mean(name, schema.names)
            raise DatasetError(f"columns: {split} has no column {quoted(name)}. {remedy}")
    return list(columns)


def _schema(path: Path) -> pa.Schema:
    with readable(path, REMEDY), pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as reader:
        return reader.schema


class _Found:
    """The leaves of chosen columns, `row_id` among the texts whether it is chosen or not."""

    def __init__(self, schema: pa.Schema, columns: Sequence[str]) -> None:
        numbers: dict[tuple[str, tuple[int, ...]], list[Name]] = {}
        self.texts: list[Name] = []
        leaves = [leaf for column in columns for leaf in _leaves((column,), schema.field(column).type)]
        self.leaves = tuple(name for name, _ in leaves)
        for name, kind in leaves:
            form = _number_form(kind)
            if name == (_IMAGE,):
                continue
            if form is not None:
                numbers.setdefault(form, []).append(name)
            elif pa.types.is_string(kind):
                self.texts.append(name)
            else:
                raise DatasetError(
                    f"column {'.'.join(name)!r} ({kind}) is of a kind that is not read here. Leave it out of "
                    "`columns`, or read the dataset with datasets.load_from_disk."
                )
        own = tuple(self.texts)
        self.texts = [*own, *(() if _ROW_ID in own else (_ROW_ID,))]
        groups = tuple(Numbers(tuple(names), *form) for form, names in numbers.items())
        self.columns = Columns(groups, own, _IMAGE in columns)


def _leaves(name: Name, kind: pa.DataType) -> Iterator[tuple[Name, pa.DataType]]:
    if pa.types.is_struct(kind) and name != (_IMAGE,):
        for field in kind:
            yield from _leaves((*name, field.name), field.type)
    else:
        yield name, kind


def _number_form(kind: pa.DataType) -> tuple[str, tuple[int, ...]] | None:
    """Return what numpy calls a type of numbers, and the shape of one value; None for other types.

    >>> _number_form(pa.list_(pa.list_(pa.float32(), 2), 5)), _number_form(pa.string())
    (('float32', (5, 2)), None)
    """
    shape: list[int] = []
    while pa.types.is_fixed_size_list(kind):
        shape.append(kind.list_size)
        kind = kind.value_type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return None
    return kind.to_pandas_dtype().__name__, tuple(shape)


def _placed(shards: Shards, split: str, path: Path, found: _Found) -> Places:
    """Return where the columns begin in one shard, every batch of which is checked.

    Raises:
        DatasetError: it is damaged, holds a null number, or is compressed.
    """
    with readable(path, REMEDY), pa.memory_map(str(path)) as source:
        file = source.read_buffer()
    shard = _Shard(path, file, found)
    for batch, metadata in checked_batches(shards, split, path, shard.batches(), trusting=True):
        shard.add(batch, metadata)
    return shard.places()


class _Shard:
    """One shard while it is looked through."""

    def __init__(self, path: Path, file: pa.Buffer, found: _Found) -> None:
        self._path, self._file, self._found = path, file, found
        self._counts: list[int] = []
        self._numbers: list[list[list[int]]] = [[] for _ in found.columns.numbers]
        self._texts: list[list[tuple[int, int]]] = [[] for _ in found.texts]
        self._pictures: list[tuple[int, int]] = []
        self._digests: list[int] = []
        self._last = self._next = 0  # where the batch at hand begins, and the one after it

    def batches(self) -> Iterator[tuple[pa.RecordBatch, dict[bytes, bytes]]]:
        """Yield its record batches with their metadata, each inside the file as it lies on the disk."""
        with (
            readable(self._path, REMEDY),
            pa.BufferReader(self._file) as source,
            pa.ipc.open_stream(source) as reader,
        ):
            self._next = source.tell()
            for one in reader.iter_batches_with_custom_metadata():
                self._last, self._next = self._next, source.tell()
                yield one.batch, dict(one.custom_metadata or {})

    def add(self, batch: pa.RecordBatch, metadata: dict[bytes, bytes]) -> None:
        """Note where the columns of the next batch begin."""
        self._counts.append(len(batch))
        for places, one in zip(self._numbers, self._found.columns.numbers, strict=True):
            places.append([self._number(batch, name) for name in one.names])
        for bounds, name in zip(self._texts, self._found.texts, strict=True):
            bounds.append(self._bytes(_inner(batch, name)))
        self._pictures.append(
            self._bytes(batch[_IMAGE].field("bytes")) if self._found.columns.picture else (0, 0)
        )
        self._digests.append(self._digest(metadata, len(batch)))

    def _number(self, batch: pa.RecordBatch, name: Name) -> int:
        values = _inner(batch, name)
        inner = values
        while pa.types.is_fixed_size_list(inner.type):
            if inner.null_count:
                break
            inner = inner.values
        if inner.null_count:
            raise DatasetError(
                f"{self._path}: {'.'.join(name)} has missing values, which no default DataLoader collates. Leave the "
                "column out of `columns`, or publish the dataset again."
            )
        return self._place(values.buffers()[-1])

    def _bytes(self, values: pa.Array) -> tuple[int, int]:
        _, offsets, data = values.buffers()
        return self._place(offsets), self._place(data)

    def _place(self, buffer: pa.Buffer | None) -> int:
        """Return where a buffer begins in the file; an empty one may lie anywhere."""
        if buffer is None or not buffer.size:
            return 0
        place: int = buffer.address - self._file.address
        if not 0 <= place <= self._file.size - buffer.size or place % 8:
            raise DatasetError(
                f"{self._path} is compressed, so its rows cannot be read where they lie. Publish the dataset again, or "
                "read it with datasets.load_from_disk."
            )
        return place

    def _digest(self, metadata: dict[bytes, bytes], rows: int) -> int:
        """Return where the hashes of a batch's pictures lie, in the message before its body.

        Source: Arrow's IPC format: 0xFFFFFFFF, the length of the message (int32), the message, the body.
        """
        stated = metadata.get(PICTURES)
        if stated is None or len(stated) != 16 * rows:
            return _NONE
        begin = self._file[self._last : self._last + 8].to_pybytes()
        header = self._file[self._last : self._last + 8 + int.from_bytes(begin[4:], "little")].to_pybytes()
        found = header.find(stated)
        return _NONE if found < 0 else self._last + found

    def places(self) -> Places:
        """Return what was noted."""
        return Places(
            self._path,
            self._file.size,
            np.cumsum([0, *self._counts], dtype=np.int64),
            tuple(
                _array(places, len(one.names)).T.copy()
                for places, one in zip(self._numbers, self._found.columns.numbers, strict=True)
            ),
            np.stack([_array(bounds, 2) for bounds in self._texts]),
            _array(self._pictures, 2)[None],
            np.array(self._digests, np.int64),
        )


def _array(values: Sequence[Sequence[int]], width: int) -> Int64:
    return np.array(values, np.int64).reshape(-1, width)


def _inner(batch: pa.RecordBatch, name: Name) -> pa.Array:
    """Return a column of a batch, or a field of one that is a struct."""
    values = batch[name[0]]
    for field in name[1:]:
        values = values.field(field)
    return values
