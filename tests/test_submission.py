"""Submission files: every row asked for is answered, in its place, by the stated rule."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from submission_files import HEADER, KNOWN, catalog, predictions, sample

from fer_data.core.expressions import EIGHT_CLASSES, SEVEN_CLASSES
from fer_data.corpora.labels import parse_labels
from fer_data.errors import CorpusError, DatasetError, LabelFileError, ParamsError
from fer_data.submission import (
    Answers,
    Predictions,
    read_frame_counts,
    read_predictions,
    read_sample,
    write_one_file,
    write_subject_files,
)
from fer_data.submission_faults import one_file_faults, subject_file_faults


def test_one_file_answers_the_sample_in_its_order(tmp_path: Path) -> None:
    """Own prediction, nearest frame (the earlier of two as near), most frequent class: each row says the right one."""
    asked = sample(
        tmp_path / "sample.txt", ["b/00004.jpg", "b/00001.jpg", "c/00001.jpg", "b/00006.jpg", "a/00004.jpg"]
    )
    known = read_predictions(predictions(tmp_path / "p.parquet", KNOWN), None)
    answers = write_one_file(known, read_sample(asked), tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == (
        f"{HEADER}\nb/00004.jpg,3\nb/00001.jpg,3\nc/00001.jpg,3\nb/00006.jpg,5\na/00004.jpg,3\n"
    )
    assert answers == Answers(predicted=1, nearest=3, most_frequent=1)
    assert one_file_faults(tmp_path / "out.txt", read_sample(asked), "sample.txt") == []


def test_subject_files_follow_the_label_format(tmp_path: Path) -> None:
    """One file a subject, header and a line for every frame of the catalog, as our own reader reads labels."""
    folder = catalog(tmp_path / "catalog", {"a": 5, "b": 8, "none": 3})
    known = read_predictions(predictions(tmp_path / "p.parquet", KNOWN), 64)
    counts = read_frame_counts(folder, "test")
    answers = write_subject_files(known, counts, tmp_path / "out", classes=7)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.txt", "b.txt", "none.txt"]
    labels = parse_labels((tmp_path / "out/b.txt").read_bytes(), "b.txt")
    assert labels.header.names == tuple(map(str, SEVEN_CLASSES))
    assert labels.values.ravel().tolist() == [3, 3, 3, 3, 5, 5, 5, 5]
    assert answers == Answers(predicted=3, nearest=10, most_frequent=3)
    assert subject_file_faults(tmp_path / "out", counts, classes=7) == []


@given(
    st.dictionaries(
        st.sampled_from("abc"), st.dictionaries(st.integers(0, 30), st.integers(0, 7), min_size=1), min_size=1
    ),
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 30)), unique=True, min_size=1),
)
def test_every_frame_has_one_answer(known: dict[str, dict[int, int]], asked: list[tuple[str, int]]) -> None:
    """Whatever was predicted and asked, each row is answered, a predicted frame with its own class."""
    frames = {subject: np.array(sorted(own)) for subject, own in known.items()}
    classes = {subject: np.array([own[frame] for frame in sorted(own)]) for subject, own in known.items()}
    model = Predictions(frames, classes, 7)
    for subject, frame in asked:
        label, answers = model.answer(subject, np.array([frame]))
        assert answers.predicted + answers.nearest + answers.most_frequent == 1
        if frame in known.get(subject, {}):
            assert (label[0], answers.predicted) == (known[subject][frame], 1)
        elif subject not in known:
            assert label[0] == 7


GOOD = ["a/00001.jpg,1", "a/00002.jpg,2", "b/00001.jpg,7"]
FAULTY: dict[str, tuple[list[str], list[tuple[str, str, int]]]] = {
    "good": ([HEADER, *GOOD], []),
    "header": (["image,Neutral", *GOOD], [("header", "f.txt", 1)]),
    "no-header": (GOOD, [("header", "f.txt", 1)]),
    "missing": ([HEADER, GOOD[0]], [("missing-row", "sample.txt", 3)]),
    "two-gaps": ([HEADER, GOOD[1]], [("missing-row", "sample.txt", 2), ("missing-row", "sample.txt", 4)]),
    "duplicate": ([HEADER, *GOOD, GOOD[0]], [("duplicate-row", "f.txt", 5)]),
    "unknown": ([HEADER, *GOOD, "c/00001.jpg,0"], [("unknown-row", "f.txt", 5)]),
    "range": ([HEADER, "a/00001.jpg,8", *GOOD[1:]], [("label", "f.txt", 2)]),
    "unanswered": ([HEADER, "a/00001.jpg,-1", *GOOD[1:]], [("label", "f.txt", 2)]),
    "text": ([HEADER, "a/00001.jpg,Anger", *GOOD[1:]], [("label", "f.txt", 2)]),
    "fields": ([HEADER, "a/00001.jpg", *GOOD[1:]], [("label", "f.txt", 2)]),
    "order": ([HEADER, GOOD[1], GOOD[0], GOOD[2]], [("order", "f.txt", 3)]),
    "all-at-once": (
        [HEADER, "a/00002.jpg,9", "a/00002.jpg,1", "x/00001.jpg,0"],
        [
            ("label", "f.txt", 2),
            ("duplicate-row", "f.txt", 3),
            ("unknown-row", "f.txt", 4),
            ("missing-row", "sample.txt", 2),
            ("missing-row", "sample.txt", 4),
        ],
    ),
    "empty": ([], [("header", "f.txt", 1), ("missing-row", "sample.txt", 2)]),
}


@pytest.mark.parametrize(("lines", "expected"), FAULTY.values(), ids=FAULTY.keys())
def test_every_fault_is_found_with_its_line(
    tmp_path: Path, lines: list[str], expected: list[tuple[str, str, int]]
) -> None:
    """All faults of a file are listed, each by rule, file and line."""
    asked = read_sample(sample(tmp_path / "sample.txt", [line.split(",")[0] for line in GOOD]))
    (tmp_path / "f.txt").write_text("\n".join([*lines, ""]), encoding="utf-8")
    faults = one_file_faults(tmp_path / "f.txt", asked, "sample.txt")
    assert [(fault.rule, fault.file, fault.line) for fault in faults] == expected


def test_faults_of_subject_files_are_found(tmp_path: Path) -> None:
    """A missing, an unknown, a short file, a wrong header and an unanswered frame, each with its line."""
    (tmp_path / "short.txt").write_text(",".join(SEVEN_CLASSES) + "\n0\n1\n", encoding="utf-8")
    (tmp_path / "wrong.txt").write_text(",".join(EIGHT_CLASSES) + "\n0\n-1\n7\n", encoding="utf-8")
    (tmp_path / "more.txt").write_text("valence,arousal\n0\n0\n0\n0\n", encoding="utf-8")
    (tmp_path / "other.txt").write_text("x\n", encoding="utf-8")
    counts = dict.fromkeys(("gone", "more", "short", "wrong"), 3)
    found = [(f.rule, f.file, f.line) for f in subject_file_faults(tmp_path, counts, classes=7)]
    assert found == [
        ("missing-file", "gone.txt", None),
        ("header", "more.txt", 1),
        ("frames", "more.txt", 5),
        ("unknown-file", "other.txt", None),
        ("frames", "short.txt", 3),
        ("header", "wrong.txt", 1),
        ("label", "wrong.txt", 3),
        ("label", "wrong.txt", 4),
    ]


def test_several_resolutions_need_a_choice(tmp_path: Path) -> None:
    """Predictions at two resolutions are never mixed."""
    path = predictions(tmp_path / "p.parquet", [("a", 0, 1, "model", 64), ("a", 0, 2, "model", 16)])
    with pytest.raises(ParamsError, match=r"at \[16, 64\] px\. Name one with --resolution"):
        read_predictions(path, None)
    with pytest.raises(ParamsError, match=r"--resolution \(32\)"):
        read_predictions(path, 32)
    assert read_predictions(path, 16).classes["a"].tolist() == [2]


def test_a_class_that_the_header_lacks_is_refused(tmp_path: Path) -> None:
    """An eight-class model cannot answer a seven-class edition."""
    known = read_predictions(predictions(tmp_path / "p.parquet", [("a", 0, 7, "model", 64)]), None)
    with pytest.raises(DatasetError, match="class 7, but the header names 7 classes"):
        write_subject_files(known, {"a": 1}, tmp_path / "out", classes=7)


def test_predictions_of_no_model_are_refused(tmp_path: Path) -> None:
    """A table of filled rows alone has nothing to say."""
    path = predictions(tmp_path / "p.parquet", [("a", 0, 1, "most_frequent", 64)])
    with pytest.raises(DatasetError, match="no prediction of a model"):
        read_predictions(path, None)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("image_location,valence,arousal\n", CorpusError, "no expression sample's"),
        ("image_location\n", LabelFileError, "is unknown"),
        (f"{HEADER}\n../00001.jpg,0\n", CorpusError, "plain file name"),
        (f"{HEADER}\na/00001.jpg,0\na/1.jpg,0\n", CorpusError, r"s\.txt:3: The row stands on line 2"),
    ],
    ids=["other-task", "no-classes", "unsafe-name", "repeat"],
)
def test_a_wrong_sample_file_is_refused(
    tmp_path: Path, text: str, error: type[Exception], message: str
) -> None:
    """The sample file is read strictly, with file and line in the message."""
    (tmp_path / "s.txt").write_text(text, encoding="utf-8")
    with pytest.raises(error, match=message):
        read_sample(tmp_path / "s.txt")


def test_a_split_without_subjects_is_refused(tmp_path: Path) -> None:
    """Asking for a split that the catalog lacks names the option."""
    with pytest.raises(DatasetError, match="no expression subject in split 'test'"):
        read_frame_counts(catalog(tmp_path, {"a": 2}, split="train"), "test")
