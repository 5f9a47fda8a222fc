"""The torch detectors find what the onnxruntime ones find."""

import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import torch
from onnx_graphs import HeadOrder, scrfd_like

from fer_data.core.arrays import Image
from fer_data.core.vision.faces import Faces
from fer_data.detectors.centerface import CENTERFACE_SHA256, open_centerface
from fer_data.detectors.insightface import open_insightface
from fer_data.detectors.torch.detector import torch_centerface, torch_device, torch_scrfd
from fer_data.errors import DetectorError

CPU = torch.device("cpu")
MAX_LANDMARK_PX = 0.05


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Keep torch to one thread, as a worker does."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def astronaut() -> Image:
    """Return a real picture with one face from an installed package, or skip."""
    data = pytest.importorskip("skimage.data")
    return np.ascontiguousarray(data.astronaut()[..., :3])


def crowd() -> Image:
    """Return a real group picture from an installed package, or skip."""
    folder = Path(pytest.importorskip("insightface").__file__).parent
    image = cv2.imread(str(folder / "data" / "images" / "t1.jpg"))
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def noisy(count: int, height: int = 90, width: int = 150) -> list[Image]:
    """Return different random pictures."""
    values = np.random.default_rng(2).integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    return [cv2.GaussianBlur(value, (0, 0), 2) for value in values]


def assert_same(ours: Faces, theirs: Faces) -> None:
    """Check that the same faces are found, with landmarks at most 0.05 px apart."""
    assert len(ours) == len(theirs)
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-3)
    np.testing.assert_allclose(ours.boxes, theirs.boxes, atol=MAX_LANDMARK_PX)
    np.testing.assert_allclose(ours.landmarks, theirs.landmarks, atol=MAX_LANDMARK_PX)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_centerface_equals_onnxruntime_on_real_pictures() -> None:
    """Faces of pictures of different sizes, one reduced, come out alike from both engines."""
    frames = [crowd(), astronaut(), astronaut()[:300]]
    settings = {"size_px": 640, "min_score": 0.5, "nms_iou": 0.3}
    ours = torch_centerface(**settings, device=CPU).detect(frames)
    theirs = open_centerface(**settings).detect(frames)
    assert len(theirs[0]) >= 5
    for mine, other in zip(ours, theirs, strict=True):
        assert_same(mine, other)


@pytest.mark.parametrize("order", ["interleaved", "baked"])
def test_scrfd_equals_onnxruntime(order: HeadOrder, tmp_path: Path) -> None:
    """A batch through an SCRFD graph of each flatten order gives onnxruntime's faces of each frame."""
    path = tmp_path / "scrfd.onnx"
    onnx.save(scrfd_like(order), path)
    settings = {"size_px": 96, "min_score": 0.45, "nms_iou": 0.4}
    frames = noisy(3)
    ours = torch_scrfd(path, **settings, device=CPU)
    theirs = open_insightface(path, **settings)
    assert ours.weights_sha256 == theirs.weights_sha256
    found = theirs.detect(frames)
    assert min(len(faces) for faces in found) > 0
    for mine, other in zip(ours.detect(frames), found, strict=True):
        assert_same(mine, other)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_half_precision_finds_the_same_face(precision: str) -> None:
    """In half precision the face stays, its landmarks within 3 % of the eye distance."""
    settings = {"size_px": 320, "min_score": 0.5, "nms_iou": 0.3, "device": CPU}
    (full,) = torch_centerface(**settings).detect([astronaut()])
    (half,) = torch_centerface(**settings, precision=precision).detect([astronaut()])
    eyes = np.hypot(*(full.landmarks[0, 1] - full.landmarks[0, 0]))
    assert len(half) == len(full) == 1
    assert np.abs(half.landmarks - full.landmarks).max() < 0.03 * eyes


def test_no_frames_and_empty_frames_give_no_faces() -> None:
    """An empty batch gives nothing, black frames give no faces."""
    detector = torch_centerface(size_px=64, min_score=0.5, nms_iou=0.3, device=CPU)
    assert detector.detect([]) == []
    found = detector.detect([np.zeros((48, 64, 3), np.uint8)] * 2)
    assert [len(faces) for faces in found] == [0, 0]
    assert found[0].landmarks.shape == (0, 5, 2)
    assert detector.weights_sha256 == CENTERFACE_SHA256


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_cuda_without_a_gpu_is_refused() -> None:
    """A device that is not there is an error and never falls back to the CPU."""
    with pytest.raises(DetectorError, match=r"align\.device \(cuda\) needs a GPU"):
        torch_device("cuda")


def test_gpus_are_dealt_out_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes share the machine's GPUs round robin, by the number in their names."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    indices = []
    for name in ("MainProcess", "SpawnProcess-1", "SpawnProcess-2", "SpawnProcess-3", "SpawnProcess-4"):
        monkeypatch.setattr(multiprocessing.current_process(), "name", name)
        indices.append(torch_device("cuda").index)
    assert indices == [0, 1, 2, 0, 1]


@pytest.mark.skipif("FER_DATA_SCRFD" not in os.environ, reason="FER_DATA_SCRFD names no SCRFD file")
def test_real_scrfd_equals_onnxruntime() -> None:
    """The released SCRFD-2.5G finds the same faces in a group picture on both engines."""
    settings = {"size_px": 640, "min_score": 0.5, "nms_iou": 0.4}
    path = Path(os.environ["FER_DATA_SCRFD"])
    (ours,) = torch_scrfd(path, **settings, device=CPU).detect([crowd()])
    (theirs,) = open_insightface(path, **settings).detect([crowd()])
    assert len(theirs) >= 5
    assert_same(ours, theirs)
