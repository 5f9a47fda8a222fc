"""Open a video and read the times of its packets, without decoding a picture."""

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from fer_data.containers import open_container
from fer_data.errors import MediaError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

__all__ = ["PacketTimes", "opened", "packet_tick", "packet_times", "packets_of", "reason", "times_of"]


@dataclass(frozen=True, slots=True, eq=False)
class PacketTimes:
    """The times of the packets that are to be shown, in the order of decoding.

    Attributes:
        ticks: (n,) presentation times; in an AVI, which has none, the places that its chunks count.
        tick_seconds: length of a tick.
        sure: every packet has its own time, and frames are presented in the order of these.
        counted: the times count chunks, as those of an AVI do.
        error: why reading stopped early; null when it did not.
    """

    ticks: NDArray[np.int64]
    tick_seconds: Fraction
    sure: bool
    counted: bool
    error: str | None


@contextmanager
def opened(path: Path) -> Iterator[tuple["InputContainer", "VideoStream"]]:
    """Open a video and give its first video stream, to be decoded by one thread.

    Raises:
        MediaError: it is no regular file, or has no video stream.
        FFmpegError: it cannot be opened.
    """
    with open_container(path) as container:
        if not container.streams.video:
            raise MediaError(
                f"{path.name}: the file has no video stream. Get the video again from its archive."
            )
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        stream.thread_count = 1
        yield container, stream


def packets_of(container: "InputContainer", stream: "VideoStream") -> Iterator["Packet[VideoStream]"]:
    """Yield the packets that hold something; empty ones, as an AVI has for frames that were dropped, show nothing."""
    for packet in container.demux(stream):
        if packet.size:
            yield packet


def counts_chunks(container: "InputContainer") -> bool:
    """Return whether the container has no presentation times, so that they are counted."""
    return str(container.format.name) == "avi"


def packet_tick(packet: "Packet[VideoStream]", *, counted: bool) -> int | None:
    """Return a packet's time in ticks, as `PacketTimes` has them."""
    return packet.dts if counted else packet.pts


def packet_times(path: Path) -> PacketTimes:
    """Return the times of a video's packets, up to the end or to the first that cannot be read.

    Packets that an edit list discards are left out.

    Raises:
        MediaError: the file is no video that the installed FFmpeg can open.
    """
    try:
        with opened(path) as (container, stream):
            return times_of(container, stream)
    except (FFmpegError, OSError) as error:
        raise MediaError(f"{path.name}: decoding stopped after 0 frames: {reason(error)}.") from error


def times_of(container: "InputContainer", stream: "VideoStream") -> PacketTimes:
    """Return the times of an open video's packets, as `packet_times`."""
    counted = counts_chunks(container)
    ticks, known, error = array("q"), True, None
    try:
        for packet in packets_of(container, stream):
            if packet.is_discard:
                continue
            tick = packet_tick(packet, counted=counted)
            known = known and tick is not None
            ticks.append((packet.dts or 0) if tick is None else tick)
    except FFmpegError as failure:
        error = reason(failure)
    found = np.array(ticks, np.int64)
    ordered = not (counted and stream.codec_context.has_b_frames)
    sure = known and ordered and len(np.unique(found)) == len(found)
    return PacketTimes(found, stream.time_base or Fraction(0), sure, counted, error)


def reason(error: Exception) -> str:
    """Return in a few words what FFmpeg or the system says of a file."""
    return str(getattr(error, "strerror", None) or error)
