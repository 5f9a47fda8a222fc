"""SCRFD networks give what InsightFace's own code gives, whatever their export."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx_graphs import HeadOrder, scrfd_like
from photographs import six_people

from fer_data.core.arrays import Image
from fer_data.detectors.insightface import insightface_weights, open_insightface
from fer_data.errors import DetectorError
from fer_data.shell.files.atomic import file_sha256

if TYPE_CHECKING:
    from insightface.model_zoo.scrfd import SCRFD

REAL_WEIGHTS = os.environ.get("FER_DATA_SCRFD", "")


def reference(path: Path, size: tuple[int, int], *, min_score: float, nms_iou: float) -> "SCRFD":
    """Return InsightFace's own detector."""
    from insightface.model_zoo.scrfd import SCRFD

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    detector = SCRFD(str(path), session)
    detector.prepare(0, nms_thresh=nms_iou, det_thresh=min_score, input_size=size)
    return detector


def texture(height: int, width: int) -> Image:
    """Return a picture with structure at many scales."""
    return np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("order", ["interleaved", "baked"])
def test_boxes_and_landmarks_are_insightfaces(order: HeadOrder, tmp_path: Path) -> None:
    """A network exported for 160 x 160 px gives the same faces through our reading as through InsightFace's."""
    path = tmp_path / "scrfd.onnx"
    onnx.save(scrfd_like(order, side=160), str(path))
    image = texture(160, 160)
    boxes, landmarks = reference(path, (160, 160), min_score=0.6, nms_iou=0.4).detect(
        np.ascontiguousarray(image[:, :, ::-1])
    )
    (faces,) = open_insightface(path, size_px=160, min_score=0.6, nms_iou=0.4).detect([image])
    assert len(faces) > 5
    assert abs(len(faces) - len(boxes)) <= 0.05 * len(boxes)  # their boxes are a pixel wider in suppression
    for score, points in zip(faces.scores, faces.landmarks, strict=True):
        nearest = np.abs(boxes[:, 4] - score).argmin()
        np.testing.assert_allclose(points, landmarks[nearest], atol=1e-2)


def test_a_fixed_export_takes_any_picture(tmp_path: Path) -> None:
    """A network exported for a square takes a wide picture without padding it to a square."""
    path = tmp_path / "scrfd.onnx"
    onnx.save(scrfd_like("baked", side=160), str(path))
    free = tmp_path / "free.onnx"
    onnx.save(scrfd_like("free"), str(free))
    image = texture(96, 224)
    found = [
        open_insightface(p, size_px=640, min_score=0.6, nms_iou=0.4).detect([image])[0] for p in (path, free)
    ]
    assert len(found[0]) > 5
    np.testing.assert_allclose(found[0].landmarks, found[1].landmarks, atol=1e-3)


def test_a_network_without_landmarks_says_so_with_nan(tmp_path: Path) -> None:
    """Six outputs give boxes and scores; the landmarks are not invented."""
    graph = scrfd_like("baked", side=160)
    del graph.graph.output[6:]
    path = tmp_path / "boxes.onnx"
    onnx.save(graph, str(path))
    (faces,) = open_insightface(path, size_px=160, min_score=0.6, nms_iou=0.4).detect([texture(160, 160)])
    assert len(faces) > 5
    assert np.isnan(faces.landmarks).all()


def test_another_number_of_outputs_is_refused(tmp_path: Path) -> None:
    """A network that is no SCRFD detector ends in one clear line."""
    graph = scrfd_like("baked", side=160)
    del graph.graph.output[2:]
    path = tmp_path / "other.onnx"
    onnx.save(graph, str(path))
    with pytest.raises(
        DetectorError, match=r"other\.onnx has 2 outputs; an SCRFD detector has 6, 9, 10 or 15"
    ):
        open_insightface(path, size_px=160, min_score=0.6, nms_iou=0.4)


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    """A text under the name of a network is no graph."""
    path = tmp_path / "text.onnx"
    path.write_text("not a network")
    with pytest.raises(DetectorError, match="cannot be read as an ONNX file"):
        open_insightface(path, size_px=160, min_score=0.6, nms_iou=0.4)


def test_weights_are_found_as_file_or_pack_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path and the name of an unpacked pack lead to the file; the hash must be the one in the parameters."""
    pack = tmp_path / ".insightface" / "models" / "antelope"
    pack.mkdir(parents=True)
    file = pack / "det_10g.onnx"
    file.write_bytes(b"weights")
    (pack / "genderage.onnx").write_bytes(b"another model")
    monkeypatch.setenv("HOME", str(tmp_path))
    right = file_sha256(file)
    assert insightface_weights(str(file), right) == file
    assert insightface_weights("antelope", right) == file
    with pytest.raises(DetectorError, match=rf"align\.detector\.sha256 \(None\).*which is {right}"):
        insightface_weights("antelope", None)


@pytest.mark.parametrize(
    ("weights", "message"),
    [(None, r"align\.detector\.weights \(null\)"), ("no-such-pack", "0 found.*nothing is downloaded")],
    ids=["nothing named", "missing pack"],
)
def test_missing_weights_are_named(
    weights: str | None, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without weights the message says where they are looked for."""
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(DetectorError, match=message):
        insightface_weights(weights, None)


@pytest.mark.skipif(not REAL_WEIGHTS, reason="FER_DATA_SCRFD does not name the real SCRFD weights")
def test_the_real_network_gives_insightfaces_faces() -> None:
    """On a photograph of six people our boxes and landmarks are InsightFace's to a hundredth of a pixel."""
    path, picture = Path(REAL_WEIGHTS), np.ascontiguousarray(six_people()[:, :, ::-1])
    (faces,) = open_insightface(path, size_px=640, min_score=0.5, nms_iou=0.4).detect([six_people()])
    boxes, landmarks = reference(path, (640, 640), min_score=0.5, nms_iou=0.4).detect(picture)
    assert len(faces) == len(boxes) == 6
    np.testing.assert_allclose(faces.boxes, boxes[:, :4], atol=0.01)
    np.testing.assert_allclose(faces.landmarks, landmarks, atol=0.01)
