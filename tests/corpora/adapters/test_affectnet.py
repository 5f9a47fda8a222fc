"""AffectNet in both releases: its order of classes, its codes for nothing, and copies that are not AffectNet."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from picture_corpora import opened, rows_of, said, write_pictures

from fer_data.corpora.adapters.affectnet import AFFECTNET
from fer_data.corpora.adapters.affectnet_files import read_number
from fer_data.errors import CorpusError

HEADER = (
    "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal"
)
LANDMARKS = ";".join(f"{x}.5" for x in range(136))
KEYS = {"aligned": False}


def line(
    path: str, code: object, valence: object = 0.5, arousal: object = -0.25, box: str = "10,20,100,110"
) -> str:
    """Return a line of a list as the authors wrote it."""
    return f"{path},{box},{LANDMARKS},{code},{valence},{arousal}"


def write_lists(
    root: Path, training: Iterable[str], validation: Iterable[str] = (), header: str = HEADER
) -> Path:
    """Write the csv release, its list of validation without a header as in some copies."""
    folder = root / "Manually_Annotated_file_lists"
    folder.mkdir(parents=True)
    (folder / "training.csv").write_text("\n".join([header, *training, ""]))
    if lines := list(validation):
        (folder / "validation.csv").write_text("\n".join([*lines, ""]))
    (root / "Manually_Annotated_Images").mkdir()
    return root


def write_set(root: Path, name: str, rows: dict[str, tuple[Any, Any, Any]]) -> Path:
    """Write a set of the npy release, numbers as texts as the authors saved them."""
    write_pictures(root / name / "images", (f"{key}.jpg" for key in rows))
    (root / name / "annotations").mkdir()
    for key, values in rows.items():
        for kind, value in zip(("exp", "val", "aro"), values, strict=True):
            np.save(root / name / "annotations" / f"{key}_{kind}.npy", value)
        np.save(root / name / "annotations" / f"{key}_lnd.npy", np.zeros(136))
    return root


def test_the_csv_release(tmp_path: Path) -> None:
    """A line a picture: path, box, expression, valence and arousal."""
    write_lists(
        tmp_path, [line("2/b.jpg", 1), line("1/a.jpg", 7, -0.1, 0.2, "0,0,5,6")], [line("3/c.png", 0, 0, 0)]
    )
    corpus = opened(tmp_path, "affectnet", **KEYS)
    rows = rows_of(corpus)
    images = "Manually_Annotated_Images"
    assert [(row.path, row.split, row.labels.expression, row.box) for row in rows] == [
        (f"{images}/1/a.jpg", "train", "Contempt", (0, 0, 5, 6)),
        (f"{images}/2/b.jpg", "train", "Happiness", (10, 20, 110, 130)),
        (f"{images}/3/c.png", "validation", "Neutral", (10, 20, 110, 130)),
    ]
    assert [(row.labels.valence, row.labels.arousal) for row in rows] == [(-0.1, 0.2), (0.5, -0.25), (0, 0)]
    assert list(said(corpus)) == []


def test_the_order_of_classes() -> None:
    """AffectNet's is its own: 1 is happiness, 6 anger, and 8, 9 and 10 are no classes."""
    table = AFFECTNET.kind.table
    assert table.classes == (
        "Neutral", "Happiness", "Sadness", "Surprise", "Fear", "Disgust", "Anger", "Contempt",
    )  # fmt: skip
    assert [table.codes[code] for code in ("8", "9", "10")] == ["None", "Uncertain", "No-Face"]
    assert (table.unknown, table.no_face) == ({"None", "Uncertain"}, {"No-Face"})
    assert "Other" not in table.codes.values()


def test_minus_two_is_no_valence(tmp_path: Path) -> None:
    """Where nobody could judge, and where there is no face, which has no box either."""
    write_lists(
        tmp_path, [line("1.jpg", 9, -2, -2), line("2.jpg", 10, "-2.0", "-2.0", "0,0,0,0"), line("3.jpg", 8)]
    )
    rows = rows_of(opened(tmp_path, "affectnet", **KEYS))
    assert [(row.labels.expression, row.labels.valence, row.labels.arousal) for row in rows] == [
        ("Uncertain", None, None), ("No-Face", None, None), ("None", 0.5, -0.25),
    ]  # fmt: skip
    assert [row.box is None for row in rows] == [False, True, False]


