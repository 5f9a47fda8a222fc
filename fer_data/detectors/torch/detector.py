"""CenterFace and SCRFD on torch: whole batches, on the CPU or a GPU, in float32, float16 or bfloat16.

They need neither onnxruntime's CUDA provider nor torchvision.
"""

from collections.abc import Callable, Sequence
from multiprocessing import current_process
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from fer_data.core.arrays import Image
from fer_data.core.vision.boxes import SAME_ANSWER_IOU, weighted_nms
from fer_data.core.vision.faces import Faces
from fer_data.core.vision.regions import face_side_px
from fer_data.detectors.centerface import CENTERFACE_SHA256, centerface_weights, check_no_weights
from fer_data.detectors.insightface import insightface_weights
from fer_data.detectors.network import DetectorNetwork
from fer_data.detectors.scrfd_heads import scrfd_graph
from fer_data.detectors.torch.decoding import FaceBatch, decode_centerface, decode_scrfd
from fer_data.detectors.torch.graph import TorchGraph, load_torch_graph
from fer_data.detectors.torch.resampling import letterbox_batch
from fer_data.detectors.torch.waiting import sleep_while_waiting
from fer_data.errors import DetectorError
from fer_data.params.align import AlignParams
from fer_data.shell.files.atomic import file_sha256

__all__ = [
    "TorchDetector",
    "open_torch_detector",
    "to_device",
    "torch_centerface",
    "torch_device",
    "torch_scrfd",
]

_BATCH_FRAMES = 32
_TYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


def open_torch_detector(params: AlignParams) -> "TorchDetector":
    """Return the detector that the parameters name, on torch, on one CPU thread or on this worker's GPU.

    Raises:
        DetectorError: its weights are missing or altered, or there is no GPU where one is asked for.
    """
    detector = params.detector
    torch.set_num_threads(1)
    device = torch_device(params.device)
    if device.type == "cuda":
        sleep_while_waiting(device.index)
    if detector.name == "centerface":
        check_no_weights(detector.weights, detector.sha256)
        return torch_centerface(
            size_px=detector.size_px,
            min_score=detector.min_score,
            nms_iou=detector.nms_iou,
            device=device,
            precision=params.precision,
        )
    return torch_scrfd(
        insightface_weights(detector.weights, detector.sha256),
        size_px=detector.size_px,
        min_score=detector.min_score,
        nms_iou=detector.nms_iou,
        device=device,
        precision=params.precision,
        face_px=face_side_px(params.detection.region_px, params.detection.region_margin),
    )


def torch_device(device: str) -> torch.device:
    """Return the device of this process: worker processes get the machine's GPUs in turn, by their number.

    Raises:
        DetectorError: `cuda` is asked for and torch finds no GPU.
    """
    if device != "cuda":
        return torch.device(device)
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not count:
        raise DetectorError(
            f"align.device (cuda) needs a GPU and a CUDA build of torch; torch {torch.__version__} finds none. "
            "Install one, or set align.device to cpu."
        )
    number = current_process().name.rpartition("-")[2]
    return torch.device("cuda", int(number) % count if number.isdigit() else 0)


def to_device(frames: Sequence[Image], device: torch.device) -> Tensor:
    """Return frames of one size as uint8 (N, H, W, 3) on the device, through one pinned copy where that is a GPU."""
    shape = (len(frames), *frames[0].shape)
    pinned = torch.empty(shape, dtype=torch.uint8, pin_memory=device.type == "cuda")
    np.stack(frames, out=pinned.numpy())
    return pinned.to(device, non_blocking=True)


class _Graph:
    """A detector's graph on a device in a float type; float32 never falls back to TF32, and results repeat."""

    def __init__(self, graph: TorchGraph, device: torch.device, precision: str) -> None:
        self.device = device
        self._type = _TYPES[precision]
        self._graph = graph.to(device, self._type).eval()

    def __call__(self, values: Tensor) -> dict[str, Tensor]:
        """Return the outputs for pictures (N, 3, H, W)."""
        typed = values.to(self._type, memory_format=torch.channels_last)
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            outputs: dict[str, Tensor] = self._graph(typed)
            return outputs


