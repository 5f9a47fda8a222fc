"""CK+: the first picture neutral, the last with the emotion, those between without a label."""

from pathlib import Path
from typing import Any

import pytest
from corpus_trees import source_of_kind
from hypothesis import given
from hypothesis import strategies as st

from fer_data.corpora.adapter import OpenedCorpus, refuse
from fer_data.corpora.adapters import adapter_of
from fer_data.errors import CorpusError

WORDS = ("Neutral", "Anger", "Contempt", "Disgust", "Fear", "Happiness", "Sadness", "Surprise")


def write_sequence(root: Path, person: str, number: str, pictures: Any, emotion: Any = None) -> Path:
    """Write a sequence as CK+ has it; `emotion` is the text of the file of its last picture."""
    folder = root / f"cohn-kanade-images/{person}/{number}"
    folder.mkdir(parents=True, exist_ok=True)
    for picture in pictures:
        (folder / f"{person}_{number}_{picture:08d}.png").write_bytes(b"\x89PNG")
    labels = root / f"Emotion/{person}/{number}"
    labels.mkdir(parents=True, exist_ok=True)  # a sequence without a sure emotion has an empty folder
    file = labels / f"{person}_{number}_{max(pictures, default=1):08d}_emotion.txt"
    if emotion is not None:
        file.write_text(str(emotion))
    return file


def opened(root: Path, held_out: float = 0.0, on_error: Any = refuse) -> OpenedCorpus:
    """Return a folder of CK+, opened."""
    source = source_of_kind(root, "ckplus", held_out=held_out)
    return adapter_of(source).open(root, source, on_error)


def read(root: Path) -> tuple[list[tuple[str, int, str | None]], list[str]]:
    """Return sequence, frame and expression of each row, and the rules of what was found."""
    corpus = opened(root)
    rows = [row for chunk in corpus.rows() for row in chunk]
    return [(str(row.clip), row.frame_index, row.labels.expression) for row in rows], [
        finding.rule for finding in corpus.findings
    ]


def test_a_folder_as_it_is_sent_out_is_read(tmp_path: Path) -> None:
    """First and last picture have a label, the rest is unlabelled; a sequence without an emotion has its first."""
    write_sequence(tmp_path, "S005", "001", range(1, 5), "   3.0000000e+00\n")
    write_sequence(tmp_path, "S005", "002", range(1, 3))
    write_sequence(tmp_path, "S010", "001", range(1, 3), "5.0000000e+00")
    for junk in ("cohn-kanade-images/.DS_Store", "cohn-kanade-images/S005/001/Thumbs.db", "readme.txt"):
        (tmp_path / junk).write_text("x")
    rows, rules = read(tmp_path)
    assert rows == [
        ("S005_001", 0, "Neutral"),
        ("S005_001", 1, None),
        ("S005_001", 2, None),
        ("S005_001", 3, "Disgust"),
        ("S005_002", 0, "Neutral"),
        ("S005_002", 1, None),
        ("S010_001", 0, "Neutral"),
        ("S010_001", 1, "Happiness"),
    ]
    assert rules == []
    corpus = opened(tmp_path)
    first = next(corpus.rows())[0]
    assert (first.path, first.person, first.scope) == (
        "cohn-kanade-images/S005/001/S005_001_00000001.png",
        "S005",
        "frame",
    )
    assert first.labels.rule == "first frame of a sequence"
    assert corpus.found == {"people": 2, "sequences": 3, "sequences with an emotion": 2}
    assert corpus.classes == WORDS


@pytest.mark.parametrize("code", range(8))
def test_its_order_of_classes_is_its_own(tmp_path: Path, code: int) -> None:
    """2 is contempt, which Aff-Wild2 does not have."""
    write_sequence(tmp_path, "S005", "001", range(1, 3), f"{code}.0000000e+00")
    assert read(tmp_path)[0][-1] == ("S005_001", 1, WORDS[code])


