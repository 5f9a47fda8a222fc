"""Write frames as a video file whose bytes follow from the frames alone."""

import os
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
from av.error import FFmpegError

from fer_data.core.arrays import Image
from fer_data.errors import FerDataError, MediaError, OutputError
from fer_data.media.x264 import X264_OPTIONS
from fer_data.shell.faults import DISK_FULL

if TYPE_CHECKING:
    from av.video.stream import VideoStream

__all__ = ["truncate_video", "write_video"]

_OPTIONS = {
    "libx264": X264_OPTIONS,
    "mpeg4": {"qmin": "2", "qmax": "4"},
}
_MILLISECONDS = Fraction(1, 1000)


def write_video(
    path: Path,
    frames: Iterable[Image],
    fps: int,
    codec: str = "libx264",
    *,
    pts_milliseconds: Sequence[int] | None = None,
) -> None:
    """Encode RGB frames with `libx264` or `mpeg4`; `pts_milliseconds` makes the frame rate variable.

    Width and height must be even.

    Raises:
        MediaError: the frames cannot be encoded.
        OutputError: the disk is full.
    """
    try:
        with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
            stream: VideoStream | None = None
            for index, frame in enumerate(frames):
                image = av.VideoFrame.from_ndarray(frame, format="rgb24")
                if stream is None:
                    stream = cast(
                        "VideoStream", container.add_stream(codec, rate=fps, options=_OPTIONS[codec])
                    )
                    stream.width, stream.height, stream.pix_fmt = image.width, image.height, "yuv420p"
                    stream.codec_context.thread_count = 1  # the encoder's output depends on the number
                    stream.codec_context.flags |= av.codec.context.Flags.bitexact
                    if pts_milliseconds is not None:
                        stream.codec_context.time_base = _MILLISECONDS
                if pts_milliseconds is not None:
                    image.pts, image.time_base = pts_milliseconds[index], _MILLISECONDS
                container.mux(stream.encode(image))
            if stream is not None:
                container.mux(stream.encode(None))
    except (FFmpegError, OSError) as error:
        raise _refusal(path.name, codec, error) from error


def _refusal(name: str, codec: str, error: FFmpegError | OSError) -> FerDataError:
    if error.errno not in DISK_FULL:
        return MediaError(f"{name} cannot be encoded with {codec}: {error}.")
    return OutputError(
        f"{name} cannot be written: {os.strerror(error.errno)}. Make room, or name another place."
    )


def truncate_video(path: Path, frames: int) -> None:
    """Cut an AVI file off before the packet of frame `frames`, so that its header still promises all of them.

    Raises:
        MediaError: the file has no such frame.
    """
    with av.open(str(path)) as container:
        positions = [packet.pos for packet in container.demux(video=0) if packet.size]
    if frames >= len(positions):
        raise MediaError(
            f"{path.name} has {len(positions)} frames and cannot be cut at {frames}. Cut it earlier."
        )
    with path.open("r+b") as file:
        file.truncate(positions[frames])
