"""Texts in a PNG that say whom it shows: a sheet of several pictures can be found again by no hash of one of them."""

import struct
import zlib
from collections.abc import Iterator

__all__ = ["noted_png", "png_notes"]

_BEGIN = b"\x89PNG\r\n\x1a\n"
_HEADER_BYTES = 33
"""Of the signature and IHDR, which comes first. Source: PNG specification, 3rd edition, 5.6."""

_KEY = b"Description\0"
_PLAIN = b"\0\0\0\0"
"""Not compressed, of no language, with no translated keyword. Source: the same, 11.3.3.4."""


def noted_png(data: bytes, text: str) -> bytes:
    """Return a PNG with a text in it, which no viewer draws.

    Raises:
        ValueError: it is no PNG.
    """
    if data[:8] != _BEGIN:
        raise ValueError("a note needs a PNG")
    body = b"iTXt" + _KEY + _PLAIN + text.encode("utf-8")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:_HEADER_BYTES] + chunk + data[_HEADER_BYTES:]


def png_notes(data: bytes) -> Iterator[str]:
    """Yield the texts of a PNG that are not compressed; of one that is cut off those that are left."""
    place = len(_BEGIN)
    while place + 8 <= len(data):
        (size,) = struct.unpack_from(">I", data, place)
        kind, text = data[place + 4 : place + 8], data[place + 8 : place + 8 + size]
        if kind in (b"tEXt", b"iTXt"):
            yield text.replace(b"\0", b" ").decode("utf-8", "replace")
        place += size + 12
