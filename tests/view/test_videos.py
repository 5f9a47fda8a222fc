"""Rows of videos: every person in every video, by frame, whatever was given, and no single pictures."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from planted_videos import HOSTILE, face_row, write_evaluation, write_face_rows, write_planted

from fer_data.tables.schemas import ROWS, VIDEOS, write_table
from fer_data.view import opened
from fer_data.view.sections.timelines import timelines
from fer_data.view.videos import STATES, timeline_link


def test_rows_stand_by_person_and_frame(tmp_path: Path) -> None:
    """Rows that lie mixed in the table are in order, each person's together, and every value goes with its row."""
    rows = [
        face_row("b", 1, 1),
        face_row("a", 0, 4, subject_id="a_right"),
        face_row("b", 0, -1, state="no_face"),
    ]
    rows += [face_row("a", 0, 5, subject_id="a_left", pts_seconds=None, track_id=None)]
    with opened([write_face_rows(tmp_path, rows)]) as material:
        found = material.videos
    assert [(video.name, [person.name for person in video.people]) for video in found.videos] == [
        ("a", ["a_left", "a_right"]),
        ("b", ["b"]),
    ]
    assert found.columns["expression"].tolist() == [5, 4, -1, 1]
    assert found.columns["track_id"].tolist() == [-1, 0, 0, 0]
    assert np.isnan(found.columns["pts_seconds"]).tolist() == [True, False, False, False]
    assert [STATES[state] for state in found.columns["state"]] == ["kept", "kept", "no_face", "kept"]
    assert found.row_ids.to_pylist() == ["a_left/00001", "a_right/00001", "b/00001", "b/00002"]


def test_videos_of_several_sources_are_told_apart(tmp_path: Path) -> None:
    """Two sources that have a video of one name are two videos, and addresses name the source."""
    for source in ("first", "second"):
        write_face_rows(tmp_path / source, [face_row("v", 0, 0), face_row("v", 1, 0)], source=source)
    with opened([tmp_path]) as material:
        found = material.videos
    assert [(video.source, video.name) for video in found.videos] == [("first", "v"), ("second", "v")]
    assert [timeline_link(video) for video in found.videos] == [
        "#timelines?video=v&source=first",
        "#timelines?video=v&source=second",
    ]


def test_single_pictures_are_no_videos(tmp_path: Path) -> None:
    """A corpus of pictures has nothing to draw over time."""
    folder = write_face_rows(tmp_path, [face_row("p", 0, 0)], medium="pictures")
    with opened([folder]) as material:
        assert material.videos.videos == ()
        assert material.suspects == []


def test_an_evaluation_alone_has_the_rows_that_it_scored(tmp_path: Path) -> None:
    """Labels and answers of an evaluation are enough for a timeline."""
    rows = [face_row("v", frame, 1) for frame in range(3)]
    with opened([write_evaluation(tmp_path, rows, lambda row: row["frame_index"])]) as material:
        said = material.evaluated
        assert material.videos.columns["expression"].tolist() == [1, 1, 1]
    assert said is not None
    assert said.classes is not None
    assert said.classes.predicted.tolist() == [0, 1, 2]
    assert said.names[1] == "Anger"


def test_answers_go_to_their_rows(tmp_path: Path) -> None:
    """Rows that were not scored have none, and of another dataset's evaluation nothing is said."""
    rows = [face_row("v", frame, frame % 2) for frame in range(4)]
    other = write_evaluation(tmp_path / "other", [face_row("w", 0, 0)], lambda _: 1)
    half = write_evaluation(tmp_path / "half", rows[2:], lambda _: 4)
    faces = write_face_rows(tmp_path / "faces", rows)
    with opened([faces, half]) as material:
        said = material.evaluated
    assert said is not None
    assert said.classes is not None
    assert said.classes.predicted.tolist() == [-1, -1, 4, 4]
    assert said.classes.own.tolist() == [False, False, True, True]
    with opened([faces, other]) as material:
        assert material.evaluated is None


def test_smoothing_is_that_of_the_evaluation(tmp_path: Path) -> None:
    """With the window that `evaluate` chose, one odd frame among its neighbours gets their class; a filled row none."""
    rows = [face_row("v", frame, 0, **({"state": "no_face"} if frame == 6 else {})) for frame in range(7)]
    folder = write_evaluation(tmp_path / "evaluation", rows, lambda row: 3 if row["frame_index"] == 2 else 0)
    stated = {"calibration": {"temperature": 2.0}, "smoothing": {"window_frames": 1}}
    (folder / "scores.json").write_text(json.dumps({"resolutions": {"64": stated}}), encoding="utf-8")
    with opened([write_face_rows(tmp_path / "faces", rows), folder]) as material:
        said = material.evaluated
    assert said is not None
    assert said.classes is not None
    assert said.classes.window == 1
    assert said.classes.smoothed is not None
    assert said.classes.smoothed.tolist() == [0] * 6 + [-1]


def test_videos_without_rows_are_listed_without_a_timeline(tmp_path: Path) -> None:
    """A video of the catalog that nobody annotated is there, with nothing to draw; the others have its frame rate."""
    rows = pa.Table.from_pylist([face_row("v", 0, 0), face_row("v", 1, 0)]).select(ROWS.names)
    metadata = {"classes": '["a"]', "medium": "videos", "source": "made"}
    write_table(tmp_path / "rows.parquet", [rows], ROWS, metadata)
    video = {"path": "", "content_hash": "", "width": 1, "height": 1, "num_packets": 2, "codec": "h264"}
    videos = [{**video, "video_id": name, "fps": 25.0, "variable_frame_rate": False} for name in ("v", "w")]
    write_table(tmp_path / "videos.parquet", [pa.Table.from_pylist(videos, VIDEOS)], VIDEOS)
    with opened([tmp_path]) as material:
        found = timelines(material)
        assert [(video.name, len(video.people), video.fps) for video in material.videos.videos] == [
            ("v", 1, 25.0),
            ("w", 0, 25.0),
        ]
    assert found is not None
    assert '"step":0.04,"stated":false' in found.body
    assert '["w",""]' in found.body


def test_the_report_beside_the_faces_is_read(tmp_path: Path) -> None:
    """As the pipeline lays it out; named itself it is read too, and the doubtful come first either way."""
    faces, _ = write_planted(tmp_path)
    for paths in (
        [faces],
        [faces / "made"],
        [tmp_path / "reports/assignment"],
        [tmp_path / "reports/assignment/made"],
    ):
        with opened(paths) as material:
            assert [(one.video, one.margin, one.doubtful) for one in material.decisions] == [
                ("lost", 0.07, True),
                ("calm", 1.0, False),
            ]


@pytest.mark.parametrize("name", ["../outside", "/etc/x", "a/b", HOSTILE])
def test_no_picture_lies_outside_of_a_report(tmp_path: Path, name: str) -> None:
    """A name out of a file leads nowhere else."""
    faces, _ = write_planted(tmp_path)
    report = tmp_path / "reports/assignment/made"
    (report.parent / "outside.jpg").write_bytes(b"x")
    text = (report / "decisions.csv").read_text(encoding="utf-8")
    (report / "decisions.csv").write_text(text.replace("calm,calm", f"{name},calm"), encoding="utf-8")
    with opened([faces]) as material:
        assert {one.picture for one in material.decisions} == {None}
        assert dataclasses.asdict(material.decisions[1])["video_id"] == name
