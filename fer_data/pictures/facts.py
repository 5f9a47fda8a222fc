"""What an encoded picture says of itself: format, size as shown, transparency; nothing is decoded."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from fer_data.pictures.headers import image_size

__all__ = ["PictureFacts", "picture_facts"]

_CODECS = {
    b"\xff\xd8": "jpeg",
    b"\x89PNG": "png",
    b"BM": "bmp",
    b"RIFF": "webp",
    b"GIF8": "gif",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
}
_EXIF = b"Exif\0\0"
_ORIENTATION = 274
_TURNED = range(5, 9)
_SHORT = 3
_ALPHA_FLAG = 0x10


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """A picture without its pixels.

    Attributes:
        codec: jpeg, png, bmp, webp, gif or tiff.
        width: in px, as viewers show it: turned by its Exif orientation.
        height: the same.
        orientation: 1 to 8 as Exif counts; 1 is upright as stored. Source: Exif 2.32, 4.6.4 A.
        transparent: whether it says that parts of it may be.
    """

    codec: str
    width: int
    height: int
    orientation: int = 1
    transparent: bool = False


def picture_facts(data: bytes) -> PictureFacts | None:
    """Return what an encoded picture says of itself; None of anything that is not read as a picture.

    >>> picture_facts(bytes.fromhex("89504e470d0a1a0a0000000d49484452") + bytes([0, 0, 0, 7, 0, 0, 0, 5, 8, 6]))
    PictureFacts(codec='png', width=7, height=5, orientation=1, transparent=True)
    """
    size_wh = image_size(data)
    if size_wh is None:
        return None
    codec = next(name for start, name in _CODECS.items() if data.startswith(start))
    try:
        orientation, transparent = _ask(codec, data)
    except (struct.error, IndexError):
        orientation, transparent = 1, False
    width, height = size_wh[::-1] if orientation in _TURNED else size_wh
    return PictureFacts(codec, width, height, orientation, transparent)


def _ask(codec: str, data: bytes) -> tuple[int, bool]:
    """Return orientation and transparency."""
    match codec:
        case "jpeg":
            return _orientation(_jpeg_exif(data)), False
        case "png":
            chunks = dict(_png_chunks(data))
            return _orientation(chunks.get(b"eXIf", b"")), data[25] in (4, 6) or b"tRNS" in chunks
        case "webp":
            chunks = dict(_webp_chunks(data))
            flags = chunks.get(b"VP8X", b"\0")[:1] or b"\0"
            lossless = chunks.get(b"VP8L", b"")[:5]
            alpha = bool(flags[0] & _ALPHA_FLAG) or (len(lossless) == 5 and bool(lossless[4] & _ALPHA_FLAG))
            return _orientation(chunks.get(b"EXIF", b"")), alpha
        case "gif":
            return 1, True
        case "tiff":
            return _orientation(data), False
    return 1, False


def _orientation(exif: bytes) -> int:
    """Return the orientation that the first directory of an Exif block states; 1 where it states none."""
    exif = exif.removeprefix(_EXIF)
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    (offset,) = struct.unpack_from(f"{order}I", exif, 4)
    (entries,) = struct.unpack_from(f"{order}H", exif, offset)
    for index in range(entries):
        tag, kind = struct.unpack_from(f"{order}HH", exif, offset + 2 + 12 * index)
        if tag == _ORIENTATION and kind == _SHORT:
            (value,) = struct.unpack_from(f"{order}H", exif, offset + 10 + 12 * index)
            return int(value) if value in range(1, 9) else 1
    return 1


def _jpeg_exif(data: bytes) -> bytes:
    """Return the Exif block in the segments before the picture; nothing where there is none."""
    offset = 2
    while offset + 4 <= len(data) and data[offset] == 0xFF:
        marker = data[offset + 1]
        if marker == 0xFF:
            offset += 1
            continue
        (length,) = struct.unpack_from(">H", data, offset + 2)
        if marker == 0xE1 and data[offset + 4 : offset + 10] == _EXIF:
            return data[offset + 4 : offset + 2 + length]
        if marker == 0xDA:
            break
        offset += 2 + length
    return b""


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the small chunks of a PNG that say something beside the pixels."""
    offset = 8
    while offset + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, offset)
        if kind in (b"tRNS", b"eXIf"):
            yield kind, data[offset + 8 : offset + 8 + length]
        offset += 12 + length


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks of a WebP, the pixels' cut to what stands before them."""
    offset = 12
    while offset + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, offset)
        stop = offset + 8 + (length if kind == b"EXIF" else min(length, 16))
        yield kind, data[offset + 8 : stop]
        offset += 8 + length + length % 2
