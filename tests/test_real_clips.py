"""A folder of clips is aligned, held against what a person wrote down, and shown."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner
from video_corpora import align_params

from benchmarks.clip_truth import Shown, jitter, lost_rows, read_truth, roll_differences, wrong_rows
from benchmarks.real_clips import app, measure
from fer_data.core.vision.face_quality import CropMeasures
from fer_data.detectors import open_detector
from fer_data.errors import CorpusError
from fer_data.sample.encode import write_video
from fer_data.sample.scene import render_clip
from fer_data.tracking.face_store import FaceTable

FRAMES = 8
HEADER = "clip,subject_id,first_frame,last_frame,left,right\n"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one clip of two people."""
    folder = tmp_path_factory.mktemp("clips")
    write_video(
        folder / "talk.mp4",
        (picture for picture, _ in render_clip(3, FRAMES, size_wh=(320, 240), people=2)),
        25,
    )
    return folder


def table(landmarks: np.ndarray) -> FaceTable:
    """Return a table of one face a frame, all in the same box."""
    count = len(landmarks)
    numbers, empty = np.zeros(count, np.float32), np.zeros(count, np.int64)
    return FaceTable(
        frames=np.arange(count, dtype=np.int32),
        track_ids=np.zeros(count, np.int32),
        boxes=np.tile(np.array([10, 10, 50, 50], np.float32), (count, 1)),
        scores=numbers + 1,
        landmarks=landmarks.astype(np.float32),
        **dict.fromkeys(CropMeasures._fields, numbers),
        thumbnails=np.zeros((count, 48, 48, 3), np.uint8),
        offsets=empty,
        lengths=empty,
    )


def test_a_clip_is_held_against_the_truth(clips: Path, tmp_path: Path) -> None:
    """Both people are kept in every frame, each in one track, and the contact sheet is a picture."""
    shown = [Shown("talk_left", 0, 7, 0.0, 0.5), Shown("talk_right", 0, 7, 0.5, 1.0)]
    params = align_params()
    sheet = tmp_path / "talk.jpg"
    clip = measure(clips / "talk.mp4", shown, params, [open_detector(params)] * 2, sheet)
    assert (clip.rows, clip.kept, clip.lost, clip.wrong) == (2 * FRAMES, 2 * FRAMES, 0, 0)
    assert (clip.tracks, clip.tracks_per_person_and_shot, clip.roll_median) == (2, 1, 0.0)
    assert cv2.imread(str(sheet)).shape == (200, 1600, 3)


def test_a_row_of_somebody_else_is_wrong_and_one_without_a_face_is_lost(clips: Path, tmp_path: Path) -> None:
    """Who is said to be on the other side is wrong in every frame; frames that nobody names are not asked for."""
    shown = [Shown("talk_left", 0, 5, 0.5, 1.0), Shown("talk_right", 0, 5, 0.0, 0.5)]
    params = align_params()
    clip = measure(clips / "talk.mp4", shown, params, [open_detector(params)], tmp_path / "talk.jpg")
    assert (clip.frames, clip.kept, clip.wrong, clip.lost) == (6, 12, 12, 0)


def test_the_command_prints_and_writes_figures_without_a_truth(clips: Path, tmp_path: Path) -> None:
    """Without a truth file every frame is asked for, and nothing is said of wrong rows."""
    figures = tmp_path / "figures.json"
    sheets = tmp_path / "sheets"
    result = CliRunner().invoke(app, [str(clips), "--json", str(figures), "--sheets", str(sheets)])
    assert result.exit_code == 0, result.output
    (clip,) = json.loads(figures.read_text())["clips"]
    assert (clip["clip"], clip["rows"], clip["wrong"]) == ("talk", FRAMES, None)
    assert (sheets / "talk.jpg").stat().st_size > 0


def test_a_clip_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """It is left out, and the exit code says so."""
    (tmp_path / "notes.mp4").write_text("no video")
    result = CliRunner().invoke(app, [str(tmp_path), "--sheets", str(tmp_path / "sheets")])
    assert result.exit_code == 1
    assert "left out: notes.mp4" in result.output


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("clip,person\n", "Expected clip, subject_id, first_frame"),
        (HEADER + "talk,talk,one,7,,\n", "line 2.*Expected numbers"),
        (HEADER + "talk,anna,0,7,,\ntalk,ben,0,7,,\n", "subjects anna, ben.*end in _left"),
    ],
    ids=["columns", "number", "sides"],
)
def test_a_truth_that_cannot_be_read_says_where(tmp_path: Path, text: str, match: str) -> None:
    """The file, the line and what was expected are named."""
    path = tmp_path / "truth.csv"
    path.write_text(text)
    with pytest.raises(CorpusError, match=match):
        read_truth(path)


def test_a_truth_without_places_means_the_whole_width(tmp_path: Path) -> None:
    """Empty places are 0 and 1."""
    path = tmp_path / "truth.csv"
    path.write_text(HEADER + "talk,,2,4,,\n")
    assert read_truth(path) == {"talk": [Shown("", 2, 4, 0.0, 1.0)]}


def test_rows_outside_the_truth_are_wrong_with_a_face_and_not_lost_without() -> None:
    """A reverse shot that shows somebody else makes its kept rows wrong, and its other rows no loss."""
    own = [Shown("a", 0, 1, 0.0, 1.0)]
    frames, boxes = np.arange(4), np.tile(np.array([0, 0, 10, 10], np.float32), (4, 1))
    assert wrong_rows(own, frames, boxes, 100).tolist() == [False, False, True, True]
    assert lost_rows(own, frames).tolist() == [True, True, False, False]


def test_jitter_is_the_bend_of_a_path_in_eye_distances() -> None:
    """Even motion has none; a face that leaves the line by a tenth of its eye distance has a tenth."""
    face = np.array([[0, 0], [20, 0], [10, 10], [3, 20], [17, 20]], np.float32)
    steady = np.stack([face + 3 * step for step in range(5)])
    assert jitter(np.arange(5), steady) == 0
    shaken = steady.copy()
    shaken[1::2, :, 1] += 2
    assert jitter(np.arange(5), shaken) == pytest.approx(0.1)
    assert np.isnan(jitter(np.array([0, 2, 4]), steady[:3]))


def test_roll_is_compared_face_by_face() -> None:
    """A head that another detector sees turned by 10 degrees differs by 10, also across the half turn."""
    level = np.array([[-10, 0], [10, 0], [0, 5], [-5, 10], [5, 10]], np.float32)
    angle = np.deg2rad(10)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    faces, others = table(np.stack([level, -level])), table(np.stack([level @ turn, -level @ turn]))
    assert roll_differences(faces, others) == pytest.approx([10, 10], abs=1e-3)
