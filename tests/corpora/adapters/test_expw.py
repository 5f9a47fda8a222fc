"""ExpW: a line a face, boxes that begin at the top, several faces in a picture, no splits."""

from pathlib import Path

import pytest
from picture_corpora import opened, rows_of, said, write_pictures

from fer_data.corpora.adapters.expw import EXPW
from fer_data.errors import CorpusError


def write(root: Path, *lines: str) -> Path:
    """Write ExpW as its archives unpack."""
    (root / "label").mkdir(parents=True)
    (root / "label/label.lst").write_text("".join(f"{line}\n" for line in lines))
    write_pictures(root / "image/origin", ["angry_actor_104.jpg", "two people 7.jpg"])
    return root


def test_a_line_a_face(tmp_path: Path) -> None:
    """Top comes before left and right before bottom; names may have blanks."""
    lines = ("angry_actor_104.jpg 0 28 113 226 141 22.9362 0", "two people 7.jpg 1 5 50 90 45 13.5 3")
    corpus = opened(write(tmp_path, *lines), "expw")
    assert [(row.path, row.split, row.labels.expression, row.box, row.face) for row in rows_of(corpus)] == [
        ("image/origin/angry_actor_104.jpg", "train", "Anger", (113, 28, 226, 141), ""),
        ("image/origin/two people 7.jpg", "train", "Happiness", (50, 5, 90, 45), ""),
    ]
    assert corpus.found == {"faces": 2}
    assert list(said(corpus)) == []


def test_faces_of_a_picture_keep_their_names(tmp_path: Path) -> None:
    """Wherever their lines stand; two that are called the same are numbered."""
    lines = (
        "b.jpg 4 0 0 9 9 1 3",
        "a.jpg 0 0 0 9 9 1 4",
        "b.jpg 1 0 20 29 9 1 6",
        "c.jpg 0 0 0 9 9 1 4",
        "c.jpg 0 0 1 9 9 1 4",
    )
    corpus = opened(write(tmp_path, *lines), "expw")
    assert [(row.path[-5:], row.face, row.labels.expression) for row in rows_of(corpus)] == [
        ("a.jpg", "", "Sadness"), ("b.jpg", "4", "Happiness"), ("b.jpg", "1", "Neutral"),
        ("c.jpg", "0", "Sadness"), ("c.jpg", "1", "Sadness"),
    ]  # fmt: skip


def test_a_face_that_is_listed_twice(tmp_path: Path) -> None:
    """Counts once, and has no label where the lines differ."""
    corpus = opened(write(tmp_path, "a.jpg 0 0 0 9 9 1 4", "a.jpg 0 0 0 9 9 1 5"), "expw")
    assert [(row.face, row.labels.expression) for row in rows_of(corpus)] == [("", None)]
    assert list(said(corpus)) == [("contradicting-rows", "error")]


def test_the_order_of_classes() -> None:
    """From 0, anger first and neutral last, as in FER2013."""
    assert EXPW.kind.table.classes == (
        "Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise", "Neutral",
    )  # fmt: skip
    assert EXPW.kind.totals == {"faces": 91_793}
    assert not EXPW.kind.verified


def test_a_code_that_is_none_is_said(tmp_path: Path) -> None:
    """It is no class, and the row stays without a label."""
    corpus = opened(write(tmp_path, "a.jpg 0 0 0 9 9 1 7"), "expw")
    assert [row.labels.expression for row in rows_of(corpus)] == [None]
    assert list(said(corpus)) == [("label-out-of-range", "error")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("../a.jpg 0 0 0 9 9 1 4", r"label/label\.lst:1: Path .* must be relative"),
        ("a.jpg 0 0 0 9 9 4", r"label/label\.lst:1: The line has 7 field\(s\), expected 8"),
        ("a.jpg", r"has 1 field\(s\)"),
        ("a.jpg x 0 0 9 9 1 4", r"label/label\.lst:1: 'x' is not a whole number"),
        ("a.jpg 0 0 0 nan 9 1 4", "is not a number"),
        ("a.jpg 0 9 0 9 0 1 4", "with an area"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    """With the list and its line."""
    with pytest.raises(CorpusError, match=message):
        rows_of(opened(write(tmp_path, line), "expw"))


def test_what_is_no_release_is_refused(tmp_path: Path) -> None:
    """It says what was found and what was expected."""
    write_pictures(tmp_path, ["train/angry/1.jpg"])
    with pytest.raises(CorpusError, match=r"no release of ExpW .* Expected label/label\.lst"):
        opened(tmp_path, "expw")
