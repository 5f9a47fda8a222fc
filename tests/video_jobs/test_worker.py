"""One video, one folder: what a worker writes, also when decoding or the worker itself fails."""

from pathlib import Path

import numpy as np
import pytest
from video_corpora import FixedDetector, align_params, scene, write_video

from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.errors import DatasetError, DetectorError
from fer_data.tables.schemas import read_table
from fer_data.video_jobs.worker import (
    PARTS,
    PARTS_FILE,
    VideoSummary,
    align_video,
    read_summary,
    write_failure,
)

PATCH = np.random.default_rng(1).integers(0, 256, (80, 60, 3), dtype=np.uint8)
FRAMES = 9


def request(folder: Path, *sides: str, frames: int = FRAMES) -> VideoRequest:
    """Return a request for a video with two patches, with a row a frame for each side."""
    path = folder / "v.mp4"
    if not path.exists():
        draw = scene([(PATCH, lambda _: (20, 60)), (PATCH[::-1], lambda _: (220, 60))])
        write_video(path, draw, FRAMES)
    every = np.ones(frames, bool)
    subjects = tuple(
        SubjectRequest(
            f"v_{side}",
            f"v_{side}",
            side,
            np.arange(frames, dtype=np.int32),
            every,
            every,
            sparse=False,
            trusted=False,
        )
        for side in sides
    )
    return VideoRequest("v", path, FRAMES, subjects)


def run(video: VideoRequest, folder: Path, detector: FixedDetector) -> VideoSummary:
    """Align a video into a new folder."""
    folder.mkdir()
    return align_video(
        video, folder, align_params(), detector, rule=FrameRule(2, "end"), report=lambda _: None
    )


def test_a_folder_holds_all_that_came_of_a_video(tmp_path: Path) -> None:
    """Crops of each person, states, summary and picture lie there, and nothing else."""
    summary = run(request(tmp_path, "left", "right"), tmp_path / "out", FixedDetector((20, 60), (220, 60)))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "assignment.jpg", "rows.parquet", "summary.json", "v_left.arrow", "v_right.arrow",
    ]  # fmt: skip
    assert read_summary(tmp_path / "out") == summary
    assert (summary.decoded_frames, summary.faces, summary.tracks) == (FRAMES, 2 * FRAMES, 2)
    rows = read_table(tmp_path / "out" / PARTS_FILE, PARTS).to_pylist()
    assert {(row["subject_id"], row["box"][0], row["state"]) for row in rows} == {
        ("v_left", 20.0, "kept"),
        ("v_right", 220.0, "kept"),
    }


def test_progress_is_every_decoded_frame(tmp_path: Path) -> None:
    """What is reported adds up to the video's frames."""
    (tmp_path / "out").mkdir()
    steps: list[int] = []
    video = request(tmp_path, "only")
    align_video(
        video,
        tmp_path / "out",
        align_params(),
        FixedDetector((20, 60)),
        rule=FrameRule(2, "end"),
        report=steps.append,
    )
    assert sum(steps) == FRAMES


def test_two_equal_faces_make_a_doubtful_person(tmp_path: Path) -> None:
    """A choice that nothing decides is a finding that names the person."""
    summary = run(request(tmp_path, "only"), tmp_path / "out", FixedDetector((20, 60), (220, 60)))
    assert [(f.rule, f.subject_id) for f in summary.findings] == [("doubtful-assignment", "v_only")]


def test_nobody_in_the_video_is_a_finding(tmp_path: Path) -> None:
    """Rows without a face say so, and no file of crops is made."""
    summary = run(request(tmp_path, "only"), tmp_path / "out", FixedDetector())
    assert [f.rule for f in summary.findings] == ["nobody-assigned"]
    assert not list((tmp_path / "out").glob("*.arrow"))
    assert set(read_table(tmp_path / "out" / PARTS_FILE, PARTS)["state"].to_pylist()) == {"no_face"}


def test_a_detector_without_landmarks_serves_the_box_geometry_alone(tmp_path: Path) -> None:
    """The similarity cannot be had from boxes; with `box` the landmarks are null."""
    video, detector = request(tmp_path, "only"), FixedDetector((20, 60), landmarks=False)
    with pytest.raises(DetectorError, match=r"align\.geometry \(similarity\) needs landmarks"):
        run(video, tmp_path / "similarity", detector)
    (tmp_path / "box").mkdir()
    params = align_params(geometry="box")
    align_video(video, tmp_path / "box", params, detector, rule=FrameRule(2, "end"), report=lambda _: None)
    rows = read_table(tmp_path / "box" / PARTS_FILE, PARTS).to_pylist()
    assert all(row["state"] == "kept" and row["landmarks"] is None and row["box"] for row in rows)


def test_a_crowd_is_cut_to_the_largest_faces(tmp_path: Path) -> None:
    """Beyond six faces the smallest of a frame are neither followed nor counted."""
    crowd = FixedDetector(*((x, y) for x in (10, 90, 170, 250) for y in (5, 110)))
    summary = run(request(tmp_path, "only"), tmp_path / "out", crowd)
    assert (summary.faces, summary.tracks) == (6 * FRAMES, 6)


def test_a_dead_worker_leaves_decode_errors(tmp_path: Path) -> None:
    """A video whose worker died has a whole result, with the reason as a finding."""
    folder = tmp_path / "out"
    folder.mkdir()
    summary = write_failure(
        request(tmp_path, "left", "right"), folder, "it was killed by SIGSEGV.", align_params()
    )
    assert [f.rule for f in summary.findings] == ["decode-error"]
    assert "SIGSEGV" in summary.findings[0].message
    assert read_summary(folder) == summary
    states = read_table(folder / PARTS_FILE, PARTS)["state"].to_pylist()
    assert states == ["decode_error"] * (2 * FRAMES)


@pytest.mark.parametrize("content", [None, "{", '{"findings": []}'], ids=["missing", "cut", "incomplete"])
def test_a_damaged_summary_is_named(content: str | None, tmp_path: Path) -> None:
    """A folder without a whole summary is no result."""
    if content is not None:
        (tmp_path / "summary.json").write_text(content)
    with pytest.raises(DatasetError, match=r"summary\.json cannot be read"):
        read_summary(tmp_path)
