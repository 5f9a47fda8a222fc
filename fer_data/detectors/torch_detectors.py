"""CenterFace and SCRFD on torch: whole batches, on the CPU or a GPU, in float32, float16 or bfloat16.

They need neither onnxruntime's CUDA provider nor torchvision.
"""

from collections.abc import Sequence
from multiprocessing import current_process
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from fer_data.core.faces import Faces, Image
from fer_data.core.suppression import SAME_ANSWER_IOU, merge
from fer_data.detectors.centerface import CENTERFACE_SHA256, centerface_weights, check_no_weights
from fer_data.detectors.insightface import insightface_weights
from fer_data.errors import DetectorError
from fer_data.files import file_sha256
from fer_data.params.align import AlignParams
from fer_data.torch_faces import FaceBatch, decode_centerface, decode_scrfd
from fer_data.torch_graph import load_torch_graph
from fer_data.torch_pictures import letterbox_batch

__all__ = [
    "BatchDetector",
    "TorchCenterFace",
    "TorchScrfd",
    "open_torch_detector",
    "to_device",
    "torch_device",
]

_BATCH_FRAMES = 32
_TYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


def open_torch_detector(params: AlignParams) -> "BatchDetector":
    """Return the detector that the parameters name, on torch, on one CPU thread or on this worker's GPU.

    Raises:
        DetectorError: its weights are missing or altered, or there is no GPU where one is asked for.
    """
    detector = params.detector
    torch.set_num_threads(1)
    device = torch_device(params.device)
    if detector.name == "centerface":
        check_no_weights(detector.weights, detector.sha256)
        return TorchCenterFace(
            size_px=detector.size_px,
            min_score=detector.min_score,
            nms_iou=detector.nms_iou,
            device=device,
            precision=params.precision,
        )
    return TorchScrfd(
        insightface_weights(detector.weights, detector.sha256),
        size_px=detector.size_px,
        min_score=detector.min_score,
        nms_iou=detector.nms_iou,
        device=device,
        precision=params.precision,
    )


class BatchDetector(Protocol):
    """A detector that also takes frames which already lie on its device."""

    @property
    def name(self) -> str:
        """Return the name that the parameters give it."""
        ...

    @property
    def weights_sha256(self) -> str:
        """Return the SHA-256 of the weights file."""
        ...

    @property
    def device(self) -> torch.device:
        """Return where the frames must lie."""
        ...

    def candidates(self, frames: Tensor) -> FaceBatch:
        """Return the faces of uint8 RGB frames (N, H, W, 3) in their pixels, unsuppressed, on the device."""
        ...

    def locate(self, frames: Tensor) -> FaceBatch:
        """Return the faces of uint8 RGB frames (N, H, W, 3) in their pixels, suppressed, on the device."""
        ...

    def detect(self, frames: Sequence[Image]) -> list[Faces]:
        """Return the faces of each frame, best score first, in the frame's pixels."""
        ...

    def inspect(self, views: Tensor) -> list[Faces]:
        """Return the faces of uint8 RGB views (N, H, W, 3), each the mean of all the network's answers for it."""
        ...

    def examine(self, views: Sequence[Image]) -> list[Faces]:
        """Return the faces of views around a face, each the mean of all the network's answers for it."""
        ...


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


class _Network:
    """A detector's graph on a device in a float type; float32 never falls back to TF32, and results repeat."""

    def __init__(self, path: Path, device: torch.device, precision: str) -> None:
        self.device = device
        self._type = _TYPES[precision]
        self._graph = load_torch_graph(path).to(device, self._type).eval()

    def __call__(self, values: Tensor) -> dict[str, Tensor]:
        """Return the outputs for pictures (N, 3, H, W)."""
        typed = values.to(self._type, memory_format=torch.channels_last)
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            outputs: dict[str, Tensor] = self._graph(typed)
            return outputs


