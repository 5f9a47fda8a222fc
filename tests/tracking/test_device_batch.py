"""Aligning on torch gives the states and crops of the CPU engine, by the code that a GPU runs."""

import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from align_runs import assert_alike, full_search_params, moving_frames, run_align, torch_params, write_corpus
from corpus_trees import write_oblong, write_streams

from fer_data.core.vision.regions import preview
from fer_data.detectors import open_detector
from fer_data.errors import DetectorError, MediaError
from fer_data.media.frame_pictures import FrameRules
from fer_data.media.nvdec import DeviceFrame, DeviceReader, decode_on_gpu, nvdec_fault
from fer_data.media.packets import PacketTimes
from fer_data.media.video import Frame
from fer_data.tracking.device_batch import DeviceFrameBatch
from fer_data.tracking.face_finder import open_face_finder
from fer_data.tracking.frame_batch import HostFrameBatch
from fer_data.video_jobs.keys import environment

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

FRAMES = 16


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a corpus and what the CPU engine made of it."""
    folder = tmp_path_factory.mktemp("gpu_align")
    write_corpus(folder, FRAMES)
    run_align(folder, "onnxruntime", full_search_params())
    return folder


def detected(frames: Sequence[Frame | DeviceFrame]) -> DeviceFrameBatch:
    """Return frames with their faces, as engine torch finds them."""
    params = torch_params()
    (seen,) = open_face_finder(params, open_detector(params), people=1).add(frames)
    assert isinstance(seen, DeviceFrameBatch)
    return seen


def test_torch_aligns_as_onnxruntime_does(corpus: Path) -> None:
    """On the CPU, engine torch keeps the same rows and its crops differ by under two grey levels on average."""
    ours = run_align(corpus, "torch", torch_params())
    assert_alike(ours, corpus / "onnxruntime" / "faces", kept=2 * FRAMES)


@pytest.mark.slow
def test_torch_repeats_itself_to_the_byte(corpus: Path) -> None:
    """The same videos and parameters give the same bytes again."""
    first, second = (run_align(corpus, name, torch_params()) for name in ("first", "second"))
    for path in sorted(first.iterdir()):
        assert path.read_bytes() == (second / path.name).read_bytes(), path.name


def test_frames_of_several_sizes_are_searched_on_the_device() -> None:
    """A batch whose frames change size gives each frame's faces, and crops from the right frames."""
    frames = moving_frames()
    ours = detected(frames)
    theirs = HostFrameBatch(ours.faces, frames, [preview(frame.image) for frame in frames])
    assert [len(faces) for faces in ours.faces] == [1, 1, 1]
    matrices = [np.array([[0.5, 0.1, -30.0 + 4 * index], [-0.1, 0.5, 0.0]]) for index in range(4)]
    owners = [2, 0, 1, 2]
    difference = ours.warp(owners, matrices, 64).astype(int) - theirs.warp(owners, matrices, 64)
    assert np.abs(difference).mean((1, 2, 3)).max() < 0.5
    pairs = zip(ours.previews, theirs.previews, strict=True)
    assert all(np.array_equal(mine, other) for mine, other in pairs), "a cut would be seen on one engine only"


def test_no_faces_need_no_warp() -> None:
    """An empty list of crops, and an empty batch, are answered with empty arrays."""
    assert detected(moving_frames()).warp([], [], 32).shape == (0, 32, 32, 3)
    assert detected([]).faces == []


class _Decoder:
    """Stands in for torchcodec's decoder: three frames in the CPU's memory, then damage."""

    def __init__(self, source: str, *, dimension_order: str, device: torch.device, seek_mode: str) -> None:
        assert (dimension_order, seek_mode) == ("NHWC", "exact")
        self._count = 3 if "whole" in source else 40
        self._device = device

    def __len__(self) -> int:
        return self._count

    def get_frames_in_range(self, start: int, stop: int) -> SimpleNamespace:
        if start >= 32:
            raise RuntimeError("no more\nframes")
        pixels = torch.arange(start, stop, dtype=torch.uint8, device=self._device)[:, None, None, None]
        seconds = torch.arange(start, stop, dtype=torch.float64) / 25
        return SimpleNamespace(data=pixels.expand(-1, 4, 6, 3), pts_seconds=seconds)


