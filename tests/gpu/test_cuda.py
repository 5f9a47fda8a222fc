"""On a real GPU: everything that runs on CPU torch elsewhere, against the CPU's results."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from align_runs import assert_alike, full_search_params, moving_frames, run_align, torch_params, write_corpus
from given_corpora import PICTURES, GivenCorpus, given, pictures_source
from keyed_videos import CLOSED, write_keyed_video
from onnx_graphs import scrfd_like
from video_corpora import Subject, align_corpus, people, scene, write_catalog

from fer_data.assignment.hand_lines import COLUMNS
from fer_data.core.vision.geometry import warp_crop
from fer_data.detectors import open_detector
from fer_data.detectors.insightface import open_insightface
from fer_data.detectors.onnx.graph import free_sizes
from fer_data.detectors.onnx.letterbox import letterbox
from fer_data.detectors.torch.decoding import suppress_batch
from fer_data.detectors.torch.detector import torch_device, torch_scrfd
from fer_data.detectors.torch.graph import TorchGraph
from fer_data.detectors.torch.resampling import letterbox_batch, warp_crops
from fer_data.detectors.torch.waiting import sleep_while_waiting
from fer_data.errors import DetectorError
from fer_data.ingest.given import ingest_given
from fer_data.media.nvdec import _decoder_class, decode_on_gpu
from fer_data.media.video import decode_frames
from fer_data.pictures.images import encode_png
from fer_data.tracking.device_batch import DeviceFrameBatch
from fer_data.tracking.face_finder import open_face_finder

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
CUDA = torch.device("cuda", 0)


def noise(*shape: int) -> np.ndarray:
    """Return random bytes of a shape."""
    return np.random.default_rng(4).integers(0, 256, shape, dtype=np.uint8)


def test_the_graph_computes_the_same_in_full_precision() -> None:
    """float32 on the GPU is float32, not TF32: outputs differ from the CPU's by rounding alone."""
    model = scrfd_like("interleaved")
    free_sizes(model)
    graph, values = TorchGraph(model), torch.randn(3, 3, 96, 160)
    with torch.inference_mode(), torch.backends.cudnn.flags(allow_tf32=False, deterministic=True):
        expected = graph(values)
        found = graph.to(CUDA)(values.to(CUDA))
    for name in graph.output_names:
        assert (found[name].cpu() - expected[name]).abs().max() < 1e-4


def test_letterbox_equals_the_cpu_one() -> None:
    """The detector's input on the GPU differs by at most a grey level."""
    frames = noise(2, 90, 160, 3)
    batch, _ = letterbox_batch(torch.from_numpy(frames).to(CUDA), 64)
    expected = np.stack([letterbox(frame, 64)[0] for frame in frames])
    assert np.abs(batch.cpu().numpy().transpose(0, 2, 3, 1) - expected).max() <= 1


def test_warp_equals_the_cpu_one() -> None:
    """Crops of a GPU batch differ by under half a grey level on average."""
    frames = noise(2, 120, 160, 3)
    matrices = np.array([[[0.6, 0.2, -20], [-0.2, 0.6, 5]], [[1.7, -0.1, -60], [0.1, 1.7, -50]]])
    crops = warp_crops(torch.from_numpy(frames).to(CUDA), np.array([0, 1]), matrices, 64).cpu().numpy()
    for crop, frame, matrix in zip(crops, frames, matrices, strict=True):
        assert np.abs(crop.astype(int) - warp_crop(frame, matrix, 64)).mean() < 0.5


def test_suppression_is_the_same_on_both_devices() -> None:
    """Kept boxes do not depend on the device."""
    corner = torch.randint(0, 40, (4, 60, 2)).float()
    boxes, valid = torch.cat([corner, corner + 12], -1), torch.ones(4, 60, dtype=torch.bool)
    found = suppress_batch(boxes.to(CUDA), valid.to(CUDA), 0.3).cpu()
    assert torch.equal(found, suppress_batch(boxes, valid, 0.3))


def test_scrfd_finds_what_onnxruntime_finds(tmp_path: Path) -> None:
    """SCRFD on the GPU gives the onnxruntime detector's faces to a twentieth of a pixel."""
    path, settings = tmp_path / "scrfd.onnx", {"size_px": 96, "min_score": 0.45, "nms_iou": 0.4}
    onnx.save(scrfd_like("interleaved"), path)
    frames = list(noise(3, 90, 150, 3))
    found = torch_scrfd(path, **settings, device=CUDA).detect(frames)
    for ours, theirs in zip(found, open_insightface(path, **settings).detect(frames), strict=True):
        assert len(ours) == len(theirs)
        np.testing.assert_allclose(ours.landmarks, theirs.landmarks, atol=0.05)


