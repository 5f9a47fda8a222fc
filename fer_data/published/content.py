"""The hash of what a split holds, whatever its shards, batches and encoders are."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from fer_data.pictures.images import decode, pixels_sha256

__all__ = ["ContentHash", "column_bytes", "dataset_sha256", "row_content"]


class ContentHash:
    """SHA-256 over a split's rows in their order: every value, and every picture's decoded pixels.

    Each column has a hash of its own, over its values as `column_bytes` gives them, and the hash of the split is that
    of these by their names. It does not depend on shards, batches, encoder options or the machine; equal hashes mean
    equal data.
    """

    def __init__(self) -> None:
        self._columns: dict[str, Any] = {}

    def update(self, content: Mapping[str, Any]) -> None:
        """Add the next rows: the bytes of every column, and as `image` the SHA-256 of each picture's pixels."""
        for name, values in content.items():
            self._columns.setdefault(name, hashlib.sha256()).update(values)

    def hexdigest(self) -> str:
        """Return the hash of what was added so far."""
        digests = {name: self._columns[name].hexdigest() for name in sorted(self._columns)}
        return hashlib.sha256(json.dumps(digests).encode()).hexdigest()


def dataset_sha256(splits: Mapping[str, str]) -> str:
    """Return the hash of a whole dataset by those of its splits, in their order."""
    return hashlib.sha256(json.dumps(dict(splits)).encode()).hexdigest()


def row_content(batch: pa.RecordBatch) -> dict[str, Any]:
    """Return what published rows add to a `ContentHash`, every picture decoded.

    Raises:
        MediaError: a picture cannot be decoded.
    """
    encoded = batch["image"].field("bytes").to_pylist()
    pixels = b"".join(pixels_sha256(decode(picture or b"")) for picture in encoded)
    return {**column_bytes(batch.drop_columns(["image"])), "image": pixels}


def column_bytes(batch: pa.RecordBatch) -> dict[str, Any]:
    r"""Return the values of every column as bytes that do not depend on how rows are put into batches.

    Numbers are little-endian, and every NaN is the same one; lists of a fixed size are their numbers one after another,
    and a field of a struct is a column of its own. A text is its UTF-8; `<name>.length` has the bytes it takes (int32).

    >>> batch = pa.record_batch({"n": pa.array([1, 2], pa.int8()), "t": ["a", "bc"]})
    >>> {name: bytes(values) for name, values in column_bytes(batch).items()}
    {'n': b'\x01\x02', 't': b'abc', 't.length': b'\x01\x00\x00\x00\x02\x00\x00\x00'}
    """
    return {
        name: values
        for column, of_batch in zip(batch.schema.names, batch.columns, strict=True)
        for name, values in _leaves(column, of_batch)
    }


def _leaves(name: str, values: pa.Array) -> Iterator[tuple[str, Any]]:
    kind = values.type
    if pa.types.is_struct(kind):
        for field, inner in zip(kind, values.flatten(), strict=True):
            yield from _leaves(f"{name}.{field.name}", inner)
    elif pa.types.is_fixed_size_list(kind):
        yield from _leaves(name, values.flatten())
    elif pa.types.is_string(kind):
        _, places, data = values.buffers()
        offsets = np.frombuffer(places, np.int32)[values.offset : values.offset + len(values) + 1]
        yield name, b"" if data is None else memoryview(data)[offsets[0] : offsets[-1]]
        yield f"{name}.length", np.diff(offsets).astype("<i4").tobytes()
    else:
        numbers = values.to_numpy(zero_copy_only=False)
        if numbers.dtype.kind == "f":
            numbers = np.where(np.isnan(numbers), np.array(np.nan, numbers.dtype), numbers)
        yield name, numbers.astype(numbers.dtype.newbyteorder("<")).tobytes()
