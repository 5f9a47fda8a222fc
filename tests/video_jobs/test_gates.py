"""What the gates of `align.quality` take is counted, named and shown, in training alone."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from rendered_faces import rendered_face
from video_corpora import HEIGHT, WIDTH, FixedDetector, align_params, write_video

from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.core.arrays import Image
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.core.vision.geometry import apply_matrix, estimate_similarity, similarity_matrix
from fer_data.shell.files.findings import Severity
from fer_data.tables.schemas import CROPS, read_arrow, read_table
from fer_data.video_jobs.worker import GATE_SHEET_FILE, PARTS, PARTS_FILE, VideoSummary, align_video

FRAMES = 11
GOOD = 5
CORNER = (130, 80)
Change = Callable[[Image, int], Image]


def picture(corner: tuple[int, int]) -> Image:
    """Return a frame with a rendered face where `FixedDetector` finds one at a corner."""
    face, marks = rendered_face(5)
    points = FixedDetector(corner).detect([face])[0].landmarks[0]
    half = cv2.resize(face, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    matrix = estimate_similarity((marks + 0.5) * 0.25 - 0.5, points)
    return np.asarray(
        cv2.warpAffine(half, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def blurred(frame: Image, index: int) -> Image:
    """Return a frame as it is, or behind the good ones blurred, by sigma 10 in the end."""
    sigma = min(10, 2 * (index - GOOD + 2))
    return frame if index < GOOD else np.asarray(cv2.GaussianBlur(frame, (0, 0), sigma), np.uint8)


def darkened(frame: Image, _: int) -> Image:
    """Return a frame at 8 % of its brightness."""
    return (frame * 0.08).round().astype(np.uint8)


def as_it_is(frame: Image, _: int) -> Image:
    """Return a frame."""
    return frame


def run(
    folder: Path, change: Change = as_it_is, *, train: bool = True, corner: tuple[int, int] = CORNER
) -> VideoSummary:
    """Align the video of one person, its frames changed by their index, into a folder below."""
    frame = picture(corner)
    write_video(folder / "v.mp4", lambda index: change(frame, index), FRAMES)
    every = np.ones(FRAMES, bool)
    rows = np.arange(FRAMES, dtype=np.int32)
    subject = SubjectRequest("v", "v", "only", rows, every, every & train, sparse=False, trusted=False)
    (folder / "out").mkdir()
    video, detector = VideoRequest("v", folder / "v.mp4", FRAMES, (subject,)), FixedDetector(corner)
    rule = FrameRule(2, "end")
    return align_video(video, folder / "out", align_params(), detector, rule=rule, report=lambda _: None)


def states(folder: Path) -> list[str]:
    """Return the states of the rows."""
    found: list[str] = read_table(folder / "out" / PARTS_FILE, PARTS)["state"].to_pylist()
    return found


def test_blurred_rows_do_not_train(tmp_path: Path) -> None:
    """They end as low_quality without a crop; counts, finding and picture say how many, by which gate, and where."""
    summary = run(tmp_path, blurred)
    assert states(tmp_path) == ["kept"] * GOOD + ["low_quality"] * (FRAMES - GOOD)
    assert sum(len(batch) for batch in read_arrow(tmp_path / "out" / "v.arrow", CROPS)) == GOOD
    assert summary.low_quality == {"max_face_blur": FRAMES - GOOD}
    found = next(finding for finding in summary.findings if finding.rule == "low-quality")
    assert found.severity is Severity.WARNING
    assert found.message.startswith(
        "6 of 11 training rows end as low_quality: 6 by max_face_blur (rows 00006 to 00011). "
        "Look at reports/assignment/NAME/low_quality/v.jpg"
    )
    assert cv2.imread(str(tmp_path / "out" / GATE_SHEET_FILE)).shape == (112 + 20, 8 * 112, 3)


def test_dark_rows_do_not_train(tmp_path: Path) -> None:
    """At 8 % of its brightness a face has too few grey values left."""
    assert run(tmp_path, darkened).low_quality == {"min_face_contrast": FRAMES}
    assert states(tmp_path) == ["low_quality"] * FRAMES


def test_validation_and_test_rows_are_never_taken(tmp_path: Path) -> None:
    """What is scored is scored whole: the same rows are kept, and nothing is said or shown."""
    summary = run(tmp_path, blurred, train=False)
    assert states(tmp_path) == ["kept"] * FRAMES
    assert summary.low_quality == {}
    assert not any(finding.rule == "low-quality" for finding in summary.findings)
    assert not (tmp_path / "out" / GATE_SHEET_FILE).exists()


@pytest.mark.parametrize(
    ("left", "state"),
    [(130, "kept"), (-2, "kept"), (-24, "low_quality")],
    ids=["inside", "at the edge", "cut"],
)
def test_a_face_at_the_edge_tells_how_much_of_its_crop_is_beyond(
    tmp_path: Path, left: int, state: str
) -> None:
    """The share stands in every row; where the face itself is cut, a training row is not kept."""
    corner = (left, 80)
    run(tmp_path, corner=corner)
    matrix = similarity_matrix(FixedDetector(corner).detect([picture(corner)])[0].landmarks[0], 128, 0.0)
    share = max(0.0, float(apply_matrix(matrix, np.array([[-0.5, 100.0]]))[0, 0]) + 0.5) / 128
    rows = read_table(tmp_path / "out" / PARTS_FILE, PARTS).to_pylist()
    assert [row["outside_fraction"] for row in rows] == pytest.approx([share] * FRAMES, abs=0.01)
    assert {row["state"] for row in rows} == {state}
