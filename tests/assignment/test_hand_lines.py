"""Lines written by hand: what they may say, and what they make of a video."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from face_tables import table
from video_corpora import FixedDetector, align_params

from fer_data.assignment.assign import decide, taken_faces
from fer_data.assignment.by_hand import settle_by_hand
from fer_data.assignment.hand_lines import COLUMNS, HandLine, append_line, read_lines
from fer_data.assignment.requests import SubjectRequest, VideoRequest, with_lines
from fer_data.errors import CorpusError
from fer_data.tracking.face_store import FaceStore

HEADER = ",".join(COLUMNS)
LAST = 100_000_000
LEFT, RIGHT = (10.0, 10.0, 50.0, 50.0), (100.0, 10.0, 140.0, 50.0)


def line(
    subject: str, frames: tuple[int, int], at_frame: int | None, box: tuple[float, ...] = LEFT
) -> HandLine:
    """Return a line of video `v` with a point in the middle of a box; without `at_frame` it excludes."""
    point = None if at_frame is None else ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    return HandLine(f"d.csv, {subject} {frames}", "v", subject, *frames, at_frame, point)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line 1 must be video_id"),
        (f"{HEADER}x\n", "line 1 must be video_id"),
        (f"{HEADER}\nv,v,0,9,0,1,1\n", "line 2 has 7 fields"),
        (f"{HEADER}\nv,v,0,9,0,1,1,face,\n", "line 2 has 9 fields"),
        (f"{HEADER}\n,v,0,9,0,1,1,face\n", "video_id must not be empty"),
        (f"{HEADER}\nv,v,a,9,0,1,1,face\n", "first_frame ('a') must be a whole number"),
        (f"{HEADER}\nv,v,0,-1,0,1,1,face\n", "last_frame ('-1')"),
        (f"{HEADER}\nv,v,5,4,5,1,1,face\n", "last_frame (4) must not be before first_frame (5)"),
        (
            f"{HEADER}\nv,v,0,9,10,1,1,face\n",
            "at_frame (10) must lie between first_frame (0) and last_frame (9)",
        ),
        (f"{HEADER}\nv,v,0,9,0,nan,1,face\n", "x ('nan') must be a number"),
        (f"{HEADER}\nv,v,0,9,0,,1,face\n", "x ('') must be a number"),
        (f"{HEADER}\nv,v,0,9,,1,,exclude\n", "x (1) must be empty with decision exclude"),
        (f"{HEADER}\nv,v,0,9,0,1,1,\n", "decision ('') must be face or exclude"),
        (
            f"{HEADER}\nv,v,0,9,0,1,1,face\nv,v,9,,,,,exclude\n",
            "line 3: frames from 9 on are settled by d.csv, line 2",
        ),
        (f'{HEADER}\n"v,v\n', "must be CSV in UTF-8"),
    ],
)
def test_a_line_that_breaks_a_rule_is_named(tmp_path: Path, text: str, reason: str) -> None:
    """The error has file, line, field, value and rule."""
    path = tmp_path / "d.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError) as caught:
        read_lines(path)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_no_empty_one(tmp_path: Path) -> None:
    """A wrong path would otherwise drop every decision without a word."""
    with pytest.raises(CorpusError, match="there is none"):
        read_lines(tmp_path / "d.csv")


def test_lines_are_written_as_they_are_read(tmp_path: Path) -> None:
    """A file without a line end at its end, too; blank lines are nothing."""
    path = tmp_path / "d.csv"
    append_line(path, line("v_left", (0, LAST), 3))
    path.write_text(path.read_text().rstrip("\n") + "\n\n" + "v,v_right,2,7,,30.5,40,face", encoding="utf-8")
    append_line(path, line("v_right", (8, 9), None))
    assert [one.says() for one in read_lines(path)["v"]] == [
        ["v_left", 0, LAST, 3, (30.0, 30.0)],
        ["v_right", 2, 7, 2, (30.5, 40.0)],
        ["v_right", 8, 9, None, None],
    ]
    before = path.read_bytes()
    with pytest.raises(CorpusError, match="settled by"):
        append_line(path, line("v_left", (5, 6), 5))
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("given", "left", "right"),
    [
        # The point's whole track, in the frames of the line.
        ([line("left", (0, LAST), 0)], {(1, f) for f in range(10)}, set()),
        ([line("left", (2, 4), 2)], {(1, 2), (1, 3), (1, 4)}, set()),
        # A track that changes hands is parted.
        (
            [line("left", (0, 4), 0), line("right", (5, LAST), 5)],
            {(1, f) for f in range(5)},
            {(1, f) for f in range(5, 10)},
        ),
        ([line("left", (0, 4), None)], set(), set()),
        # Alike and never seen together: joined, but for tracks that another line names.
        (
            [line("left", (0, LAST), 12, RIGHT)],
            {(1, f) for f in range(10)} | {(2, f) for f in range(10, 20)},
            set(),
        ),
        (
            [line("left", (0, LAST), 12, RIGHT), line("right", (0, LAST), 0)],
            {(2, f) for f in range(10, 20)},
            {(1, f) for f in range(10)},
        ),
    ],
)
def test_a_line_gives_the_face_its_track_and_what_is_joined(
    given: list[HandLine], left: set[tuple[int, int]], right: set[tuple[int, int]]
) -> None:
    """Each within the frames of the line."""
    second = range(10, 20) if any(one.point and one.point[0] > 100 for one in given) else range(0)
    faces = table([(1, LEFT, range(10)), (2, RIGHT, second)])
    found = settle_by_hand(given, faces, ["left", "right"])
    shown = {
        name: {(int(faces.track_ids[p]), int(faces.frames[p])) for p in np.flatnonzero(found[name].faces)}
        for name in ("left", "right")
    }
    assert shown == {"left": left, "right": right}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([line("left", (0, LAST), 0, RIGHT)], "lies on no face"),
        ([line("left", (0, LAST), 11)], "lies on no face"),
        ([line("left", (0, LAST), 6)], "lies on 2 faces"),
        ([line("left", (0, LAST), 0), line("right", (2, LAST), 2)], "gives right a face that"),
    ],
    ids=["beside", "later", "two", "shared"],
)
def test_a_point_lies_on_one_face_that_is_given_once(given: list[HandLine], reason: str) -> None:
    """Anything else is refused with file and line."""
    faces = table([(1, LEFT, range(10)), (2, (20.0, 20.0, 60.0, 60.0), range(6, 7))])
    with pytest.raises(CorpusError, match=r"d\.csv") as caught:
        settle_by_hand(given, faces, ["left", "right"])
    assert reason in str(caught.value)


def test_a_line_may_name_annotated_people_alone() -> None:
    """Of the video that it names."""
    every = np.ones(3, bool)
    subject = SubjectRequest(
        "v_left", "v_left", "left", np.arange(3, dtype=np.int32), every, every, False, False
    )
    request = VideoRequest("v", None, 3, (subject,))
    own = line("v_left", (0, 2), 0)
    assert with_lines([request], {"v": (own,)})[0].by_hand == (own,)
    with pytest.raises(CorpusError, match=r"subject_id \('v_right'\) must be someone annotated .*v_left"):
        with_lines([request], {"v": (line("v_right", (0, 2), 0),)})
    with pytest.raises(CorpusError, match=r"video_id \('w'\) must be an annotated video"):
        with_lines([request], {"w": (replace(own, video_id="w"),)})


def test_who_was_taken_makes_way_and_gets_the_other(tmp_path: Path) -> None:
    """A line for one of two that names the other's face leaves the first one's faces to the other."""
    faces = table([(1, LEFT, range(10)), (2, RIGHT, range(10))])
    every = np.ones(10, bool)
    subjects = tuple(
        SubjectRequest(
            f"v_{side}", f"v_{side}", side, np.arange(10, dtype=np.int32), every, every, False, False
        )
        for side in ("left", "right")
    )
    request = VideoRequest(
        "v", tmp_path / "v.mp4", 10, subjects, by_hand=(line("v_left", (0, LAST), 0, RIGHT),)
    )
    with closing(FaceStore(tmp_path)) as log:
        detector = FixedDetector((0, 0))
        decided = decide(request, faces, log, width=200, params=align_params(), detector=detector)
    taken = {
        name: set(faces.track_ids[taken_faces(choice, faces, decided.by_hand[name])].tolist())
        for name, choice in decided.choices.items()
    }
    assert taken == {"v_left": {2}, "v_right": {1}}
