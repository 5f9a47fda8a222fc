"""Rendered frames and the truth about them."""

from dataclasses import replace

import numpy as np
import pytest

from fer_data.core.vision.faces import LANDMARK_NAMES
from fer_data.sample.scene import film, render_clip, stage_scene, walk_out
from fer_data.sample.truth import TRUTH, truth_table


def test_frames_are_rgb_pictures_of_the_asked_size(clip):
    """A clip has as many frames as asked for, each uint8 RGB."""
    assert len(clip) == 3
    assert {(frame.shape, frame.dtype.name) for frame, _ in clip} == {((480, 640, 3), "uint8")}


def test_the_same_seed_gives_the_same_pixels(clip):
    """A clip depends on its seed alone."""
    again = render_clip(3, 3, people=2)
    assert all(np.array_equal(first, second) for (first, _), (second, _) in zip(clip, again, strict=True))
    assert not np.array_equal(clip[0][0], render_clip(4, 1, people=2)[0][0])


def test_people_are_named_by_their_side(clip):
    """The first of two people stands left of the second."""
    left, right = clip[0][1]
    assert (left.subject_id, left.side, right.subject_id, right.side) == (
        "clip_left",
        "left",
        "clip_right",
        "right",
    )
    assert left.box[2] < right.box[0]


def test_landmarks_are_in_our_order_inside_the_box(clip):
    """Left and right are as seen in the picture, eyes above nose above mouth."""
    for face in clip[0][1]:
        marks = dict(zip(LANDMARK_NAMES, face.landmarks, strict=True))
        assert marks["left_eye"][0] < marks["right_eye"][0]
        assert marks["left_mouth_corner"][0] < marks["right_mouth_corner"][0]
        assert marks["left_eye"][1] < marks["nose"][1] < marks["left_mouth_corner"][1]
        assert (face.landmarks >= face.box[:2]).all()
        assert (face.landmarks <= face.box[2:]).all()


def test_eyes_are_darker_than_the_cheeks_below_them():
    """The landmarks lie where the picture shows eyes: darker than the skin under them."""
    darker = []
    for seed in range(4):
        ((frame, (face,)),) = render_clip(seed, 1)
        grey = frame.mean(-1)
        eye_distance = face.landmarks[1, 0] - face.landmarks[0, 0]
        for x, y in face.landmarks[:2].round().astype(int):
            below = int(y + 0.5 * eye_distance)
            darker.append(
                grey[y - 2 : y + 3, x - 4 : x + 5].min() < grey[below - 2 : below + 3, x - 4 : x + 5].mean()
            )
    assert np.mean(darker) > 0.8


def test_who_walks_out_is_gone():
    """A person who walks out stays visible before, and has neither box nor landmarks in the end."""
    scene = stage_scene(1, 14, [(5, "x", "only")], size_wh=(640, 480))
    role = scene.roles[0]
    leaving = replace(role, performance=walk_out(role.performance, 3, width=640))
    truths = [truth for _, (truth,) in film(replace(scene, roles=(leaving,)))]
    assert all(truth.visible for truth in truths[:3])
    assert truths[-1].box is None
    assert not any(truth.visible for truth in truths[9:])


def test_who_is_hidden_is_not_visible():
    """A person behind a nearer one in the same place is known to be there, but not visible."""
    scene = stage_scene(2, 1, [(5, "a", "left"), (6, "b", "right")], size_wh=(640, 480))
    front, back = scene.roles
    index = front.performance.centre
    near = replace(front.performance, head_px=front.performance.head_px * 1.6)
    far = replace(back.performance, centre=index, head_px=back.performance.head_px * 0.7)
    hidden = replace(scene, roles=(replace(front, performance=near), replace(back, performance=far)))
    ((_, (first, second)),) = film(hidden)
    assert first.visible
    assert not second.visible
    assert second.visible_fraction < 0.1


def test_supersampling_keeps_size_and_truth():
    """Twice the rays change the look, not the place of anything."""
    ((coarse, (first,)),) = render_clip(8, 1)
    ((fine, (second,)),) = render_clip(8, 1, supersampling=2)
    assert coarse.shape == fine.shape
    np.testing.assert_array_equal(first.landmarks, second.landmarks)
    assert np.abs(coarse.astype(int) - fine).mean() < 4


def test_truth_is_a_table_of_its_schema(clip):
    """Truth rows have the columns of the schema; no faces give no rows."""
    table = truth_table("v", [face for _, faces in clip for face in faces])
    assert table.schema.equals(TRUTH)
    assert table.num_rows == 6
    assert truth_table("v", []).num_rows == 0


@pytest.mark.parametrize("people", [1, 3], ids=["one", "three"])
def test_a_clip_shows_as_many_people_as_asked_for(people):
    """Those between left and right are annotated by nobody."""
    ((_, faces),) = render_clip(1, 1, people=people)
    assert len(faces) == people
    assert sum(face.subject_id is None for face in faces) == max(0, people - 2)
