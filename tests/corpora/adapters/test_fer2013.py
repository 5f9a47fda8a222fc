"""FER2013 and FER+: pictures as rows of pixels, votes row by row, and what copies make of either."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from picture_corpora import opened, rows_of, said, write_pictures

from fer_data.core.labels.votes import FERPLUS
from fer_data.corpora.adapters.fer2013 import FER2013
from fer_data.corpora.picture_files import picture_bytes
from fer_data.errors import CorpusError
from fer_data.pictures.images import decode

VOTES = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
ROWS = (("Training", 0), ("PublicTest", 3), ("PrivateTest", 6))


def pixels(seed: int, side: int = 4) -> str:
    """Return the pixels of a small picture as the file has them."""
    return " ".join(map(str, np.random.default_rng(seed).integers(0, 256, side * side)))


def write(root: Path, rows: Sequence[tuple[str, object]] = ROWS) -> Path:
    """Write fer2013.csv."""
    lines = [f"{code},{pixels(seed)},{usage}" for seed, (usage, code) in enumerate(rows)]
    (root / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *lines, ""]))
    return root


def write_votes(root: Path, *lines: str, header: str = VOTES) -> Path:
    """Write fer2013new.csv."""
    (root / "fer2013new.csv").write_text("\r\n".join([header, *lines, ""]))
    return root


def test_pictures_are_lines_of_the_file(tmp_path: Path) -> None:
    """The public test set is validation; the bytes of a picture are read by its line."""
    corpus = opened(write(tmp_path), "fer2013")
    rows = rows_of(corpus)
    assert [(row.path, row.split, row.labels.expression) for row in rows] == [
        ("fer2013.csv#2", "train", "Anger"),
        ("fer2013.csv#3", "validation", "Happiness"),
        ("fer2013.csv#4", "test", "Neutral"),
    ]
    grey = decode(picture_bytes(tmp_path, rows[1].path))[:, :, 0]
    assert " ".join(map(str, grey.ravel())) == pixels(1)
    assert corpus.classes == ("Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise", "Neutral")
    assert corpus.found == {"Training": 1, "PublicTest": 1, "PrivateTest": 1}
    assert {row.labels.source for row in rows} == {"annotated"}
    assert list(said(corpus)) == []


def test_the_other_copy_has_blanks_in_its_header(tmp_path: Path) -> None:
    """And another order of columns and name; it gives the same."""
    lines = [f"{code}, {usage},{pixels(seed)}" for seed, (usage, code) in enumerate(ROWS)]
    (tmp_path / "icml_face_data.csv").write_text("\n".join(["emotion, Usage, pixels", *lines, ""]))
    rows = rows_of(opened(tmp_path, "fer2013"))
    assert [(row.path, row.split, row.labels.expression) for row in rows] == [
        ("icml_face_data.csv#2", "train", "Anger"),
        ("icml_face_data.csv#3", "validation", "Happiness"),
        ("icml_face_data.csv#4", "test", "Neutral"),
    ]
    assert decode(picture_bytes(tmp_path, rows[0].path)).shape == (4, 4, 3)


def test_votes_of_ferplus_replace_the_labels(tmp_path: Path) -> None:
    """Row by row; unknown and no face are no classes, and a picture that FER+ dropped has no row."""
    rows = [("Training", 0), ("Training", 1), ("PublicTest", 3), ("PrivateTest", 6), ("PrivateTest", 2)]
    corpus = opened(
        write_votes(
            write(tmp_path, rows),
            "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0",
            "Training,,0,0,0,0,0,0,0,0,0,0",
            "PublicTest,fer0000001.png,0,1,0,0,0,0,0,6,3,0",
            "PrivateTest,fer0000002.png,0,0,0,0,0,0,0,0,0,10",
            "PrivateTest,fer0000003.png,5,5,0,0,0,0,0,0,0,0",
        ),
        "fer2013",
    )
    found = rows_of(corpus)
    assert [(row.path, row.split, row.labels.expression) for row in found] == [
        ("fer2013.csv#2", "train", "unknown"),
        ("fer2013.csv#4", "validation", "Contempt"),
        ("fer2013.csv#5", "test", "NF"),
        ("fer2013.csv#6", "test", "unknown"),
    ]
    assert found[0].labels.votes == {
        "Neutral": 4, "Happiness": 0, "Surprise": 0, "Sadness": 1, "Anger": 3, "Disgust": 2, "Fear": 0, "Contempt": 0,
        "unknown": 0, "NF": 0,
    }  # fmt: skip
    assert {(row.labels.source, row.labels.rule) for row in found} == {("voted", FERPLUS)}
    assert corpus.classes[-1] == "Contempt"
    assert corpus.found == {"Training": 2, "PublicTest": 1, "PrivateTest": 2}
    assert list(said(corpus)) == [("dropped-pictures", "info")]


def test_the_order_of_classes() -> None:
    """That of FER2013 by its codes, that of FER+ by its columns; unknown and NF are no classes."""
    table = FER2013.kind.table
    assert [table.codes[str(code)] for code in range(7)] == [
        "Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise", "Neutral",
    ]  # fmt: skip
    assert [table.codes[name] for name in VOTES.split(",")[2:]] == [
        "Neutral", "Happiness", "Surprise", "Sadness", "Anger", "Disgust", "Fear", "Contempt", "unknown", "NF",
    ]  # fmt: skip
    assert (table.unknown, table.no_face) == ({"unknown"}, {"NF"})
    assert FER2013.kind.totals == {"Training": 28_709, "PublicTest": 3_589, "PrivateTest": 3_589}


@given(st.lists(st.integers(0, 10), min_size=10, max_size=10))
def test_no_vote_is_lost(tmp_path_factory: pytest.TempPathFactory, counts: list[int]) -> None:
    """Votes, file, votes."""
    root = tmp_path_factory.mktemp("votes")
    write_votes(write(root, ROWS[:1]), f"Training,fer0000000.png,{','.join(map(str, counts))}")
    (row,) = rows_of(opened(root, "fer2013"))
    assert list(row.labels.votes.values()) == counts


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["Training,a.png" + ",1" * 10], r"fer2013\.csv:3: .* this row is in fer2013\.csv alone"),
        (
            ["Training,a.png" + ",1" * 10, "PublicTest,b.png" + ",1" * 10] * 2,
            r"fer2013new\.csv:4: Its Usage is 'Training', and that of the same row of fer2013\.csv 'PrivateTest'",
        ),
        (
            [
                f"{usage},a.png" + ",1" * 10
                for usage in ("Training", "PublicTest", "PrivateTest", "PrivateTest")
            ],
            r"fer2013new\.csv:5: .* this row is in fer2013new\.csv alone",
        ),
    ],
    ids=["fewer", "shifted", "more"],
)
def test_rows_that_are_not_aligned_are_refused(tmp_path: Path, lines: list[str], message: str) -> None:
    """One row too few would give every picture the votes of the next."""
    with pytest.raises(CorpusError, match=message):
        opened(write_votes(write(tmp_path), *lines), "fer2013")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Training,a.png" + ",1" * 9 + ",-1", r"fer2013new\.csv:2: votes .* must be 0 or more"),
        ("Training,a.png" + ",1" * 9 + ",x", r"fer2013new\.csv:2: 'x' is not a whole number"),
        ("Training,a.png" + ",1" * 9 + ",", r"fer2013new\.csv:2: '' is not a whole number"),
        ("Training,a.png" + ",1" * 9, r"has 11 field\(s\)"),
    ],
)
def test_wrong_votes_are_named(tmp_path: Path, line: str, message: str) -> None:
    """With their file and line."""
    with pytest.raises(CorpusError, match=message):
        rows_of(opened(write_votes(write(tmp_path, ROWS[:1]), line), "fer2013"))


def test_wrong_rows_are_said(tmp_path: Path) -> None:
    """A code that is none is no class; a part that is none stops."""
    corpus = opened(write(tmp_path, [("Training", 7), ("Training", "")]), "fer2013")
    assert [row.labels.expression for row in rows_of(corpus)] == [None, None]
    assert list(said(corpus)) == [("label-out-of-range", "error")]
    with pytest.raises(CorpusError, match=r"fer2013\.csv:2: Usage \('Test'\) must be Training"):
        rows_of(opened(write(tmp_path, [("Test", 1)]), "fer2013"))


def test_what_is_no_release_is_refused(tmp_path: Path) -> None:
    """Folders of classes, and votes without pictures."""
    write_pictures(tmp_path, ["train/angry/1.jpg"])
    write_votes(tmp_path, "Training,a.png" + ",1" * 10)
    with pytest.raises(
        CorpusError, match=r"no release of FER2013 .* Expected fer2013\.csv .* corpus: pictures"
    ):
        opened(tmp_path, "fer2013")
    (tmp_path / "fer2013.csv").write_text("emotion,Usage\n0,Training\n")
    with pytest.raises(CorpusError, match=r"fer2013\.csv:1: no column called 'pixels'"):
        opened(tmp_path, "fer2013")
