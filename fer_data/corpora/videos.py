"""What a video file says of itself when its packets are counted, not its header believed."""

from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from fer_data.core.frames.holes import COARSE_TICKS, find_holes
from fer_data.core.frames.line_frames import Footage
from fer_data.corpora.contents import corpus_error
from fer_data.errors import MediaError, ReadingError
from fer_data.media.packets import PacketTimes, opened, times_of
from fer_data.media.video import scan_video
from fer_data.shell.files.reading import open_regular

__all__ = ["VideoFacts", "count_frames", "probe_video", "promised_footage"]

_STEADY = 0.01
"""Frame intervals may differ by this fraction of their median and count as steady."""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """A video without its pictures.

    Attributes:
        width: in px.
        height: in px.
        fps: average over the video.
        num_packets: packets of the video stream that are to be shown, one a frame as far as the file goes.
        codec: short name, such as `h264`.
        variable_frame_rate: presentation times are not evenly spaced, or frames are missing between them.
        footage: what the packets promise to show.
    """

    width: int
    height: int
    fps: float
    num_packets: int
    codec: str
    variable_frame_rate: bool
    footage: Footage = field(default_factory=lambda: Footage(0), compare=False)


def probe_video(path: Path) -> VideoFacts:
    """Return the facts of a video file by reading every packet of its first video stream.

    Raises:
        MediaError: the file is no video that the installed FFmpeg can open.
    """
    try:
        with opened(path) as (container, stream):
            times = times_of(container, stream)
            return VideoFacts(
                stream.codec_context.width,
                stream.codec_context.height,
                float(stream.average_rate or stream.guessed_rate or 0),
                len(times.ticks),
                stream.codec_context.name,
                _is_variable(np.sort(times.ticks)),
                _promised(times),
            )
    except (av.FFmpegError, OSError) as error:
        raise MediaError(
            f"The file cannot be opened as a video: {error}. Get it again from its archive."
        ) from error


def promised_footage(root: Path, file: str) -> Footage:
    """Return what the packets of a video of a corpus promise to show; `file` is relative to its root.

    Raises:
        CorpusError: it is no regular file, or refused by the system.
        MediaError: it is no video that the installed FFmpeg can open.
    """
    try:
        open_regular(root / file).close()
    except ReadingError as error:
        raise corpus_error(error, file) from error
    return probe_video(root / file).footage


def count_frames(path: Path) -> int:
    """Return how many frames of a video can be decoded; a damaged file counts what is whole.

    Raises:
        MediaError: the file is no video that the installed FFmpeg can open.
    """
    probe_video(path)
    return scan_video(path).footage().decoded


def _promised(times: PacketTimes) -> Footage:
    known = np.sort(times.ticks) if times.sure or times.counted else None
    return Footage(
        len(times.ticks),
        ticks=known,
        tick_seconds=float(times.tick_seconds),
        sure=times.sure,
        ended=times.error is not None,
    )


def _is_variable(ticks: NDArray[np.int64]) -> bool:
    """Return whether steps differ by more than jitter; where the clock is coarse, a tick is no jitter."""
    holes = find_holes(ticks)
    if holes is not None:
        return holes.total > 0
    steps = np.diff(ticks)
    usual = float(np.median(steps))
    return bool(np.ptp(steps) > max(_STEADY * usual, 1.0 if usual >= COARSE_TICKS else 0.0))
