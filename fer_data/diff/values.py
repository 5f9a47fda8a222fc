"""Which rows of two tables differ, column by column: arrays in, arrays out."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Int64

__all__ = ["ColumnChange", "at", "column_changes", "differing", "numbers", "paired_iou"]

Mask = NDArray[np.bool_]


class ColumnChange(NamedTuple):
    """How a column differs.

    Attributes:
        rows: (n,) which rows have another value.
        largest: the largest difference of its numbers, values that are missing left out; None of texts.
    """

    rows: Mask
    largest: float | None


def column_changes(first: pa.Array, second: pa.Array) -> ColumnChange:
    """Return where two columns of one type and length differ; values that are missing in both are equal.

    >>> column_changes(pa.array([1.0, float("nan")]), pa.array([1.5, float("nan")]))
    ColumnChange(rows=array([ True, False]), largest=0.5)
    """
    rows, largest = np.zeros(len(first), np.bool_), None
    for one, other in zip(_leaves(first), _leaves(second), strict=True):
        changed = differing(one, other).reshape(len(first), -1)
        rows |= changed.any(axis=1)
        if changed.any() and _is_number(one.type):
            apart = np.abs(numbers(one).astype(np.float64) - numbers(other).astype(np.float64))
            finite = apart[np.isfinite(apart)]
            largest = max(largest or 0.0, float(finite.max())) if finite.size else largest
    return ColumnChange(rows, largest)


def _leaves(values: pa.Array) -> Iterator[pa.Array]:
    """Yield a column as columns of plain values; a list of a fixed length is as many values a row."""
    if pa.types.is_struct(values.type):
        for field in values.flatten():
            yield from _leaves(field)
    elif pa.types.is_fixed_size_list(values.type):
        yield from _leaves(values.flatten())
    else:
        yield values


def differing(one: pa.Array, other: pa.Array) -> Mask:
    """Return which plain values differ.

    >>> differing(pa.array(["a", None, None]), pa.array(["b", None, "c"])).tolist()
    [True, False, True]
    """
    if pa.types.is_floating(one.type) and not (one.null_count or other.null_count):
        left, right = numbers(one), numbers(other)
        return np.asarray(~((left == right) | (np.isnan(left) & np.isnan(right))), np.bool_)
    same = pc.fill_null(pc.equal(one, other), pc.and_(pc.is_null(one), pc.is_null(other)))
    return ~np.asarray(same.to_numpy(zero_copy_only=False), np.bool_)


def numbers(values: pa.Array) -> NDArray[Any]:
    """Return a column of plain numbers."""
    return np.asarray(values.to_numpy(zero_copy_only=False))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def paired_iou(boxes: Float32, others: Float32) -> Float32:
    """Return the intersection over union of each box with the one at its place, (n,) in [0, 1].

    Boxes are (n, 4): x_min, y_min, x_max, y_max. One that is missing (NaN) overlaps none, and equals one that is
    missing as well.

    >>> paired_iou(np.float32([[0, 0, 2, 2]]), np.float32([[0, 0, 1, 2]])).tolist()
    [0.5]
    """
    low, high = np.maximum(boxes[:, :2], others[:, :2]), np.minimum(boxes[:, 2:], others[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    union = _areas(boxes) + _areas(others) - shared
    iou = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    equal = ((boxes == others) | (np.isnan(boxes) & np.isnan(others))).all(axis=1)
    return np.where(equal, np.float32(1), np.nan_to_num(iou)).astype(np.float32)


def _areas(boxes: Float32) -> Float32:
    return np.asarray(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1), np.float32)


def at(table: pa.Table, name: str, places: Int64) -> pa.Array:
    """Return a column at these places, in one piece."""
    found = table[name].take(pa.array(places))
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