@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16"])
def test_faces_are_sighted_on_the_gpu(precision: str) -> None:
    """Every precision finds the faces of frames of two sizes, and leaves the pixels on the GPU."""
    params = torch_params(device="cuda", precision=precision)
    (seen,) = open_face_finder(params, open_detector(params), people=1).add(moving_frames())
    assert isinstance(seen, DeviceFrameBatch)
    assert [len(faces) for faces in seen.faces] == [1, 1, 1]
    assert {pixels.device.type for pixels in seen.pixels} == {"cuda"}


def with_torchcodec() -> torch.device:
    """Return the device, or skip the test where torchcodec is not installed."""
    try:
        _decoder_class()
    except DetectorError as error:
        pytest.skip(str(error))
    return torch_device("cuda")


def test_align_on_the_gpu_equals_the_cpu_one(tmp_path: Path) -> None:
    """Kept rows differ in under 0.1 % and crops by under two grey levels; a second run gives the same bytes."""
    write_corpus(tmp_path)
    theirs = run_align(tmp_path, "cpu", full_search_params())
    ours, again = (run_align(tmp_path, name, torch_params(device="cuda")) for name in ("cuda", "again"))
    assert_alike(ours, theirs)
    for path in sorted(ours.iterdir()):
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name


def test_spans_on_the_gpu_keep_what_the_whole_keeps(tmp_path: Path) -> None:
    """A video in three spans has the states of the whole one, and the same bytes with one and two processes."""
    frames = 70
    one = scene([(people()[0], lambda index: (10 + index, 40))])
    write_keyed_video(tmp_path / "root" / "batch1" / "alone.mp4", one, frames, CLOSED)
    write_catalog(tmp_path / "catalog", {"alone": Subject("alone", [1] * frames)}, {"alone": frames})
    whole = run_align(tmp_path, "whole", torch_params(device="cuda"))
    spans = run_align(tmp_path, "spans", torch_params(device="cuda", span_frames=24))
    again = tmp_path / "again"
    align_corpus(
        tmp_path, again, torch_params(device="cuda", span_frames=24), workers=2, store=str(again / "store")
    )
    assert_alike(spans, whole, kept=60)
    for path in sorted(spans.iterdir()):
        assert path.read_bytes() == (again / "faces" / path.name).read_bytes(), path.name


def test_pictures_on_the_gpu_equal_the_cpu_ones(tmp_path: Path) -> None:
    """Pictures of a folder keep the states of the CPU run, and a second run gives the same bytes."""
    (tmp_path / "root").mkdir()
    (tmp_path / "catalog").mkdir()
    draw = scene([(people()[0], lambda index: (40 + 20 * index, 60))])
    for index in range(6):
        (tmp_path / "root" / f"{index}.png").write_bytes(encode_png(draw(index)))
    rows = [given(f"{index}.png") for index in range(6)]
    source = pictures_source(tmp_path / "root").changed(decisions=str(tmp_path / "decisions.csv"))
    (tmp_path / "decisions.csv").write_text(",".join(COLUMNS) + "\n")
    ingest_given(GivenCorpus([rows]), PICTURES, tmp_path / "catalog", root=tmp_path / "root", source=source)
    wanted = {
        "cpu": full_search_params(),
        "cuda": torch_params(device="cuda"),
        "again": torch_params(device="cuda"),
    }
    for name, params in wanted.items():
        align_corpus(tmp_path, tmp_path / name, params, source=source, store=str(tmp_path / f"{name}-store"))
    theirs, ours, again = (tmp_path / name / "faces" for name in wanted)
    assert_alike(ours, theirs, kept=4)
    for path in sorted(ours.iterdir()):
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name


def test_threads_sleep_while_they_wait_for_the_gpu() -> None:
    """The driver takes it, also once the GPU is in use."""
    assert torch.ones(1, device=CUDA).item() == 1
    assert sleep_while_waiting(0)


def test_nvdec_decodes_what_pyav_decodes(tmp_path: Path) -> None:
    """Where torchcodec is installed, its frames have PyAV's times and nearly its colours."""
    write_corpus(tmp_path)
    path = tmp_path / "root" / "batch1" / "alone.mp4"
    frames = list(decode_on_gpu(path, with_torchcodec()))
    for ours, theirs in zip(frames, decode_frames(path), strict=True):
        assert ours.pts_seconds == pytest.approx(theirs.pts_seconds)
        assert np.abs(ours.image.astype(int) - theirs.image).mean() < 1.5


def test_align_with_nvdec_equals_that_with_pyav(tmp_path: Path) -> None:
    """Rows and crops are as near as the devices' own; a second run gives the same bytes."""
    with_torchcodec()
    write_corpus(tmp_path)
    theirs = run_align(tmp_path, "pyav", torch_params(device="cuda"))
    params = torch_params(device="cuda", decoder="nvdec")
    ours, again = (run_align(tmp_path, name, params) for name in ("nvdec", "again"))
    assert_alike(ours, theirs)
    for path in sorted(ours.iterdir()):
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name