def test_the_numbers_of_seven_and_eight_classes_are_told_apart(tmp_path: Path) -> None:
    """Both go round as the size of AffectNet; each is counted beside the whole."""
    write_lists(tmp_path, [line(f"{code}.jpg", code) for code in range(11)], [line("v.jpg", 7)])
    corpus = opened(tmp_path, "affectnet", **KEYS)
    rows_of(corpus)
    assert corpus.found == {
        "training": 11, "training, 8 classes": 8, "training, 7 classes": 7,
        "validation": 1, "validation, 8 classes": 1, "validation, 7 classes": 0,
    }  # fmt: skip
    totals = AFFECTNET.kind.totals
    assert set(corpus.found) < set(totals)
    assert totals["training, 8 classes"] - totals["training, 7 classes"] == 3_750
    assert (totals["training"], totals["validation"]) == (414_799, 5_500)


def test_a_code_that_is_none_is_said(tmp_path: Path) -> None:
    """It is no class, and the row stays without a label."""
    write_lists(tmp_path, [line("1.jpg", 11), line("2.jpg", -1), line("3.jpg", 1)])
    corpus = opened(tmp_path, "affectnet", **KEYS)
    assert [row.labels.expression for row in rows_of(corpus)] == [None, None, "Happiness"]
    (finding,) = corpus.findings
    assert (finding.rule, finding.file, finding.line) == (
        "label-out-of-range", "Manually_Annotated_file_lists/training.csv", 2,
    )  # fmt: skip


def test_a_picture_in_both_lists_leaves_training(tmp_path: Path) -> None:
    """Validation is scored whole."""
    write_lists(tmp_path, [line("1.jpg", 1)], [line("1.jpg", 1)])
    corpus = opened(tmp_path, "affectnet", **KEYS)
    assert [row.split for row in rows_of(corpus)] == ["validation"]
    assert sorted(said(corpus)) == [("duplicate-rows", "warning"), ("picture-in-two-splits", "error")]


@pytest.mark.parametrize(
    ("place", "images"),
    [(".", "Manually_Annotated_Images"), ("Manually_Annotated", "Manually_Annotated/Manually_Annotated_Images"),
     ("Manually_Annotated_file_lists", "Manually_Annotated")],
)  # fmt: skip
def test_folders_as_copies_have_them(tmp_path: Path, place: str, images: str) -> None:
    """Lists and pictures lie in a few places, depending on what unpacked them."""
    (tmp_path / images).mkdir(parents=True)
    (tmp_path / place).mkdir(exist_ok=True)
    (tmp_path / place / "validation.csv").write_text(line("1/a.jpg", 3))
    assert [row.path for row in rows_of(opened(tmp_path, "affectnet", **KEYS))] == [f"{images}/1/a.jpg"]


def test_labels_of_a_program_are_not_read(tmp_path: Path) -> None:
    """The large part was annotated automatically."""
    write_lists(tmp_path, [line("1.jpg", 1)])
    (tmp_path / "Automatically_Annotated_file_lists").mkdir()
    corpus = opened(tmp_path, "affectnet", **KEYS)
    assert len(rows_of(corpus)) == 1
    assert list(said(corpus)) == [("machine-labels", "info")]


def test_the_npy_release(tmp_path: Path) -> None:
    """Numbers lie as texts in files of their own, in two sets."""
    write_set(tmp_path, "train_set", {"10": ("1", "0.5", "-0.25"), "9": ("7", "-2", "-2")})
    write_set(tmp_path, "val_set", {"0": (np.int64(6), np.float32(0.5), 1.0)})
    corpus = opened(tmp_path, "affectnet", **KEYS)
    rows = rows_of(corpus)
    assert [
        (row.path, row.split, row.labels.expression, row.labels.valence, row.labels.arousal) for row in rows
    ] == [
        ("train_set/images/10.jpg", "train", "Happiness", 0.5, -0.25),
        ("train_set/images/9.jpg", "train", "Contempt", None, None),
        ("val_set/images/0.jpg", "validation", "Anger", 0.5, 1.0),
    ]
    assert (corpus.found["train_set"], corpus.found["val_set"]) == (2, 1)
    assert AFFECTNET.kind.totals["train_set"] == 287_651
    assert list(said(corpus)) == []


def test_pictures_and_annotations_that_miss_each_other(tmp_path: Path) -> None:
    """A picture without annotation has no label; an annotation without picture is a row whose picture is missing."""
    write_set(tmp_path, "train_set", {"1": ("1", "0", "0"), "2": ("2", "0", "0")})
    (tmp_path / "train_set/annotations/1_exp.npy").unlink()
    (tmp_path / "train_set/images/2.jpg").unlink()
    (tmp_path / "train_set/images/Thumbs.db").write_bytes(b"x")
    corpus = opened(tmp_path, "affectnet", **KEYS)
    assert [(row.path, row.labels.expression) for row in rows_of(corpus)] == [
        ("train_set/images/1.jpg", None), ("train_set/images/2.jpg", "Sadness"),
    ]  # fmt: skip
    assert list(said(corpus)) == [("picture-without-label", "warning")]


