"""Open a video and read the times of its packets, without decoding a picture."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from fer_data.errors import MediaError
from fer_data.media.containers import open_container, recordings

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = ["PacketTimes", "opened", "packet_times", "packets_of", "reason", "times_of"]


_CHUNK_HEADER = 8
"""Bytes between the place that an AVI's index gives and that of a packet."""


@dataclass(frozen=True, slots=True, eq=False)
class PacketTimes:
    """The times of the packets that are to be shown, in the order of decoding.

    Attributes:
        ticks: (n,) presentation times; in an AVI, which has none, the places of its chunks by its index.
        tick_seconds: length of a tick.
        sure: every packet has its own time, and frames are presented in the order of these.
        counted: the times count chunks, as those of an AVI do.
        error: why reading stopped early; null when it did not.
        by_index: of an AVI, the tick of each chunk by the time that FFmpeg counts; null: they are the same.
    """

    ticks: NDArray[np.int64]
    tick_seconds: Fraction
    sure: bool
    counted: bool
    error: str | None
    by_index: Mapping[int, int] | None = None

    def packet_tick(self, packet: "Packet[VideoStream]") -> int | None:
        """Return a packet's time in ticks; None where it has none, or is no chunk of the index."""
        return self._tick(packet.dts if self.counted else packet.pts)

    def frame_tick(self, frame: "VideoFrame") -> int | None:
        """Return a decoded frame's time in ticks, that of the packet it comes from; None where it has none."""
        return self._tick(frame.dts if self.counted else frame.pts)

    def _tick(self, tick: int | None) -> int | None:
        return tick if self.by_index is None or tick is None else self.by_index.get(tick)

    def knows(self, packet: "Packet[VideoStream]") -> bool:
        """Return whether a packet is part of the video; in a damaged AVI something else may look like a chunk."""
        return self.by_index is None or packet.dts in self.by_index

    def shows(self, packet: "Packet[VideoStream]") -> bool:
        """Return whether a packet is one of those to be shown."""
        return self.knows(packet) and not packet.is_discard


@contextmanager
def opened(path: Path) -> Iterator[tuple["InputContainer", "VideoStream"]]:
    """Open a video and give the first of its `recordings`, to be decoded by one thread.

    Raises:
        MediaError: it is no regular file, or has no video stream.
        FFmpegError: it cannot be opened.
    """
    with open_container(path) as container:
        if not (streams := recordings(container)):
            raise MediaError(
                f"{path.name}: the file has no video stream. Get the video again from its archive."
            )
        stream = streams[0]
        if stream.codec_context is None:
            raise MediaError(f"{path.name}: its video is of a kind that FFmpeg does not know.")
        stream.thread_type = "NONE"
        stream.thread_count = 1
        yield container, stream


def packets_of(container: "InputContainer", stream: "VideoStream") -> Iterator["Packet[VideoStream]"]:
    """Yield the packets that hold something; empty ones, as an AVI has for frames that were dropped, show nothing."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (
            StopIteration,
            IndexError,
        ):  # PyAV, at the end of a file in which further streams came to light
            return
        if packet.size:
            yield packet


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


def times_of(
    container: "InputContainer",
    stream: "VideoStream",
    see: "Callable[[Packet[VideoStream]], None] | None" = None,
) -> PacketTimes:
    """Return the times of an open video's packets, as `packet_times`; `see` is called with each that is to be shown."""
    counted = container.format.name == "avi"
    index = _index(stream) if counted else {}
    ticks, offsets, known, error = array("q"), array("q"), True, None
    try:
        for packet in packets_of(container, stream):
            if packet.is_discard:
                continue
            if see is not None:
                see(packet)
            tick = packet.dts if counted else packet.pts
            known = known and tick is not None
            ticks.append((packet.dts or 0) if tick is None else tick)
            offsets.append(-1 if packet.pos is None else packet.pos)
    except FFmpegError as failure:
        error = reason(failure)
    by_index = _by_index(ticks, offsets, index)
    found = np.array(ticks if by_index is None else list(by_index.values()), np.int64)
    ordered = not (counted and stream.codec_context.has_b_frames)
    sure = known and ordered and len(np.unique(found)) == len(found)
    return PacketTimes(found, stream.time_base or Fraction(0), sure, counted, error, by_index)


def _index(stream: "VideoStream") -> dict[int, int]:
    """Return the place in time of each chunk by its place in the file, as an AVI's index has them before it is read."""
    entries = stream.index_entries
    return {entry.pos + _CHUNK_HEADER: entry.timestamp for entry in entries}


def _by_index(
    ticks: Sequence[int], offsets: Sequence[int], index: Mapping[int, int]
) -> dict[int, int] | None:
    """Return the ticks that the index of an AVI gives to the counted ones; null where it is of no use or says the same.

    Where a chunk's header is damaged FFmpeg goes on at the next one and counts on, so that a frame would vanish without
    a hole. What lies between two chunks of the index is theirs between, if as many, and else no frame; what lies behind
    all of them counts on.
    """
    if not ticks or offsets[0] not in index:
        return None
    named = [index.get(offset) for offset in offsets]
    known = [number for number, tick in enumerate(named) if tick is not None]
    if any(offset < max(index) for offset in offsets[known[-1] + 1 :]):
        return None
    found = {ticks[number]: index[offsets[number]] for number in known}
    for before, after in pairwise(known):
        first = index[offsets[before]] + 1
        if index[offsets[after]] - first == after - before - 1:
            found.update(zip(ticks[before + 1 : after], range(first, first + after - before), strict=False))
    ahead = index[offsets[known[-1]]] - ticks[known[-1]]
    found.update({tick: tick + ahead for tick in ticks[known[-1] + 1 :]})
    same = len(found) == len(ticks) and all(tick == other for tick, other in found.items())
    return None if same else dict(sorted(found.items()))


def reason(error: Exception) -> str:
    """Return in a few words what FFmpeg or the system says of a file."""
    return str(getattr(error, "strerror", None) or error)
