"""Cut a video into spans that can be decoded each by itself, at keyframes that nothing behind them reaches over.

The first keyframe at or behind each multiple of a length begins a span, if all pictures before it are shown before it,
all behind it after it, and none behind it is predicted from one before::

    decoding order    I0 P1 P2 | I3 P4 P5        closed: a cut; every frame has the same pixels, decoded from I3 on
                      I0 P2 B1 | I5 B3 B4 P6     open: B3 and B4 are shown before I5, and rest on P2

The cuts follow from the file's packets alone.
"""

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from av.error import FFmpegError

from fer_data.core.arrays import Int64, Mask
from fer_data.errors import MediaError
from fer_data.media.packets import PacketTimes, opened, packets_of, reason, times_of

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

__all__ = ["SpanPlan", "opened_at", "plan_spans"]

_RESTART_UNITS = {"h264": (0x1F, 0, {5}), "hevc": (0x3F, 1, {19, 20})}
"""Mask, shift and value of the type of an IDR picture's unit, behind which nothing may rest on what came before it.

Other keyframes of the two (recovery points, CRA) may be reached over. Source: ITU-T H.264, table 7-1; H.265, table 7-1.
"""
_START_CODE = b"\0\0\1"
_LENGTHS = {"h264": 4, "hevc": 21}
"""Byte of a decoder's configuration record whose last two bits say how long the lengths of units are, less one."""
_PARAMETER_UNITS = 16
"""Units of a packet that are looked at: parameter sets and messages come before the picture."""
_RESTARTING = frozenset({*_RESTART_UNITS, "av1", "mjpeg", "mpeg4", "vp8", "vp9"})
"""Codecs whose keyframes forget all pictures before them; those of which this is not tested stay whole."""


@dataclass(frozen=True, slots=True, eq=False)
class SpanPlan:
    """Where a video is cut.

    Attributes:
        times: of its packets.
        cuts: positions, in the order of decoding, of the packets at which spans begin to be decoded; the first is 0.
        whole: why it stays one span, as the end of a sentence; null where it is cut.
    """

    times: PacketTimes
    cuts: tuple[int, ...]
    whole: str | None = None

    def own(self, number: int, warm_up: int) -> range:
        """Return a span's frames: from `warm_up` behind its keyframe (the first: from 0) to the next one's.

        >>> from fractions import Fraction
        >>> plan = SpanPlan(PacketTimes(np.arange(90), Fraction(1), True, False, None), (0, 30, 60))
        >>> [plan.own(number, 8) for number in range(3)]
        [range(0, 38), range(38, 68), range(68, 90)]
        """
        ends = [0, *(cut + warm_up for cut in self.cuts[1:]), len(self.times.ticks)]
        return range(ends[number], ends[number + 1])


def plan_spans(path: Path, span_frames: int, warm_up: int) -> SpanPlan:
    """Return the spans of a video of about `span_frames` each; the last one is longer than `warm_up`.

    Raises:
        MediaError: the file is no video that the installed FFmpeg can open.
    """
    keys, kinds = array("q"), array("b")
    try:
        with opened(path) as (container, stream):
            codec, counter = stream.codec.canonical_name, iter(range(1 << 62))
            length_bytes = _length_bytes(stream.codec_context.extradata, codec)

            def see(packet: "Packet[VideoStream]") -> None:
                position = next(counter)
                if packet.is_keyframe:
                    keys.append(position)
                    kinds.append(_restarts(packet, codec, length_bytes))

            times = times_of(container, stream, see)
    except (FFmpegError, OSError) as error:
        raise MediaError(f"{path.name}: decoding stopped after 0 frames: {reason(error)}.") from error
    why = _no_cuts(times, codec)
    if why is not None:
        return SpanPlan(times, (0,), why)
    decoded, end = np.array(keys, np.int64), len(times.ticks) - warm_up
    cuts = _cuts(_closed(times.ticks, decoded, np.array(kinds, bool)), span_frames, end)
    shown = np.searchsorted(np.sort(times.ticks), times.ticks[decoded])
    later = int(np.count_nonzero((span_frames <= shown) & (shown < end)))
    return SpanPlan(times, cuts, None if len(cuts) > 1 else _uncut(later, span_frames))


def _no_cuts(times: PacketTimes, codec: str) -> str | None:
    if times.counted:
        return "an AVI keeps no presentation times"
    if times.error is not None:
        return f"it cannot be read to its end ({times.error})"
    if not times.sure:
        return "packets lack a presentation time, or share one"
    if codec not in _RESTARTING:
        return f"nothing is known of keyframes of codec {codec}"
    return None


def _uncut(later: int, span_frames: int) -> str:
    if not later:
        return f"it has no keyframe to cut at behind frame {span_frames}"
    keys = "one keyframe" if later == 1 else f"{later} keyframes"
    return f"pictures behind its {keys} from frame {span_frames} on may rest on earlier ones (open GOPs)"