@pytest.mark.parametrize(
    "kind", ["<U1", "<U30", "S5", ">U4", "<i8", "<i4", "|i1", "|u1", ">i2", "<f8", "<f4"]
)
def test_a_number_is_read_as_numpy_wrote_it(tmp_path: Path, kind: str) -> None:
    """Texts and numbers of any size, and arrays of one."""
    for name, value in (("a", np.array("7").astype(kind)), ("b", np.array(["7"]).astype(kind))):
        np.save(tmp_path / f"{name}.npy", value)
        assert float(read_number(tmp_path, f"{name}.npy")) == 7


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_no_digit_of_a_number_is_lost(tmp_path_factory: pytest.TempPathFactory, value: float) -> None:
    """Number, file, number."""
    root = tmp_path_factory.mktemp("npy")
    np.save(root / "a.npy", np.float64(value))
    assert float(read_number(root, "a.npy")) == value


@pytest.mark.parametrize(
    "content",
    [b"", b"\x93NUMPY", b"\x93NUMPY\x02\x00" + bytes(100), b"\x80\x04K\x01.", b"x" * 5000,
     b"\x93NUMPY\x01\x00\x76\x00{'descr': '|O', 'fortran_order': False, 'shape': (), }" + b" " * 60 + b"\n" + b"\x80",
     b"\x93NUMPY\x01\x00\xff\xff{'descr': '<f8'"],
    ids=["empty", "cut", "version", "pickle", "large", "objects", "header"],
)  # fmt: skip
def test_files_that_are_no_number_are_refused(tmp_path: Path, content: bytes) -> None:
    """Nothing in them is run, whatever they are."""
    write_set(tmp_path, "train_set", {"1": ("1", "0", "0")})
    (tmp_path / "train_set/annotations/1_exp.npy").write_bytes(content)
    with pytest.raises(CorpusError, match=r"train_set/annotations/1_exp\.npy: It "):
        rows_of(opened(tmp_path, "affectnet", **KEYS))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("../../a.jpg,1,1,2,2,,1,0,0", r"training\.csv:2: Path .* must be relative"),
        ("a.jpg,1,1,2,2,,happy,0,0", r"training\.csv:2: 'happy' is not a number"),
        ("a.jpg,1,1,2,2,,1,x,0", "is not a number"),
        ("a.jpg,1,1,2,,,1,0,0", "is not a number"),
        ("a.jpg,1,1,2,2,1,0,0", r"has 8 field\(s\)"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, wrong: str, message: str) -> None:
    """With the list and its line."""
    write_lists(tmp_path, [wrong])
    with pytest.raises(CorpusError, match=message):
        rows_of(opened(tmp_path, "affectnet", **KEYS))


def test_what_is_no_release_is_refused(tmp_path: Path) -> None:
    """It says what was found and what was expected; two releases in one folder are one too many."""
    write_pictures(tmp_path / "a", ["train/happy/1.jpg", "train/sad/2.jpg"])
    with pytest.raises(
        CorpusError, match=r"no release of AffectNet .* 2 file\(s\) .* Expected .*training\.csv"
    ):
        opened(tmp_path / "a", "affectnet", **KEYS)
    (tmp_path / "b").mkdir()
    (tmp_path / "b/labels.csv").write_text(",pth,label,relFCs\n")
    with pytest.raises(CorpusError, match="copy of AffectNet at 96 px whose labels a program corrected"):
        opened(tmp_path / "b", "affectnet", **KEYS)
    write_set(write_lists(tmp_path / "c", []), "val_set", {"1": ("1", "0", "0")})
    with pytest.raises(CorpusError, match="two releases of AffectNet"):
        opened(tmp_path / "c", "affectnet", **KEYS)
    (write_lists(tmp_path / "d", []) / "Manually_Annotated_Images").rmdir()
    with pytest.raises(CorpusError, match=r"no folder Manually_Annotated_Images .* Unpack"):
        opened(tmp_path / "d", "affectnet", **KEYS)
    with pytest.raises(CorpusError, match=r"training\.csv:1: no column called 'arousal'"):
        opened(write_lists(tmp_path / "e", [], header=HEADER.removesuffix(",arousal")), "affectnet", **KEYS)