class TorchCenterFace:
    """CenterFace on torch; the same faces as the onnxruntime one to float rounding."""

    name = "centerface"
    weights_sha256 = CENTERFACE_SHA256

    def __init__(
        self,
        *,
        size_px: int,
        min_score: float,
        nms_iou: float,
        device: torch.device,
        precision: str = "fp32",
    ) -> None:
        self.device = device
        self._network = _Network(centerface_weights(), device, precision)
        self._size_px = size_px
        self._min_score = min_score
        self._nms_iou = nms_iou

    @torch.inference_mode()
    def candidates(self, frames: Tensor) -> FaceBatch:
        """Return the faces of uint8 RGB frames (N, H, W, 3) in their pixels, unsuppressed, on the device."""
        values, scale = letterbox_batch(frames, self._size_px)
        found = decode_centerface(list(self._network(values).values()), self._min_score)
        return found.to_source(scale, *frames.shape[1:3])

    @torch.inference_mode()
    def locate(self, frames: Tensor) -> FaceBatch:
        """Return the faces of uint8 RGB frames (N, H, W, 3) in their pixels, suppressed, on the device."""
        return self.candidates(frames).suppressed(self._nms_iou)

    def detect(self, frames: Sequence[Image]) -> list[Faces]:
        """Return the faces of each RGB frame; the frames may differ in size."""
        return _detect(self, frames)

    def inspect(self, views: Tensor) -> list[Faces]:
        """Return the faces of uint8 RGB views (N, H, W, 3), each the mean of all the network's answers for it."""
        return _merged(self.candidates(views), self._nms_iou)

    def examine(self, views: Sequence[Image]) -> list[Faces]:
        """Return the faces of RGB views of one size, each the mean of all the network's answers for it."""
        return self.inspect(to_device(views, self.device)) if views else []


class TorchScrfd:
    """An InsightFace SCRFD detector on torch; the same faces as the onnxruntime one to float rounding."""

    name = "insightface"

    def __init__(
        self,
        path: Path,
        *,
        size_px: int,
        min_score: float,
        nms_iou: float,
        device: torch.device,
        precision: str = "fp32",
    ) -> None:
        self.device = device
        self.weights_sha256 = file_sha256(path)
        self._network = _Network(path, device, precision)
        self._size_px = size_px
        self._min_score = min_score
        self._nms_iou = nms_iou

    @torch.inference_mode()
    def candidates(self, frames: Tensor) -> FaceBatch:
        """Return the faces of uint8 RGB frames (N, H, W, 3) in their pixels, unsuppressed, on the device."""
        values, scale = letterbox_batch(frames, self._size_px)
        outputs = self._network((values - 127.5) / 128)
        found = decode_scrfd(outputs, values.shape[2], values.shape[3], self._min_score)
        return found.to_source(scale, *frames.shape[1:3])

    @torch.inference_mode()
    def locate(self, frames: Tensor) -> FaceBatch:
        """Return the faces of uint8 RGB frames (N, H, W, 3) in their pixels, suppressed, on the device."""
        return self.candidates(frames).suppressed(self._nms_iou)

    def detect(self, frames: Sequence[Image]) -> list[Faces]:
        """Return the faces of each RGB frame; the frames may differ in size."""
        return _detect(self, frames)

    def inspect(self, views: Tensor) -> list[Faces]:
        """Return the faces of uint8 RGB views (N, H, W, 3), each the mean of all the network's answers for it."""
        return _merged(self.candidates(views), self._nms_iou)

    def examine(self, views: Sequence[Image]) -> list[Faces]:
        """Return the faces of RGB views of one size, each the mean of all the network's answers for it."""
        return self.inspect(to_device(views, self.device)) if views else []


def _merged(found: FaceBatch, max_iou: float) -> list[Faces]:
    return [merge(faces, max_iou, SAME_ANSWER_IOU) for faces in found.to_host()]


def _detect(detector: BatchDetector, frames: Sequence[Image]) -> list[Faces]:
    """Return the faces of each frame; frames of one size that follow each other share a batch."""
    found: list[Faces] = []
    start = 0
    while start < len(frames):
        end = start + 1
        while end < min(len(frames), start + _BATCH_FRAMES) and frames[end].shape == frames[start].shape:
            end += 1
        found += detector.locate(to_device(frames[start:end], detector.device)).to_host()
        start = end
    return found
