"""Submission files: every row asked for is answered, in its place, by the stated rule."""

import contextlib
import json
import os
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from submission_files import HEADER, KNOWN, catalog, places, predictions, sample, units

from fer_data.core.labels.tasks import EIGHT_CLASSES, SEVEN_CLASSES
from fer_data.corpora.labels import Header, parse_labels
from fer_data.errors import CorpusError, DatasetError, LabelFileError, ParamsError, ReadingError
from fer_data.predictions.schemas import VALENCE_AROUSAL_PREDICTIONS
from fer_data.submit.answers import Answers, FrameAnswers, read_predictions
from fer_data.submit.faults import one_file_faults, subject_file_faults
from fer_data.submit.submission import (
    label_header,
    read_frame_counts,
    read_sample,
    write_one_file,
    write_subject_files,
)
from fer_data.tables.schemas import PREDICTIONS, write_table

SEVEN = Header("expression", tuple(str(name) for name in SEVEN_CLASSES))


def made(folder: Path) -> Path:
    """Return a folder that is there."""
    folder.mkdir()
    return folder


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
    answers = write_subject_files(known, counts, made(tmp_path / "out"), header=SEVEN)
    assert sorted(path.name for path in (tmp_path / "out").glob("*.txt")) == ["a.txt", "b.txt", "none.txt"]
    labels = parse_labels((tmp_path / "out/b.txt").read_bytes(), "b.txt")
    assert labels.header.names == tuple(map(str, SEVEN_CLASSES))
    assert labels.values.ravel().tolist() == [3, 3, 3, 3, 5, 5, 5, 5]
    assert answers == Answers(predicted=3, nearest=10, most_frequent=3)
    assert subject_file_faults(tmp_path / "out", counts, header=SEVEN) == []


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
    model = FrameAnswers(frames, classes, 7)
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
    found = [(f.rule, f.file, f.line) for f in subject_file_faults(tmp_path, counts, header=SEVEN)]
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


