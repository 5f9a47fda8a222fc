"""Open a video file with FFmpeg as the one file that it is: no playlist, no second file, no network."""

import os
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from fer_data.errors import MediaError, ReadingError
from fer_data.shell.files.reading import open_regular

__all__ = ["CONTAINERS", "open_container", "recordings"]

CONTAINERS = (
    "asf", "avi", "dv", "flv", "h264", "hevc", "ivf", "m4v", "matroska", "mjpeg", "mov", "mp4", "mpeg", "mpegts",
    "mpegvideo", "mxf", "nut", "ogg", "wav", "webm",
)  # fmt: skip
"""FFmpeg's names of the formats that hold pictures (wav: sound) themselves; playlists and patterns are none of them."""

_PROBED_PIXELS = 64_000_000
"""FFmpeg decodes a frame to learn of what kind a stream is, of PNG for example; of a larger one it learns nothing."""

_OPTIONS = {
    "format_whitelist": ",".join(CONTAINERS),
    "protocol_whitelist": "file",
    "max_pixels": str(_PROBED_PIXELS),
}


def open_container(path: Path) -> InputContainer:
    """Return a regular file of a known container format, opened; what FFmpeg fails with is for the caller.

    `file:` keeps a name such as `http:x.mp4` or `concat:a|b` a name.

    Raises:
        MediaError: it is no regular file, or the system refuses it.
        av.FFmpegError: it is no such container.
    """
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
    except ReadingError as error:
        raise MediaError(f"{path.name}: {error.text}") from error
    if not size:
        raise MediaError(f"{path.name}: decoding stopped after 0 frames: the file is empty.")
    return av.open(f"file:{path}", metadata_errors="replace", options=_OPTIONS)


def recordings(container: InputContainer) -> list[VideoStream]:
    """Return the video streams of a file but for covers, which FFmpeg calls attached pictures; the first is read."""
    return [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
