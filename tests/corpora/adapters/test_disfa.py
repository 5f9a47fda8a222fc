"""DISFA: frames by the first column, intensities kept, occurrence by a parameter, one camera."""

from pathlib import Path
from typing import Any

import pytest
from corpus_trees import source_of_kind, write_video
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fer_data.corpora.adapter import OpenedCorpus, refuse
from fer_data.corpora.adapters import adapter_of
from fer_data.errors import CorpusError, LabelFileError

UNITS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
KEYS = {"present_from": 2, "camera": "left", "held_out": 0.0}


def write_labels(root: Path, person: str, unit: int, lines: list[str], end: str = "\n") -> Path:
    """Write a label file where DISFA has it."""
    path = root / f"ActionUnit_Labels/{person}/{person}_au{unit}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode())
    return path


def write_person(root: Path, person: str, frames: int = 3, spare: int = 1) -> None:
    """Write all that DISFA has of a person: a file a unit, and two videos with more frames than lines."""
    for unit in UNITS:
        write_labels(root, person, unit, [f"{frame + 1},{(frame + unit) % 6}" for frame in range(frames)])
    write_video(root / f"Videos_LeftCamera/LeftVideo{person}_comp.avi", frames + spare)
    write_video(root / f"Video_RightCamera/RightVideo{person}_comp.avi", frames + spare)


def opened(root: Path, **keys: Any) -> OpenedCorpus:
    """Return a folder of DISFA, opened."""
    source = source_of_kind(root, "disfa", task="action_units", **{**KEYS, **keys})
    return adapter_of(source).open(root, source, refuse)


def test_a_folder_as_it_is_sent_out_is_read(tmp_path: Path) -> None:
    """A row a labelled frame, counted from 1 in the files; the frames behind the last label have none."""
    write_person(tmp_path, "SN001", frames=4, spare=9)
    write_person(tmp_path, "SN031")

    corpus = opened(tmp_path)
    first, second = corpus.rows()

    assert corpus.videos == {
        f"LeftVideo{name}_comp": f"Videos_LeftCamera/LeftVideo{name}_comp.avi" for name in ("SN001", "SN031")
    }
    assert [row.frame_index for row in first] == [0, 1, 2, 3]
    assert {(row.person, row.clip, row.scope, row.split) for row in second} == {
        ("SN031", "LeftVideoSN031_comp", "frame", "train")
    }
    assert first[1].labels.intensities == {f"AU{unit:02d}": (1 + unit) % 6 for unit in UNITS}
    assert (corpus.found, corpus.classes, corpus.findings) == ({"people": 2, "videos": 2}, (), ())


def test_occurrence_follows_from_intensity(tmp_path: Path) -> None:
    """Which intensity counts as present is a parameter, and stands beside the label."""
    write_labels(tmp_path, "SN001", 1, [f"{i + 1},{i}" for i in range(6)])
    for least in (1, 2, 3):
        (rows,) = opened(tmp_path, present_from=least).rows()
        assert [row.labels.units["AU01"] for row in rows] == [int(i >= least) for i in range(6)]
        assert {row.labels.rule for row in rows} == {f"intensity >= {least}"}


def test_the_other_camera_shows_the_same_person(tmp_path: Path) -> None:
    """Labels are those of the person, the video is the camera's."""
    write_person(tmp_path, "SN001")
    corpus = opened(tmp_path, camera="right")
    (rows,) = corpus.rows()
    assert {(row.person, row.path) for row in rows} == {
        ("SN001", "Video_RightCamera/RightVideoSN001_comp.avi")
    }


def test_people_are_held_out_by_their_names(tmp_path: Path) -> None:
    """DISFA has no splits; a person is in one, and the share is a parameter."""
    for person in range(1, 11):
        write_labels(tmp_path, f"SN{person:03d}", 12, ["1,0"])
    splits = [rows[0].split for rows in opened(tmp_path, held_out=0.3).rows()]
    assert (splits.count("validation"), splits.count("train")) == (3, 7)


def test_lines_are_found_by_their_frame_and_never_by_their_place(tmp_path: Path) -> None:
    """Files that begin late, miss lines or are out of order say nothing about the frames that they leave out."""
    write_labels(tmp_path, "SN001", 1, ["\ufeff3,1", "", " 2 , 4 "], end="\r\n")
    write_labels(tmp_path, "SN001", 12, ["5,2.0"])
    corpus = opened(tmp_path)
    (rows,) = corpus.rows()
    assert {row.frame_index: dict(row.labels.intensities) for row in rows} == {
        1: {"AU01": 4.0},
        2: {"AU01": 1.0},
        4: {"AU12": 2.0},
    }
    assert {finding.rule for finding in corpus.findings} == {"missing-labels", "label-without-video"}


