"""Find one clip in two videos by the hashes of their frames, whatever it was re-encoded, resized or cut to.

::

    clip        q . . q . . q . . q      32 frames, spread over it, ask
                |     |     |     |      in how many bits does the closest frame of another clip differ?
    other   o o o o o o o o o o o o o o  many near ones, all by the same number of seconds later: the same clip
            <-- offset -->
"""

from collections.abc import Callable, Iterator
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float64, Int64
from fer_data.core.copies.hash_search import TURNED

__all__ = ["FrameSequences", "SequenceMatch", "matching_sequences"]

_ASKING = 32
_RADIUS = 6
"""Bits in which the hashes of one frame may differ: a face that was found again in a re-encoded video is cropped a
little otherwise. Chance is held off by the number of frames and by their offset, not by each of them."""

_LEAST_FRAMES = 4
_LEAST_SHARE = 0.5
_SAME_TIME_SECONDS = 0.12
_BLOCK_FRAMES = 1 << 16


class FrameSequences(NamedTuple):
    """The frames of clips, one clip after another, each in the order of time.

    Attributes:
        hashes: (frames,) uint64, `core.vision.perceptual_hash` of each crop.
        seconds: (frames,) of each frame in its video.
        starts: (clips + 1,) place of the first frame of each clip, and the number of frames.
        videos: (clips,) number of the video that each clip is of.
    """

    hashes: NDArray[np.uint64]
    seconds: Float64
    starts: Int64
    videos: Int64


class SequenceMatch(NamedTuple):
    """One clip in two videos.

    Attributes:
        first, second: numbers of the clips, the first the lower.
        frames: (n, 2) places of frames that show the same, of the first and of the second clip.
        offset_seconds: how much later the second shows it.
    """

    first: int
    second: int
    frames: Int64
    offset_seconds: float


def matching_sequences(
    clips: FrameSequences, on_clip: Callable[[], object] = lambda: None
) -> list[SequenceMatch]:
    """Return the pairs of clips of which most frames of the time that they share agree; `on_clip` counts the clips.

    Pairs of one video are left out, and so are clips that have fewer than four different hashes.
    """
    count = len(clips.starts) - 1
    varied = np.array([_varies(clips, clip) for clip in range(count)], np.bool_)
    found: dict[tuple[int, int], SequenceMatch] = {}
    for clip in np.flatnonzero(varied).tolist():
        asking = _asking(clips, clip)
        for other in _near(clips, asking, clip):
            key = (min(clip, other), max(clip, other))
            match = _aligned(clips, asking, other) if varied[other] and key not in found else None
            if match is not None:
                frames = match.frames if clip < other else match.frames[:, ::-1]
                offset = match.offset_seconds if clip < other else -match.offset_seconds
                found[key] = SequenceMatch(*key, np.ascontiguousarray(frames), offset)
        on_clip()
    return [found[key] for key in sorted(found)]


def _varies(clips: FrameSequences, clip: int) -> bool:
    """Say whether a clip shows enough different frames for them to agree by more than chance."""
    return len(np.unique(clips.hashes[clips.starts[clip] : clips.starts[clip + 1]])) >= _LEAST_FRAMES


def _asking(clips: FrameSequences, clip: int) -> Int64:
    start, end = int(clips.starts[clip]), int(clips.starts[clip + 1])
    return np.unique(np.linspace(start, end - 1, min(_ASKING, end - start)).round().astype(np.int64))


def _bits(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.uint8]:
    differing = one[:, None] ^ other[None, :]
    return np.asarray(np.minimum(np.bitwise_count(differing), np.bitwise_count(differing ^ TURNED)))


def _near(clips: FrameSequences, asking: Int64, clip: int) -> list[int]:
    """Return the clips of other videos to which enough of the asking frames are near."""
    counts = np.zeros(len(clips.starts) - 1, np.int64)
    for first, last in _blocks(clips.starts):
        start, end = int(clips.starts[first]), int(clips.starts[last])
        near = _bits(clips.hashes[asking], clips.hashes[start:end]) <= _RADIUS
        counts[first:last] = np.logical_or.reduceat(near, clips.starts[first:last] - start, axis=1).sum(
            axis=0
        )
    enough = (counts >= _LEAST_FRAMES) & (clips.videos != clips.videos[clip])
    return np.flatnonzero(enough).tolist()


def _blocks(starts: Int64) -> Iterator[tuple[int, int]]:
    """Yield runs of clips that have some ten thousand frames together; no clip is without frames."""
    first, count = 0, len(starts) - 1
    while first < count:
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + _BLOCK_FRAMES, side="right")) - 1)
        last = min(last, count)
        yield first, last
        first = last


def _aligned(clips: FrameSequences, asking: Int64, other: int) -> SequenceMatch | None:
    """Return the asking frames with those of another clip that show the same, if most of the overlap agrees on when."""
    start, end = int(clips.starts[other]), int(clips.starts[other + 1])
    near = _bits(clips.hashes[asking], clips.hashes[start:end]) <= _RADIUS
    asked, places = np.nonzero(near)
    offsets = clips.seconds[start + places] - clips.seconds[asking[asked]]
    offset = _agreed(offsets, asked)
    pairs = np.abs(offsets - offset) <= _SAME_TIME_SECONDS
    asked, places, offsets = asked[pairs], places[pairs], offsets[pairs]
    order = np.lexsort((np.abs(offsets - offset), asked))
    chosen = order[np.unique(asked[order], return_index=True)[1]]
    then = clips.seconds[asking] + offset
    within = (then >= clips.seconds[start] - _SAME_TIME_SECONDS) & (
        then <= clips.seconds[end - 1] + _SAME_TIME_SECONDS
    )
    if len(chosen) < max(_LEAST_FRAMES, ceil(_LEAST_SHARE * int(within.sum()))):
        return None
    frames = np.stack([asking[asked[chosen]], start + places[chosen]], axis=1)
    return SequenceMatch(-1, -1, frames, float(offset))


def _agreed(offsets: Float64, asked: Int64) -> float:
    """Return the offset within whose tolerance the most asking frames have a near one; of equal ones the lowest."""
    order = np.argsort(offsets, kind="stable")
    ordered, who = offsets[order], asked[order]
    best, most, first = 0.0, 0, 0
    inside: dict[int, int] = {}
    for last in range(len(ordered)):
        inside[int(who[last])] = inside.get(int(who[last]), 0) + 1
        while ordered[last] - ordered[first] > 2 * _SAME_TIME_SECONDS:
            inside[int(who[first])] -= 1
            if not inside[int(who[first])]:
                del inside[int(who[first])]
            first += 1
        if len(inside) > most:
            best, most = float((ordered[first] + ordered[last]) / 2), len(inside)
    return best