def test_only_regular_files_of_a_stated_size_are_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe in a folder of files is a fault and no wait; a file without end is not read."""
    os.mkfifo(tmp_path / "a.txt")
    (found,) = subject_file_faults(tmp_path, {"a": 1}, header=SEVEN)
    assert (found.rule, found.file) == ("unreadable", "a.txt")
    monkeypatch.setattr("fer_data.submit.submission.SUBMISSION_BYTES", 100)
    with pytest.raises(ReadingError, match="100 are read of such a file at most"):
        read_sample(sample(tmp_path / "sample.txt", ["a/00001.jpg"] * 9))


def test_several_resolutions_need_a_choice(tmp_path: Path) -> None:
    """Predictions at two resolutions are never mixed."""
    path = predictions(tmp_path / "p.parquet", [("a", 0, 1, "model", 64), ("a", 0, 2, "model", 16)])
    with pytest.raises(ParamsError, match=r"at \[16, 64\] px\. Name one with --resolution"):
        read_predictions(path, None)
    with pytest.raises(ParamsError, match=r"--resolution \(32\)"):
        read_predictions(path, 32)
    assert read_predictions(path, 16).values["a"].tolist() == [2]


def test_a_class_that_the_header_lacks_is_refused(tmp_path: Path) -> None:
    """An eight-class model cannot answer a seven-class edition."""
    known = read_predictions(predictions(tmp_path / "p.parquet", [("a", 0, 7, "model", 64)]), None)
    with pytest.raises(DatasetError, match="class 7, but the header names 7 classes"):
        write_subject_files(known, {"a": 1}, tmp_path / "out", header=SEVEN)


def test_classes_in_another_order_are_refused(tmp_path: Path) -> None:
    """A table that states its classes answers no header whose classes stand elsewhere."""
    path = predictions(tmp_path / "p.parquet", KNOWN)
    for classes, fits in ((EIGHT_CLASSES, True), ((*EIGHT_CLASSES[1:], EIGHT_CLASSES[0]), False)):
        named = {"classes": json.dumps(list(classes))}
        write_table(tmp_path / "named.parquet", [pq.read_table(path)], PREDICTIONS, named)
        known = read_predictions(tmp_path / "named.parquet", None)
        asked = read_sample(sample(tmp_path / "sample.txt", ["a/00001.jpg"]))
        with contextlib.nullcontext() if fits else pytest.raises(DatasetError, match="in their order"):
            write_one_file(known, asked, tmp_path / "out.txt")


def test_predictions_of_no_model_are_refused(tmp_path: Path) -> None:
    """A table of filled rows alone has nothing to say."""
    path = predictions(tmp_path / "p.parquet", [("a", 0, 1, "most_frequent", 64)])
    with pytest.raises(DatasetError, match="no prediction of a model"):
        read_predictions(path, None)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (
            "image,valence,arousal\n",
            CorpusError,
            "must be the organisers' sample file, but begins with 'image,val",
        ),
        ("valence,arousal\n0,0\n", CorpusError, "but is a label file of valence_arousal"),
        (
            "12-24-1920x1080\n175\n",
            CorpusError,
            "but begins with '12-24-1920x1080', as a list of videos does",
        ),
        (
            "# fer-data\n\ntext\n",
            CorpusError,
            "but begins with '# fer-data'. A sample file begins with image_loc",
        ),
        ("image_location\n", LabelFileError, "is unknown"),
        (f"{HEADER}\n../00001.jpg,0\n", CorpusError, "plain file name"),
        (f"{HEADER}\na/00001.jpg,0\na/1.jpg,0\n", CorpusError, r"s\.txt:3: The row stands on line 2"),
        (f"\ufeff{HEADER}\r\n\r\n", CorpusError, "asks for no rows"),
        ("", CorpusError, "but begins with an empty line"),
    ],
    ids=["other-task", "labels", "videos", "text", "no-classes", "unsafe-name", "repeat", "no-rows", "empty"],
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
    with pytest.raises(
        DatasetError, match=r"--split \('test'\): .* has no expression subject in it\. Expected train\."
    ):
        read_frame_counts(catalog(tmp_path, {"a": 2}, split="train"), "test")


def test_aligned_faces_are_no_catalog(faces: Path) -> None:
    """They are of another stage, not of another version."""
    with pytest.raises(DatasetError, match=r"--catalog \(.*\) must be a catalog, but holds aligned faces\."):
        read_frame_counts(faces, "test")


def affect(path: Path) -> Path:
    """Write predictions of valence and arousal of two subjects."""
    rows = [("a", 0, 0.5, -0.25), ("a", 4, -1.0, 0.0), ("b", 1, 0.25, 1.0)]
    columns = places([(subject, frame) for subject, frame, *_ in rows]) | {
        "valence": [0.0] * 3,
        "arousal": [0.0] * 3,
        "predicted_valence": [row[2] for row in rows],
        "predicted_arousal": [row[3] for row in rows],
        "source": ["model"] * 3,
    }
    write_table(path, [pa.table(columns)], VALENCE_AROUSAL_PREDICTIONS)
    return path


def test_valence_and_arousal_are_answered_in_both_styles(tmp_path: Path) -> None:
    """Own value, nearest frame's, and the mean over all predictions; both files pass our own check."""
    known = read_predictions(affect(tmp_path / "p.parquet"), None, "valence_arousal")
    header = "image_location,valence,arousal"
    (tmp_path / "sample.txt").write_text(f"{header}\na/00001.jpg,0,0\na/00004.jpg,0,0\nc/00001.jpg,0,0\n")
    asked = read_sample(tmp_path / "sample.txt")
    assert write_one_file(known, asked, tmp_path / "out.txt") == Answers(1, 1, 1)
    assert (tmp_path / "out.txt").read_text() == (
        f"{header}\na/00001.jpg,0.500000,-0.250000\na/00004.jpg,-1.000000,0.000000\n"
        "c/00001.jpg,-0.083333,0.250000\n"
    )
    assert one_file_faults(tmp_path / "out.txt", asked, "sample.txt") == []
    two = Header("valence_arousal", ("valence", "arousal"))
    write_subject_files(known, {"a": 2, "b": 1}, made(tmp_path / "out"), header=two)
    assert (tmp_path / "out/a.txt").read_text() == "valence,arousal\n0.500000,-0.250000\n0.500000,-0.250000\n"
    assert subject_file_faults(tmp_path / "out", {"a": 2, "b": 1}, header=two) == []


