"""`dataset.same_person`: what its lines may say."""

from pathlib import Path

import pyarrow as pa
import pytest

from fer_data.errors import CorpusError, ReadingError
from fer_data.tables.same_person import COLUMNS, confirmed_people, read_pairs

HEADER = ",".join(COLUMNS)
ROOT = Path(__file__).parents[2]


def written(folder: Path, *lines: str) -> Path:
    """Write a file of lines after the header."""
    path = folder / "same.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def test_the_shipped_file_has_its_header_alone() -> None:
    """Nobody is joined before somebody looked."""
    assert read_pairs(ROOT / "same_person.csv") == ()
    assert (ROOT / "same_person.csv").read_text(encoding="utf-8") == f"{HEADER}\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", f"line 1 must be {HEADER}"),
        ("subject_a,subject_b\na,b\n", f"line 1 must be {HEADER}"),
        (f"{HEADER}\na,b\n", "same.csv, line 2 has 2 fields, and must have 3"),
        (f"{HEADER}\n\na,b,x,y\n", "same.csv, line 3 has 4 fields"),
        (f"{HEADER}\na,,\n", "line 2: subject_b must not be empty"),
        (f"{HEADER}\na,a,\n", "line 2: subject_a and subject_b ('a') must be two subjects"),
        (f'{HEADER}\na,b,"two\nlines"\nb,a,\n', "line 4: this pair stands in same.csv, line 2 already"),
        (f'{HEADER}\n"a,b\n', "must be CSV in UTF-8"),
        (f"{HEADER}\na,{'b' * 200_000},\n", "must be CSV in UTF-8: field larger than"),
    ],
)
def test_a_line_that_breaks_a_rule_is_named(tmp_path: Path, text: str, reason: str) -> None:
    """The error is one line with file, line and rule."""
    path = tmp_path / "same.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError) as caught:
        read_pairs(path)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_of_another_kind_and_folders_are_refused(tmp_path: Path) -> None:
    """What is no text, no file or not there is an error of one line as well."""
    (tmp_path / "same.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CorpusError, match="must be CSV in UTF-8"):
        read_pairs(tmp_path / "same.csv")
    with pytest.raises(CorpusError, match=r"dataset.same_person .* there is none"):
        read_pairs(tmp_path / "other.csv")
    with pytest.raises(ReadingError, match="a folder"):
        read_pairs(tmp_path)


def test_confirmed_subjects_become_one_person(faces: Path, tmp_path: Path) -> None:
    """The person is the first name of all that are joined; everybody else keeps their own."""
    people = confirmed_people(written(tmp_path, "v,b,", '"c_left",v,"seen, twice"'), faces)
    assert people.persons == {"b": "b", "c_left": "b", "v": "b"}
    assert people.by_person == {"b": ["b", "c_left", "v"]}
    rows = pa.chunked_array([["a", "v"], ["c_left", "b", "d"]])
    assert people.person_ids(rows).to_pylist() == ["a", "b", "b", "b", "d"]
    nobody = confirmed_people(written(tmp_path), faces)
    assert nobody.person_ids(rows).to_pylist() == rows.to_pylist()


@pytest.mark.parametrize(
    ("lines", "persons", "left"),
    [
        (["a,gone,", "b,d,"], {"b": "b", "d": "b"}, [2]),
        (["0gone,v,", "v,c_left,", "0gone,d,"], {"c_left": "c_left", "d": "c_left", "v": "c_left"}, [2, 4]),
        (["gone,x-anybody,"], {}, [2]),
    ],
    ids=["one of two", "two through a third", "a whole source"],
)
def test_excluded_people_are_in_no_pair(
    faces: Path, tmp_path: Path, lines: list[str], persons: dict[str, str], left: list[int]
) -> None:
    """Nobody is called by a name that is excluded; two names that are one through it stay one."""
    excluded = {"": ["gone", "0gone"], "x-": "all"}
    found = confirmed_people(written(tmp_path, *lines), faces, excluded)
    assert found.persons == persons
    assert [where.rpartition("line ")[2] for where in found.left] == [str(line) for line in left]


def test_a_slip_of_the_pen_is_an_error_beside_excluded_people(faces: Path, tmp_path: Path) -> None:
    """Only names that params.yaml excludes, or of a source that is excluded whole, may be in no table."""
    for excluded in ({"": ["gone"]}, {"": ["gone"], "x-": "all"}, {"": "all", "y": ["ygone"]}):
        with pytest.raises(CorpusError, match=r"line 2: subject_b \('ygon'\) must be a subject"):
            confirmed_people(written(tmp_path, "a,ygon,"), faces, excluded)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a,c_lefd,", r"line 2: subject_b \('c_lefd'\) must be a subject .* Did you mean 'c_left'\?"),
        ("zzzzzz,a,", r"line 2: subject_a \('zzzzzz'\) must be a subject .* take the line out"),
        ("a\x1b[31m,b,", r"'a\\x1b\[31m'"),
    ],
)
def test_a_subject_that_no_source_has_is_named(faces: Path, tmp_path: Path, line: str, message: str) -> None:
    """A slip of the pen would otherwise leave two names two people."""
    with pytest.raises(CorpusError, match=message):
        confirmed_people(written(tmp_path, line), faces)
