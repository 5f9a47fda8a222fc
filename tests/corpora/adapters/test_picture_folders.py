"""A folder of pictures is read as its folders say: splits, classes, and what is odd about either."""

import os
import sys
from collections import Counter
from pathlib import Path

import pytest
from picture_corpora import opened, rows_of, said, write_pictures

from fer_data.errors import CorpusError

KEYS = {"aligned": False, "table": None}
TREE = ("train/happy/1.jpg", "train/happy/2.png", "train/sad/1.jpg", "val/happy/1.jpg", "test/sad/9.bmp")


def placed(root: Path) -> list[tuple[str, str, str | None]]:
    """Return path, split and label of all rows."""
    return [(row.path, row.split, row.labels.expression) for row in rows_of(opened(root, "pictures", **KEYS))]


def test_folders_say_split_and_class(tmp_path: Path) -> None:
    """Two layers of folders are all that a user needs."""
    write_pictures(tmp_path, TREE)
    corpus = opened(tmp_path, "pictures", **KEYS)
    rows = rows_of(corpus)
    assert [(row.path, row.split, row.labels.expression) for row in rows] == [
        ("test/sad/9.bmp", "test", "sad"),
        ("train/happy/1.jpg", "train", "happy"),
        ("train/happy/2.png", "train", "happy"),
        ("train/sad/1.jpg", "train", "sad"),
        ("val/happy/1.jpg", "validation", "happy"),
    ]
    assert {(row.person, row.clip, row.frame_index, row.face, row.box) for row in rows} == {
        (None, None, 0, "", None)
    }
    assert {(row.labels.source, row.scope) for row in rows} == {("annotated", "frame")}
    assert corpus.classes == ("happy", "sad")
    assert corpus.found == {"train": 3, "validation": 1, "test": 1}
    assert rows_of(corpus) == rows


@pytest.mark.parametrize(
    ("name", "split"),
    [("Training", "train"), ("TRAIN", "train"), ("train_set", "train"), ("Valid", "validation"), ("val", "validation"),
     ("validation", "validation"), ("dev", "validation"), ("Test", "test"), ("testing", "test")],
)  # fmt: skip
def test_splits_are_known_by_their_usual_names(tmp_path: Path, name: str, split: str) -> None:
    """In any case, as other programs write them."""
    write_pictures(tmp_path, [f"{name}/happy/1.jpg"])
    assert placed(tmp_path) == [(f"{name}/happy/1.jpg", split, "happy")]


def test_folders_below_a_class_belong_to_it(tmp_path: Path) -> None:
    """People, sessions or parts of a million pictures may lie apart."""
    write_pictures(tmp_path, ["train/happy/anna/day 1/1.jpg", "train/happy/2.jpg"])
    assert placed(tmp_path) == [
        ("train/happy/2.jpg", "train", "happy"),
        ("train/happy/anna/day 1/1.jpg", "train", "happy"),
    ]


def test_a_class_in_another_case_is_the_same(tmp_path: Path) -> None:
    """`Happy` and `happy` are one class, with a finding; known names are spelled as Aff-Wild2 does."""
    write_pictures(
        tmp_path, ["train/Bored/1.jpg", "val/bored/1.jpg", "train/NEUTRAL/1.jpg", "val/neutral/1.jpg"]
    )
    corpus = opened(tmp_path, "pictures", **KEYS)
    assert Counter(row.labels.expression for row in rows_of(corpus)) == {"Bored": 2, "Neutral": 2}
    (finding,) = corpus.findings
    assert (finding.rule, finding.severity) == ("class-spelling", "warning")
    assert "'Bored' and 'bored', 'NEUTRAL' and 'neutral'" in finding.message


def test_a_class_that_a_split_lacks_is_named(tmp_path: Path) -> None:
    """A folder `hapy` would be a class of its own."""
    write_pictures(
        tmp_path, ["train/happy/1.jpg", "train/sad/1.jpg", "val/hapy/1.jpg", "val/sad/1.jpg", "test/1.jpg"]
    )
    corpus = opened(tmp_path, "pictures", **KEYS)
    rows_of(corpus)
    assert [finding.message for finding in corpus.findings if finding.rule == "class-missing"] == [
        "Class 'happy' has no folder in validation. Is its name misspelled?",
        "Class 'hapy' has no folder in train. Is its name misspelled?",
    ]


def test_what_is_no_picture_is_left_out(tmp_path: Path) -> None:
    """Hidden files, those that systems leave, other formats and other folders, each said where it matters."""
    write_pictures(
        tmp_path, ["train/happy/1.jpg", "backup/happy/1.jpg", "cover.jpg", "train/.cache/happy/1.jpg"]
    )
    for name in (".DS_Store", "._1.jpg", "Thumbs.db", "desktop.ini", "notes.txt", "1.heic", "clip.mp4"):
        (tmp_path / "train/happy" / name).write_bytes(b"x")
    corpus = opened(tmp_path, "pictures", **KEYS)
    assert [row.path for row in rows_of(corpus)] == ["train/happy/1.jpg"]
    assert sorted(said(corpus)) == [
        ("stray-file", "info"),
        ("stray-pictures", "warning"),
        ("unread-media", "warning"),
    ]