@pytest.mark.parametrize("task", ["expression", "valence_arousal", "action_units"])
def test_a_subject_is_predicted_by_a_model_alone(tmp_path: Path, task: str) -> None:
    """Of every task, subjects without rows or with filled rows alone are counted as unpredicted."""
    path = tmp_path / "p.parquet"
    match task:
        case "expression":
            predictions(path, [*KNOWN, ("filled", 0, 1, "most_frequent", 64)])
        case "valence_arousal":
            affect(path)
        case _:
            units(path)
    known = read_predictions(path, 64, task)
    assert known.unpredicted({"a": 3, "none": 4, "filled": 1}) == {"none": 4, "filled": 1}


def test_action_units_are_answered_in_the_order_of_the_header(tmp_path: Path) -> None:
    """A unit that the model lacks is absent; a subject without predictions takes each unit's most frequent value."""
    known = read_predictions(units(tmp_path / "p.parquet"), None, "action_units")
    header = "image_location,AU12,AU2,AU1"
    (tmp_path / "sample.txt").write_text(f"{header}\na/00002.jpg,0,0,0\nb/00001.jpg,0,0,0\n")
    asked = read_sample(tmp_path / "sample.txt")
    write_one_file(known, asked, tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_text() == f"{header}\na/00002.jpg,1,0,1\nb/00001.jpg,0,0,1\n"
    assert one_file_faults(tmp_path / "out.txt", asked, "sample.txt") == []
    twelve = label_header("action_units", 8, catalog(tmp_path / "catalog", {"a": 3}))
    write_subject_files(known, {"a": 3}, made(tmp_path / "out"), header=twelve)
    first, *rows = (tmp_path / "out/a.txt").read_text().splitlines()
    assert first == "AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26"
    assert rows[1] == "1,0,0,0,0,0,1,0,0,0,0,0"
    assert subject_file_faults(tmp_path / "out", {"a": 3}, header=twelve) == []


@pytest.mark.parametrize(
    ("header", "line", "message"),
    [
        ("valence,arousal", "0.5", "has 1 values; it must have 2"),
        ("valence,arousal", "0.5,-5", r"arousal \(-5\) must be a number in \[-1, 1\]"),
        ("valence,arousal", "0.5,nan", "arousal: 'nan' is not a number"),
        ("AU1,AU2", "1,-1", r"AU02 \(-1\) must be 0 or 1"),
        ("AU1,AU2", "1,0.5", "AU02: '0.5' is not a whole number"),
    ],
    ids=["fields", "range", "number", "unanswered", "fraction"],
)
def test_wrong_values_of_other_tasks_are_found(tmp_path: Path, header: str, line: str, message: str) -> None:
    """Each row must hold every value of the header's task, in its range."""
    zeros = ",".join("0" for _ in header.split(","))
    (tmp_path / "s.txt").write_text(f"image_location,{header}\na/00001.jpg,{zeros}\n")
    (tmp_path / "f.txt").write_text(f"image_location,{header}\na/00001.jpg,{line}\n")
    faults = one_file_faults(tmp_path / "f.txt", read_sample(tmp_path / "s.txt"), "s.txt")
    assert [(fault.rule, fault.line) for fault in faults] == [("label", 2)]
    assert re.search(message, faults[0].message)


def test_predictions_of_another_task_are_refused(tmp_path: Path) -> None:
    """The message names the table that is wanted; so does asking a model's answers for another header."""
    path = predictions(tmp_path / "p.parquet", KNOWN)
    with pytest.raises(
        DatasetError, match=r"no predictions of valence_arousal.*valence_arousal/predictions\.parquet"
    ):
        read_predictions(path, 64, "valence_arousal")
    known = read_predictions(path, 64)
    with pytest.raises(DatasetError, match="are of expression, but action_units is asked for"):
        write_subject_files(known, {"a": 1}, tmp_path / "out", header=Header("action_units", ("AU01",)))
