"""The pictures of the rows that a page shows, small enough for all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fer_data.core.arrays import Image, Int64
from fer_data.errors import MediaError
from fer_data.pictures.images import decode
from fer_data.view.faces import Faces
from fer_data.view.rows.listing import Listing, Picture

__all__ = ["ROWS_BYTES", "Shown", "pictures_of"]

ROWS_BYTES = 6_000_000
"""Of base64 that the pictures of rows take, at most."""

_SIDES_PX = (256, 192, 160, 128, 96)
_TRIED = 32
"""Pictures by which the side of all is chosen."""
_FULL = 0.92
"""Share of the room that they may come to by that; the others may be larger."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The pictures of some rows, in their order.

    Attributes:
        encoded: base64 of each; None where there is none.
        faults: why there is none; empty where there is one.
        side_px: the longest side that they were reduced to.
    """

    encoded: list[str | None]
    faults: list[str]
    side_px: int


def pictures_of(listing: Listing, rows: Int64, faces: Faces) -> Shown:
    """Return the pictures of some rows of a listing, the first of which matter most, for a page.

    One picture at a time is in memory; those at the end of the order go where the page has no room for all.
    """
    room = min(faces.left, ROWS_BYTES)
    tried = [image for _, image in _decoded(listing, rows[:_TRIED]) if not isinstance(image, str)]
    side_px = _side(tried, len(rows), room, faces)
    encoded: list[str | None] = [None] * len(rows)
    faults = ["no picture"] * len(rows)
    for index, image in _decoded(listing, rows):
        if isinstance(image, str):
            faults[index] = image
        else:
            encoded[index], faults[index] = faces.encoded(image, side_px=side_px), ""
    for index, text in enumerate(encoded):
        if text is not None:
            room -= len(text)
            if room < 0 or not faces.takes(text):
                encoded[index], faults[index] = None, "the page has no room for it"
    return Shown(encoded, faults, side_px)


def _side(tried: Sequence[Image], count: int, room: int, faces: Faces) -> int:
    """Return the largest side at which so many pictures like these fit."""
    for side_px in _SIDES_PX:
        sizes = [len(faces.encoded(image, side_px=side_px)) for image in tried]
        if not sizes or sum(sizes) / len(sizes) * count <= room * _FULL:
            return side_px
    return _SIDES_PX[-1]


def _decoded(listing: Listing, rows: Int64) -> Iterator[tuple[int, Image | str]]:
    """Yield the index of each row and its picture, or why there is none; in the order in which they lie on the disk."""
    for number, part in enumerate(listing.parts):
        own = np.flatnonzero(listing.part[rows] == number)
        own = own[np.argsort(listing.place[rows[own]])]
        index = dict(zip(listing.place[rows[own]].tolist(), own.tolist(), strict=True))
        for place, picture in part.pictures(listing.place[rows[own]]):
            yield index[place], _image(picture)


def _image(picture: Picture) -> Image | str:
    if picture.fault:
        return picture.fault
    try:
        return decode(picture.encoded)
    except MediaError:
        return "cannot be decoded"
