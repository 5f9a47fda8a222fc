"""Decode a video once, frame by frame, as RGB with the presentation times of the container.

A packet that cannot be decoded costs itself where the times say which frame is lost: its slot is counted and decoding
goes on. What the decoder itself calls corrupt is lost too, and behind a damaged keyframe everything up to the next one,
because its picture rests on one that is not there. Behind other damage frames are taken as the decoder gives them, as
FFmpeg's and OpenCV's players do. Where the times cannot say what is lost, decoding stops.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.error import BlockingIOError as DecoderFullError
from av.error import FFmpegError
from av.video.frame import PictureType

from fer_data.core.arrays import Image
from fer_data.core.frames.arrivals import Arrivals
from fer_data.core.frames.line_frames import Footage, Remark
from fer_data.errors import MediaError
from fer_data.media.containers import open_container, recordings
from fer_data.media.frame_pictures import FrameRules, Pictures, limit_pixels
from fer_data.media.packets import PacketTimes, packet_times, reason
from fer_data.media.spans import opened_at

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream

__all__ = ["Damage", "Frame", "StoredFrame", "VideoReader", "decode_frames", "rotation_degrees", "scan_video"]

_ALWAYS = -(1 << 63)
"""Before every time."""
_RULES = FrameRules()


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded frame.

    Attributes:
        index: 0-based slot, in presentation order; frames that are lost to damage are counted.
        pts_seconds: presentation time; the container's, never computed from the frame rate where it has one.
        image: RGB, as a player shows it: upright, with square pixels unless `FrameRules` say otherwise.
        lines: first and last label line that may mean this frame, whatever frames are found missing; null: its index.
        convert: makes the picture again of what the decoder gave, byte for byte; null where that is not at hand.
    """

    index: int
    pts_seconds: float
    image: Image
    lines: tuple[int, int] | None = None
    convert: Callable[[], Image] | None = None

    @property
    def size_wh(self) -> tuple[int, int]:
        """Return width and height in px."""
        return self.image.shape[1], self.image.shape[0]

    def stored(self, *, as_decoded: bool) -> "Frame | StoredFrame":
        """Return the frame for storage: as the decoder gave it, which takes half the memory, or with its picture alone.

        One that cannot be converted again keeps its picture.
        """
        if as_decoded and self.convert is not None:
            return StoredFrame(self.index, self.pts_seconds, self.lines, self.convert)
        return Frame(self.index, self.pts_seconds, self.image, self.lines)


@dataclass(frozen=True, slots=True, eq=False)
class StoredFrame:
    """A frame that waits as the decoder gave it, 12 bits a pixel instead of 24; its picture is made when asked for."""

    index: int
    pts_seconds: float
    lines: tuple[int, int] | None
    convert: Callable[[], Image]

    @property
    def image(self) -> Image:
        """Return the picture, converted anew each time."""
        return self.convert()

    def restored(self) -> Frame:
        """Return the frame with its picture."""
        return Frame(self.index, self.pts_seconds, self.image, self.lines)


@dataclass(slots=True)
class Damage:
    """What went wrong while a video was decoded.

    Attributes:
        packets: that the decoder refused.
        first: what it said of the first one.
        corrupt: frames that it calls corrupt itself, that rest on a damaged keyframe, or that come too late.
        traces: frames given between damage and the next keyframe, which may show traces of it.
        stopped: why decoding ended early; null where it did not.
        remarks: on the form of the frames, which is no damage.
    """

    packets: int = 0
    first: str | None = None
    corrupt: int = 0
    traces: int = 0
    stopped: str | None = None
    remarks: list[Remark] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _State:
    """How far pictures can be relied on.

    Attributes:
        broken_since: time of the damaged keyframe that all up to the next one rest on.
        traced_since: time of the first damage since the last keyframe.
        seconds: time of the last frame.
        step: mean duration of a frame, for the few containers that give a frame no time.
        refused: packets that the decoder refused and no frame has passed yet.
    """

    broken_since: int | None = None
    traced_since: int | None = None
    seconds: float | None = None
    step: float = 0.0
    refused: int = 0


