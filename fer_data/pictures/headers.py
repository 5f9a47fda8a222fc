"""How large a picture says it is, read from its first bytes before anything is decoded."""

import struct

__all__ = ["MAX_SCANS", "content_text", "image_size"]

MAX_SCANS = 256
"""Passes of a progressive JPEG; encoders make ten or so, and each one costs the whole picture once more."""

_PNG = b"\x89PNG\r\n\x1a\n"
_KNOWN = {
    b"GIF8": "it is a GIF that is cut short or damaged",
    b"II*\0": "it is a TIFF that is cut short or damaged",
    b"MM\0*": "it is a TIFF that is cut short or damaged",
    b"%PDF": "it is a PDF",
    b"PK\3\4": "it is a zip file",
    b"8BPS": "it is a Photoshop file",
    b"\0\0\0\x0cJXL ": "it is a JPEG XL",
    b"\xff\x0a": "it is a JPEG XL",
    b"\0\0\0\x0cjP  ": "it is a JPEG 2000",
    b"version https://git-lfs": "it is a pointer of Git LFS, and the file itself was not fetched",
    b"\xff\xd8": "it is a JPEG that is cut short or damaged",
    _PNG: "it is a PNG that is cut short or damaged",
    b"BM": "it is a BMP that is cut short or damaged",
    b"RIFF": "it is a WebP that is cut short or damaged",
}
"""What bytes are by their start. Source: the formats' specifications."""

_BRANDS = dict.fromkeys((b"heic", b"heix", b"mif1", b"msf1", b"heim"), "it is a HEIC") | {
    b"avif": "it is an AVIF"
}
_NO_LENGTH = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TIFF_SIZE = (256, 257)
_TIFF_TYPES = {3: "H", 4: "I"}
_START_OF_SCAN = b"\xff\xda"


def image_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height in px of an encoded JPEG, PNG, BMP, WebP, GIF or TIFF picture; None for anything else.

    It is the size as stored: Exif may turn the picture (`facts.py`). A JPEG of more than `MAX_SCANS` passes is none.
    Source: ITU-T T.81 B.1, W3C PNG 11.2.1, Microsoft's BITMAPINFOHEADER, RFC 9649, GIF89a 18 and 20, TIFF 6.0.

    >>> image_size(bytes.fromhex("89504e470d0a1a0a0000000d49484452") + bytes([0, 0, 0, 7, 0, 0, 0, 5]))
    (7, 5)
    """
    try:
        if data.startswith(b"\xff\xd8"):
            return _jpeg(data)
        if data.startswith(_PNG):
            return struct.unpack_from(">II", data, 16) if data[12:16] == b"IHDR" else None
        if data.startswith(b"BM"):
            return _bmp(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
        if data.startswith((b"GIF87a", b"GIF89a")):
            return _gif(data)
        if data.startswith((b"II*\0", b"MM\0*")):
            return _tiff(data)
    except (struct.error, IndexError):
        return None
    return None


def content_text(data: bytes) -> str:
    """Return in a few words what bytes look like that should be a picture, for a person who wonders why they are not.

    >>> content_text(b"GIF89a...."), content_text(b"<!DOCTYPE html>")
    ('it is a GIF', 'it is a web page')
    """
    if not data:
        return "it is empty"
    if not any(data[:4096]):
        return "it holds zeros"
    for start, found in _KNOWN.items():
        if data.startswith(start):
            return found
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "it is a video")
    head = data[:512].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return "it is a web page"
    if head.isascii() and head.decode("ascii").replace("\n", "").replace("\r", "").isprintable():
        return "it is text"
    return "it is of no known format"


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """Return the size of the first frame header; markers before it are skipped by their lengths."""
    if data.count(_START_OF_SCAN) > MAX_SCANS:
        return None
    offset = data.find(b"\xff", 2)
    while offset >= 0:
        while data[offset] == 0xFF:  # any number of these may stand before a marker
            offset += 1
        marker = data[offset]
        offset += 1
        if marker in _START_OF_FRAME:
            height, width = struct.unpack_from(">HH", data, offset + 3)
            return width, height
        if marker not in _NO_LENGTH:
            offset += struct.unpack_from(">H", data, offset)[0]
        offset = data.find(b"\xff", offset)
    return None


def _bmp(data: bytes) -> tuple[int, int]:
    (header,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if header == 12 else "<ii", data, 18)
    return abs(width), abs(height)


def _webp(data: bytes) -> tuple[int, int] | None:
    """Return the size of the canvas or of the only picture; libwebp holds what follows against it."""
    match data[12:16]:
        case b"VP8X":
            return _u24(data, 24) + 1, _u24(data, 27) + 1
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", data, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
    return None


def _gif(data: bytes) -> tuple[int, int] | None:
    """Return the size of the screen, or of the first picture where that goes beyond it: readers make room for both."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    offset = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    while data[offset] == 0x21:  # extensions, each a row of blocks that an empty one ends
        offset += 2
        while data[offset]:
            offset += 1 + data[offset]
        offset += 1
    if data[offset] != 0x2C:
        return None
    left, top, own_width, own_height = struct.unpack_from("<4H", data, offset + 1)
    size_wh = max(width, left + own_width), max(height, top + own_height)
    return size_wh if all(size_wh) else None


def _tiff(data: bytes) -> tuple[int, int] | None:
    """Return the size in the first directory."""
    order = "<" if data.startswith(b"II") else ">"
    (offset,) = struct.unpack_from(f"{order}I", data, 4)
    (entries,) = struct.unpack_from(f"{order}H", data, offset)
    size = {}
    for entry in range(offset + 2, offset + 2 + 12 * entries, 12):
        tag, kind = struct.unpack_from(f"{order}HH", data, entry)
        if tag in _TIFF_SIZE and kind in _TIFF_TYPES:
            (size[tag],) = struct.unpack_from(f"{order}{_TIFF_TYPES[kind]}", data, entry + 8)
    width, height = (size.get(tag, 0) for tag in _TIFF_SIZE)
    return (width, height) if width and height else None


def _u24(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 3], "little")
