"""Read a small table that a person keeps by hand: a header of ours, then one line a decision."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from unicodedata import normalize

from fer_data.errors import CorpusError
from fer_data.shell.files.reading import LIST_BYTES, read_regular

__all__ = ["csv_lines", "line_bytes", "numbered_rows"]


def csv_lines(path: Path, columns: Sequence[str], name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each line that is not blank: where it stands, and its fields by column, without blanks around them.

    `name` is the parameter that names the file.

    Raises:
        CorpusError: there is no such file, it is no CSV in UTF-8, or header or fields are others.
        ReadingError: it is no regular file or too large.
    """
    header = ",".join(columns)
    if not path.exists():
        raise CorpusError(
            f"{name} ({path}) must be a file that begins with {header}; there is none. Make one of that line alone."
        )
    (_, first), *rows = numbered_rows(path)
    if [cell.strip() for cell in first] != list(columns):
        raise CorpusError(f"{path}, line 1 must be {header}. Correct the header.")
    for lines, row in rows:
        fields, where = [cell.strip() for cell in row], f"{path.name}, line {lines.start}"
        if not any(fields):
            continue
        if len(fields) != len(columns):
            raise CorpusError(f"{where} has {len(fields)} fields, and must have {len(columns)}: {header}.")
        yield where, dict(zip(columns, fields, strict=True))


def numbered_rows(path: Path, *, strict: bool = True) -> list[tuple[range, list[str]]]:
    """Return each row of a CSV with the numbers of its lines, from 1; a file of no bytes has an empty first row.

    Letters are whole (Unicode NFC), as the names of a catalog are, whatever keyboard wrote them.
    Without `strict` what is no UTF-8 and quotes in odd places are taken as they come.

    Raises:
        CorpusError: it is no CSV in UTF-8.
        ReadingError: it is no regular file or too large.
    """
    found: list[tuple[range, list[str]]] = []
    content = read_regular(path, LIST_BYTES)
    try:
        text = normalize("NFC", content.decode("utf-8-sig", "strict" if strict else "replace"))
        reader, begins = csv.reader(io.StringIO(text), strict=strict), 1
        for row in reader:
            found.append((range(begins, reader.line_num + 1), row))
            begins = reader.line_num + 1
    except (UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(f"{path} must be CSV in UTF-8: {error}. Correct it, or write it again.") from error
    return found or [(range(1, 2), [])]


def line_bytes(content: bytes) -> list[bytes]:
    r"""Return the lines that `numbered_rows` counts, with their ends: a carriage return alone ends none.

    >>> line_bytes(b'a,"b\rc"\r\nd')
    [b'a,"b\rc"\r\n', b'd']
    """
    return [line for line in re.split(rb"(?<=\n)", content) if line]
