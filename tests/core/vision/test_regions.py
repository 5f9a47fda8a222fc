"""Regions around faces: where they lie, how they map back, and what is picked from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.vision.faces import Faces
from fer_data.core.vision.geometry import apply_matrix, landmark_template, roll_degrees
from fer_data.core.vision.regions import (
    differs,
    from_region,
    join_faces,
    largest,
    mean_difference,
    pick,
    preview,
    refined,
    region_matrix,
    region_turn,
    shifted,
    velocity,
)

MARKS = np.array([[30, 40], [50, 40], [40, 50], [33, 60], [47, 60]], np.float32)
BOX = np.array([20, 20, 60, 76], np.float32)


def face(x: float = 0.0, score: float = 0.9) -> Faces:
    """Return one face, moved to the right by `x` px."""
    shift = np.array([x, 0], np.float32)
    return Faces(BOX[None] + np.tile(shift, 2), np.array([score], np.float32), MARKS[None] + shift)


def nobody() -> Faces:
    """Return no faces."""
    return Faces.none()


@given(
    st.floats(-500, 1500), st.floats(-500, 1500), st.floats(0.2, 8), st.sampled_from([96, 160, 224]), st.floats(2, 8)
)  # fmt: skip
def test_what_is_found_in_a_region_maps_back(
    x: float, y: float, scale: float, region_px: int, margin: float
) -> None:
    """A face drawn into its region and mapped back is the face, wherever it is and however large."""
    marks = (MARKS * scale + (x, y)).astype(np.float32)
    box = (BOX * scale + (x, y, x, y)).astype(np.float32)
    matrix = region_matrix(box, marks, region_px=region_px, margin=margin)
    inside = Faces(
        apply_matrix(matrix, box.reshape(2, 2)).reshape(1, 4).astype(np.float32),
        np.ones(1, np.float32),
        apply_matrix(matrix, marks)[None].astype(np.float32),
    )
    back = from_region(inside, matrix, (4000, 4000))
    np.testing.assert_allclose(back.landmarks[0], marks, atol=0.01)
    np.testing.assert_allclose(back.boxes[0], np.clip(box, 0, 4000), atol=0.01)


def rolled(degrees: float) -> Faces:
    """Return one face as high as wide whose head rolls by so many degrees, clockwise as seen."""
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    points = (landmark_template(112) - 56) @ np.array([[cosine, sine], [-sine, cosine]]) + 300
    box = np.array([[230, 230, 370, 370]], np.float32)
    return Faces(box, np.array([0.9], np.float32), points[None].astype(np.float32))


@given(st.floats(-175, 175))
def test_turning_a_region_and_turning_back_gives_the_same_face(degrees: float) -> None:
    """Landmarks drawn into a turned region and mapped back are the same; the box of a round face is, too."""
    (marks,), (box,) = rolled(degrees).landmarks, rolled(degrees).boxes
    matrix = region_matrix(box, marks, region_px=128, margin=3.2)
    side = 140 * np.hypot(matrix[0, 0], matrix[1, 0])
    middle = apply_matrix(matrix, np.array([[300, 300]], np.float32))[0]
    inside = Faces(
        np.concatenate([middle - side / 2, middle + side / 2])[None].astype(np.float32),
        np.ones(1, np.float32),
        apply_matrix(matrix, marks)[None].astype(np.float32),
    )
    back = from_region(inside, matrix, (4000, 4000))
    np.testing.assert_allclose(back.landmarks[0], marks, atol=0.01)
    np.testing.assert_allclose(back.boxes[0], box, atol=0.01)


@given(st.floats(-175, 175))
def test_a_head_that_rolls_much_stands_upright_in_its_region(degrees: float) -> None:
    """From 45 degrees on nothing of the roll is left; up to 15 the region is upright as the frame is."""
    (marks,), (box,) = rolled(degrees).landmarks, rolled(degrees).boxes
    matrix = region_matrix(box, marks, region_px=128, margin=3.2)
    left = roll_degrees(apply_matrix(matrix, marks).astype(np.float32))
    assert left == pytest.approx(degrees - region_turn(marks), abs=0.01)
    if abs(degrees) >= 45.01:
        assert left == pytest.approx(0, abs=0.01)
    if abs(degrees) <= 14.99:
        assert matrix[0, 1] == matrix[1, 0] == 0


@given(st.floats(-60, 60), st.floats(0, 1))
def test_a_region_never_leaps_while_a_head_rolls_slowly(degrees: float, step: float) -> None:
    """The turn grows by at most 1.5 degrees a degree of roll."""
    turns = [region_turn(rolled(roll).landmarks[0]) for roll in (degrees, degrees + step)]
    assert abs(turns[1] - turns[0]) <= 1.5 * step + 0.01


def test_a_region_is_as_wide_as_the_margin_says() -> None:
    """The landmarks' rectangle, here 20 px, lies in the middle and takes 1 / margin of the side."""
    matrix = region_matrix(BOX, MARKS, region_px=160, margin=4.0)
    corners = apply_matrix(matrix, np.array([[30, 40], [50, 60]], np.float32))
    np.testing.assert_allclose(corners, [[59.5, 59.5], [99.5, 99.5]])


