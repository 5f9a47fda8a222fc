"""Lists of pictures, however long, in the order of the pictures' paths."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.errors import CorpusError
from fer_data.shell.files.walking import MAX_ENTRIES

__all__ = ["Listed", "PictureList", "listed_pictures"]

_BATCH = 1 << 14


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list.

    Attributes:
        path: of the picture, checked.
        file: the list.
        line: of it.
        values: the other columns, as text.
    """

    path: str
    file: str = ""
    line: int = 0
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PictureList:
    """A list in columns of text, sorted by path and, of one path, by line: a million lines take some 100 MB."""

    table: pa.Table

    def pictures(self) -> Iterator[list[Listed]]:
        """Yield the lines of each picture; several where it is listed again, or several faces of it are."""
        for _, lines in groupby(self._lines(), key=lambda one: one.path):
            yield list(lines)

    def values(self, column: int) -> dict[str, int]:
        """Return how many lines have each value of a column, in the order of the values."""
        counted = pc.value_counts(self.table.column(column + 3)).to_pylist()
        return dict(sorted((one["values"], one["counts"]) for one in counted))

    def _lines(self) -> Iterator[Listed]:
        for batch in self.table.to_batches(max_chunksize=_BATCH):
            path, file, line, *values = (column.to_pylist() for column in batch.columns)
            rows = zip(*values, strict=True) if values else iter([()] * len(path))
            yield from map(Listed, path, file, line, rows)


def listed_pictures(rows: Iterable[Listed], columns: int) -> PictureList:
    """Return the lines of a list with so many columns beside the path.

    Raises:
        CorpusError: there are more than `MAX_ENTRIES` (rule `too-many-files`).
    """
    rows = iter(rows)
    texts = [pa.field(str(number), pa.string()) for number in range(columns)]
    first = [pa.field("path", pa.string()), pa.field("file", pa.string()), pa.field("line", pa.int32())]
    schema = pa.schema([*first, *texts])
    batches = []
    while some := list(islice(rows, _BATCH)):
        given = [(one.path, one.file, one.line, *one.values) for one in some]
        columns_of = zip(*given, strict=True)
        arrays = [pa.array(values, field.type) for values, field in zip(columns_of, schema, strict=True)]
        batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
        if len(batches) * _BATCH > MAX_ENTRIES + _BATCH:
            raise CorpusError(
                f"It lists more than {MAX_ENTRIES:,} pictures. Split it, a source each.",
                rule="too-many-files",
                file=some[0].file or None,
            )
    table = pa.Table.from_batches(batches, schema)
    keys = [(name, "ascending") for name in ("path", "file", "line")]
    return PictureList(table.take(pc.sort_indices(table, sort_keys=keys)))
