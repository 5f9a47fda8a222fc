"""Any corpus is checked through its adapter: what is there against what a whole copy has, and what is odd."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from corpus_trees import source_of_kind, videos_source, write_video

from fer_data.check import CheckReport, check_corpus
from fer_data.errors import CorpusError


def found(report: CheckReport) -> list[tuple[str, str]]:
    """Return severity and rule of each finding."""
    return [(finding.severity, finding.rule) for finding in report.findings]


def check_videos(root: Path, table: str, **changes: Any) -> CheckReport:
    """Check a folder of videos with a table of frames."""
    root.mkdir(exist_ok=True)
    (root / "labels.csv").write_text(table)
    source = videos_source(root, prefix="v-", frame="frame")
    return check_corpus(root, source, **changes)


def test_a_folder_of_videos_is_checked(tmp_path: Path) -> None:
    """Videos, people and rows are counted, and equal bytes are seen."""
    write_video(tmp_path / "a.mp4", 4)
    (tmp_path / "b.mp4").write_bytes((tmp_path / "a.mp4").read_bytes())
    report = check_videos(tmp_path, "video,frame,label\na,0,x\na,1,y\nb,0,x\ngone,0,x\n")
    assert (report.videos, report.subjects, report.label_lines, report.decoded_frames) == (2, 3, 4, None)
    assert found(report) == [("warning", "label-without-video"), ("warning", "same-video-content")]
    assert report.findings[1].video_id == "v-b"
    assert (report.corpus, report.unverified, report.errors) == ("videos with a table", False, 0)
    assert [(one.part, one.found, one.verdict) for one in report.totals] == [
        ("videos", 2, "counted"),
        ("lines", 4, "counted"),
    ]


def test_decoding_holds_frames_against_labels(tmp_path: Path) -> None:
    """A label two frames behind the video is within the tolerance, one that is further quarantines."""
    for name in "abc":
        write_video(tmp_path / f"{name}.mp4", 4)
    table = "video,frame,label\na,0,x\nb,5,x\nc,6,x\n"
    report = check_videos(tmp_path, table, decode=True)
    assert report.decoded_frames == 12
    assert found(report) == [("error", "frames-quarantined"), ("info", "frames-differ")]
    assert (report.findings[0].subject_id, report.findings[0].video_id) == ("v-c", "v-c")


def test_a_wrong_table_is_an_error_with_its_line(tmp_path: Path) -> None:
    """The rest of the folder is checked all the same."""
    write_video(tmp_path / "a.mp4", 1)
    report = check_videos(tmp_path, "video,frame,label\na,x,y\n")
    assert [(one.rule, one.file, one.line) for one in report.findings if one.severity == "error"] == [
        ("label-line", "labels.csv", 2)
    ]
    assert report.errors == 1


def test_what_a_whole_copy_has_is_held_against_what_is_there(tmp_path: Path) -> None:
    """DISFA has 27 people; the adapter never ran on a real copy, which is said."""
    path = tmp_path / "ActionUnit_Labels/SN001/SN001_au1.txt"
    path.parent.mkdir(parents=True)
    path.write_text("1,0\n")
    source = source_of_kind(tmp_path, "disfa", present_from=2, camera="left", held_out=0.0)
    report = check_corpus(tmp_path, source)
    assert (report.corpus, report.unverified) == ("DISFA", True)
    assert [(one.part, one.found, one.expected, one.verdict) for one in report.totals] == [
        ("people", 1, 27, "partial"),
        ("videos", 0, 27, "partial"),
    ]


def test_pictures_are_read_and_not_decoded(tmp_path: Path) -> None:
    """Missing and damaged ones are one finding a rule."""
    folder = tmp_path / "cohn-kanade-images/S005/001"
    folder.mkdir(parents=True)
    picture = np.zeros((8, 8, 3), np.uint8)
    cv2.imwrite(str(folder / "S005_001_00000001.png"), picture)
    for number in (2, 3):
        (folder / f"S005_001_{number:08d}.png").write_bytes(b"rubbish")
    labels = tmp_path / "Emotion/S005/001/S005_001_00000003_emotion.txt"
    labels.parent.mkdir(parents=True)
    labels.write_text("3.0")
    report = check_corpus(tmp_path, source_of_kind(tmp_path, "ckplus", held_out=0.0), decode=True)
    assert found(report) == [("error", "unreadable-picture")]
    assert "So it is 2 times" in report.findings[0].message
    assert (report.subjects, report.label_lines, report.videos) == (1, 3, 0)


def test_pictures_that_leak_and_boxes_that_miss_are_seen_before_ingest(tmp_path: Path) -> None:
    """The same bytes in two splits, and boxes in the pixels of another size."""
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((8, 8, 3), np.uint8))
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes())
    (tmp_path / "t.csv").write_text("p,l,s,a,b,c,d\na.png,x,train,0,0,8,8\nb.png,x,test,90,90,99,99\n")
    none = dict.fromkeys(("valence", "arousal", "subject"))
    table = {**none, "file": "t.csv", "path": "p", "label": "l", "split": "s", "box": list("abcd")}
    report = check_corpus(tmp_path, source_of_kind(tmp_path, "pictures", aligned=False, table=table))
    assert found(report) == [("warning", "box-outside"), ("warning", "same-picture")]
    assert [(one.part, one.found, one.verdict) for one in report.totals] == [
        ("train", 1, "counted"),
        ("test", 1, "counted"),
    ]


def test_only_the_parts_of_the_release_that_is_there_are_shown(tmp_path: Path) -> None:
    """AffectNet by its lists lacks one of them here, and nothing of the release with numpy files."""
    (tmp_path / "Manually_Annotated_Images").mkdir()
    (tmp_path / "validation.csv").write_text("1/a.jpg,0,0,9,9,1;2,3,0.5,0.5\n")
    report = check_corpus(tmp_path, source_of_kind(tmp_path, "affectnet", aligned=False))
    assert [(one.part, one.found, one.expected) for one in report.totals] == [
        ("training", 0, 414_799),
        ("training, 8 classes", 0, 287_651),
        ("training, 7 classes", 0, 283_901),
        ("validation", 1, 5_500),
        ("validation, 8 classes", 1, 4_000),
        ("validation, 7 classes", 1, 3_500),
    ]


def test_a_folder_of_nothing_is_refused(tmp_path: Path) -> None:
    """As `ingest` does."""
    with pytest.raises(CorpusError, match=r"no release of CREMA-D"):
        check_corpus(tmp_path, source_of_kind(tmp_path, "cremad", held_out=0.0))


def test_classes_that_the_dataset_lacks_are_seen_before_ingest(tmp_path: Path) -> None:
    """With the params file that says which classes those are: a person learns here that a word is not taken."""
    write_video(tmp_path / "a.mp4", 3)
    (tmp_path / "labels.csv").write_text("video,frame,label\na,0,happy\na,1,happy\na,2,Fear\n")
    source = videos_source(tmp_path, frame="frame")
    dataset = source.dataset.model_copy(update={"classes": ["Happiness", "Fear"]})
    report = check_corpus(tmp_path, replace(source, dataset=dataset))
    assert found(report) == [("info", "class-outside")]
    assert "2 rows of class happy" in report.findings[0].message
    assert "such as `happy: Happiness`" in report.findings[0].message
