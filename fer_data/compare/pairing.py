"""Bring tables of predictions onto the same rows, or say which rows which of them lacks."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.errors import DatasetError
from fer_data.predictions.rows import stated_classes

__all__ = ["check_classes", "class_count", "same_rows"]

Named = tuple[pa.Table, str]


def same_rows(first: Named, other: Named, *, same: Sequence[str]) -> pa.Table:
    """Return the other table in the order of the first one's rows; each is named for errors.

    Raises:
        DatasetError: one of them lacks rows of the other, or says another thing of a row in a column of `same`.
    """
    (one, one_name), (two, two_name) = first, other
    ours, theirs = _keys(one), _keys(two)
    lacks = [
        f"{name} lacks {len(rows):,} of the {len(keys):,} rows of {of}, such as {rows[0].as_py()}"
        for name, of, keys, rows in (
            (two_name, one_name, ours, ours.filter(pc.invert(pc.is_in(ours, theirs)))),
            (one_name, two_name, theirs, theirs.filter(pc.invert(pc.is_in(theirs, ours)))),
        )
        if len(rows)
    ]
    if lacks:
        raise DatasetError(
            f"{'; '.join(lacks)}. Predict the same rows at the same resolutions with every model."
        )
    aligned = two.take(pc.index_in(ours, theirs))
    for column in same:
        differs = pc.invert(pc.equal(one[column], aligned[column]))
        if pc.any(differs).as_py():
            row = pc.index(differs.combine_chunks(), True).as_py()
            said = [table[column][row].as_py() for table in (one, aligned)]
            raise DatasetError(
                f"{one_name} and {two_name} say {said[0]!a} and {said[1]!a} of {column} in row "
                f"{ours[row].as_py()}. Evaluate all models on the same dataset."
            )
    return aligned


def _keys(table: pa.Table) -> pa.Array:
    px = pc.binary_join_element_wise(pc.cast(table["resolution"], pa.string()), "px", " ")
    keys = pc.binary_join_element_wise(table["row_id"], px, " at ")
    return keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys


def check_classes(tables: Sequence[pa.Table]) -> None:
    """Hold the classes of several tables against each other.

    Raises:
        DatasetError: they differ in number, name or order.
    """
    class_count(tables)
    names = {classes for table in tables if (classes := stated_classes(table))}
    if len(names) > 1:
        first, second, *_ = sorted(names)
        raise DatasetError(
            f"The models' classes are {', '.join(first)}, and {', '.join(second)}. Join models of the same classes in "
            "the same order."
        )


def class_count(tables: Sequence[pa.Table]) -> int | None:
    """Return how many classes the logits of all tables tell apart; None where there are no logits.

    Raises:
        DatasetError: they differ.
    """
    counts: set[int] = set()
    for table in tables:
        lengths = pc.unique(pc.list_value_length(table["logits"].combine_chunks().drop_null()))
        counts |= set(lengths.to_pylist())
    if len(counts) > 1:
        raise DatasetError(
            f"The models tell {' and '.join(map(str, sorted(counts)))} classes apart. Join models of the same classes."
        )
    return counts.pop() if counts else None
