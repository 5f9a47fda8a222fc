"""Faces decoded in batches are those that the one-by-one detectors decode."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_data.core.vision.boxes import nms
from fer_data.core.vision.faces import Faces
from fer_data.detectors.centerface import decode_centres
from fer_data.detectors.scrfd_heads import scrfd_heads
from fer_data.detectors.torch.decoding import FaceBatch, decode_centerface, decode_scrfd, suppress_batch


def maps(count: int, *, seed: int = 0) -> list[np.ndarray]:
    """Return CenterFace's four random output maps of a few pictures."""
    random = np.random.default_rng(seed)
    heat = random.random((count, 1, 6, 9), np.float32)
    return [heat, *(random.normal(size=(count, c, 6, 9)).astype(np.float32) for c in (2, 2, 10))]


def assert_same(ours: Faces, theirs: Faces) -> None:
    """Check that two detectors' faces are equal up to float rounding."""
    assert len(ours) == len(theirs)
    np.testing.assert_allclose(ours.boxes, theirs.boxes, atol=1e-4)
    np.testing.assert_array_equal(ours.scores, theirs.scores)
    np.testing.assert_allclose(ours.landmarks, theirs.landmarks, atol=1e-4)


@pytest.mark.parametrize("min_score", [0.0, 0.7, 1.0], ids=["all", "some", "none"])
def test_centerface_maps_decode_as_one_by_one(min_score: float) -> None:
    """Every picture of a batch gets the faces that the onnxruntime detector decodes from its maps."""
    outputs = maps(3)
    found = decode_centerface([torch.from_numpy(value) for value in outputs], min_score)
    for index, ours in enumerate(found.suppressed(0.3).to_host()):
        heat, size, offset, marks = (value[index] for value in outputs)
        theirs = decode_centres(heat[0], size, offset, landmarks=marks, min_score=min_score)
        assert_same(ours, nms(theirs, 0.3))


def test_faces_come_back_to_the_source() -> None:
    """Input pixels become source pixels, and boxes end at the picture's edges."""
    batch = FaceBatch(
        torch.tensor([[[-2.0, 1.0, 30.0, 12.0]]]),
        torch.tensor([[0.9]]),
        torch.full((1, 1, 5, 2), 3.0),
        torch.tensor([[True]]),
    )
    (faces,) = batch.to_source(0.5, 20, 40).to_host()
    np.testing.assert_allclose(faces.boxes, [[0, 2, 40, 20]])
    np.testing.assert_allclose(faces.landmarks, np.full((1, 5, 2), 6.0))


boxes = st.lists(
    st.tuples(*(st.integers(0, 12) for _ in range(4)), st.integers(0, 3)), min_size=0, max_size=14
)


@settings(max_examples=60, deadline=None)
@given(pictures=st.lists(boxes, min_size=1, max_size=4), max_iou=st.sampled_from([0.0, 0.3, 0.5, 1.0]))
def test_suppression_equals_the_greedy_one(pictures: list[list[tuple[int, ...]]], max_iou: float) -> None:
    """Boxes of any batch are kept exactly as `core.suppression` keeps them in each picture alone."""
    most = max(len(rows) for rows in pictures)
    padded, valid = torch.zeros(len(pictures), most, 4), torch.zeros(len(pictures), most, dtype=torch.bool)
    expected = []
    for index, rows in enumerate(pictures):
        values = np.array(sorted(rows, key=lambda row: -row[4]), np.float32).reshape(-1, 5)
        corners = np.concatenate([values[:, :2], values[:, :2] + values[:, 2:4]], 1)
        padded[index, : len(rows)], valid[index, : len(rows)] = torch.from_numpy(corners), True
        marks = np.arange(len(rows), dtype=np.float32)[:, None, None] * np.ones((1, 5, 2), np.float32)
        expected.append(nms(Faces(corners, values[:, 4], marks), max_iou).landmarks[:, 0, 0].tolist())
    kept = suppress_batch(padded, valid, max_iou)
    assert [row.nonzero()[:, 0].tolist() for row in kept] == expected


@pytest.mark.parametrize(
    ("levels", "last"), [(3, [0, 0, 64, 64]), (5, [-64, -64, 64, 64])], ids=["3 levels", "5 levels"]
)
def test_scrfd_without_landmarks_gives_nan(levels: int, last: list[int]) -> None:
    """Boxes alone are decoded, level by level, where the network has no landmark heads."""
    anchors = 2 if levels == 3 else 1
    rows = [anchors * (64 // (8 << level)) ** 2 for level in range(levels)]
    heads = [torch.full((2, count, 1), 0.9) for count in rows] + [torch.ones(2, count, 4) for count in rows]
    found = decode_scrfd(heads, scrfd_heads(2 * levels, "boxes.onnx"), (64, 64), 0.5)
    assert found.boxes[0, 0].tolist() == [-8, -8, 8, 8]
    assert found.boxes[1, -1].tolist() == last
    assert found.landmarks.isnan().all()
