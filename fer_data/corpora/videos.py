"""What a video file says of itself when its packets are counted, not its header believed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from fer_data.containers import open_container
from fer_data.errors import MediaError

__all__ = ["VideoFacts", "count_frames", "probe_video"]

_STEADY = 0.01
"""Frame intervals may differ by this fraction of their median, or by one tick of the clock, and count as steady."""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """A video without its pictures.

    Attributes:
        width: in px.
        height: in px.
        fps: average over the video.
        num_packets: packets of the video stream, one a frame as far as the file goes.
        codec: short name, such as `h264`.
        variable_frame_rate: presentation times are not evenly spaced.
    """

    width: int
    height: int
    fps: float
    num_packets: int
    codec: str
    variable_frame_rate: bool


def probe_video(path: Path) -> VideoFacts:
    """Return the facts of a video file by reading every packet of its first video stream.

    Raises:
        MediaError: the file is no video that the installed FFmpeg can open.
    """
    try:
        with open_container(path) as container:
            stream = _stream(container)
            ticks = list(_ticks(container, stream))
            return VideoFacts(
                stream.codec_context.width,
                stream.codec_context.height,
                float(stream.average_rate or stream.guessed_rate or 0),
                len(ticks),
                stream.codec_context.name,
                _is_variable([tick for tick in ticks if tick is not None]),
            )
    except (av.FFmpegError, OSError) as error:
        raise MediaError(
            f"The file cannot be opened as a video: {error}. Get it again from its archive."
        ) from error


def count_frames(path: Path) -> int:
    """Return how many frames of a video can be decoded; a damaged file counts as far as it goes.

    Raises:
        MediaError: the file is no video that the installed FFmpeg can open.
    """
    frames = 0
    try:
        with open_container(path) as container:
            for _ in _decoded(container, _stream(container)):
                frames += 1
    except (av.FFmpegError, OSError) as error:
        raise MediaError(
            f"The file cannot be opened as a video: {error}. Get it again from its archive."
        ) from error
    return frames


def _stream(container: InputContainer) -> VideoStream:
    if not container.streams.video:
        raise MediaError("The file has no video stream. Get the video again from the organisers' archive.")
    stream = container.streams.video[0]
    stream.thread_type = "NONE"
    return stream


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
    """Yield the frames up to the end or to the first that cannot be decoded."""
    try:
        yield from container.decode(stream)
    except av.FFmpegError:
        return


def _ticks(container: InputContainer, stream: VideoStream) -> Iterator[int | None]:
    """Yield the time of each packet, up to the end or to the first that cannot be read."""
    try:
        for packet in container.demux(stream):
            if packet.size:
                yield packet.pts if packet.pts is not None else packet.dts
    except av.FFmpegError:
        return


def _is_variable(ticks: list[int]) -> bool:
    intervals = np.diff(np.sort(np.array(ticks, np.int64)))
    if len(intervals) < 2:
        return False
    return bool(np.ptp(intervals) > max(1.0, _STEADY * float(np.median(intervals))))
