"""Names in other Unicode forms or in other case are matched with a finding, or doubtful."""

import unicodedata
from pathlib import Path

import pytest
from corpus_trees import MTL, SEVEN, VA, source, write_text

from fer_data.corpora.corpus import Corpus, open_corpus
from fer_data.corpora.crops import find_crops, fit_crops

COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "Zoë é 1") for form in ("NFC", "NFD"))
LABELS = "annotations/EXPR_Set/Train_Set"


def made(root: Path, *files: str, test_list: str | None = None) -> Corpus:
    """Return a corpus of label files and videos by their paths, and of a test list of one name."""
    for file in files:
        header = VA if "VA_Set" in file else SEVEN
        write_text(root / file, header if file.endswith(".txt") else "", ["0,0" if header == VA else 0])
    if test_list:
        write_text(root / "annotations/EXPR_Set/test_set.txt", test_list, [])
    return open_corpus(root, source(root))


def rules(corpus: Corpus) -> list[tuple[str, str]]:
    """Return rule and severity of each finding but of the choice of an edition."""
    return [(f.rule, str(f.severity)) for f in corpus.findings if f.rule != "edition-chosen"]


@pytest.mark.parametrize("where", ["video", "label", "list"])
def test_unicode_forms_are_one_name(tmp_path: Path, where: str) -> None:
    """A name in parts, as macOS writes it, is the same name in whole letters: in files and in lists."""
    names = {index: DECOMPOSED if index == where else COMPOSED for index in ("video", "label", "list")}
    files = [f"{LABELS}/{names['label']}.txt"] if where != "list" else [f"{LABELS}/other.txt", "v/other.mp4"]
    listed = names["list"] if where == "list" else None

    corpus = made(tmp_path, *files, f"v/{names['video']}.mp4", test_list=listed)

    assert COMPOSED in {subject.subject_id for subject in corpus.subjects}
    assert {subject.video_id for subject in corpus.subjects} == set(corpus.videos)
    assert rules(corpus) == [("name-form", "info")]


def test_two_forms_of_one_name_side_by_side_are_told_apart(tmp_path: Path) -> None:
    """Two files whose names look equal are named by their bytes."""
    corpus = made(tmp_path, f"{LABELS}/{COMPOSED}.txt", f"v/{COMPOSED}.mp4", f"v/{DECOMPOSED}.mp4")

    finding = next(f for f in corpus.findings if f.rule == "duplicate-video")
    assert r"Zoe\u0308" in finding.message
    assert r"Zo\xeb" in finding.message


@pytest.mark.parametrize("listed", [False, True], ids=["label-file", "test-list"])
def test_a_video_that_differs_in_case_alone_is_matched(tmp_path: Path, listed: bool) -> None:
    """Where one fits, it is taken with a warning; a side in the name does not matter."""
    if listed:
        corpus = made(tmp_path, f"{LABELS}/other.txt", "v/other.mp4", "v/Video1.mp4", test_list="video1_left")
    else:
        corpus = made(tmp_path, f"{LABELS}/video1_left.txt", "v/Video1.mp4")

    assert {subject.video_id for subject in corpus.subjects} == set(corpus.videos)
    assert rules(corpus) == [("name-case", "warning")]


def test_a_multi_task_list_is_matched_too(tmp_path: Path) -> None:
    """Its pictures name subjects, as label files do."""
    write_text(tmp_path / "MTL_Challenge/train_set.txt", MTL, ["Video1/00001.jpg,0,0,0" + ",0" * 12])
    write_text(tmp_path / "v/video1.mp4", "", [])

    corpus = open_corpus(tmp_path, source(tmp_path, task="multi_task"))

    assert [(s.subject_id, s.video_id) for s in corpus.subjects] == [("Video1", "video1")]
    assert ("name-case", "warning") in rules(corpus)


@pytest.mark.parametrize(
    "files",
    [
        pytest.param([f"{LABELS}/AB.txt", "v/ab.mp4", "v/Ab.mp4"], id="two-videos"),
        pytest.param([f"{LABELS}/AB.txt", f"{LABELS}/Ab.txt", "v/ab.mp4"], id="two-subjects"),
        pytest.param([f"{LABELS}/AB.txt", f"{LABELS}/ab.txt", "v/ab.mp4"], id="one-is-exact"),
    ],
)
def test_doubtful_names_are_errors(tmp_path: Path, files: list[str]) -> None:
    """What could be meant by a name is not guessed: `check` ends with exit code 1."""
    corpus = made(tmp_path, *files)

    assert ("name-ambiguous", "error") in rules(corpus)
    assert "AB" in {subject.video_id for subject in corpus.subjects}


def test_one_subject_in_the_case_of_two_tasks(tmp_path: Path) -> None:
    """Label files of two tasks that differ in case alone are of one subject, called like the video."""
    corpus = made(tmp_path, f"{LABELS}/Video1.txt", "annotations/VA_Set/Train_Set/video1.txt", "v/video1.mp4")

    assert [(s.subject_id, sorted(s.annotations)) for s in corpus.subjects] == [
        ("video1", ["expression", "valence_arousal"])
    ]
    assert rules(corpus) == [("name-case", "warning")]


def test_names_that_each_have_their_video_stay_apart(tmp_path: Path) -> None:
    """Case tells them apart where every one is there as it is written."""
    corpus = made(tmp_path, f"{LABELS}/a.txt", f"{LABELS}/A.txt", "v/a.mp4", "w/A.mp4")

    assert [(s.subject_id, s.video_id) for s in corpus.subjects] == [("A", "A"), ("a", "a")]
    assert rules(corpus) == []


def test_crops_are_found_in_other_letters(tmp_path: Path) -> None:
    """Folders of crops follow the same rules as videos."""
    for name in ("VIDEO1", DECOMPOSED):
        (tmp_path / name).mkdir()
        (tmp_path / name / "00001.jpg").touch()

    crops = fit_crops(find_crops(tmp_path), ["video1", COMPOSED])

    assert crops["video1"] == tmp_path / "VIDEO1"
    assert crops[COMPOSED] == tmp_path / DECOMPOSED
