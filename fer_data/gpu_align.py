"""Detection and warp of a batch of frames on one device, without a way back through the host in between.

The frames go up once, in one pinned copy (or are decoded there). Boxes and landmarks, some hundred bytes a frame,
come down for the tracker; crops and thumbnails come down once each. JPEG is encoded on the CPU: encoders for it on the
GPU come with torchvision, which is not used here, and their bytes differ from the CPU's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fer_data.core.faces import Faces
from fer_data.core.geometry import Matrix
from fer_data.detectors.torch_detectors import BatchDetector, to_device
from fer_data.nvdec import DeviceFrame
from fer_data.torch_pictures import warp_crops
from fer_data.video import Frame

__all__ = ["DeviceSighting", "sight_on_device"]


@dataclass(frozen=True, slots=True, eq=False)
class DeviceSighting:
    """A batch on the device, warped there.

    Attributes:
        faces: of each frame, on the host.
        pixels: of each run of frames of one size, uint8 (n, H, W, 3) on the device.
    """

    faces: Sequence[Faces]
    pixels: Sequence[Tensor]

    @torch.inference_mode()
    def warp(self, owners: Sequence[int], matrices: Sequence[Matrix], size: int) -> NDArray[np.uint8]:
        """Return one crop a matrix, shape (n, size, size, 3); crop i shows frame `owners[i]` of the batch."""
        crops = np.zeros((len(owners), size, size, 3), np.uint8)
        places, maps = np.array(owners, np.int64), np.array(matrices, np.float64).reshape(-1, 2, 3)
        start = 0
        for run in self.pixels:
            own = np.flatnonzero((places >= start) & (places < start + len(run)))
            if own.size:
                crops[own] = _to_host(warp_crops(run, places[own] - start, maps[own], size))
            start += len(run)
        return crops


def sight_on_device(detector: BatchDetector, frames: Sequence[Frame | DeviceFrame]) -> DeviceSighting:
    """Return the faces of frames, each run of frames of one size as one batch on the detector's device."""
    faces: list[Faces] = []
    pixels: list[Tensor] = []
    start = 0
    while start < len(frames):
        end = start + 1
        while end < len(frames) and frames[end].size_wh == frames[start].size_wh:
            end += 1
        run = _pixels(frames[start:end], detector.device)
        faces += detector.locate(run).to_host()
        pixels.append(run)
        start = end
    return DeviceSighting(faces, pixels)


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