def packets(count: int, *, step: int = 1) -> PacketTimes:
    """Return the times of so many packets at 25 a second, `step` frames apart."""
    return PacketTimes(
        np.arange(count, dtype=np.int64) * step, Fraction(1, 25), sure=True, counted=False, error=None
    )


@pytest.fixture
def decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `_Decoder` stand in for NVDEC; whole.mp4 has packets for its 3 frames, torn.mp4 for 40."""
    monkeypatch.setattr("fer_data.media.nvdec._decoder_class", lambda: _Decoder)
    monkeypatch.setattr("fer_data.media.nvdec.torch_device", lambda _: torch.device("cpu"))
    monkeypatch.setattr("fer_data.media.nvdec._check_form", lambda *_: None)
    monkeypatch.setattr("fer_data.media.nvdec.rotation_degrees", lambda _: 0)
    monkeypatch.setattr(
        "fer_data.media.nvdec.packet_times", lambda path: packets(3 if "whole" in path.name else 40)
    )


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (packets(4), "NVDEC counts 3 frames, the file has packets for 4"),
        (packets(3, step=2), "gives a frame at 0.0400 s for frame 2, which the file shows at 0.0800 s"),
    ],
    ids=["count", "time"],
)
@pytest.mark.usefixtures("decoder")
def test_frames_that_could_slip_are_refused_on_the_device(
    times: PacketTimes, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A video of which NVDEC gives other frames than its packets promise ends with the way out named."""
    monkeypatch.setattr("fer_data.media.nvdec.packet_times", lambda _: times)
    with pytest.raises(MediaError, match=message) as caught:
        list(decode_on_gpu(Path("whole.mp4"), torch.device("cpu")))
    assert "Set align.decoder to pyav" in str(caught.value)


@pytest.mark.usefixtures("decoder")
def test_frames_decoded_on_the_device_stay_there() -> None:
    """Device frames carry the index, time and size of host frames, and come down only when asked for."""
    frames = list(decode_on_gpu(Path("whole.mp4"), torch.device("cpu")))
    assert [(frame.index, frame.pts_seconds) for frame in frames] == [(0, 0.0), (1, 0.04), (2, 0.08)]
    assert frames[1].size_wh == (6, 4)
    assert frames[2].image.tolist() == np.full((4, 6, 3), 2).tolist()


@pytest.mark.usefixtures("decoder")
def test_damage_ends_decoding_on_the_device_with_one_line() -> None:
    """Frames before the damage are given, then the error says how many."""
    frames = decode_on_gpu(Path("torn.mp4"), torch.device("cpu"))
    assert [next(frames).index for _ in range(32)] == list(range(32))
    with pytest.raises(MediaError, match=r"torn\.mp4: decoding stopped after 32 frames: no more frames"):
        next(frames)


