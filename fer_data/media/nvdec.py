"""Decode a video on the GPU (NVDEC, through torchcodec), its frames staying in the GPU's memory."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fer_data.core.arrays import Image
from fer_data.core.frames.holes import find_holes
from fer_data.core.frames.line_frames import Footage
from fer_data.detectors.torch.detector import torch_device
from fer_data.errors import DetectorError, MediaError
from fer_data.media.containers import recordings
from fer_data.media.frame_pictures import FrameRules, limit_pixels, pixel_aspect
from fer_data.media.packets import PacketTimes, opened, packet_times
from fer_data.media.video import Damage, rotation_degrees

__all__ = ["DeviceFrame", "DeviceReader", "decode_on_gpu", "nvdec_fault"]

_CHUNK_FRAMES = 32
_RULES = FrameRules()
_ROUNDING = 5e-5
"""Seconds; the clocks of containers tick less often."""
_REMEDY = "Set align.decoder to pyav, which says which frames are lost."


@dataclass(frozen=True, eq=False)
class DeviceFrame:
    """One decoded frame in GPU memory; otherwise as `video.Frame`.

    Attributes:
        index: 0-based, counted in presentation order.
        pts_seconds: presentation time.
        pixels: RGB, uint8, (H, W, 3).
        lines: as in `video.Frame`.
    """

    index: int
    pts_seconds: float
    pixels: Tensor
    lines: tuple[int, int] | None = None

    @property
    def size_wh(self) -> tuple[int, int]:
        """Return width and height in px."""
        return int(self.pixels.shape[1]), int(self.pixels.shape[0])

    @cached_property
    def image(self) -> Image:
        """Return the picture in host memory, copied when it is first asked for."""
        return np.asarray(self.pixels.cpu().numpy(), np.uint8)


def decode_on_gpu(
    path: Path, device: torch.device | None = None, rules: FrameRules = _RULES
) -> Iterator[DeviceFrame]:
    """Yield every frame of a video, decoded on a GPU; by default on this worker's.

    Frames have the indices that `video.decode_frames` gives them. A video of which a frame is lost, so that the GPU's
    would be others, is refused where that shows: its number of frames, or the time of one, is not that of its packets.

    Raises:
        DetectorError: there is no GPU, or torchcodec or a library that it needs is not installed.
        MediaError: the file cannot be decoded further, or not by the GPU.
    """
    decoder = device or torch_device("cuda"), _decoder_class()
    times = packet_times(path)
    _check_form(path, rules)
    yield from _frames(path, decoder, times)


def _frames(path: Path, decoder: tuple[torch.device, Any], times: PacketTimes) -> Iterator[DeviceFrame]:
    device, decoder_class = decoder
    if rotation_degrees(path):
        raise MediaError(
            f"{path.name}: rotated videos cannot be decoded by nvdec. Set align.decoder to pyav."
        )
    ordered, missing = _in_order(times)
    decoded = 0
    try:
        opened = decoder_class(str(path), dimension_order="NHWC", device=device, seek_mode="exact")
        count = len(opened)
        _check_count(count, times, path)
        while decoded < count:
            chunk = opened.get_frames_in_range(decoded, min(count, decoded + _CHUNK_FRAMES))
            _check_hardware(opened, path)
            for pixels, seconds in zip(chunk.data, chunk.pts_seconds.tolist(), strict=True):
                if times.sure and not times.counted:
                    _check_time(decoded, seconds, ordered[decoded] * float(times.tick_seconds), path)
                yield DeviceFrame(decoded, seconds, pixels, (decoded, decoded + int(missing[decoded])))
                decoded += 1
    except (RuntimeError, ValueError, IndexError) as error:
        reason = " ".join(str(error).split())
        raise MediaError(f"{path.name}: decoding stopped after {decoded} frames: {reason}.") from error


def _check_form(path: Path, rules: FrameRules) -> None:
    """Refuse what the GPU would show otherwise than `video.VideoReader`: oblong pixels, or too many."""
    with opened(path) as (container, stream):
        if len(recordings(container)) > 1:
            raise MediaError(
                f"{path.name}: nvdec could take another one of its videos. Set align.decoder to pyav."
            )
        limit_pixels(stream, rules.max_pixels, path.name)
        if rules.pixel_aspect == "square" and pixel_aspect(stream) != 1:
            raise MediaError(
                f"{path.name}: videos with oblong pixels cannot be decoded by nvdec. Set align.decoder to pyav."
            )


class DeviceReader:
    """Decode a video on the GPU; as `video.VideoReader`, but damage ends it."""

    def __init__(self, path: Path, rules: FrameRules = _RULES) -> None:
        self._path, self._rules = path, rules
        self._times: PacketTimes | None = None
        self._frames = 0
        self.damage = Damage()

    @property
    def error(self) -> str | None:
        """Return in a sentence why decoding stopped; null while it did not."""
        return self.damage.stopped

    def frames(self, until: int | None = None) -> Generator[DeviceFrame]:
        """Yield the frames up to the end or to the first damage; those from slot `until` on are counted and left out.

        Raises:
            DetectorError: there is no GPU, or torchcodec or a library that it needs is not installed.
        """
        try:
            decoder = torch_device("cuda"), _decoder_class()
            self._times = packet_times(self._path)
            _check_form(self._path, self._rules)
            for frame in _frames(self._path, decoder, self._times):
                if until is None or frame.index < until:
                    yield frame
                self._frames += 1
        except MediaError as error:
            self.damage.stopped = str(error)

    def footage(self) -> Footage:
        """Return what the video shows, once its frames are through."""
        ended, times = self.error is not None, self._times
        if times is None:
            return Footage(self._frames, ended=ended)
        ticks = np.sort(times.ticks)[: self._frames] if times.sure or times.counted else None
        return Footage(
            self._frames, ticks=ticks, tick_seconds=float(times.tick_seconds), sure=times.sure, ended=ended
        )


def _check_count(count: int, times: PacketTimes, path: Path) -> None:
    if times.error is not None:
        raise MediaError(f"{path.name}: it cannot be read to its end: {times.error}. {_REMEDY}")
    if count != len(times.ticks):
        raise MediaError(
            f"{path.name}: NVDEC counts {count} frames, the file has packets for {len(times.ticks)}: frames and labels "
            f"could slip. {_REMEDY}"
        )


def _in_order(times: PacketTimes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the times in the order of presentation, and for each frame how many are missing before it."""
    ordered = np.sort(times.ticks)
    holes = find_holes(ordered) if times.sure else None
    return ordered, np.zeros(len(ordered), np.int64) if holes is None else holes.before(len(ordered))


