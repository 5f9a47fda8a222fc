"""Tables that users and corpora write, as csv or Parquet: rows of text, by the columns that are asked for."""

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from fer_data.corpora.contents import corpus_error
from fer_data.errors import CorpusError, LabelFileError, ReadingError
from fer_data.shell.files.reading import TABLE_BYTES, file_size, open_regular
from fer_data.shell.suggestions import did_you_mean, quoted

__all__ = ["Row", "read_header", "read_rows"]

Row = tuple[int, tuple[str, ...]]
"""The line of a csv file, or the row of a Parquet file from 1, and its values in the order of the columns asked for."""

_DELIMITERS = ",;\t"
_TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
_MAX_LINE = 1 << 20
_MAX_COLUMNS = 10_000
_BATCH_ROWS = 1 << 14

_Rows = Callable[[Sequence[int]], Iterator[Row]]
"""Yields the rows, by the places of the columns asked for."""


def read_header(root: Path, file: str) -> tuple[str, ...]:
    """Return the names of a table's columns, without the blanks around them.

    Raises:
        CorpusError: it cannot be read, or is no table.
    """
    with _opened(root, file) as (header, _):
        return tuple(header)


def read_rows(
    root: Path, file: str, columns: Mapping[str, str], header: Sequence[str] | None = None
) -> Iterator[Row]:
    """Yield the rows of a table, one after another; `columns` are its columns by the parameter that names them.

    With a `header`, the names of all columns, a csv file has commas and its first line is a row like all others.

    A csv file is UTF-8, with or without a byte-order mark, with line ends of any system, and commas, semicolons or tabs
    between its values, whichever its header has most of. Blank lines are skipped, and blanks around a value are not
    part of it. In a Parquet file a null or NaN is an empty text, and a whole number is written as one.

    Raises:
        CorpusError: it cannot be read, is no table, or lacks a column.
        LabelFileError: a row has another number of values than the header, or is no text.
    """
    with _opened(root, file, header) as (names, rows):
        yield from rows(_places(names, columns, file))


def _places(header: Sequence[str], columns: Mapping[str, str], file: str) -> list[int]:
    for key, name in columns.items():
        if header.count(name.strip()) != 1:
            absent = name.strip() not in header
            count = "no column" if absent else "several columns"
            remedy = did_you_mean(name, header) if absent else "Rename all but one."
            raise CorpusError(
                f"{count} called {quoted(name)} ({key}). {remedy}",
                rule="table-columns",
                file=file,
                line=1,
            )
    return [header.index(name.strip()) for name in columns.values()]


@contextmanager
def _opened(
    root: Path, file: str, header: Sequence[str] | None = None
) -> Iterator[tuple[Sequence[str], _Rows]]:
    """Give a table's header, and what reads its rows."""
    suffix = PurePosixPath(file).suffix.lower()
    if suffix not in {*_TEXT_SUFFIXES, ".parquet"}:
        raise CorpusError(
            f"A table must be a .csv, .tsv, .txt or .parquet file, not {suffix!a}. Export it as csv.",
            rule="table-format",
            file=file,
        )
    try:
        with open_regular(root / file) as content:
            file_size(content, root / file, TABLE_BYTES)
            if suffix == ".parquet":
                yield _parquet(content, file)
            else:
                with io.TextIOWrapper(content, encoding="utf-8-sig", newline="") as text:
                    yield _csv(text, file, header)
    except ReadingError as error:
        raise corpus_error(error, file) from error


def _csv(text: io.TextIOWrapper, file: str, given: Sequence[str] | None) -> tuple[Sequence[str], _Rows]:
    lines = _lines(text, file)
    first = next(lines, "")
    delimiter = "," if given else max(_DELIMITERS, key=first.count)
    reader = csv.reader(_chain(first, lines), delimiter=delimiter, strict=True)
    header = given or next(_checked(reader, file), (1, ()))[1]
    if not any(header) or len(header) > _MAX_COLUMNS:
        raise CorpusError(
            f"The first line must name the columns, {_MAX_COLUMNS:,} at most. Add such a line.",
            rule="table-columns",
            file=file,
            line=1,
        )

    def rows(places: Sequence[int]) -> Iterator[Row]:
        for line, values in _full(_checked(reader, file), len(header), file):
            yield line, tuple(values[place] for place in places)

    return header, rows


def _chain(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _lines(text: io.TextIOWrapper, file: str) -> Iterator[str]:
    """Yield lines with their ends, none of them longer than what a row of a table may have."""
    number = 0
    try:
        while line := text.readline(_MAX_LINE):
            number += 1
            if len(line) == _MAX_LINE:
                raise LabelFileError(
                    f"The line has {_MAX_LINE:,} characters or more. Restore the file.",
                    rule="too-large",
                    file=file,
                    line=number,
                )
            yield line
    except UnicodeDecodeError as error:
        raise LabelFileError(
            "The file must be UTF-8 text. Save it as UTF-8.", rule="not-text", file=file, line=number + 1
        ) from error


def _checked(reader: Any, file: str) -> Iterator[Row]:  # noqa: ANN401 - the type of csv readers has no name
    try:
        for values in reader:
            if any(values):
                yield reader.line_num, tuple(value.strip() for value in values)
    except csv.Error as error:
        raise LabelFileError(
            f"The line is no csv: {error}. Correct its quotes.",
            rule="label-line",
            file=file,
            line=reader.line_num,
        ) from error


def _full(rows: Iterator[Row], width: int, file: str) -> Iterator[Row]:
    for line, values in rows:
        if len(values) != width:
            raise LabelFileError(
                f"The line has {len(values)} field(s), its header {width}. Correct the line.",
                rule="label-line",
                file=file,
                line=line,
            )
        yield line, values


def _parquet(content: io.BufferedReader, file: str) -> tuple[Sequence[str], _Rows]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(content)
        names = table.schema_arrow.names
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _no_parquet(file, error) from error

    def rows(places: Sequence[int]) -> Iterator[Row]:
        try:
            number = 1
            for batch in table.iter_batches(_BATCH_ROWS, columns=[names[place] for place in places]):
                columns = [map(_text, batch.column(names[place]).to_pylist()) for place in places]
                yield from enumerate(zip(*columns, strict=True), number)
                number += len(batch)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise _no_parquet(file, error) from error

    return [name.strip() for name in names], rows


def _no_parquet(file: str, error: Exception) -> CorpusError:
    text = str(error).splitlines()[0][:200] if str(error) else "it is damaged"
    return CorpusError(f"The file is no Parquet: {text}. Write it again.", rule="table-format", file=file)


def _text(value: object) -> str:
    """Return a value of a Parquet file as a csv file would have it.

    >>> [_text(value) for value in (None, float("nan"), 3.0, 0.25, " a ", True)]
    ['', '', '3', '0.25', 'a', '1']
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(int(value)) if isinstance(value, bool) else str(value).strip()
