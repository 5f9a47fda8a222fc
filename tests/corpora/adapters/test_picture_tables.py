"""A table of pictures is read by the columns that the user names, and what its lines get wrong is said by line."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from picture_corpora import opened, rows_of, said

from fer_data.corpora.given import GivenRow
from fer_data.errors import CorpusError

TABLE = {
    "file": "labels.csv", "path": "path", "label": "label", "valence": None, "arousal": None, "split": "split",
    "subject": None, "box": None,
}  # fmt: skip
BOX = ["x0", "y0", "x1", "y1"]


def table(root: Path, text: str, **keys: Any) -> dict[str, Any]:
    """Write a table and return the keys of a source that reads it."""
    (root / "labels.csv").write_bytes(text.encode())
    return {"aligned": False, "table": {**TABLE, **keys}}


def read(root: Path, text: str, **keys: Any) -> tuple[list[GivenRow], list[tuple[str, str]]]:
    """Return the rows of a table, and what is odd about it."""
    corpus = opened(root, "pictures", **table(root, text, **keys))
    return rows_of(corpus), list(said(corpus))


def test_columns_are_those_that_the_user_names(tmp_path: Path) -> None:
    """All of them, in any order, beside others."""
    text = (
        "who,V,A,note,img,emo,part,x0,y0,x1,y1\r\n"
        "anna,0.5,-0.25,hm,b/2.jpg,happy,Training,1,2,30,40.5\r\n"
        ",,,,a\\1.jpg,,val,,,,\r\n"
    )
    keys = {
        "path": "img", "label": "emo", "valence": "V", "arousal": "A", "split": "part", "subject": "who", "box": BOX,
    }  # fmt: skip
    rows, odd = read(tmp_path, text, **keys)
    assert [(row.path, row.split, row.person, row.box) for row in rows] == [
        ("a/1.jpg", "validation", None, None),
        ("b/2.jpg", "train", "anna", (1, 2, 30, 40.5)),
    ]
    assert [(row.labels.expression, row.labels.valence, row.labels.arousal) for row in rows] == [
        (None, None, None),
        ("happy", 0.5, -0.25),
    ]
    assert odd == []


def test_a_parquet_table_gives_the_same_rows(tmp_path: Path) -> None:
    """Numbers, nulls and dictionaries as a data frame has them."""
    csv, _ = read(tmp_path, "path,label,split\n1.jpg,3,train\n2.jpg,,test\n")
    columns = {
        "split": pa.array(["train", "test"]).dictionary_encode(),
        "label": [3.0, None],
        "path": ["1.jpg", "2.jpg"],
    }
    pq.write_table(pa.table(columns), tmp_path / "labels.parquet")
    keys = {"aligned": False, "table": {**TABLE, "file": "labels.parquet"}}
    assert rows_of(opened(tmp_path, "pictures", **keys)) == csv


def test_without_a_split_column_all_is_for_training(tmp_path: Path) -> None:
    """As the parameter says."""
    rows, _ = read(tmp_path, "path,label\n1.jpg,happy\n", split=None)
    assert [row.split for row in rows] == ["train"]


def test_classes_and_counts(tmp_path: Path) -> None:
    """Classes are all words of the column, in one spelling; the rows can be read again."""
    text = "path,label,split\n3.jpg,sad,test\n1.jpg,Happy,train\n2.jpg,happy,train\n4.jpg,7,train\n"
    corpus = opened(tmp_path, "pictures", **table(tmp_path, text))
    rows = rows_of(corpus)
    assert corpus.classes == ("7", "Happy", "sad")
    assert [row.labels.expression for row in rows] == ["Happy", "Happy", "sad", "7"]
    assert corpus.found == {"train": 3, "test": 1}
    assert list(said(corpus)) == [("class-spelling", "warning"), ("class-number", "info")]
    assert rows_of(corpus) == rows
    assert corpus.found == {"train": 3, "test": 1}


def test_several_faces_of_a_picture_are_told_apart_by_their_boxes(tmp_path: Path) -> None:
    """Wherever their lines stand; a picture with one face has no name for it."""
    text = (
        "path,label,split,x0,y0,x1,y1\n"
        "two.jpg,happy,train,0,0,9,9\none.jpg,sad,train,0,0,9,9\ntwo.jpg,sad,train,20,0,29,9\n"
    )
    rows, odd = read(tmp_path, text, box=BOX)
    assert [(row.path, row.face, row.labels.expression) for row in rows] == [
        ("one.jpg", "", "sad"), ("two.jpg", "0", "happy"), ("two.jpg", "1", "sad"),
    ]  # fmt: skip
    assert odd == []


@pytest.mark.parametrize(
    ("second", "label", "split", "odd"),
    [
        ("happy,train", "happy", "train", [("duplicate-rows", "warning")]),
        ("sad,train", None, "train", [("contradicting-rows", "error")]),
        ("happy,test", "happy", "test", [("picture-in-two-splits", "error"), ("duplicate-rows", "warning")]),
    ],
    ids=["same", "contradicts", "leaks"],
)
def test_a_picture_that_is_listed_again(
    tmp_path: Path, second: str, label: str | None, split: str, odd: list[tuple[str, str]]
) -> None:
    """Counts once; without a label where its lines differ, and never for training where it is held out."""
    rows, found = read(tmp_path, f"path,label,split\na.jpg,happy,train\na.jpg,{second}\n")
    assert [(row.labels.expression, row.split) for row in rows] == [(label, split)]
    assert found == odd


def test_labels_of_the_copy_at_96_px_are_a_programs(tmp_path: Path) -> None:
    """Its column relFCs gives it away; such labels never score."""
    text = ",pth,label,relFCs\n0,anger/image1.jpg,surprise,0.87\n"
    rows, odd = read(tmp_path, text, path="pth", split=None)
    assert [row.labels.source for row in rows] == ["machine"]
    assert odd == [("machine-labels", "warning")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("../a.jpg,happy,train,0,0,9,9", r"labels\.csv:2: Path .* must be relative"),
        ("/etc/passwd,happy,train,0,0,9,9", "must be relative"),
        (",happy,train,0,0,9,9", "must be relative"),
        (
            "a.jpg,happy,dev2,0,0,9,9",
            r"labels\.csv:2: unknown split 'dev2'\. Expected train, .* or test\. Correct",
        ),
        ("a.jpg,happy,,0,0,9,9", "unknown split ''"),
        ("a.jpg,happy,train,0,0,0,9", r"labels\.csv:2: box \(0, 0, 0, 9\) must be x_min, .* with an area"),
        ("a.jpg,happy,train,9,9,0,0", "with an area"),
        ("a.jpg,happy,train,0,0,9,", "is not a number"),
        ("a.jpg,happy,train,0,0,9,inf", "is not a number"),
        ("a.jpg,a/b,train,0,0,9,9", "must be a plain file name"),
        ("a.jpg,happy,train,0,0,9", r"has 6 field\(s\)"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    """With file and line, in one sentence."""
    with pytest.raises(CorpusError, match=message):
        read(tmp_path, f"path,label,split,x0,y0,x1,y1\n{line}\n", box=BOX)


def test_check_goes_on_behind_wrong_lines(tmp_path: Path) -> None:
    """The first twenty are errors of their own, all others are counted in one."""
    lines = "".join(f"{number:03d}.jpg,happy,nowhere\n" for number in range(30))
    errors: list[CorpusError] = []
    text = f"path,label,split\n{lines}z.jpg,happy,train\n"
    corpus = opened(tmp_path, "pictures", errors.append, **table(tmp_path, text))
    assert [row.path for row in rows_of(corpus)] == ["z.jpg"]
    assert [error.line for error in errors] == list(range(2, 22))
    assert list(said(corpus)) == [("label-line", "error")]


def test_a_column_of_something_else_is_refused(tmp_path: Path) -> None:
    """Paths or ids as labels would make a class of each row."""
    lines = "".join(f"{number}.jpg,id{number},train\n" for number in range(200))
    with pytest.raises(CorpusError, match=r"labels\.csv: 200 expression classes were found"):
        read(tmp_path, f"path,label,split\n{lines}")


def test_missing_columns_and_folders_are_named(tmp_path: Path) -> None:
    """By the parameter that names them."""
    with pytest.raises(CorpusError, match=r"labels\.csv:1: no column called 'split' \(table\.split\)"):
        read(tmp_path, "path,label\n1.jpg,happy\n")
    with pytest.raises(CorpusError, match=r"sources\.own\.root .* must be an existing folder"):
        opened(tmp_path / "none", "pictures", aligned=False, table=TABLE)


@given(st.data())
def test_what_the_table_says_is_what_the_rows_say(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Text, rows, text: no label is lost, in whatever order the lines stand."""
    root = tmp_path_factory.mktemp("table")
    words = st.sampled_from(["happy", "sad", "Contempt", "None", "7", ""])
    paths = st.lists(st.text("abc", min_size=1, max_size=2), min_size=1, max_size=3).map("/".join)
    written = data.draw(st.dictionaries(paths, words, min_size=1))
    lines = data.draw(st.permutations(list(written.items())))
    rows, _ = read(root, "path,label,split\n" + "".join(f"{path},{word},val\n" for path, word in lines))
    assert [(row.path, row.labels.expression or "") for row in rows] == sorted(written.items())
