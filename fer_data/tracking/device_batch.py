"""Detection and warp of a batch of frames on one device, without a way back through the host in between.

The frames go up once, in one pinned copy (or are decoded there). Boxes and landmarks, some hundred bytes a frame,
come down for the tracker; crops and thumbnails come down once each. JPEG is encoded on the CPU: encoders for it on the
GPU come with torchvision, which is not used here, and their bytes differ from the CPU's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fer_data.core.arrays import Image
from fer_data.core.vision.consistency import lower_confidence
from fer_data.core.vision.faces import Faces
from fer_data.core.vision.geometry import Matrix
from fer_data.core.vision.regions import PREVIEW_STEP_PX, from_region, refined, region_maps
from fer_data.detectors.torch.detector import TorchDetector, to_device
from fer_data.detectors.torch.resampling import warp_crops
from fer_data.media.nvdec import DeviceFrame
from fer_data.media.video import Frame
from fer_data.params.align import DetectionParams
from fer_data.tracking.refinement import LOOKS

__all__ = ["DeviceFrameBatch", "FullSearchFaceFinder", "detect_batch"]


@dataclass(frozen=True, slots=True, eq=False)
class DeviceFrameBatch:
    """A batch on the device, warped there.

    Attributes:
        faces: of each frame, on the host.
        frames: in their order.
        pixels: of each run of frames of one size, uint8 (n, H, W, 3) on the device.
    """

    faces: Sequence[Faces]
    frames: Sequence[Frame | DeviceFrame]
    pixels: Sequence[Tensor]

    @torch.inference_mode()
    def warp(self, owners: Sequence[int], matrices: Sequence[Matrix], size: int) -> NDArray[np.uint8]:
        """Return one crop a matrix, shape (n, size, size, 3); crop i shows frame `owners[i]` of the batch."""
        crops = np.zeros((len(owners), size, size, 3), np.uint8)
        indices, maps = np.array(owners, np.int64), np.array(matrices, np.float64).reshape(-1, 2, 3)
        start = 0
        for run in self.pixels:
            own = np.flatnonzero((indices >= start) & (indices < start + len(run)))
            if own.size:
                crops[own] = _to_host(warp_crops(run, indices[own] - start, maps[own], size))
            start += len(run)
        return crops

    @property
    @torch.inference_mode()
    def previews(self) -> Sequence[Image]:
        """Return some pixels of each frame."""
        thinned = [run[:, ::PREVIEW_STEP_PX, ::PREVIEW_STEP_PX].contiguous() for run in self.pixels]
        return [image for run in thinned for image in _to_host(run)]


class FullSearchFaceFinder:
    """Search every frame in full, a batch at a time; nothing is held back, since no frame depends on another."""

    def __init__(self, detector: TorchDetector, params: DetectionParams) -> None:
        self._detector = detector
        self._params = params

    def add(self, frames: Sequence[Frame | DeviceFrame]) -> Iterator[DeviceFrameBatch]:
        """Yield the same frames with their faces."""
        yield detect_batch(self._detector, frames, self._params)

    def flush(self) -> Iterator[DeviceFrameBatch]:
        """Yield nothing."""
        yield from ()


def detect_batch(
    detector: TorchDetector, frames: Sequence[Frame | DeviceFrame], params: DetectionParams
) -> DeviceFrameBatch:
    """Return the faces of frames, each run of frames of one size as one batch on the detector's device.

    Each face is looked at again in its region, there as well, as `refinement.refine` does it.
    """
    faces: list[Faces] = []
    pixels: list[Tensor] = []
    for _, of_one_size in groupby(frames, key=lambda frame: frame.size_wh):
        run = _pixels(list(of_one_size), detector.device)
        faces += _refined(detector, run, detector.locate(run).to_host(), params)
        pixels.append(run)
    return DeviceFrameBatch(faces, frames, pixels)


@torch.inference_mode()
def _refined(
    detector: TorchDetector, run: Tensor, faces: Sequence[Faces], params: DetectionParams
) -> list[Faces]:
    """Return faces as their regions show them, all regions of a run of frames as one batch."""
    before = faces
    for _ in range(LOOKS):
        before, faces = faces, _redetected(detector, run, faces, params)
    return [lower_confidence(found, last) for found, last in zip(faces, before, strict=True)]


def _redetected(
    detector: TorchDetector, run: Tensor, faces: Sequence[Faces], params: DetectionParams
) -> list[Faces]:
    maps = [region_maps(found, params.region_px, params.region_margin) for found in faces]
    owners = np.repeat(np.arange(len(faces)), [len(own) for own in maps])
    if not owners.size:
        return list(faces)
    flat = [matrix for own in maps for matrix in own]
    views = warp_crops(run, owners, np.array(flat), params.region_px)
    size_wh = (run.shape[2], run.shape[1])
    seen = iter(
        from_region(view, m, size_wh) for view, m in zip(detector.locate_in_regions(views), flat, strict=True)
    )
    return [refined(found, list(islice(seen, len(found))), params.min_iou) for found in faces]


def _pixels(frames: Sequence[Frame | DeviceFrame], device: torch.device) -> Tensor:
    if isinstance(frames[0], DeviceFrame):
        return torch.stack([cast("DeviceFrame", frame).pixels for frame in frames]).to(device)
    return to_device([frame.image for frame in frames], device)


def _to_host(crops: Tensor) -> NDArray[np.uint8]:
    """Return crops in host memory, through one pinned copy where they lie on a GPU."""
    if crops.device.type != "cuda":
        return cast("NDArray[np.uint8]", crops.numpy())
    pinned = torch.empty(crops.shape, dtype=torch.uint8, pin_memory=True)
    pinned.copy_(crops, non_blocking=True)
    torch.cuda.current_stream(crops.device).synchronize()
    return cast("NDArray[np.uint8]", pinned.numpy())
