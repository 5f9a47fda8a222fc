"""The numbers of the lines of a table that a person keeps."""

from pathlib import Path

import pytest

from fer_data.errors import CorpusError
from fer_data.shell.files.csv_lines import numbered_rows


@pytest.mark.parametrize("strict", [True, False])
def test_a_row_has_the_numbers_of_its_lines(tmp_path: Path, strict: bool) -> None:
    """Blank lines count, and a quoted cell may go over several."""
    path = tmp_path / "t.csv"
    path.write_bytes(b'\xef\xbb\xbfa,b\n\n1,"x\r\ny"\n2,z')

    found = [(list(lines), row) for lines, row in numbered_rows(path, strict=strict)]
    assert found == [([1], ["a", "b"]), ([2], []), ([3, 4], ["1", "x\r\ny"]), ([5], ["2", "z"])]


def test_a_file_of_no_bytes_has_an_empty_first_row(tmp_path: Path) -> None:
    """Its header can be told to be missing."""
    (tmp_path / "t.csv").touch()

    assert numbered_rows(tmp_path / "t.csv") == [(range(1, 2), [])]


def test_what_is_not_strict_takes_odd_bytes_and_quotes(tmp_path: Path) -> None:
    """Line ends of an old Mac aside, which no reader numbers alike."""
    path = tmp_path / "t.csv"
    path.write_bytes(b'a\n\xff"x" y\n')
    with pytest.raises(CorpusError, match="must be CSV in UTF-8"):
        numbered_rows(path)
    assert numbered_rows(path, strict=False)[1] == (range(2, 3), ['\ufffd"x" y'])

    path.write_bytes(b"a\rb\r")
    with pytest.raises(CorpusError, match="must be CSV in UTF-8"):
        numbered_rows(path, strict=False)


def test_letters_are_whole_whatever_wrote_them(tmp_path: Path) -> None:
    """A name whose accent stands apart (macOS) is the one that the catalog has."""
    path = tmp_path / "t.csv"
    path.write_text("a\njose\u0301\n", encoding="utf-8")
    assert numbered_rows(path)[1] == (range(2, 3), ["jos\u00e9"])
