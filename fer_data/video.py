"""Decode a video once, frame by frame, as RGB with the presentation times of the container."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.error import FFmpegError

from fer_data.containers import open_container
from fer_data.core.faces import Image
from fer_data.errors import MediaError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["Frame", "decode_frames", "rotation_degrees"]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded frame.

    Attributes:
        index: 0-based, counted in presentation order.
        pts_seconds: presentation time; the container's, never computed from the frame rate where it has one.
        image: RGB, upright: a rotation that the container asks for is applied.
    """

    index: int
    pts_seconds: float
    image: Image

    @property
    def size_wh(self) -> tuple[int, int]:
        """Return width and height in px."""
        return self.image.shape[1], self.image.shape[0]


def decode_frames(path: Path) -> Iterator[Frame]:
    """Yield every frame of a video's first video stream, decoded by one thread.

    A damaged file gives the frames before the damage, then the error.

    Raises:
        MediaError: the file is missing, is no video, or cannot be decoded further.
    """
    decoded = 0
    try:
        with open_container(path) as container:
            for frame in _stream_frames(container, path):
                yield frame
                decoded += 1
    except (FFmpegError, OSError) as error:
        raise MediaError(
            f"{path.name}: decoding stopped after {decoded} frames: {error.strerror or error}."
        ) from error


def _stream_frames(container: "InputContainer", path: Path) -> Iterator[Frame]:
    if not container.streams.video:
        raise MediaError(f"{path.name}: the file has no video stream.")
    stream = container.streams.video[0]
    stream.thread_type = "NONE"
    stream.thread_count = 1
    step = _frame_seconds(stream)
    previous = -step
    for index, frame in enumerate(container.decode(stream)):
        seconds = previous + step if frame.pts is None else frame.time
        previous = seconds
        yield Frame(index, seconds, _upright(frame))


def _frame_seconds(stream: "VideoStream") -> float:
    """Return the mean frame duration, for the few containers that give a frame no time."""
    rate = stream.average_rate or stream.guessed_rate
    return float(1 / rate) if rate else 0.0


def _upright(frame: av.VideoFrame) -> Image:
    image = frame.to_ndarray(format="rgb24", threads=1).astype(np.uint8, copy=False)
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image


def rotation_degrees(path: Path) -> int:
    """Return by how much a video's first frame must be turned to stand upright; 0 where there is no frame.

    Raises:
        MediaError: the file is missing or is no video.
    """
    try:
        with open_container(path) as container:
            frame = next(container.decode(video=0), None) if container.streams.video else None
            return 0 if frame is None else int(frame.rotation)
    except (FFmpegError, OSError) as error:
        raise MediaError(f"{path.name}: it cannot be decoded: {error.strerror or error}.") from error
