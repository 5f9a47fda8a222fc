"""Where picture, panel, strip and foot stand in an annotated frame; the same for all frames of a source.

::

    +-------------------+-------+      +-------------------+
    | picture           | panel |      | picture, wide     |
    |                   |       |      +-------------------+
    +-------------------+-------+      | panel             |
    | strip: what came before   |      +-------------------+
    | foot: what to know        |      | strip, foot       |
    +---------------------------+      +-------------------+
"""

from collections.abc import Callable
from dataclasses import dataclass

from fer_data.predict.panel import Panel

__all__ = ["Canvas", "canvas_for", "enlarged_wh"]

_LEAST_PX, _MOST_PX = 240, 2048
"""Shorter side that a picture is enlarged to, by a whole number, and the longer one that it may then have."""

_VIDEO_SIDE, _VIDEO_PIXELS = 4096, 4096 * 2304
"""Of a frame, at most: what decoders of H.264 level 5.2 take. Source: ITU-T H.264 table A-1 (36,864 macroblocks)."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """The parts of an annotated frame.

    Attributes:
        size_wh: of the whole, even as H.264 has it.
        picture: where the picture stands.
        panel: what is beside or below it, and where; null: no head of the model is drawn.
        strip: where time runs; null for a picture.
        foot: where a line of text stands; null: there is none, or it is part of the strip.
    """

    size_wh: tuple[int, int]
    picture: Box
    panel: Panel | None
    panel_at: tuple[int, int]
    strip: Box | None
    foot: Box | None


def enlarged_wh(size_wh: tuple[int, int]) -> tuple[int, int]:
    """Return the size at which labels fit around a face: a whole number of times that of a small picture.

    >>> enlarged_wh((100, 100)), enlarged_wh((1280, 720)), enlarged_wh((20, 2000))
    ((300, 300), (1280, 720), (20, 2000))
    """
    factor = max(1, min(-(-_LEAST_PX // min(size_wh)), _MOST_PX // max(size_wh)))
    return size_wh[0] * factor, size_wh[1] * factor


def canvas_for(
    size_wh: tuple[int, int],
    *,
    panel_of: Callable[[tuple[int, int]], Panel | None],
    strip_px: Callable[[Panel | None, tuple[int, int]], int],
    foot_px: Callable[[Panel | None, tuple[int, int]], int],
    limited: bool,
) -> Canvas:
    """Return the parts for a picture of a size; `limited` makes it smaller where players could not show the whole."""
    whole = enlarged_wh(size_wh)
    share = 1.0
    while True:
        picture_wh = max(2, round(whole[0] * share)), max(2, round(whole[1] * share))
        panel = panel_of(picture_wh)
        found = _arranged(picture_wh, panel, strip_px(panel, picture_wh), foot_px(panel, picture_wh))
        width, height = found.size_wh
        fits = max(width, height) <= _VIDEO_SIDE and width * height <= _VIDEO_PIXELS
        if not limited or fits or share < 0.1:
            return found
        share *= min(0.99, _VIDEO_SIDE / max(width, height), (_VIDEO_PIXELS / (width * height)) ** 0.5)


def _arranged(picture_wh: tuple[int, int], panel: Panel | None, strip_px: int, foot_px: int) -> Canvas:
    width, height = picture_wh
    panel_at = (0, height) if panel is not None and panel.below else (width, 0)
    if panel is not None:
        width = max(width, panel.size_wh[0]) if panel.below else width + panel.size_wh[0]
        height = height + panel.size_wh[1] if panel.below else max(height, panel.size_wh[1])
    width += width % 2
    strip = (0, height, width, height + strip_px) if strip_px else None
    foot = (0, height + strip_px, width, height + strip_px + foot_px) if foot_px else None
    height += strip_px + foot_px
    return Canvas((width, height + height % 2), (0, 0, *picture_wh), panel, panel_at, strip, foot)