@pytest.mark.parametrize(
    ("rotation", "fallback", "message"),
    [(90, False, "rotated videos cannot"), (0, True, "NVDEC cannot decode this kind of video")],
    ids=["rotated", "on the CPU after all"],
)
def test_what_nvdec_cannot_do_is_refused(
    rotation: int, fallback: bool, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Videos that would come out turned, or decoded by the CPU, are refused and never passed on."""
    monkeypatch.setattr("fer_data.media.nvdec._decoder_class", lambda: _Decoder)
    monkeypatch.setattr("fer_data.media.nvdec._check_form", lambda *_: None)
    monkeypatch.setattr("fer_data.media.nvdec.rotation_degrees", lambda _: rotation)
    monkeypatch.setattr("fer_data.media.nvdec.packet_times", lambda _: packets(3))
    monkeypatch.setattr(_Decoder, "cpu_fallback", fallback, raising=False)
    with pytest.raises(MediaError, match=message):
        next(decode_on_gpu(Path("whole.mp4"), torch.device("cpu")))


@pytest.mark.usefixtures("decoder")
def test_a_driver_without_nvdec_ends_the_run_and_not_each_video(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no video could be decoded on the GPU no row is lost to it."""
    status = CpuFallback("[CUDA] Fallback status: Falling back due to: NVcuvid unavailable")
    monkeypatch.setattr(_Decoder, "cpu_fallback", status, raising=False)
    with pytest.raises(DetectorError, match="NVIDIA_DRIVER_CAPABILITIES=compute,utility,video"):
        next(DeviceReader(Path("whole.mp4")).frames())


class CpuFallback(str):
    """Stands in for torchcodec's answer, which is true and says why."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("version", "found"), [(None, "FFmpeg's libraries are not found"), (8, None)], ids=["none", "FFmpeg 8"]
)
def test_torchcodec_without_ffmpeg_is_found_out_before_the_first_video(
    version: int | None, found: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Newer versions load without FFmpeg's libraries, and name the version that they found."""
    decoders = SimpleNamespace(VideoDecoder=_Decoder)
    monkeypatch.setitem(
        sys.modules, "torchcodec", SimpleNamespace(ffmpeg_major_version=version, decoders=decoders)
    )
    monkeypatch.setitem(sys.modules, "torchcodec.decoders", decoders)
    fault = nvdec_fault()
    assert fault is None if found is None else found in str(fault)


def test_torchcodec_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package the sentence names it."""
    monkeypatch.setitem(sys.modules, "torchcodec", None)
    assert "needs torchcodec with CUDA" in str(nvdec_fault())


def test_oblong_pixels_and_too_many_are_refused_on_the_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The GPU gives frames as they are stored, and is not asked for larger ones than the limit."""
    monkeypatch.setattr("fer_data.media.nvdec._decoder_class", lambda: _Decoder)
    path = write_oblong(tmp_path / "x.mp4", [np.zeros((48, 64, 3), np.uint8)], Fraction(2))
    with pytest.raises(MediaError, match="oblong pixels cannot be decoded by nvdec"):
        next(decode_on_gpu(path, torch.device("cpu")))
    with pytest.raises(MediaError, match="must have 100 pixels at most"):
        next(decode_on_gpu(path, torch.device("cpu"), FrameRules(100, "stored")))


def test_a_file_of_two_videos_is_refused_on_the_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torchcodec takes the one that it finds best, which may be another than the first."""
    monkeypatch.setattr("fer_data.media.nvdec._decoder_class", lambda: _Decoder)
    path = write_streams(tmp_path / "x.mp4", ["libx264", "mpeg4"])
    with pytest.raises(MediaError, match="could take another one of its videos"):
        next(decode_on_gpu(path, torch.device("cpu")))


def test_device_frames_show_the_faces_of_host_frames() -> None:
    """Frames that are already on the device give the faces that the same frames give from host memory."""
    frames = moving_frames()
    device = [DeviceFrame(frame.index, frame.pts_seconds, torch.from_numpy(frame.image)) for frame in frames]
    for ours, theirs in zip(detected(device).faces, detected(frames).faces, strict=True):
        assert ours.boxes.tolist() == theirs.boxes.tolist()


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_missing_gpu_is_an_error(corpus: Path) -> None:
    """Where a GPU is asked for and missing, nothing is aligned on the CPU instead."""
    with pytest.raises(DetectorError, match=r"align\.device \(cuda\) needs a GPU"):
        run_align(corpus, "cuda", torch_params(device="cuda"))
    assert not (corpus / "cuda").exists()


def test_nvdec_without_torchcodec_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The decoder never falls back to the CPU, whose colours differ."""
    monkeypatch.setitem(sys.modules, "torchcodec.decoders", None)
    with pytest.raises(DetectorError, match=r"align\.decoder \(nvdec\) needs torchcodec"):
        next(decode_on_gpu(Path("any.mp4"), torch.device("cpu")))


def test_another_gpu_is_another_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one type of GPU made is never taken for another's, nor for the CPU's."""
    found = []
    for name in ("type a", "type b"):
        monkeypatch.setattr("fer_data.video_jobs.keys._gpu_name", lambda name=name: name)
        found.append(environment("torch", "cuda"))
    assert found[0] != found[1]
    assert "gpu" not in environment("torch", "cpu")