def test_without_landmarks_the_box_takes_their_place() -> None:
    """The region lies about the box's middle, and its side is the margin times half the box's longer side."""
    matrix = region_matrix(BOX, np.full((5, 2), np.nan, np.float32), region_px=160, margin=4.0)
    np.testing.assert_allclose(apply_matrix(matrix, np.array([[40, 48]], np.float32)), [[79.5, 79.5]])
    assert matrix[0, 0] == pytest.approx(160 / (4 * 28))


def test_the_face_that_overlaps_most_is_picked() -> None:
    """Of several the nearest one is taken; one that is too far away is not, and of none comes none."""
    faces = join_faces(face(30), face(2), face(200))
    assert pick(faces, BOX, 0.5).boxes.tolist() == face(2).boxes.tolist()
    assert len(pick(face(30), BOX, 0.5)) == 0
    assert len(pick(nobody(), BOX, 0.5)) == 0


def test_a_face_that_its_region_loses_stays() -> None:
    """Faces come from their views where those show them, best score first."""
    both = join_faces(face(0, 0.9), face(200, 0.8))
    result = refined(both, [join_faces(face(1, 0.5), face(200, 0.99)), nobody()], 0.5)
    assert result.boxes[:, 0].tolist() == [220.0, 21.0]
    assert len(refined(nobody(), [], 0.5)) == 0


def test_velocity_is_that_of_the_same_face() -> None:
    """A face moves by what its box moved; a new one and one without a past stand still."""
    now, before = join_faces(face(5), face(300)), face(0)
    assert velocity(now, before).tolist() == [[5, 0], [0, 0]]
    assert velocity(now, nobody()).tolist() == [[0, 0], [0, 0]]
    assert shifted(before, velocity(face(5), before)).landmarks.tolist() == face(5).landmarks.tolist()


def test_the_largest_faces_keep_their_order() -> None:
    """Small faces go first; fewer faces than asked for are returned as they are."""
    small = Faces(BOX[None] / 2, np.array([0.99], np.float32), MARKS[None] / 2)
    faces = join_faces(small, face(0, 0.7), face(100, 0.8))
    assert largest(faces, 2).scores.tolist() == pytest.approx([0.8, 0.7])
    assert largest(faces, 3) is faces


def test_a_cut_differs_and_a_slow_scene_does_not() -> None:
    """Another picture or size is a cut, the same picture a little brighter is none."""
    frame = np.full((100, 200, 3), 90, np.uint8)
    assert differs(preview(frame), preview(frame + np.uint8(60)), 20.0)
    assert not differs(preview(frame), preview(frame + np.uint8(5)), 20.0)
    assert differs(preview(frame), preview(frame[:50]), 20.0)


def test_the_difference_is_the_mean_of_all_grey_levels() -> None:
    """It is exact: every pixel and channel counts alike, whichever of the two is brighter."""
    first, second = np.random.default_rng(0).integers(0, 256, (2, 36, 64, 3), np.uint8)
    assert mean_difference(first, second) == np.abs(first.astype(int) - second).mean()
