"""Overlap of boxes and non-maximum suppression."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fer_data.core.vision.boxes import box_iou, nms
from fer_data.core.vision.faces import Faces


def faces(boxes: list[list[float]], scores: list[float]) -> Faces:
    """Return faces without meaningful landmarks."""
    count = len(scores)
    return Faces(
        np.array(boxes, np.float32).reshape(count, 4),
        np.array(scores, np.float32),
        np.zeros((count, 5, 2), np.float32),
    )


def test_overlap_is_intersection_over_union() -> None:
    """Equal boxes overlap fully, halves by a third, distant and empty ones not at all."""
    box = np.array([[0, 0, 10, 10]], np.float32)
    others = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [50, 50, 60, 60], [3, 3, 3, 3]], np.float32)
    np.testing.assert_allclose(box_iou(box, others), [[1, 1 / 3, 0, 0]], atol=1e-6)


def test_two_empty_boxes_do_not_divide_by_zero() -> None:
    """Boxes without area overlap by 0."""
    empty = np.zeros((2, 4), np.float32)
    assert not box_iou(empty, empty).any()


def test_the_better_of_two_overlapping_faces_stays() -> None:
    """A face found twice is given once, with the better score, before less sure faces."""
    found = nms(faces([[0, 0, 10, 10], [50, 0, 60, 10], [1, 0, 11, 10]], [0.6, 0.7, 0.9]), 0.3)
    assert found.scores.tolist() == [np.float32(0.9), np.float32(0.7)]
    assert found.boxes[0].tolist() == [1, 0, 11, 10]


def test_no_faces_give_no_faces() -> None:
    """Nothing in, nothing out."""
    assert len(nms(Faces.none(), 0.3)) == 0


@given(
    arrays(np.float32, (12, 4), elements=st.floats(0, 100, width=32)),
    arrays(np.float32, 12, elements=st.floats(0, 1, width=32)),
)
def test_what_stays_does_not_overlap(corners: np.ndarray, scores: np.ndarray) -> None:
    """After suppression no two faces overlap by more than the limit, and scores descend."""
    boxes = np.concatenate(
        [np.minimum(corners[:, :2], corners[:, 2:]), np.maximum(corners[:, :2], corners[:, 2:])], 1
    )
    kept = nms(Faces(boxes, scores, np.zeros((12, 5, 2), np.float32)), 0.4)
    shared = box_iou(kept.boxes, kept.boxes)
    np.fill_diagonal(shared, 0)
    assert shared.max() <= 0.4
    assert (np.diff(kept.scores) <= 0).all()
