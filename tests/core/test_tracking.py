"""Faces of consecutive frames become tracks that never change persons."""

import numpy as np
import pytest

from fer_data.core.appearance import LOOK_LENGTH
from fer_data.core.tracking import Tracker


def box(x: float, y: float = 0, side: float = 40) -> list[float]:
    """Return a square box by its corner."""
    return [x, y, x + side, y + side]


def look(value: float) -> np.ndarray:
    """Return a look that is the same everywhere."""
    return np.full(LOOK_LENGTH, value, np.float32)


def run(tracker: Tracker, frames: dict[int, list[tuple[list[float], float]]]) -> dict[int, list[int]]:
    """Return the track numbers of each frame's faces, given as box and look."""
    return {
        index: tracker.update(
            index,
            np.array([face[0] for face in faces], np.float32).reshape(-1, 4),
            np.array([look(face[1]) for face in faces], np.float32).reshape(-1, LOOK_LENGTH),
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
