"""Looks that disagree on a face's landmarks are noticed, wherever the face has moved to meanwhile."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.arrays import Float32
from fer_data.core.vision.consistency import changed, landmark_change, lower_confidence
from fer_data.core.vision.faces import Faces
from fer_data.core.vision.geometry import landmark_template


def marks(degrees: float = 0.0) -> Float32:
    """Return the landmarks of a face that rolls by so many degrees, shape (5, 2)."""
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    turned = (landmark_template(112) - 56) @ np.array([[cosine, sine], [-sine, cosine]]) + 100
    return turned.astype(np.float32)


def faces(*rolls: float, scores: float = 0.9) -> Faces:
    """Return faces side by side, each with its roll, the first with the best score."""
    shifts = np.arange(len(rolls), dtype=np.float32)[:, None] * np.array([200, 0], np.float32)
    boxes = np.array([[50, 50, 150, 150]], np.float32) + np.tile(shifts, 2)
    points = np.stack([marks(roll) for roll in rolls]) + shifts[:, None]
    ordered = np.array([scores - index / 100 for index in range(len(rolls))], np.float32)
    return Faces(boxes, ordered, points)


@given(st.floats(-300, 300), st.floats(-300, 300), st.floats(-20, 20))
def test_motion_is_no_change_and_a_roll_is_one(x: float, y: float, degrees: float) -> None:
    """Wherever a face moves to, it changes by as much as it rolls: about 1.7 % of its spread a degree."""
    moved = marks(degrees) + np.array([x, y], np.float32)
    change = float(landmark_change(moved[None], marks()[None])[0])
    assert change == pytest.approx(2 * abs(np.sin(np.deg2rad(degrees) / 2)), rel=0.15, abs=1e-3)


def test_looks_that_disagree_cost_half_the_score() -> None:
    """Of two faces the one whose landmarks turned by 10 degrees between two looks comes last, below any threshold."""
    found = lower_confidence(faces(10, 1), faces(0, 0))
    assert found.scores.tolist() == pytest.approx([0.89, 0.45])
    assert found.boxes[:, 0].tolist() == [250, 50]


def test_without_landmarks_or_faces_nothing_is_lowered() -> None:
    """A detector without landmarks, no faces, and faces that nobody saw before keep their scores."""
    bare = Faces(faces(0).boxes, faces(0).scores, np.full((1, 5, 2), np.nan, np.float32))
    assert lower_confidence(bare, bare).scores.tolist() == bare.scores.tolist()
    assert len(lower_confidence(Faces.none(), faces(0))) == 0
    assert lower_confidence(faces(0), Faces.none()).scores.tolist() == faces(0).scores.tolist()


@pytest.mark.parametrize(("degrees", "turned"), [(0.0, False), (5.0, False), (9.0, True), (-30.0, True)])
def test_a_face_that_rolls_at_once_has_changed(degrees: float, turned: bool) -> None:
    """What a head does from one frame to the next is no change; a leap of its roll is one."""
    assert changed(faces(degrees), faces(0)) is turned
    assert not changed(Faces.none(), faces(0))