class VideoReader:
    """Decode the first video stream of a file; what was lost on the way is known when the frames are through."""

    def __init__(
        self, path: Path, rules: FrameRules = _RULES, start: tuple[PacketTimes, int] | None = None
    ) -> None:
        """Read a file from its beginning, or from the packet at a position that `media.spans` cuts at, by its times."""
        self._path, self._rules, self._start = path, rules, start
        self._pictures: Pictures | None = None
        self._times: PacketTimes | None = None
        self._arrivals = Arrivals(np.zeros(0, np.int64), sure=False)
        self._state = _State()
        self._codec = ""
        self.damage = Damage()

    @property
    def error(self) -> str | None:
        """Return in a sentence why decoding stopped; null while it did not."""
        return self.damage.stopped

    @property
    def complete(self) -> bool:
        """Return whether every packet up to the last frame has given one whole frame, in the order of the times."""
        return self.error is None and not self.damage.packets and self._arrivals.complete

    def frames(self, until: int | None = None, stop: int | None = None) -> Generator[Frame]:
        """Yield the frames that have a whole picture; those from slot `until` on are decoded, counted and left out.

        From slot `stop` on nothing is decoded.
        """
        for slot, seconds, frame in self._decoded():
            if stop is not None and slot >= stop:
                return
            if self._pictures is not None and (until is None or slot < until):
                convert = partial(self._pictures.picture, frame)
                yield Frame(slot, seconds, convert(), self._arrivals.lines(slot), convert)

    def skim(self) -> None:
        """Decode everything and make no pictures of it."""
        for _ in self._decoded():
            pass

    def footage(self) -> Footage:
        """Return what the video shows, once its frames are through."""
        if self._times is None:
            return Footage(0, ended=True)
        ended, times = self.error is not None, self._times
        return self._arrivals.footage(float(times.tick_seconds), counted=times.counted, ended=ended)

    def _decoded(self) -> Iterator[tuple[int, float, av.VideoFrame]]:
        given = 0
        try:
            self._times, position = self._start or (packet_times(self._path), 0)
            self._arrivals = Arrivals(self._times.ticks, sure=self._times.sure, begun=position)
            with opened_at(self._path, self._times, position) as (stream, packets):
                for found in self._stream_frames(stream, packets, self._times, position):
                    yield found
                    given += 1
            self._arrivals.finish()
        except (FFmpegError, OSError) as error:
            said = f"decoding stopped after {given} frames: {reason(error)}"
            self.damage.stopped = f"{self._path.name}: {said}."
        except MediaError as error:
            self.damage.stopped = str(error)
        finally:
            if self._pictures is not None:
                self.damage.remarks = self._pictures.remarks()

    def _stream_frames(
        self,
        stream: "VideoStream",
        packets: "Iterator[Packet[VideoStream]]",
        times: PacketTimes,
        position: int,
    ) -> Iterator[tuple[int, float, av.VideoFrame]]:
        limit_pixels(stream, self._rules.max_pixels, self._path.name)
        self._pictures = Pictures(stream, self._rules, self._path.name)
        self._codec = stream.codec_context.name
        rate = stream.average_rate or stream.guessed_rate
        self._state.step = float(1 / rate) if rate else 0.0
        for packet in filter(times.knows, packets):
            for frame in self._sent(stream, packet, position):
                yield from self._arrive(frame, times)
            position += times.shows(packet)
        for frame in self._sent(stream, None, position):
            yield from self._arrive(frame, times)

    def _sent(
        self, stream: "VideoStream", packet: "Packet[VideoStream] | None", position: int
    ) -> list[av.VideoFrame]:
        """Return what a packet gives, or what is left without one; a refusal is noted where the times bear it."""
        try:
            return _decode(stream, packet)
        except FFmpegError as error:
            if packet is not None and self._times is not None and not self._times.shows(packet):
                return []
            if not self._arrivals.timed:
                raise MediaError(self._stopped(reason(error))) from error
            self._refused(packet, position, reason(error))
            return []

    def _stopped(self, why: str) -> str:
        return (
            f"{self._path.name}: decoding stopped after {self._arrivals.slots} frames: {why}, and the file's times do "
            "not say which frames are lost."
        )

    def _refused(self, packet: "Packet[VideoStream] | None", position: int, why: str) -> None:
        self.damage.packets += 1
        self._state.refused += 1
        self.damage.first = self.damage.first or why
        self._arrivals.damage(position)
        if packet is None or self._times is None:
            return
        self._spoil(self._times.packet_tick(packet), key=bool(packet.is_keyframe))

    def _arrive(self, frame: av.VideoFrame, times: PacketTimes) -> Iterator[tuple[int, float, av.VideoFrame]]:
        """Give a frame its slot, and yield it if its picture is whole; one that comes too late has no slot."""
        tick = times.frame_tick(frame)
        if self._arrivals.strange(tick):
            self.damage.corrupt += 1
            return
        self._note_withheld(tick)
        whole = self._whole(frame, tick)
        slot = self._arrivals.arrive(tick, whole=whole)
        seconds = self._seconds(frame, slot, times)
        if whole and self._pictures is not None:
            self._pictures.measure(frame)
            self.damage.traces += _behind(tick, self._state.traced_since)
            yield slot, seconds, frame

    def _note_withheld(self, tick: int | None) -> None:
        """Note a damaged keyframe where the decoder of H.264 withheld more frames than it refused packets.

        A damaged packet does not say whether it was a keyframe; this decoder gives up on what rests on it, but not to
        the next keyframe.
        """
        withheld = self._arrivals.passed_over(tick) - self._state.refused
        self._state.refused = max(0, -withheld)
        if withheld > 0 and tick is not None and self._codec == "h264":
            self._spoil(tick - 1, key=True)

    def _whole(self, frame: av.VideoFrame, tick: int | None) -> bool:
        """Return whether a frame is neither corrupt nor rests on a damaged keyframe."""
        state = self._state
        intra = bool(frame.key_frame) or frame.pict_type == PictureType.I
        if frame.is_corrupt:
            self._spoil(tick, key=intra)
            self.damage.corrupt += 1
            return False
        if tick is not None and tick == state.broken_since:
            state.broken_since = None
        behind = _behind(tick, state.broken_since)
        if intra and (behind or state.broken_since is None):
            state.broken_since, state.traced_since, behind = None, None, False
        self.damage.corrupt += behind
        return not behind

    def _spoil(self, tick: int | None, *, key: bool) -> None:
        """Note damage at a time, of a keyframe or of a picture that fewer others rest on."""
        since = _ALWAYS if tick is None else tick
        self._state.traced_since = (
            since if self._state.traced_since is None else min(since, self._state.traced_since)
        )
        if key:
            self._state.broken_since = since

    def _seconds(self, frame: av.VideoFrame, slot: int, times: PacketTimes) -> float:
        tick = self._arrivals.tick(slot) if times.counted else frame.pts
        before = self._state.seconds
        if tick is not None:
            seconds = tick * times.tick_seconds.numerator / times.tick_seconds.denominator
        else:
            seconds = 0.0 if before is None else before + self._state.step
        self._state.seconds = seconds
        return seconds


