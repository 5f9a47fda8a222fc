"""RAF-DB: one list, splits by the pictures' names, classes from 1, aligned or original pictures."""

from pathlib import Path

import pytest
from picture_corpora import opened, rows_of, said, write_pictures

from fer_data.corpora.adapters.rafdb import RAFDB
from fer_data.errors import CorpusError

LINES = ("train_00001.jpg 5", "train_00002.jpg 1", "test_0001.jpg 7")


def write(root: Path, lines: tuple[str, ...] = LINES, *, box: str | None = "10 20 110.5 130") -> Path:
    """Write RAF-DB as its archives unpack, with both kinds of pictures."""
    (root / "EmoLabel").mkdir(parents=True)
    (root / "EmoLabel/list_patition_label.txt").write_text("".join(f"{line}\n" for line in lines))
    stems = [line.partition(".")[0] for line in lines]
    write_pictures(root / "Image", [f"aligned/{stem}_aligned.jpg" for stem in stems])
    write_pictures(root / "Image", [f"original/{stem}.jpg" for stem in stems])
    if box is not None:
        (root / "Annotation/boundingbox").mkdir(parents=True)
        for stem in stems:
            (root / f"Annotation/boundingbox/{stem}_boundingbox.txt").write_text(f"{box} \n")
    return root


def test_aligned_pictures(tmp_path: Path) -> None:
    """Named by the list with a suffix; the prefix of a name says its split."""
    corpus = opened(write(tmp_path), "rafdb", images="aligned")
    rows = rows_of(corpus)
    assert [(row.path, row.split, row.labels.expression, row.box) for row in rows] == [
        ("Image/aligned/test_0001_aligned.jpg", "test", "Neutral", None),
        ("Image/aligned/train_00001_aligned.jpg", "train", "Sadness", None),
        ("Image/aligned/train_00002_aligned.jpg", "train", "Surprise", None),
    ]
    assert {row.person for row in rows} == {None}
    assert all((tmp_path / row.path).is_file() for row in rows)
    assert corpus.found == {"train": 2, "test": 1}
    assert list(said(corpus)) == []


def test_original_pictures_have_boxes(tmp_path: Path) -> None:
    """They show several people, and the authors' box says whom the label is about."""
    rows = rows_of(opened(write(tmp_path), "rafdb", images="original"))
    assert (rows[0].path, rows[0].box) == ("Image/original/test_0001.jpg", (10, 20, 110.5, 130))
    assert all((tmp_path / row.path).is_file() for row in rows)


def test_the_order_of_classes() -> None:
    """From 1, surprise first."""
    table = RAFDB.kind.table
    assert table.classes == ("Surprise", "Fear", "Disgust", "Happiness", "Sadness", "Anger", "Neutral")
    assert (table.codes["1"], table.codes["4"], table.codes["7"]) == ("Surprise", "Happiness", "Neutral")
    assert "0" not in table.codes


def test_the_numbers_of_a_whole_copy_are_known() -> None:
    """`check` holds those that it finds against them."""
    assert RAFDB.kind.totals == {"train": 12_271, "test": 3_068}
    assert not RAFDB.kind.verified


@pytest.mark.parametrize("code", ["0", "8", "11", "x", ""])
def test_codes_that_are_none_are_said(tmp_path: Path, code: str) -> None:
    """Compound emotions go from 1 to 11 and are another list."""
    corpus = opened(write(tmp_path, (f"train_00001.jpg {code}",)), "rafdb", images="aligned")
    assert [row.labels.expression for row in rows_of(corpus)] == [None]
    assert list(said(corpus)) == [("label-out-of-range", "error")]


def test_boxes_that_are_missing_are_said(tmp_path: Path) -> None:
    """All of them once, single ones with their number."""
    corpus = opened(write(tmp_path / "none", box=None), "rafdb", images="original")
    assert {row.box for row in rows_of(corpus)} == {None}
    assert list(said(corpus)) == [("no-boxes", "warning")]
    root = write(tmp_path / "some")
    (root / "Annotation/boundingbox/train_00001_boundingbox.txt").unlink()
    corpus = opened(root, "rafdb", images="original")
    assert [row.box is None for row in rows_of(corpus)] == [False, True, False]
    assert list(said(corpus)) == [("no-boxes", "warning")]


@pytest.mark.parametrize(
    "box", ["", "1 2 3", "1 2 3 4 5", "a b c d", "10 20 5 30", "nan nan nan nan", "\xff 1 2 3"]
)
def test_wrong_boxes_are_named(tmp_path: Path, box: str) -> None:
    """By their file."""
    with pytest.raises(CorpusError, match=r"Annotation/boundingbox/test_0001_boundingbox\.txt: .*Restore"):
        rows_of(opened(write(tmp_path, box=box), "rafdb", images="original"))


@pytest.mark.parametrize(
    "line",
    [
        "valid_00001.jpg 5",
        "../train_00001.jpg 5",
        "/train_00001.jpg 5",
        "train_1.png 5",
        "train_x.jpg 1",
        "5",
    ],
)
def test_names_without_a_split_are_refused(tmp_path: Path, line: str) -> None:
    """With the list and its line."""
    root = write(tmp_path)
    (root / "EmoLabel/list_patition_label.txt").write_text(f"train_00001.jpg 5\r\n\r\n{line}\r\n")
    with pytest.raises(
        CorpusError, match=r"EmoLabel/list_patition_label\.txt:3: Picture .* must be train_NUMBER"
    ):
        opened(root, "rafdb", images="aligned")


def test_copies_with_other_names_are_read(tmp_path: Path) -> None:
    """Below `basic`, with the name of the list spelled right, or with aligned names in it."""
    root = write(tmp_path / "basic")
    (root / "EmoLabel/list_patition_label.txt").rename(root / "EmoLabel/list_partition_label.txt")
    (root / "EmoLabel/list_partition_label.txt").write_text("\ufefftrain_00001_aligned.jpg 5\r\n")
    rows = rows_of(opened(tmp_path, "rafdb", images="aligned"))
    assert [row.path for row in rows] == ["basic/Image/aligned/train_00001_aligned.jpg"]


def test_a_picture_that_is_listed_twice(tmp_path: Path) -> None:
    """Counts once, and has no label where the lines differ."""
    lines = ("train_00001.jpg 5", "train_00001.jpg 4", "train_00002.jpg 4", "train_00002.jpg 4")
    corpus = opened(write(tmp_path, lines), "rafdb", images="aligned")
    assert [row.labels.expression for row in rows_of(corpus)] == [None, "Happiness"]
    assert sorted(said(corpus)) == [("contradicting-rows", "error"), ("duplicate-rows", "warning")]


def test_what_is_no_release_is_refused(tmp_path: Path) -> None:
    """A folder a class is no list; pictures that are not there are named with those that are."""
    write_pictures(tmp_path / "kaggle", ["DATASET/train/1/train_00001_aligned.jpg"])
    with pytest.raises(
        CorpusError, match=r"no release of RAF-DB .* Expected EmoLabel/.* with corpus: pictures"
    ):
        opened(tmp_path / "kaggle", "rafdb", images="aligned")
    root = write(tmp_path / "raf")
    (root / "Image/original").rename(root / "Image/other")
    with pytest.raises(CorpusError, match=r"images \(original\) needs .* Set it to aligned, which is there"):
        opened(root, "rafdb", images="original")
    (root / "Image/aligned").rename(root / "Image/another")
    with pytest.raises(CorpusError, match="Unpack the archive"):
        opened(root, "rafdb", images="original")