def _length_bytes(extradata: bytes | None, codec: str) -> int:
    """Return in how many bytes the length of a packet's units is written; 0: start codes part them.

    Source: ISO/IEC 14496-15, AVCDecoderConfigurationRecord and HEVCDecoderConfigurationRecord.
    """
    if not extradata or len(extradata) <= _LENGTHS["hevc"] or extradata[0] != 1:
        return 0
    return (extradata[_LENGTHS.get(codec, 0)] & 3) + 1


def _restarts(packet: "Packet[VideoStream]", codec: str, length_bytes: int) -> bool:
    """Say whether no picture behind a keyframe may rest on one before it, as far as the packet itself says."""
    if codec not in _RESTART_UNITS:
        return True
    mask, shift, kinds = _RESTART_UNITS[codec]
    return any((head >> shift) & mask in kinds for head in _unit_heads(bytes(packet), length_bytes))


def _unit_heads(data: bytes, length_bytes: int) -> Iterator[int]:
    r"""Yield the first byte of the first units of a packet, which lengths or start codes part.

    >>> list(_unit_heads(b"\0\0\1g.\0\0\0\1e..", 0)), list(_unit_heads(b"\0\2g.\0\3e..", 2))
    ([103, 101], [103, 101])
    """
    position = 0
    for _ in range(_PARAMETER_UNITS):
        found = position if length_bytes else data.find(_START_CODE, position)
        head = found + (length_bytes or len(_START_CODE))
        if found < 0 or head >= len(data):
            return
        yield data[head]
        position = head + int.from_bytes(data[found:head], "big") if length_bytes else head


def _closed(ticks: Int64, keys: Int64, restarts: Mask) -> Int64:
    """Return the keyframes that no picture reaches over: all before are shown before, all behind after."""
    keys = keys[restarts & (keys > 0)]
    highest = np.maximum.accumulate(ticks)
    lowest = np.minimum.accumulate(ticks[::-1])[::-1]
    closed: Int64 = keys[(highest[keys - 1] < ticks[keys]) & (lowest[keys] == ticks[keys])]
    return closed


def _cuts(keys: Int64, span_frames: int, end: int) -> tuple[int, ...]:
    """Return 0 and the first of the keys at or behind each multiple of a length, up to `end`.

    >>> _cuts(np.array([12, 24, 36, 48]), 20, 40)
    (0, 24)
    >>> _cuts(np.array([12, 24, 36, 48]), 30, 49)
    (0, 36)
    """
    keys = keys[keys < end]
    positions = np.searchsorted(keys, np.arange(span_frames, max(end, span_frames), span_frames))
    return (0, *np.unique(keys[positions[positions < len(keys)]]).tolist())


@contextmanager
def opened_at(
    path: Path, times: PacketTimes, position: int
) -> Iterator[tuple["VideoStream", Iterator["Packet[VideoStream]"]]]:
    """Open a video and give its packets from a position in the order of decoding on.

    From any position but the first each packet is checked by its time, and where a seek does not lead there the file is
    read from its beginning.

    Raises:
        MediaError: the file's packets are other ones than those of `times`.
        FFmpegError: it cannot be opened or read.
    """
    if not position:
        with opened(path) as (container, stream):
            yield stream, packets_of(container, stream)
        return
    for seeks in (True, False):
        with opened(path) as (container, stream):
            if seeks and not _seek(container, stream, int(times.ticks[position])):
                continue
            packets = packets_of(container, stream)
            first = _found(packets, times.ticks, position)
            if first is not None:
                yield stream, _checked(first, packets, times.ticks, position=position)
                return
    raise MediaError("its packets come otherwise than when they were counted")


def _seek(container: "InputContainer", stream: "VideoStream", tick: int) -> bool:
    try:
        container.seek(tick, stream=stream)
    except FFmpegError:
        return False
    return True


def _found(
    packets: Iterator["Packet[VideoStream]"], ticks: Int64, position: int
) -> "Packet[VideoStream] | None":
    """Return the packet of a position, after skipping those before it; None where they are behind it or others."""
    before = set(ticks[:position].tolist())
    for packet in packets:
        if packet.is_discard or packet.pts in before:
            continue
        return packet if packet.pts == ticks[position] else None
    return None


def _checked(
    first: "Packet[VideoStream]",
    packets: Iterator["Packet[VideoStream]"],
    ticks: Int64,
    *,
    position: int,
) -> Iterator["Packet[VideoStream]"]:
    yield first
    for packet in packets:
        if not packet.is_discard:
            position += 1
            if position >= len(ticks) or packet.pts != ticks[position]:
                raise MediaError("its packets come otherwise than when they were counted")
        yield packet