def decode_frames(path: Path) -> Iterator[Frame]:
    """Yield every whole frame of a video's first video stream, decoded by one thread.

    Frames that are lost to damage are left out and counted by `index`. Where decoding cannot go on the frames before
    come first, then the error.

    Raises:
        MediaError: the file is missing, is no video, or cannot be decoded further.
    """
    reader = VideoReader(path)
    yield from reader.frames()
    if reader.error is not None:
        raise MediaError(reader.error)


def scan_video(path: Path, rules: FrameRules = _RULES) -> VideoReader:
    """Return the reader of a video after decoding all of it."""
    reader = VideoReader(path, rules)
    reader.skim()
    return reader


def _behind(tick: int | None, since: int | None) -> bool:
    return since is not None and (tick is None or tick > since)


def _decode(stream: "VideoStream", packet: "Packet[VideoStream] | None") -> list[av.VideoFrame]:
    """Return the frames that a packet gives; a decoder that got stuck on damage is reset first."""
    try:
        return stream.decode(packet)
    except DecoderFullError:
        stream.codec_context.flush_buffers()
        return stream.decode(packet)


def rotation_degrees(path: Path) -> int:
    """Return by how much a video's first frame must be turned to stand upright; 0 where there is no frame.

    Raises:
        MediaError: the file is missing or is no video.
    """
    try:
        with open_container(path) as container:
            streams = recordings(container)
            frame = next(container.decode(streams[0]), None) if streams else None
            return 0 if frame is None else int(frame.rotation)
    except (FFmpegError, OSError) as error:
        raise MediaError(f"{path.name}: it cannot be decoded: {error.strerror or error}.") from error
