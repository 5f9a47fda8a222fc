"""The organisers' crops are numbered pictures, one a frame."""

from pathlib import Path

from corpus_trees import SEVEN, source, write_text

from fer_data.corpora.corpus import open_corpus
from fer_data.corpora.crops import crop_frames, repeated_crops


def crops_of(folder: Path, *names: str) -> Path:
    """Make a subject's folder of crops."""
    for name in names:
        write_text(folder / name, "", [])
    return folder


def test_pictures_of_one_number_are_told(tmp_path: Path) -> None:
    """Which of two people stands for a frame may not be left to the order of names in silence."""
    folder = crops_of(tmp_path / "crops/x", "00001.jpg", "00002.jpg", "2.png", "00003.jpg", "3.jpg", "03.bmp")
    assert [path.name for path in crop_frames(folder).values()] == ["00001.jpg", "00002.jpg", "00003.jpg"]
    [told] = repeated_crops({"x": folder})
    assert (told.rule, told.subject_id, told.file) == ("repeated-crops", "x", "x/2.png")
    assert told.message.startswith("2 number(s) have several pictures: 00002.jpg is used and 2.png not.")
    assert not [
        *repeated_crops({"y": crops_of(tmp_path / "crops/y", "00001.jpg", "00010.jpg", "notes.txt", "0.jpg")})
    ]


def test_a_corpus_tells_of_them(tmp_path: Path) -> None:
    """`check` and `ingest` read the same findings."""
    write_text(tmp_path / "annotations/EXPR_Set/Train_Set/x.txt", SEVEN, [0, 0])
    crops_of(tmp_path / "crops/x", "00001.jpg", "1.png")
    corpus = open_corpus(tmp_path, source(tmp_path, crops=str(tmp_path / "crops")))
    assert [finding.rule for finding in corpus.findings] == ["repeated-crops"]


def test_a_folder_that_differs_in_case_is_told_once_by_its_subject(tmp_path: Path) -> None:
    """There is no subject of the folder's own name."""
    write_text(tmp_path / "annotations/EXPR_Set/Train_Set/Anna.txt", SEVEN, [0, 0])
    crops_of(tmp_path / "crops/anna", "00001.jpg", "1.png")
    corpus = open_corpus(tmp_path, source(tmp_path, crops=str(tmp_path / "crops")))
    told = [one for one in corpus.findings if one.rule == "repeated-crops"]
    assert [(one.subject_id, one.file) for one in told] == [("Anna", "anna/1.png")]
