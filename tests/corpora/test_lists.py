"""Test lists, sample files and multi-task lists."""

from collections.abc import Callable

import pytest
from corpus_trees import MTL
from hypothesis import given
from hypothesis import strategies as st

from fer_data.corpora.labels import parse_labels
from fer_data.corpora.lists import parse_multi_task_list, parse_sample_file, parse_test_list
from fer_data.errors import CorpusError, FerDataError

ZEROS = ",".join("0" * 12)
READERS = [parse_labels, parse_multi_task_list, parse_sample_file, parse_test_list]
HARD_CASES = [
    b"",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"valence,arousal\n1e400,0",
    b"valence,arousal\n1e-400,0",
    b"valence,arousal\n--1,0",
    b"valence,arousal\n0,0\x0b0,0",
    b"valence,arousal\n" + b"9" * 400 + b",0",
    b"AU1,AU2\n99999999999999999999,0",
    b"AU1,\n0,0",
    "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise\n\uff10".encode(),
    "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise\n1\u20281".encode(),
    f"{MTL}\na/99999999999.jpg,0,0,0,{ZEROS}".encode(),
    f"{MTL}\na/00000.jpg,0,0,0,{ZEROS}".encode(),
    f"{MTL}\n..\\a/00001.jpg,0,0,0,{ZEROS}".encode(),
    f"{MTL}\na/00001.jpg,0,0,1e0,{ZEROS}".encode(),
    b"image_location,Neutral\n/00001.jpg",
    b"image_location\na/\xd9\xa3.jpg",
    b"a\x85b\n\x1c",
]


def refusal(reader: Callable[[bytes, str], object], content: bytes) -> str | None:
    """Return the message with which a reader refuses a file, or None when it reads it."""
    try:
        reader(content, "x.txt")
    except FerDataError as error:
        return str(error)
    return None


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
@pytest.mark.parametrize("content", HARD_CASES, ids=lambda content: ascii(content[:40]))
def test_hard_cases_of_mutated_files(reader: Callable[[bytes, str], object], content: bytes) -> None:
    """Mutated files are read or refused by one of our errors, on one line."""
    assert "\n" not in (refusal(reader, content) or "")


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
@given(st.one_of(st.binary(max_size=120), st.text(max_size=120).map(lambda body: f"{MTL}\n{body}".encode())))
def test_any_bytes_are_read_or_refused(reader: Callable[[bytes, str], object], content: bytes) -> None:
    """No file makes a reader fail in another way."""
    message = refusal(reader, content)
    assert message is None or message.startswith("x.txt:")


def test_names_of_a_test_list() -> None:
    """Blank lines and suffixes of files are taken off, the first line of a repeated name counts."""
    content = b"\xef\xbb\xbf102\r\n\r\n video45_1 \r\nb_left.txt\r\nc.MP4\r\n102\r\n"

    assert parse_test_list(content, "t.txt") == {"102": 1, "video45_1": 3, "b_left": 4, "c": 5}


def test_sample_file_with_and_without_header() -> None:
    """Frames come in rising order, each once; a repeated line is noted."""
    rows = "t/00003.jpg,0\nt/00001.jpg\nt/00003.jpg\n"

    for content in (rows, f"image_location,Neutral\n{rows}"):
        found = parse_sample_file(content.encode(), "s.txt")["t"]
        assert found.frames.tolist() == [0, 2]
        assert len(found.duplicates) == 1


def test_multi_task_line() -> None:
    """One line carries all three tasks; whole numbers may be written with a point."""
    content = f"{MTL}\na/00002.jpg, 0.5, -0.25, 4.0, {'1,' * 11}-1\n".encode()

    found = parse_multi_task_list(content, "m.txt")["a"]

    valence_arousal, expression, units = found.labels
    assert found.frames.tolist() == [1]
    assert valence_arousal.values.tolist() == [[0.5, -0.25]]
    assert expression.values.tolist() == [[4]]
    assert units.annotated.tolist() == [[True] * 11 + [False]]
    assert units.lines.tolist() == [2]


@pytest.mark.parametrize("value", ["0.5", "x", ""])
def test_multi_task_expression_must_be_whole(value: str) -> None:
    """A fraction, a word or nothing in place of a class is refused with the line."""
    with pytest.raises(CorpusError, match=r"m\.txt:2: .* is not a whole number"):
        parse_multi_task_list(f"{MTL}\na/00002.jpg,0,0,{value},{ZEROS}".encode(), "m.txt")


@pytest.mark.parametrize(
    ("reader", "line", "most"),
    [
        (parse_test_list, "{}", 20_000),
        (parse_sample_file, "{}/00001.jpg", 20),
        (parse_multi_task_list, "{}/00001.jpg,0,0,0" + ",0" * 12, 20),
    ],
    ids=["test-list", "sample-file", "multi-task-list"],
)
def test_a_list_of_endless_subjects_is_refused(
    reader: Callable[[bytes, str], object], line: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A megabyte of names would cost a gigabyte and minutes; some hundred are usual. One reader is given as many."""
    if most != 20_000:
        monkeypatch.setattr("fer_data.corpora.lists._MAX_SUBJECTS", most)
    lines = [line.format(number) for number in range(most + 1)]
    reader("\n".join(lines[:-1]).encode(), "x.txt")
    with pytest.raises(
        CorpusError, match=rf"{most + 1}: The list names more than {most:,} subjects"
    ) as caught:
        reader("\n".join(lines).encode(), "x.txt")
    assert caught.value.rule == "too-large"
