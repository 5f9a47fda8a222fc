"""Aligning on torch gives the states and crops of the CPU engine, by the code that a GPU runs."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from video_corpora import (
    Subject,
    align_params,
    compute_params,
    people,
    scene,
    source_params,
    write_catalog,
    write_video,
)

from fer_data.align import align
from fer_data.alignment.sighting import HostSighting, sight
from fer_data.core.faces import Image
from fer_data.detectors import open_detector
from fer_data.errors import DetectorError, MediaError
from fer_data.gpu_align import DeviceSighting
from fer_data.images import decode
from fer_data.nvdec import DeviceFrame, decode_on_gpu
from fer_data.params.align import AlignParams
from fer_data.tables import CROPS, FACE_ROWS, read_arrow, read_table
from fer_data.video import Frame

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
MAX_GREY_LEVELS = 2.0
MAX_SHARE = 0.001
FRAMES = 40


def torch_params(**changes: Any) -> AlignParams:
    """Return the parameters of the torch engine."""
    return align_params(engine="torch", **changes)


def write_corpus(folder: Path) -> None:
    """Write a video of one moving person and one of two, and their catalog."""
    first, second, third = people()
    alone = scene([(first, lambda i: (20 + 3 * i, 40 + i))])
    pair = scene([(second, lambda i: (10, 30 + i % 5)), (third, lambda i: None if i < 8 else (190, 60))])
    write_video(folder / "root" / "batch1" / "alone.mp4", alone, FRAMES)
    write_video(folder / "root" / "batch1" / "pair.mp4", pair, FRAMES)
    labels = [index % 2 for index in range(FRAMES)]
    subjects = {
        "alone": Subject("alone", labels),
        "pair_left": Subject("pair", labels, "left"),
        "pair_right": Subject("pair", labels, "right", "validation"),
    }
    write_catalog(folder / "catalog", subjects, {"alone": FRAMES, "pair": FRAMES})


def run_align(folder: Path, name: str, params: AlignParams) -> Path:
    """Align the corpus into a folder of its own and return that."""
    align(
        folder / "catalog",
        folder / "root",
        folder / name,
        folder / f"{name}-reports",
        source=source_params(),
        align=params,
        compute=compute_params(1),
    )
    return folder / name


def assert_alike(ours: Path, theirs: Path) -> None:
    """Check two runs against what the devices of one corpus may differ by."""
    mine, other = read_table(ours / "rows.parquet", FACE_ROWS), read_table(theirs / "rows.parquet", FACE_ROWS)
    assert other["state"].to_pylist().count("kept") > 2 * FRAMES
    states = np.array(mine["state"]) != np.array(other["state"])
    assert states.mean() < MAX_SHARE
    files = sorted(path.name for path in theirs.glob("*.arrow"))
    assert files == sorted(path.name for path in ours.glob("*.arrow"))
    for name in files:
        pairs = zip(crops_of(ours / name), crops_of(theirs / name), strict=True)
        assert np.mean([np.abs(a.astype(int) - b).mean() for a, b in pairs]) < MAX_GREY_LEVELS


def crops_of(path: Path) -> list[Image]:
    """Return the pictures of one subject."""
    return [decode(row["image"]) for table in read_arrow(path, CROPS) for row in table.to_pylist()]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a corpus and what the CPU engine made of it."""
    folder = tmp_path_factory.mktemp("gpu_align")
    write_corpus(folder)
    run_align(folder, "onnxruntime", align_params())
    return folder


def test_torch_aligns_as_onnxruntime_does(corpus: Path) -> None:
    """On the CPU, engine torch keeps the same rows and its crops differ by under two grey levels on average."""
    assert_alike(run_align(corpus, "torch", torch_params()), corpus / "onnxruntime")


@pytest.mark.slow
def test_torch_repeats_itself_to_the_byte(corpus: Path) -> None:
    """The same videos and parameters give the same bytes again."""
    first, second = (run_align(corpus, name, torch_params()) for name in ("first", "second"))
    for path in sorted(first.iterdir()):
        assert path.read_bytes() == (second / path.name).read_bytes(), path.name


def moving_frames() -> list[Frame]:
    """Return three frames of a moving face, the last one smaller."""
    draw = scene([(people()[0], lambda index: (40 + 30 * index, 60))])
    pictures = [draw(index) for index in range(3)]
    pictures[2] = np.ascontiguousarray(pictures[2][:200, 30:])
    return [Frame(index, index / 25, picture) for index, picture in enumerate(pictures)]


def test_frames_of_several_sizes_are_sighted_on_the_device() -> None:
    """A batch whose frames change size gives each frame's faces, and crops from the right frames."""
    params, frames = torch_params(), moving_frames()
    ours = sight(open_detector(params), frames)
    theirs = sight(open_detector(align_params()), frames)
    assert isinstance(ours, DeviceSighting)
    assert isinstance(theirs, HostSighting)
    assert [len(faces) for faces in ours.faces] == [1, 1, 1]
    matrices = [np.array([[0.5, 0.1, -30.0 + 4 * place], [-0.1, 0.5, 0.0]]) for place in range(4)]
    owners = [2, 0, 1, 2]
    difference = ours.warp(owners, matrices, 64).astype(int) - theirs.warp(owners, matrices, 64)
    assert np.abs(difference).mean((1, 2, 3)).max() < 0.5


def test_no_faces_need_no_warp() -> None:
    """An empty list of crops, and an empty batch, are answered with empty arrays."""
    detector = open_detector(torch_params())
    assert sight(detector, moving_frames()).warp([], [], 32).shape == (0, 32, 32, 3)
    assert sight(detector, []).faces == []


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


def test_frames_decoded_on_the_device_stay_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Device frames carry the index, time and size of host frames, and come down only when asked for."""
    monkeypatch.setattr("fer_data.nvdec._decoder_class", lambda: _Decoder)
    frames = list(decode_on_gpu(Path("whole.mp4"), torch.device("cpu")))
    assert [(frame.index, frame.pts_seconds) for frame in frames] == [(0, 0.0), (1, 0.04), (2, 0.08)]
    assert frames[1].size_wh == (6, 4)
    assert frames[2].image.tolist() == np.full((4, 6, 3), 2).tolist()


def test_damage_ends_decoding_on_the_device_with_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames before the damage are given, then the error says how many."""
    monkeypatch.setattr("fer_data.nvdec._decoder_class", lambda: _Decoder)
    frames = decode_on_gpu(Path("torn.mp4"), torch.device("cpu"))
    assert [next(frames).index for _ in range(32)] == list(range(32))
    with pytest.raises(MediaError, match=r"torn\.mp4: decoding stopped after 32 frames: no more frames"):
        next(frames)


def test_device_frames_are_sighted_like_host_frames() -> None:
    """Frames that are already on the device give the faces that the same frames give from host memory."""
    detector, frames = open_detector(torch_params()), moving_frames()
    device = [DeviceFrame(frame.index, frame.pts_seconds, torch.from_numpy(frame.image)) for frame in frames]
    for ours, theirs in zip(sight(detector, device).faces, sight(detector, frames).faces, strict=True):
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
    with pytest.raises(MediaError, match=r"align\.decoder \(nvdec\) needs torchcodec"):
        next(decode_on_gpu(Path("any.mp4"), torch.device("cpu")))
