"""From a video that lost frames to rows and crops: every kept row's crop shows the number of its row."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numbered_videos import FRAMES, damaged, number_of_crop, without, write_numbered
from video_corpora import align_params

from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.core.arrays import Image
from fer_data.core.frames.frame_policy import FrameRule, HoleRule
from fer_data.core.vision.faces import Faces
from fer_data.pictures.images import decode
from fer_data.tables.schemas import CROPS, read_arrow, read_table
from fer_data.video_jobs.worker import PARTS, PARTS_FILE, VideoSummary, align_video

BOX = np.array([[16, 0, 112, 96]], np.float32)
POINTS = np.array([[[45, 35], [83, 35], [64, 55], [48, 75], [80, 75]]], np.float32)


class WholePicture:
    """Finds one face in the middle of every frame, whatever it shows."""

    name = "whole"
    weights_sha256 = "0" * 64

    def detect(self, frames: Sequence[Image]) -> list[Faces]:
        """Return the same face for each frame."""
        return [Faces(BOX, np.array([0.9], np.float32), POINTS) for _ in frames]

    def detect_in_regions(self, views: Sequence[Image]) -> list[Faces]:
        """Return no closer look, so that every frame is searched in full."""
        return [Faces.none() for _ in views]


def subject(lines: int, needed: Sequence[int] | None = None, *, trusted: bool = False) -> SubjectRequest:
    """Return a subject with so many lines, all of them or some labelled."""
    mask = np.ones(lines, bool) if needed is None else np.isin(np.arange(lines), needed)
    frames = np.arange(lines, dtype=np.int32)
    return SubjectRequest(
        "v", "v", "only", frames, mask, np.zeros(lines, bool), sparse=False, trusted=trusted
    )


def aligned(
    path: Path, person: SubjectRequest, holes: HoleRule, *, rows: str = "labelled"
) -> tuple[VideoSummary, list[str], dict[int, int]]:
    """Return the summary, the states by row, and the number that each row's crop shows."""
    folder = path.parent / f"out-{holes}-{rows}-{len(person.frames)}"
    folder.mkdir()
    params = align_params(geometry="box", margin=0.0, size=96, rows=rows)
    request = VideoRequest("v", path, FRAMES, (person,))
    summary = align_video(
        request, folder, params, WholePicture(), rule=FrameRule(2, holes), report=lambda _: None
    )
    states = read_table(folder / PARTS_FILE, PARTS)["state"].to_pylist()
    if not (folder / "v.arrow").exists():
        return summary, states, {}
    crops = [row for table in read_arrow(folder / "v.arrow", CROPS) for row in table.to_pylist()]
    return summary, states, {row["frame_index"]: number_of_crop(decode(row["image"])) for row in crops}


def said(summary: VideoSummary) -> list[str]:
    """Return the rules of the findings on frames; stripes are no face to be sure of."""
    return sorted(f.rule for f in summary.findings if f.rule != "doubtful-assignment")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a video in which every frame stands for itself."""
    return write_numbered(tmp_path_factory.mktemp("whole") / "v.mkv", "mjpeg")


def test_crops_of_a_whole_video_show_their_rows(whole: Path, tmp_path: Path) -> None:
    """Without this the tests below would say nothing."""
    _, states, shown = aligned(without(whole, tmp_path / "v.mkv", []), subject(FRAMES), "place")
    assert states == ["kept"] * FRAMES
    assert shown == {row: row for row in range(FRAMES)}


@pytest.mark.parametrize("gone", [[20], [9, 20, 21, 40]], ids=["one", "four"])
def test_placed_rows_show_their_own_number(gone: list[int], whole: Path, tmp_path: Path) -> None:
    """The rows of the holes end as no_frame, the others are kept with their own frame, and the finding is a warning."""
    summary, states, shown = aligned(without(whole, tmp_path / "v.mkv", gone), subject(FRAMES), "place")
    assert states == ["no_frame" if row in gone else "kept" for row in range(FRAMES)]
    assert shown == {row: row for row in range(FRAMES) if row not in gone}
    assert said(summary) == ["frame-holes"]
    assert [str(f.severity) for f in summary.findings if f.rule == "frame-holes"] == ["warning"]


def test_a_span_that_is_labelled_alone_is_cropped_behind_a_hole(whole: Path, tmp_path: Path) -> None:
    """Which frames get a crop is decided while decoding, so a labelled row must be known by any frame it may mean."""
    path = without(whole, tmp_path / "v.mkv", [9, 20, 21, 40])
    wanted = [8, 9, 10, 30, 31, 44]
    _, states, shown = aligned(path, subject(FRAMES, wanted), "place")
    assert shown == {row: row for row in wanted if row != 9}
    assert {states[row] for row in range(FRAMES) if row not in wanted} == {"unlabelled"}
    assert [states[row] for row in wanted] == ["kept", "no_frame", "kept", "kept", "kept", "kept"]


@pytest.mark.parametrize("rows", ["labelled", "all"])
def test_labels_made_of_the_damaged_video_are_cropped(rows: str, whole: Path, tmp_path: Path) -> None:
    """Line N is decoded frame N, also where few lines are labelled."""
    path = damaged(whole, tmp_path / "v.mkv", [9, 20, 21])
    left = [number for number in range(FRAMES) if number not in (9, 20, 21)]
    summary, _, shown = aligned(path, subject(len(left), [8, 9, 30, 44]), "end", rows=rows)
    cropped = range(len(left)) if rows == "all" else [8, 9, 30, 44]
    assert shown == {row: left[row] for row in cropped}
    assert said(summary) == ["decode-error", "labels-of-damaged-video"]


def test_a_damaged_packet_costs_its_row_alone(whole: Path, tmp_path: Path) -> None:
    """47 of 48 rows are kept with their own frame, whatever the rule for holes."""
    path = damaged(whole, tmp_path / "v.mkv", [20])
    for holes in ("end", "place", "quarantine", "evidence"):
        summary, states, shown = aligned(path, subject(FRAMES), holes)  # type: ignore[arg-type]
        assert states == ["decode_error" if row == 20 else "kept" for row in range(FRAMES)]
        assert shown == {row: row for row in range(FRAMES) if row != 20}
        assert said(summary) == ["decode-error"]
        assert (summary.decoded_frames, summary.error) == (FRAMES - 1, None)


def test_quarantine_spares_test_rows(whole: Path, tmp_path: Path) -> None:
    """A labelled subject loses every row, a test subject none that has a frame."""
    path = without(whole, tmp_path / "v.mkv", [20])
    assert set(aligned(path, subject(FRAMES), "quarantine")[1]) == {"quarantined"}
    (tmp_path / "test").mkdir()
    path = without(whole, tmp_path / "test" / "v.mkv", [20])
    summary, states, _ = aligned(path, subject(FRAMES, trusted=True), "quarantine")
    assert states == ["kept"] * 47 + ["no_frame"]
    assert {str(f.severity) for f in summary.findings} == {"warning"}


def test_rows_behind_the_last_frame_wait_for_no_crop(whole: Path, tmp_path: Path) -> None:
    """Times of rows are those of their frames; rows without a frame have none."""
    path = without(whole, tmp_path / "v.mkv", [20])
    aligned(path, subject(FRAMES), "place")
    table = read_table(tmp_path / "out-place-labelled-48" / PARTS_FILE, PARTS)
    times = table["pts_seconds"].to_pylist()
    assert times[20] is None
    np.testing.assert_allclose([times[19], times[21], times[47]], [0.76, 0.84, 1.88], atol=1e-9)