def _check_time(index: int, seconds: float, expected: float, path: Path) -> None:
    """Refuse a frame that is not the one of its packet."""
    if abs(seconds - expected) > _ROUNDING:
        raise MediaError(
            f"{path.name}: NVDEC gives a frame at {seconds:.4f} s for frame {index + 1}, which the file shows at "
            f"{expected:.4f} s: a frame is lost. {_REMEDY}"
        )


def nvdec_fault() -> str | None:
    """Return in a sentence what torchcodec lacks here, so that it would decode no video; None: it lacks nothing."""
    try:
        _decoder_class()
    except DetectorError as error:
        return str(error)
    return None


def _decoder_class() -> Any:  # noqa: ANN401 - torchcodec is optional, so its class has no type here
    """Return torchcodec's decoder; newer versions load without FFmpeg's libraries, and would fail at each video."""
    try:
        import torchcodec
        from torchcodec.decoders import VideoDecoder
    except (ImportError, OSError, RuntimeError) as error:
        raise DetectorError(_lacking(" ".join(str(error).split())[:120])) from error
    if getattr(torchcodec, "ffmpeg_major_version", 0) is None:
        raise DetectorError(_lacking("FFmpeg's libraries are not found"))
    return VideoDecoder


def _lacking(reason: str) -> str:
    return (
        "align.decoder (nvdec) needs torchcodec with CUDA and FFmpeg's libraries, which cannot be loaded here: "
        f"{reason}. Install them, or set align.decoder to pyav."
    )


def _check_hardware(decoder: Any, path: Path) -> None:  # noqa: ANN401 - see _decoder_class
    """Refuse a video that torchcodec decodes on the CPU because the GPU cannot: its pixels would be others.

    Raises:
        DetectorError: no video could be, since the driver lacks its part.
        MediaError: this one cannot be.
    """
    fallback = getattr(decoder, "cpu_fallback", False)
    if not fallback:
        return
    if "nvcuvid" in str(fallback).lower():
        raise DetectorError(
            "align.decoder (nvdec) needs libnvcuvid, a part of NVIDIA's driver that is not found here. Install it "
            "(in a container: NVIDIA_DRIVER_CAPABILITIES=compute,utility,video), or set align.decoder to pyav."
        )
    raise MediaError(f"{path.name}: NVDEC cannot decode this kind of video. Set align.decoder to pyav.")