def test_a_person_is_in_one_split(tmp_path: Path) -> None:
    """CK+ has no splits; a person has several sequences."""
    for person in range(10):
        for number in ("001", "002"):
            write_sequence(tmp_path, f"S{person:03d}", number, [1], "1.0")
    rows = [chunk[0] for chunk in opened(tmp_path, held_out=0.2).rows()]
    assert len({row.person for row in rows if row.split == "validation"}) == 2
    assert sum(row.split == "validation" for row in rows) == 4


def test_incomplete_sequences_are_said(tmp_path: Path) -> None:
    """Without the first picture nothing is neutral, without the last none has the emotion."""
    write_sequence(tmp_path, "S005", "001", [2, 3], "3.0")
    file = write_sequence(tmp_path, "S005", "002", [1, 2], "3.0")
    file.rename(file.with_name("S005_002_00000009_emotion.txt"))
    file = write_sequence(tmp_path, "S005", "003", [], "3.0")
    rows, rules = read(tmp_path)
    assert rows == [
        ("S005_001", 1, None),
        ("S005_001", 2, "Disgust"),
        ("S005_002", 0, "Neutral"),
        ("S005_002", 1, None),
    ]
    assert rules == ["label-without-video", "first-frame-missing", "peak-missing"]


def test_a_code_that_is_none_is_no_label(tmp_path: Path) -> None:
    """It is said, and the sequence keeps its first."""
    write_sequence(tmp_path, "S005", "001", [1, 2], "8.0")
    assert read(tmp_path) == ([("S005_001", 0, "Neutral"), ("S005_001", 1, None)], ["label-out-of-range"])


def test_copies_are_said(tmp_path: Path) -> None:
    """A picture and an emotion of one name count once."""
    for folder in ("", "copy"):
        write_sequence(tmp_path / folder, "S005", "001", [1, 2], "3.0")
    rows, rules = read(tmp_path)
    assert (len(rows), rules) == (2, ["duplicate-file"] * 3)


@pytest.mark.parametrize("text", ["", "a", "3.0\n4.0", "3.5", "nan", "3.0 4.0"])
def test_a_file_that_is_no_number_is_refused(tmp_path: Path, text: str) -> None:
    """By name; where it is only noted, the sequence keeps its pictures without labels."""
    write_sequence(tmp_path, "S005", "001", [1, 2], text)
    with pytest.raises(CorpusError, match=r"S005_001_00000002_emotion.txt:1: The file must have one number"):
        list(opened(tmp_path).rows())
    met: list[CorpusError] = []
    (rows,) = opened(tmp_path, on_error=met.append).rows()
    assert ([row.labels.expression for row in rows], len(met)) == ([None, None], 1)


def test_an_unknown_release_says_what_is_there(tmp_path: Path) -> None:
    """The 48 px csv that goes round as CK+, say."""
    (tmp_path / "ckextended.csv").write_text("emotion,pixels,Usage\n")
    with pytest.raises(
        CorpusError,
        match=r"no release of CK\+ .*: it has 1 file\(s\) such as 'ckextended.csv'. Expected cohn",
    ):
        opened(tmp_path)
    write_sequence(tmp_path, "S005", "001", [1, 2])
    with pytest.raises(CorpusError, match=r"it has 2 pictures, 1 other"):
        opened(tmp_path)


@given(st.lists(st.integers(0, 7), min_size=1, max_size=9), st.integers(2, 6))
def test_nothing_of_a_label_is_lost(
    tmp_path_factory: pytest.TempPathFactory, codes: list[int], length: int
) -> None:
    """The peak of each sequence comes back with its class."""
    root = tmp_path_factory.mktemp("ckplus")
    for number, code in enumerate(codes):
        write_sequence(root, "S005", f"{number:03d}", range(1, length + 1), f"{code}.0000000e+00")
    assert [chunk[-1].labels.expression for chunk in opened(root).rows()] == [WORDS[code] for code in codes]
