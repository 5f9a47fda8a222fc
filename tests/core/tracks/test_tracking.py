"""Faces of consecutive frames become tracks that never change persons."""

import numpy as np
import pytest

from fer_data.core.tracks.appearance import DESCRIPTOR_LENGTH
from fer_data.core.tracks.tracking import Tracker


def box(x: float, y: float = 0, side: float = 40) -> list[float]:
    """Return a square box by its corner."""
    return [x, y, x + side, y + side]


def descriptor(value: float) -> np.ndarray:
    """Return a look that is the same everywhere."""
    return np.full(DESCRIPTOR_LENGTH, value, np.float32)


def run(
    tracker: Tracker, frames: dict[int, list[tuple[list[float], float]]], cuts: tuple[int, ...] = ()
) -> dict[int, list[int]]:
    """Return the track numbers of each frame's faces, given as box and look; before the frames `cuts` is a cut."""
    return {
        index: tracker.update(
            index,
            np.array([face[0] for face in faces], np.float32).reshape(-1, 4),
            np.array([descriptor(face[1]) for face in faces], np.float32).reshape(-1, DESCRIPTOR_LENGTH),
            goes_on=index not in cuts,
        ).tolist()
        for index, faces in frames.items()
    }


def test_two_moving_faces_keep_their_tracks() -> None:
    """Two people who move apart are two tracks, whatever the order in which their faces come."""
    ids = run(
        Tracker(0.3, 5),
        {i: [(box(10 + 3 * i), 20.0), (box(200 - 3 * i), 22.0)][:: 1 if i % 2 else -1] for i in range(20)},
    )
    assert all(pair == ([0, 1] if i % 2 == 0 else [1, 0]) for i, pair in ids.items())


@pytest.mark.parametrize(("gap", "same"), [(5, True), (6, False)], ids=["within", "beyond"])
def test_a_track_outlives_a_short_gap(gap: int, same: bool) -> None:
    """A face lost for at most `max_gap_frames` frames goes on in its track."""
    ids = run(Tracker(0.3, 5), {0: [(box(10), 20.0)], gap + 1: [(box(10), 20.0)]})
    assert (ids[0] == ids[gap + 1]) is same


def test_another_person_in_the_same_place_begins_a_track() -> None:
    """After a cut a face of other colours does not continue the track."""
    ids = run(Tracker(0.3, 5), {0: [(box(10), 20.0)], 1: [(box(11), 60.0)]})
    assert ids[0] != ids[1]


def test_two_people_alike_in_one_box_are_parted_at_a_cut() -> None:
    """Where the picture leaps, looks that would do within a shot do not; hardly any difference does."""
    frames = {i: [(box(10), 20.0 if i < 5 else 22.0)] for i in range(10)}
    assert {track for ids in run(Tracker(0.3, 15), frames, cuts=(5,)).values() for track in ids} == {0, 1}
    same = {i: [(box(10), 20.0 if i < 5 else 21.0)] for i in range(10)}
    assert {track for ids in run(Tracker(0.3, 15), same, cuts=(5,)).values() for track in ids} == {0}


def test_a_cut_parts_people_though_nobody_is_found_in_its_first_frames() -> None:
    """A track does not reach over a cut by its gap."""
    frames = {0: [(box(10), 20.0)], 1: [(box(10), 20.0)], 2: [], 3: [], 4: [(box(10), 22.0)]}
    assert run(Tracker(0.3, 15), frames, cuts=(2,))[4] == [1]


def test_an_old_track_is_no_rival_of_the_one_that_took_its_place() -> None:
    """After a cut the track before it does not make doubtful, frame by frame, whose the face is."""
    frames = {i: [(box(10), 20.0 if i < 5 else 24.0)] for i in range(20)}
    ids = run(Tracker(0.3, 15), frames, cuts=(5,))
    assert {track for tracks in ids.values() for track in tracks} == {0, 1}


@pytest.mark.parametrize(
    ("side", "period", "step"),
    [(80, 7, 3.6), (80, 3, 3.5), (200, 3, 3.5), (60, 4, 3.6), (80, 10, 7.0), (40, 10, 5.0)],
)
def test_a_nodding_head_is_one_track(side: float, period: int, step: float) -> None:
    """A lone box that sways by 30 px in ten frames is one track though its look swings by up to `step` a frame."""
    turn = 2 * np.pi / period
    swing = step / (2 * np.sin(turn / 2))
    frames = {
        i: [(box(100 + 30 * np.sin(2 * np.pi * i / 10), side=side), 20 + swing * np.sin(turn * i))]
        for i in range(120)
    }
    ids = run(Tracker(0.3, 15), frames)
    assert {track for tracks in ids.values() for track in tracks} == {0}


def test_motion_alone_does_not_hold_a_face_beside_another_one() -> None:
    """Where a second face is near, a look that changes ends the track rather than guess."""
    frames = {i: [(box(10), 20.0), (box(40), 60.0)] for i in range(4)}
    frames[4] = [(box(10), 26.0), (box(40), 60.0)]
    ids = run(Tracker(0.3, 15), frames)
    assert ids[3] == [0, 1]
    assert ids[4] == [2, 1]


def test_a_face_goes_on_in_the_newest_track_though_an_older_one_lies_there() -> None:
    """Who walks past the place where somebody was lost keeps the track."""
    frames = {i: [(box(0), 20.0), (box(200 - 20 * i), 21.0)] for i in range(4)}
    frames |= {i: [(box(200 - 20 * i), 21.0)] for i in range(4, 14)}
    ids = run(Tracker(0.3, 15), frames)
    assert all(ids[i] == [1] for i in range(4, 14))


def test_a_fast_face_is_followed_by_its_motion() -> None:
    """A face that moves most of its width a frame is found where its motion puts it."""
    steps = [0, 12, 30, 52, 76, 102, 130]
    ids = run(Tracker(0.3, 5), {i: [(box(x), 20.0)] for i, x in enumerate(steps)})
    assert {track for tracks in ids.values() for track in tracks} == {0}


def test_a_doubtful_continuation_begins_a_track() -> None:
    """Two alike faces on the place of one track end it rather than guess."""
    ids = run(Tracker(0.3, 5), {0: [(box(10), 20.0)], 1: [(box(4), 20.0), (box(16), 20.0)]})
    assert 0 not in ids[1]


def test_a_frame_without_faces_gives_no_tracks() -> None:
    """An empty frame is no error, first or later."""
    assert run(Tracker(0.3, 5), {0: [], 1: [(box(10), 20.0)], 2: []}) == {0: [], 1: [0], 2: []}