def test_pictures_without_a_class_have_no_label(tmp_path: Path) -> None:
    """As a test split without labels has them; in other splits it is a warning."""
    write_pictures(tmp_path, ["train/happy/1.jpg", "test/1.jpg", "test/2.jpg", "val/1.jpg"])
    corpus = opened(tmp_path, "pictures", **KEYS)
    assert [(row.path, row.labels.expression) for row in rows_of(corpus)] == [
        ("test/1.jpg", None), ("test/2.jpg", None), ("train/happy/1.jpg", "happy"), ("val/1.jpg", None),
    ]  # fmt: skip
    assert list(said(corpus)) == [("no-class-folder", "info"), ("no-class-folder", "warning")]


def test_two_folders_of_one_split_are_joined(tmp_path: Path) -> None:
    """With a warning, because it may be no intention."""
    write_pictures(tmp_path, ["val/happy/1.jpg", "Validation/happy/2.jpg"])
    corpus = opened(tmp_path, "pictures", **KEYS)
    assert len(rows_of(corpus)) == 2
    assert list(said(corpus)) == [("split-spelling", "warning")]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep no such names")
def test_names_that_are_no_text_are_said_and_left_out(tmp_path: Path) -> None:
    """They can stand in no table; a blank of a Mac's screenshots can."""
    folder = tmp_path / "train/happy"
    write_pictures(tmp_path, ["train/happy/4\u202fpm.jpg", "train/happy/\u00e9.jpg"])
    for name in (b"caf\xe9.jpg", b"a\nb.jpg", b"a\x1b[2J.jpg"):
        (Path(os.fsdecode(os.fsencode(folder) + b"/" + name))).write_bytes(b"x")
    corpus = opened(tmp_path, "pictures", **KEYS)
    assert [row.path for row in rows_of(corpus)] == ["train/happy/4\u202fpm.jpg", "train/happy/\u00e9.jpg"]
    (finding,) = corpus.findings
    assert (finding.rule, finding.severity) == ("unsafe-name", "error")
    assert "3 times" in finding.message
    assert finding.file.isprintable()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep no such names")
def test_a_class_without_a_plain_name_is_an_error(tmp_path: Path) -> None:
    """`check` lists it and goes on without it; `ingest` stops."""
    write_pictures(tmp_path, ["train/happy/1.jpg", "train/a\nb/1.jpg"])
    errors: list[CorpusError] = []
    corpus = opened(tmp_path, "pictures", errors.append, **KEYS)
    assert [row.path for row in rows_of(corpus)] == ["train/happy/1.jpg"]
    assert [error.rule for error in errors] == ["unsafe-name"]
    assert list(said(corpus)) == [("stray-pictures", "warning")]
    with pytest.raises(CorpusError, match="must be a plain file name"):
        opened(tmp_path, "pictures", **KEYS)


def test_links_are_followed_and_said(tmp_path: Path) -> None:
    """Corpora lie on several disks; a link to a folder around it, or to one that was read, is not followed."""
    root, disk = tmp_path / "root", tmp_path / "disk"
    write_pictures(disk, ["happy/1.jpg", "private.jpg"])
    write_pictures(root, ["train/sad/1.jpg", "val/sad/1.jpg"])
    (root / "train/happy").symlink_to(disk / "happy")
    (root / "val/happy").symlink_to(disk / "happy")
    (root / "train/sad/private.jpg").symlink_to(disk / "private.jpg")
    (root / "train/sad/inside.jpg").symlink_to(root / "train/sad/1.jpg")
    (root / "train/sad/up").symlink_to(tmp_path)
    corpus = opened(root, "pictures", **KEYS)
    assert [row.path for row in rows_of(corpus)] == [
        "train/happy/1.jpg", "train/sad/1.jpg", "train/sad/inside.jpg", "train/sad/private.jpg", "val/sad/1.jpg",
    ]  # fmt: skip
    assert sorted(said(corpus)) == [
        ("link-loop", "warning"), ("link-out-of-root", "warning"), ("walked-before", "warning"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (
            ["happy/1.jpg", "sad/1.jpg"],
            r"it holds the folders happy, sad\. .*`mkdir train` there and move happy, sad",
        ),
        (["data/train/happy/1.jpg"], r"Set sources\.own\.root to .*/data, where they are"),
        (["a/train/x/1.jpg", "b/val/x/1.jpg"], r"Set sources\.own\.root to .*/a or .*/b, where they are"),
        (["1.jpg"], r"it holds no folders\. .*sources\.own\.table"),
        ([], "it holds no folders"),
    ],
    ids=["classes", "nested", "several", "flat", "empty"],
)
def test_a_folder_without_splits_is_refused_with_a_remedy(
    tmp_path: Path, tree: list[str], message: str
) -> None:
    """It says what lies there and what to do, for each of the ways in which folders lie."""
    write_pictures(tmp_path, tree)
    with pytest.raises(CorpusError, match=message):
        opened(tmp_path, "pictures", **KEYS)


def test_no_folder_and_no_pictures_are_refused(tmp_path: Path) -> None:
    """Neither makes an empty dataset."""
    with pytest.raises(CorpusError, match=r"sources\.own\.root .* must be an existing folder"):
        opened(tmp_path / "none", "pictures", **KEYS)
    (tmp_path / "train/happy").mkdir(parents=True)
    with pytest.raises(CorpusError, match=r"No picture lies .*\.tiff"):
        rows_of(opened(tmp_path, "pictures", **KEYS))


def test_too_many_classes_are_refused(tmp_path: Path) -> None:
    """A folder a person is no folder a class."""
    write_pictures(tmp_path, (f"train/person {number}/1.jpg" for number in range(128)))
    with pytest.raises(CorpusError, match="128 expression classes were found"):
        opened(tmp_path, "pictures", **KEYS)
