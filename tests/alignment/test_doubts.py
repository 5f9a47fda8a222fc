"""Why a person should look at who was taken, and what becomes of the rows."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from face_tables import table
from video_corpora import FixedDetector, align_params, people, scene, write_video

from fer_data.alignment.doubts import doubts_about
from fer_data.alignment.requests import SubjectRequest, VideoRequest
from fer_data.alignment.selection import SubjectRows
from fer_data.alignment.worker import PARTS, PARTS_FILE, align_video
from fer_data.core.assignment import Choice
from fer_data.core.frame_policy import FrameRule
from fer_data.tables import read_table

MINE, THEIRS = (10.0, 10.0, 50.0, 50.0), (100.0, 10.0, 140.0, 50.0)
SURE = Choice("only", (1,), 0.9, "largest")


def rows(states: Sequence[str]) -> SubjectRows:
    """Return rows of a subject, one a frame, in these states."""
    count = len(states)
    every = np.ones(count, bool)
    subject = SubjectRequest("v", "only", np.arange(count, dtype=np.int32), every, every, False, False)
    nothing = np.full(count, -1, np.intp)
    return SubjectRows(
        subject, np.array(states, object), nothing, np.zeros(count), (), False, np.arange(count)
    )


@pytest.mark.parametrize(
    ("missing", "tracks", "choice", "doubts"),
    [
        (8, [(1, MINE, range(12)), (2, THEIRS, range(12, 20))], SURE, ["8 of 20 rows have no face"]),
        (7, [(1, MINE, range(13)), (2, THEIRS, range(13, 20))], SURE, []),
        # Somebody who was seen beside the person is not the person.
        (8, [(1, MINE, range(12)), (2, THEIRS, range(11, 20))], SURE, []),
        (
            0,
            [(1, MINE, range(20))],
            Choice("only", (1,), 0.19, "largest"),
            ["margin 0.19 is below 0.2 (largest)"],
        ),
        (
            0,
            [(1, MINE, range(20))],
            Choice("only", (), 0.0, "nobody"),
            ["no face was taken for this person (nobody)"],
        ),
        (
            0,
            [(track, MINE, range(2 * track, 2 * track + 2)) for track in range(10)],
            Choice("only", tuple(range(10)), 0.9, "largest"),
            ["joined from 10 tracks of 2 frames on average"],
        ),
        (
            0,
            [(track, MINE, range(2 * track, 2 * track + 2)) for track in range(7)],
            Choice("only", tuple(range(7)), 0.9, ""),
            [],
        ),
        (20, [], Choice("only", (), 0.0, "no face in the video"), ["no face was taken"]),
    ],
    ids=["missed", "few-missed", "beside", "margin", "nobody", "scattered", "less-scattered", "empty"],
)
def test_a_doubt_says_why(
    missing: int, tracks: list[tuple[int, tuple[float, ...], range]], choice: Choice, doubts: list[str]
) -> None:
    """Each has its numbers; what is in order has none."""
    faces = table(tracks)
    mine = np.isin(faces.track_ids, choice.track_ids)
    found = doubts_about(
        rows(["kept"] * (20 - missing) + ["no_face"] * missing), choice, faces, mine=mine, taken=mine
    )
    assert len(found) == len(doubts)
    assert all(each.startswith(doubt) for each, doubt in zip(found, doubts, strict=True))


def test_rows_that_want_no_face_raise_no_doubt() -> None:
    """Nobody has to look at a person without labels."""
    nobody = Choice("only", (), 0.0, "nobody")
    faces = table([])
    none = faces.frames > 0
    states = ["unlabelled", "quarantined", "no_frame"]
    assert doubts_about(rows(states), nobody, faces, mine=none, taken=none) == ()


@pytest.mark.parametrize(("doubtful", "states"), [("keep", {"kept"}), ("exclude", {"no_face"})])
def test_doubtful_people_can_be_left_out(tmp_path: Path, doubtful: str, states: set[str]) -> None:
    """One person in the middle of the picture may be the left or the right one; excluded rows have no crop."""
    write_video(tmp_path / "v.mp4", scene([(people()[0], lambda _: (118, 60))]), 5)
    every = np.ones(5, bool)
    subject = SubjectRequest("v_left", "left", np.arange(5, dtype=np.int32), every, every, False, False)
    (tmp_path / "out").mkdir()
    summary = align_video(
        VideoRequest("v", tmp_path / "v.mp4", 5, (subject,)),
        tmp_path / "out",
        align_params(doubtful=doubtful),
        FixedDetector((118, 60)),
        rule=FrameRule(2, "end"),
        report=lambda _: None,
    )
    assert summary.decisions[0].doubtful
    assert summary.findings[0].rule == "doubtful-assignment"
    found = read_table(tmp_path / "out" / PARTS_FILE, PARTS)
    assert set(found["state"].to_pylist()) == states
    assert (tmp_path / "out/v_left.arrow").exists() == (doubtful == "keep")
