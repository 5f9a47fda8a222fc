"""Tables joined to row groups of a size that reads well."""

from collections.abc import Iterator

import pyarrow as pa

__all__ = ["row_groups"]

_ROW_GROUP = 1 << 17
_MANY_TABLES = 1 << 10


def row_groups(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield the rows of tables, at least `_ROW_GROUP` at a time but for the last ones."""
    pending: list[pa.Table] = []
    rows = 0
    for table in tables:
        pending.append(table)
        rows += len(table)
        if rows >= _ROW_GROUP:
            yield pa.concat_tables(pending).combine_chunks()
            pending, rows = [], 0
        elif len(pending) >= _MANY_TABLES:  # small ones take far more memory than their rows
            pending = [pa.concat_tables(pending).combine_chunks()]
    if pending:
        yield pa.concat_tables(pending).combine_chunks()
