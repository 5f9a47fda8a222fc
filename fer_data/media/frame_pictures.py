"""From a decoded frame to the picture that a player shows: upright, with square pixels, of one size, within a limit."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, cast

import av
import cv2
import numpy as np
from av.container import InputContainer

from fer_data.core.arrays import Image
from fer_data.core.frames.line_frames import Remark
from fer_data.errors import MediaError
from fer_data.media.containers import recordings

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream

__all__ = ["MAX_FRAME_PIXELS", "FrameRules", "Pictures", "limit_pixels", "pixel_aspect", "square_size"]

MAX_FRAME_PIXELS = 12_000_000
"""Of a video's frame, unless somebody says otherwise: 4096 x 2304 has 9.4 million, and about forty are in memory."""

PixelAspect = Literal["square", "stored"]


@dataclass(frozen=True, slots=True)
class FrameRules:
    """What frames may be, and how they are shown.

    Attributes:
        max_pixels: of a frame, at most, as stored and as shown.
        pixel_aspect: `square`: pixels that the file calls wider or higher are made square, as players do;
            `stored`: they are taken as if they were.
    """

    max_pixels: int = MAX_FRAME_PIXELS
    pixel_aspect: PixelAspect = "square"


def pixel_aspect(stream: "VideoStream") -> Fraction:
    """Return width over height of a video's pixels as the file states it; 1 where it says nothing of use."""
    stated = stream.sample_aspect_ratio
    return Fraction(stated) if stated is not None and stated > 0 else Fraction(1)


@lru_cache(maxsize=16)
def square_size(size_wh: tuple[int, int], aspect: Fraction) -> tuple[int, int]:
    """Return the size of a picture with square pixels; the side that is too short is enlarged, so nothing is lost.

    >>> square_size((720, 576), Fraction(16, 11)), square_size((640, 480), Fraction(1, 2))
    ((1047, 576), (640, 960))
    """
    width, height = size_wh
    return (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))


def limit_pixels(stream: "VideoStream", max_pixels: int, name: str) -> None:
    """Keep the decoder of a stream from making larger frames, before it has made one.

    Raises:
        MediaError: the file says that its frames are larger.
    """
    context = stream.codec_context
    if context.width * context.height > max_pixels:
        raise _too_large(name, (context.width, context.height), max_pixels)
    context.options = {**context.options, "max_pixels": str(max_pixels)}


class Pictures:
    """The frames of one video as pictures, and what is odd about their form.

    Attributes:
        aspect: width over height of the stored pixels.
        resized: frames that had another size than the first, and were brought to it.
    """

    def __init__(self, stream: "VideoStream", rules: FrameRules, name: str) -> None:
        self.aspect = pixel_aspect(stream)
        self.resized = 0
        self._rules, self._name = rules, name
        self._streams = [_described(one) for one in recordings(cast(InputContainer, stream.container))]
        self._size_wh: tuple[int, int] | None = None

    def measure(self, frame: av.VideoFrame) -> None:
        """Take note of a frame's size; it is called once for each frame, in their order.

        Raises:
            MediaError: it has too many pixels.
        """
        stored = frame.width, frame.height
        shown = stored if self._rules.pixel_aspect == "stored" else square_size(stored, self.aspect)
        if max(stored[0] * stored[1], shown[0] * shown[1]) > self._rules.max_pixels:
            raise _too_large(self._name, shown, self._rules.max_pixels)
        self.resized += shown != (self._size_wh or shown)
        self._size_wh = self._size_wh or shown

    def picture(self, frame: av.VideoFrame) -> Image:
        """Return a frame that was measured as RGB, upright, with square pixels unless the rules say otherwise.

        A frame of another size than the first is brought to that, as players do, so that boxes of all frames are in
        one system of coordinates.
        """
        stored = frame.width, frame.height
        shown = self._size_wh or stored
        image: Image = frame.to_ndarray(format="rgb24", threads=1).astype(np.uint8, copy=False)
        if shown != stored:
            image = np.asarray(cv2.resize(image, shown, interpolation=cv2.INTER_LINEAR), np.uint8)
        turns = round(frame.rotation / 90) % 4
        return np.ascontiguousarray(np.rot90(image, turns)) if turns else image

    def remarks(self) -> list[Remark]:
        """Return what a person should know of the form of the frames that were measured."""
        found = []
        if len(self._streams) > 1:
            found.append(Remark("several-streams", "warning", _several(*self._streams)))
        if self.aspect != 1:
            words = "are made square (align.pixel_aspect: square)"
            if self._rules.pixel_aspect == "stored":
                words = "are taken as they are, so that faces are squeezed (align.pixel_aspect: stored)"
            text = f"The file calls its pixels {self.aspect.numerator}:{self.aspect.denominator} wide; they {words}."
            found.append(Remark("pixel-aspect", "info", text))
        if self.resized and self._size_wh is not None:
            width, height = self._size_wh
            text = (
                f"{self.resized} frame(s) have another size than the first and are brought to its "
                f"{width} x {height} px, as players do. Check that the video is one."
            )
            found.append(Remark("frame-size-changes", "warning", text))
        return found


def _several(first: str, *others: str) -> str:
    """Return what is said of a file of several videos; `V` of FFmpeg counts them as we do, without covers."""
    told = [f"{other} (0:V:{number})" for number, other in enumerate(others, 1)]
    which = "0:V:1" if len(others) == 1 else "0:V:NUMBER"
    return (
        f"The file holds {len(told) + 1} videos. The first is read ({first}), not {' or '.join(told)}. "
        f"If the faces are there, make a file of it: ffmpeg -i FILE -map {which} -c copy NEW."
    )


def _described(stream: "VideoStream") -> str:
    context: VideoCodecContext | None = stream.codec_context
    if context is None:
        return "of a kind that FFmpeg does not know"
    return f"{context.name}, {context.width} x {context.height} px"


def _too_large(name: str, size_wh: tuple[int, int], max_pixels: int) -> MediaError:
    return MediaError(
        f"{name}: frames of {size_wh[0]} x {size_wh[1]} px must have {max_pixels:,} pixels at most (align.max_pixels, "
        "or --max-pixels). Reduce the video, or raise the limit."
    )
