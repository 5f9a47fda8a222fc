"""Tables that users write: every habit of their programs, and what is wrong with them by file and line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fer_data.corpora.table_files import read_header, read_rows
from fer_data.errors import CorpusError, LabelFileError

COLUMNS = {"table.video": "video", "table.label": "label"}


def rows(
    tmp_path: Path, content: bytes, columns: Mapping[str, str] = COLUMNS, file: str = "t.csv"
) -> list[Any]:
    """Return the rows of a file with these bytes."""
    (tmp_path / file).write_bytes(content)
    return list(read_rows(tmp_path, file, columns))


@pytest.mark.parametrize(
    "content",
    [
        b"video,label\na.mp4,happy\n",
        b"\xef\xbb\xbfvideo,label\r\na.mp4,happy\r\n",
        b"video , label\na.mp4 ,\thappy",
        b"video;label\ra.mp4;happy\r",
        b"video\tlabel\na.mp4\thappy\n",
        b'"video","label"\n"a.mp4","happy"\n',
        b'frame,label,note,video\n3,happy,"x,\ny",a.mp4\n',
    ],
    ids=["plain", "excel", "blanks", "old-mac-semicolons", "tabs", "quoted", "other-order"],
)
def test_a_table_is_read_as_programs_write_it(tmp_path: Path, content: bytes) -> None:
    """Byte-order mark, line ends, delimiters, quotes, blanks and the order of columns change nothing."""
    assert [values for _, values in rows(tmp_path, content)] == [("a.mp4", "happy")]


def test_blank_lines_are_no_rows_but_count_as_lines(tmp_path: Path) -> None:
    """A finding names the line that an editor shows."""
    assert rows(tmp_path, b"video,label\n\na.mp4,happy\n\n,\nb.mp4,\n") == [
        (3, ("a.mp4", "happy")),
        (6, ("b.mp4", "")),
    ]


def test_a_parquet_table_gives_the_same_texts(tmp_path: Path) -> None:
    """Nulls and NaN are empty, whole numbers are written as such, columns not asked for are not read."""
    table = pa.table(
        {
            "label": pa.array(["happy", None]).dictionary_encode(),
            "video": ["a", "b"],
            "frame": [3.0, float("nan")],
            "big": [b"\xff", b"\xfe"],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    columns = {**COLUMNS, "table.frame": "frame"}
    assert list(read_rows(tmp_path, "t.parquet", columns)) == [(1, ("a", "happy", "3")), (2, ("b", "", ""))]
    assert read_header(tmp_path, "t.parquet") == ("label", "video", "frame", "big")


def test_a_file_without_a_header_is_read_by_names_that_are_known(tmp_path: Path) -> None:
    """Its first line is a row, whatever is in it."""
    (tmp_path / "t.csv").write_bytes(b"a.mp4,1;2;3,happy\nb.mp4,4;5;6,sad\n")
    found = read_rows(tmp_path, "t.csv", COLUMNS, ("video", "points", "label"))
    assert list(found) == [(1, ("a.mp4", "happy")), (2, ("b.mp4", "sad"))]


def test_rows_come_one_after_another(tmp_path: Path) -> None:
    """What is wrong far behind does not keep the rows before it."""
    (tmp_path / "t.csv").write_bytes(b"video,label\n" + b"a,happy\n" * 50_000 + b"a\n")
    found = read_rows(tmp_path, "t.csv", COLUMNS)
    assert next(found) == (2, ("a", "happy"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"video,lable\n", r"t.csv:1: no column called 'label' \(table.label\). Did you mean 'lable'\?"),
        (b"video,label,label\n", "t.csv:1: several columns called 'label'"),
        (b"", "t.csv:1: The first line must name the columns"),
        (b"\n\n", "t.csv:1: The first line must name the columns"),
        (b"video,label\na,happy\na,b,c\n", r"t.csv:3: The line has 3 field\(s\), its header 2"),
        (b'video,label\na,"happy\n', "t.csv:2: The line is no csv"),
        (b"video,label\na,\xff\n", "The file must be UTF-8 text"),
        (b"video,label\na," + b"x" * (1 << 20), "t.csv:2: The line has 1,048,576 characters or more"),
    ],
    ids=["missing", "twice", "empty", "blank", "fields", "quote", "latin", "long"],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path: Path, content: bytes, message: str) -> None:
    """A wrong table ends in one sentence, never in a traceback."""
    with pytest.raises(CorpusError, match=message):
        rows(tmp_path, content)


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    """Neither other kinds of files, nor folders, nor bytes that only claim to be Parquet."""
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(CorpusError, match=r"must be a \.csv, \.tsv, \.txt or \.parquet file, not '\.xlsx'"):
        rows(tmp_path, b"", file="t.xlsx")
    with pytest.raises(CorpusError, match=r"d\.csv: It is a folder"):
        list(read_rows(tmp_path, "d.csv", COLUMNS))
    with pytest.raises(CorpusError, match=r"t\.parquet: The file is no Parquet"):
        rows(tmp_path, b"PAR1" + b"\0" * 100 + b"PAR1", file="t.parquet")
    with pytest.raises(LabelFileError):
        rows(tmp_path, b"video,label\na\n")