def test_what_lines_get_wrong_is_counted(tmp_path: Path) -> None:
    """Out of range or contradicting: not coded, never 0."""
    write_labels(tmp_path, "SN001", 1, ["1,6", "2,-1", "3,1", "3,2", "4,1", "4,1"])
    corpus = opened(tmp_path)
    for _ in range(2):
        (rows,) = corpus.rows()
    assert [dict(row.labels.intensities) for row in rows] == [{}, {}, {}, {"AU01": 1.0}]
    rules = [finding.rule for finding in corpus.findings]
    assert rules[-3:] == ["label-out-of-range", "contradicting-rows", "duplicate-rows"]


@pytest.mark.parametrize(
    "line", ["1", "1,2,3", "0,1", "-1,1", "a,1", "1,a", "1;2", "10000000,1", "1,nan", "frame,intensity"]
)
def test_a_line_of_another_format_is_refused(tmp_path: Path, line: str) -> None:
    """The file and the line are named, and one wrong file costs no other."""
    write_labels(tmp_path, "SN001", 1, ["1,0", line])
    write_labels(tmp_path, "SN001", 2, ["1,3"])
    with pytest.raises(
        LabelFileError, match=r"ActionUnit_Labels/SN001/SN001_au1.txt:2: Line .* must be a frame"
    ):
        list(opened(tmp_path).rows())
    source = source_of_kind(tmp_path, "disfa", **KEYS)
    met: list[CorpusError] = []
    (rows,) = adapter_of(source).open(tmp_path, source, met.append).rows()
    assert (len(met), rows[0].labels.intensities) == (1, {"AU02": 3.0})


def test_doubtful_files_are_said(tmp_path: Path) -> None:
    """Copies, units that DISFA does not code, and videos that nobody labelled."""
    write_person(tmp_path, "SN001")
    write_labels(tmp_path / "copy", "SN001", 1, ["1,5"])
    write_labels(tmp_path, "SN001", 7, ["1,5"])
    write_video(tmp_path / "copy/LeftVideoSN001_comp.avi", 1)
    write_video(tmp_path / "Videos_LeftCamera/LeftVideoSN002_comp.avi", 1)
    corpus = opened(tmp_path)
    (rows,) = corpus.rows()
    assert rows[0].labels.intensities["AU01"] == 1.0
    assert sorted(finding.rule for finding in corpus.findings) == [
        "duplicate-labels",
        "duplicate-video",
        "stray-file",
        "video-without-labels",
    ]


def test_a_folder_whose_name_is_no_plain_text_is_said(tmp_path: Path) -> None:
    """Its label files are not passed over in silence; files that are of no kind are nobody's."""
    write_person(tmp_path, "SN001")
    write_labels(tmp_path / "c\x1bopy", "SN002", 1, ["1,5"])
    (tmp_path / "n\note.pdf").touch()
    (finding,) = opened(tmp_path).findings
    assert (finding.rule, finding.severity) == ("unsafe-name", "error")
    assert finding.file == r"c\x1bopy/ActionUnit_Labels/SN002/SN002_au1.txt"


def test_an_unknown_release_says_what_is_there(tmp_path: Path) -> None:
    """What was found and what was expected."""
    write_video(tmp_path / "LeftVideoSN001_comp.avi", 1)
    (tmp_path / "au.csv").write_text("a")
    with pytest.raises(
        CorpusError,
        match=r"no release of DISFA that is known: it has 1 videos, 1 other file\(s\) such as 'au.csv'. Expected",
    ):
        opened(tmp_path)


@given(
    st.dictionaries(
        st.integers(0, 99), st.dictionaries(st.sampled_from(UNITS), st.integers(0, 5), min_size=1), min_size=1
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
def test_nothing_of_a_label_is_lost(
    tmp_path_factory: pytest.TempPathFactory, coded: dict[int, dict[int, int]]
) -> None:
    """Each intensity comes back at its frame."""
    root = tmp_path_factory.mktemp("disfa")
    for unit in UNITS:
        if lines := [f"{frame + 1},{units[unit]}" for frame, units in coded.items() if unit in units]:
            write_labels(root, "SN001", unit, lines)
    (rows,) = opened(root).rows()
    assert {
        row.frame_index: {int(unit[2:]): value for unit, value in row.labels.intensities.items()}
        for row in rows
    } == coded