class TorchDetector:
    """Find faces with a network on torch; the same faces as the onnxruntime detector's to float rounding.

    The network reads batches (N, 3, H, W).
    """

    def __init__(
        self, network: DetectorNetwork[Tensor, FaceBatch], *, device: torch.device, nms_iou: float
    ) -> None:
        self.name = network.name
        self.weights_sha256 = network.weights_sha256
        self.device = device
        self._network = network
        self._nms_iou = nms_iou

    @torch.inference_mode()
    def candidates(self, frames: Tensor) -> FaceBatch:
        """Return the faces of uint8 RGB frames (N, H, W, 3) in their pixels, unsuppressed, on the device."""
        return self._answers(self._network.read, frames)

    def _answers(self, read: Callable[[Tensor], FaceBatch], frames: Tensor) -> FaceBatch:
        values, scale = letterbox_batch(frames, self._network.size_px)
        return read(values).to_source(scale, *frames.shape[1:3])

    @torch.inference_mode()
    def locate(self, frames: Tensor) -> FaceBatch:
        """Return the faces of uint8 RGB frames (N, H, W, 3) in their pixels, suppressed, on the device."""
        return self.candidates(frames).suppressed(self._nms_iou)

    def detect(self, frames: Sequence[Image]) -> list[Faces]:
        """Return the faces of each RGB frame; frames of one size that follow each other share a batch."""
        found: list[Faces] = []
        start = 0
        while start < len(frames):
            end = start + 1
            while end < min(len(frames), start + _BATCH_FRAMES) and frames[end].shape == frames[start].shape:
                end += 1
            found += self.locate(to_device(frames[start:end], self.device)).to_host()
            start = end
        return found

    @torch.inference_mode()
    def locate_in_regions(self, views: Tensor) -> list[Faces]:
        """Return the faces of uint8 RGB views (N, H, W, 3), each the mean of all the network's answers for it."""
        read = self._network.read_view or self._network.read
        answers = self._answers(read, views).to_host()
        return [weighted_nms(faces, self._nms_iou, SAME_ANSWER_IOU) for faces in answers]

    def detect_in_regions(self, views: Sequence[Image]) -> list[Faces]:
        """Return the faces of RGB views of one size, each the mean of all the network's answers for it."""
        return self.locate_in_regions(to_device(views, self.device)) if views else []


def torch_centerface(
    *, size_px: int, min_score: float, nms_iou: float, device: torch.device, precision: str = "fp32"
) -> TorchDetector:
    """Return CenterFace on torch.

    Raises:
        DetectorError: its weights are missing or altered.
    """
    graph = _Graph(load_torch_graph(centerface_weights()), device, precision)

    def read(values: Tensor) -> FaceBatch:
        return decode_centerface(list(graph(values).values()), min_score)

    network = DetectorNetwork("centerface", CENTERFACE_SHA256, size_px, read)
    return TorchDetector(network, device=device, nms_iou=nms_iou)


def torch_scrfd(
    path: Path,
    *,
    size_px: int,
    min_score: float,
    nms_iou: float,
    device: torch.device,
    precision: str = "fp32",
    face_px: float | None = None,
) -> TorchDetector:
    """Return an InsightFace SCRFD detector on torch; `face_px` as `open_insightface` takes it.

    Raises:
        DetectorError: the file is no such network.
    """
    read = _scrfd_reader(path, None, (device, precision), min_score)
    read_view = None if face_px is None else _scrfd_reader(path, face_px, (device, precision), min_score)
    network = DetectorNetwork("insightface", file_sha256(path), size_px, read, read_view)
    return TorchDetector(network, device=device, nms_iou=nms_iou)


def _scrfd_reader(
    path: Path, face_px: float | None, kind: tuple[torch.device, str], min_score: float
) -> Callable[[Tensor], FaceBatch]:
    graph, heads = scrfd_graph(path, face_px)
    placed = _Graph(TorchGraph(graph), *kind)

    def read(values: Tensor) -> FaceBatch:
        outputs = list(placed((values - 127.5) / 128).values())
        return decode_scrfd(outputs, heads, (values.shape[2], values.shape[3]), min_score)

    return read
