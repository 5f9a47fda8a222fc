"""Decode one span of a video: the frames, numbers and times that decoding from the start gives, or an honest no."""

import hashlib
from collections.abc import Generator
from pathlib import Path

from fer_data.core.frames.line_frames import Footage
from fer_data.media.frame_pictures import FrameRules
from fer_data.media.spans import SpanPlan
from fer_data.media.video import Damage, Frame, VideoReader

__all__ = ["SpanReader"]


class SpanReader:
    """Decode a video from a keyframe of its plan on, as `media.video.VideoReader` does from the first frame on.

    A span owns the frames from `warm_up` behind its keyframe (the first: from 0) to `warm_up` behind the next one's::

        span 0    0 ......... k+w )           k: the next span's keyframe, w: warm_up
        span 1              k ... k+w ....... both decode k to k+w; their pictures must be equal

    Attributes:
        own: the frames that the span owns.
        damage: as of a `VideoReader`.
        size_wh: width and height of the first frame in px; null while there is none.
        seen_before: digests of the pictures before its own frames, which the span before owns.
        seen_after: digests of its last pictures, which the next span decodes as well.
    """

    def __init__(self, path: Path, rules: FrameRules, plan: SpanPlan, number: int, *, warm_up: int) -> None:
        self._reader = VideoReader(path, rules, (plan.times, plan.cuts[number]))
        self._next = [*plan.cuts, len(plan.times.ticks)][number + 1]
        self.own = plan.own(number, warm_up)
        self.size_wh: tuple[int, int] | None = None
        self.seen_before: list[str] = []
        self.seen_after: list[str] = []

    @property
    def damage(self) -> Damage:
        """Return what went wrong so far."""
        return self._reader.damage

    @property
    def error(self) -> str | None:
        """Return in a sentence why decoding stopped; null while it did not."""
        return self._reader.error

    def frames(self, until: int | None = None) -> Generator[Frame]:
        """Yield the frames of the span and those around it, up to slot `until`; close this when there are enough."""
        stop = self.own.stop if until is None else max(until, self.own.stop)
        for frame in self._reader.frames(until, stop):
            self.size_wh = self.size_wh or frame.size_wh
            if frame.index < self.own.start:
                self.seen_before.append(_digest(frame))
            if self._next <= frame.index < self.own.stop:
                self.seen_after.append(_digest(frame))
            yield frame

    def footage(self) -> Footage:
        """Return what the video shows up to the last frame that was decoded."""
        return self._reader.footage()

    def doubt(self) -> str | None:
        """Return why the span may have other frames than the video decoded from its start; null where it has not."""
        if not self._reader.complete or self.footage().slots < self.own.stop:
            return self.error or "frames are damaged or missing"
        if any(remark.rule == "frame-size-changes" for remark in self.damage.remarks):
            return "its frames change their size"
        return None


def _digest(frame: Frame) -> str:
    return hashlib.sha256(frame.image.tobytes()).hexdigest()
