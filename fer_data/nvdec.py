"""Decode a video on the GPU (NVDEC, through torchcodec), its frames staying in the GPU's memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fer_data.core.faces import Image
from fer_data.detectors.torch_detectors import torch_device
from fer_data.errors import DetectorError, MediaError
from fer_data.video import rotation_degrees

__all__ = ["DeviceFrame", "decode_on_gpu"]

_CHUNK_FRAMES = 32


@dataclass(frozen=True, eq=False)
class DeviceFrame:
    """One decoded frame in GPU memory; otherwise as `video.Frame`.

    Attributes:
        index: 0-based, counted in presentation order.
        pts_seconds: presentation time.
        pixels: RGB, uint8, (H, W, 3).
    """

    index: int
    pts_seconds: float
    pixels: Tensor

    @property
    def size_wh(self) -> tuple[int, int]:
        """Return width and height in px."""
        return int(self.pixels.shape[1]), int(self.pixels.shape[0])

    @cached_property
    def image(self) -> Image:
        """Return the picture in host memory, copied when it is first asked for."""
        return np.asarray(self.pixels.cpu().numpy(), np.uint8)


def decode_on_gpu(path: Path, device: torch.device | None = None) -> Iterator[DeviceFrame]:
    """Yield every frame of a video, decoded on a GPU; by default on this worker's.

    Raises:
        DetectorError: there is no GPU, or torchcodec is not installed.
        MediaError: the file cannot be decoded further, or not by the GPU.
    """
    device = device or torch_device("cuda")
    decoder_class = _decoder_class()
    if rotation_degrees(path):
        raise MediaError(
            f"{path.name}: rotated videos cannot be decoded by nvdec. Set align.decoder to pyav."
        )
    decoded = 0
    try:
        decoder = decoder_class(str(path), dimension_order="NHWC", device=device, seek_mode="exact")
        count = len(decoder)
        while decoded < count:
            chunk = decoder.get_frames_in_range(decoded, min(count, decoded + _CHUNK_FRAMES))
            _check_hardware(decoder, path)
            for pixels, seconds in zip(chunk.data, chunk.pts_seconds.tolist(), strict=True):
                yield DeviceFrame(decoded, seconds, pixels)
                decoded += 1
    except (RuntimeError, ValueError, IndexError) as error:
        reason = " ".join(str(error).split())
        raise MediaError(f"{path.name}: decoding stopped after {decoded} frames: {reason}.") from error


def _decoder_class() -> Any:  # noqa: ANN401 - torchcodec is optional, so its class has no type here
    try:
        from torchcodec.decoders import VideoDecoder
    except (ImportError, OSError, RuntimeError) as error:
        raise DetectorError(
            "align.decoder (nvdec) needs torchcodec with CUDA and FFmpeg's libraries, which cannot be loaded here: "
            f"{' '.join(str(error).split())[:120]}. Install them, or set align.decoder to pyav."
        ) from error
    return VideoDecoder


def _check_hardware(decoder: Any, path: Path) -> None:  # noqa: ANN401 - see _decoder_class
    """Refuse a video that torchcodec decodes on the CPU because the GPU cannot: its pixels would be others."""
    if getattr(decoder, "cpu_fallback", False):
        raise MediaError(f"{path.name}: NVDEC cannot decode this kind of video. Set align.decoder to pyav.")
