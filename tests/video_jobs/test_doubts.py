"""Why a person should look at who was taken, and what becomes of the rows."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from face_tables import table
from video_corpora import FixedDetector, align_params, people, scene, write_video

from fer_data.assignment.assign import Assignments
from fer_data.assignment.by_hand import settle_by_hand
from fer_data.assignment.hand_lines import LAST_FRAME, HandLine
from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.core.tracks.assignment import TrackChoice
from fer_data.core.tracks.crop_verdict import ResolvedChoice
from fer_data.core.tracks.identity import Embedded
from fer_data.tables.schemas import read_table
from fer_data.video_jobs.decisions import decision_of
from fer_data.video_jobs.doubts import doubts_about
from fer_data.video_jobs.selection import SubjectRows
from fer_data.video_jobs.worker import PARTS, PARTS_FILE, align_video

MINE, THEIRS = (10.0, 10.0, 50.0, 50.0), (100.0, 10.0, 140.0, 50.0)
SURE = TrackChoice("only", (1,), 0.9, "largest")


def rows(states: Sequence[str]) -> SubjectRows:
    """Return rows of a subject, one a frame, in these states."""
    count = len(states)
    every = np.ones(count, bool)
    subject = SubjectRequest("v", "v", "only", np.arange(count, dtype=np.int32), every, every, False, False)
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
            TrackChoice("only", (1,), 0.19, "largest"),
            ["margin 0.19 is below 0.2 (largest)"],
        ),
        (
            0,
            [(1, MINE, range(20))],
            TrackChoice("only", (), 0.0, "nobody"),
            ["no face was taken for this person (nobody)"],
        ),
        (
            0,
            [(track, MINE, range(2 * track, 2 * track + 2)) for track in range(10)],
            TrackChoice("only", tuple(range(10)), 0.9, "largest"),
            ["joined from 10 tracks of 2 frames on average"],
        ),
        (
            0,
            [(track, MINE, range(2 * track, 2 * track + 2)) for track in range(7)],
            TrackChoice("only", tuple(range(7)), 0.9, ""),
            [],
        ),
        (
            0,
            [(1, MINE, range(10)), (2, MINE, range(10, 20))],
            TrackChoice("only", (1, 2), 0.9, "", unproven_frames=10),
            ["10 frames were joined over cuts or gaps by looks alone"],
        ),
        (20, [], TrackChoice("only", (), 0.0, "no face in the video"), ["no face was taken"]),
    ],
    ids=[
        "missed",
        "few-missed",
        "beside",
        "margin",
        "nobody",
        "scattered",
        "less-scattered",
        "unproven",
        "empty",
    ],
)
def test_a_doubt_says_why(
    missing: int, tracks: list[tuple[int, tuple[float, ...], range]], choice: TrackChoice, doubts: list[str]
) -> None:
    """Each has its numbers; what is in order has none."""
    faces = table(tracks)
    mine = np.isin(faces.track_ids, choice.track_ids)
    found = doubts_about(
        rows(["kept"] * (20 - missing) + ["no_face"] * missing), choice, faces, mine=mine, taken=mine
    )
    assert len(found) == len(doubts)
    assert all(each.startswith(doubt) for each, doubt in zip(found, doubts, strict=True))


@pytest.mark.parametrize(("alike", "doubts"), [(1.0, 1), (0.0, 0)], ids=["may be theirs", "another face"])
def test_a_face_that_is_anothers_is_not_missed(alike: float, doubts: int) -> None:
    """By its embedded faces whoever is in view of ten rows is the person after all, or certainly not."""
    seconds = np.arange(4) * 2.0
    vectors = np.tile(np.array([1.0, 0.0], np.float32), (4, 1))
    others = np.tile(np.array([alike, np.sqrt(1 - alike**2)], np.float32), (4, 1))
    faces = replace(
        table([(1, MINE, range(10)), (2, THEIRS, range(10, 20))]),
        embedded={1: Embedded(seconds, vectors), 2: Embedded(seconds, others)},
    )
    mine = faces.track_ids == 1
    found = doubts_about(rows(["kept"] * 10 + ["no_face"] * 10), SURE, faces, mine=mine, taken=mine)
    assert len(found) == doubts


@pytest.mark.parametrize(("last", "doubtful"), [(LAST_FRAME, False), (9, True)], ids=["all", "a part"])
def test_lines_about_all_that_is_needed_leave_no_doubt(last: int, doubtful: bool) -> None:
    """However sure the rest was: the lines say who it is in the frames that they are about, and no more."""
    faces = table([(1, MINE, range(10)), (2, THEIRS, range(10, 20))])
    line = HandLine("d.csv, line 2", "v", "v", 0, last, 0, (30.0, 30.0))
    decided = Assignments(
        {"v": ResolvedChoice(TrackChoice("only", (1,), 1.0, "largest"), None, None)},
        by_hand=settle_by_hand([line], faces, ["v"]),
    )
    found = decision_of("v", rows(["kept"] * 10 + ["no_face"] * 10), decided, faces)
    assert found.doubtful is doubtful
    assert found.reason == "by hand (1 line(s) of decisions)"


def test_rows_that_want_no_face_raise_no_doubt() -> None:
    """Nobody has to look at a person without labels."""
    nobody = TrackChoice("only", (), 0.0, "nobody")
    faces = table([])
    none = faces.frames > 0
    states = ["unlabelled", "quarantined", "no_frame"]
    assert doubts_about(rows(states), nobody, faces, mine=none, taken=none) == ()


@pytest.mark.parametrize(("doubtful", "states"), [("keep", {"kept"}), ("exclude", {"no_face"})])
def test_doubtful_people_can_be_left_out(tmp_path: Path, doubtful: str, states: set[str]) -> None:
    """One person in the middle of the picture may be the left or the right one; excluded rows have no crop."""
    write_video(tmp_path / "v.mp4", scene([(people()[0], lambda _: (118, 60))]), 5)
    every = np.ones(5, bool)
    subject = SubjectRequest(
        "v_left", "v_left", "left", np.arange(5, dtype=np.int32), every, every, False, False
    )
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
