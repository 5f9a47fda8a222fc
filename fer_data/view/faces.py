"""Pictures on a page: small, blurred where that is asked for, and no more of them than one page may hold.

This is the only place that makes a picture for a page, so a page that was given no `Faces` has none.
"""

from base64 import b64encode
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from markupsafe import Markup

from fer_data.core.arrays import Image
from fer_data.shell.page import rendered
from fer_data.shell.shown import printable

__all__ = ["BLUR_CELLS", "PAGE_BYTES", "Faces"]

PAGE_BYTES: Final = 7_000_000
"""Of base64 on one page: less than half of its 15 MB, the rest is for numbers and the charting library."""

BLUR_CELLS: Final = 4
"""Grey cells along a side that are left of a blurred face."""

_QUALITY = 72
_LOSSLESS = 101
"""WebP's quality above which OpenCV writes without loss."""
_TINY_PX = 16
"""Pictures of this side and less are shown enlarged, so they are kept to the last bit."""


@dataclass(slots=True)
class Faces:
    """What a page shows of pictures of people.

    Attributes:
        blurred: leaves of every face a few grey cells, in the pixels that are written.
        left: bytes of base64 that the page may still take.
    """

    blurred: bool = False
    left: int = PAGE_BYTES

    @property
    def warning(self) -> str:
        """Return what stands on every screen of the page."""
        if self.blurred:
            return f"Contains faces, blurred to {BLUR_CELLS} x {BLUR_CELLS} grey cells."
        return "Contains faces."

    def encoded(self, image: Image, *, side_px: int, face_px: int | None = None) -> str:
        """Return an RGB picture as base64 of WebP for a page; ask `takes` whether it has room.

        Args:
            image: the picture; it is never enlarged.
            side_px: the longest side that it is reduced to.
            face_px: the side of a face in it; None: it shows one face. A blur is as wide.
        """
        if self.blurred:
            image = _blurred(image, face_px or max(image.shape[:2]))
        image = _reduced(image, side_px)
        quality = _LOSSLESS if self.blurred or max(image.shape[:2]) <= _TINY_PX else _QUALITY
        _, found = cv2.imencode(
            ".webp", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_WEBP_QUALITY, quality]
        )
        return b64encode(found.tobytes()).decode()

    def takes(self, text: str) -> bool:
        """Say whether the page has room for a picture, and count it."""
        if len(text) > self.left:
            return False
        self.left -= len(text)
        return True

    def figure(self, image: Image, caption: str, *, side_px: int, face_px: int | None = None) -> Markup:
        """Return an RGB picture with its caption, as `encoded` has it; the caption alone once the page has no room."""
        height, width = image.shape[:2]
        text = self.encoded(image, side_px=side_px, face_px=face_px)
        return rendered(
            _FIGURE,
            caption=printable(caption),
            text=text if self.takes(text) else None,
            width=width,
            height=height,
        )


_FIGURE = """
<figure class="picture">{% if text %}<img src="data:image/webp;base64,{{ text }}" alt="{{ caption }}" loading="lazy"
 decoding="async" width="{{ width }}" height="{{ height }}">{% else %}<p class="quiet">no room for this picture</p>
{% endif %}<figcaption>{{ caption }}</figcaption></figure>
"""


def _reduced(image: Image, side_px: int) -> Image:
    factor = side_px / max(image.shape[:2])
    if factor >= 1:
        return image
    height, width = (max(1, round(side * factor)) for side in image.shape[:2])
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _blurred(image: Image, face_px: int) -> Image:
    """Return a picture of which every square of a face's size has become a few pixels, each of one grey.

    They are all that is written; a browser draws them large.
    """
    height, width = image.shape[:2]
    cells = [max(1, round(side * BLUR_CELLS / face_px)) for side in (width, height)]
    grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cells, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.merge([grey, grey, grey]), np.uint8)
