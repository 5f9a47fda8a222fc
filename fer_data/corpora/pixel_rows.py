"""Pictures that lie as a row of numbers in a csv file: `fer2013.csv#17` is the one in line 17, the header counted."""

import io
import math
import re
import struct
from array import array
from functools import lru_cache
from pathlib import Path

from fer_data.corpora.contents import corpus_error
from fer_data.errors import CorpusError, LabelFileError, ReadingError
from fer_data.shell.files.reading import open_regular

__all__ = ["bmp_of", "is_pixel_row", "parse_pixels", "pixel_row", "read_pixel_row"]

_PATH = re.compile(r"(.+\.csv)#([1-9][0-9]{0,8})", re.IGNORECASE)
_MAX_SIDE = 1024
_MAX_LINE = 5 * _MAX_SIDE * _MAX_SIDE
_STEP = 1 << 22
_COLUMN = "pixels"


def pixel_row(file: str, line: int) -> str:
    """Return the path of the picture in a line of a csv file.

    >>> pixel_row("fer2013.csv", 17)
    'fer2013.csv#17'
    """
    return f"{file}#{line}"


def is_pixel_row(path: str) -> bool:
    """Say whether a path is that of a picture in a line of a csv file.

    >>> is_pixel_row("fer2013.csv#17"), is_pixel_row("a#1.jpg")
    (True, False)
    """
    return _PATH.fullmatch(path) is not None


def read_pixel_row(root: Path, path: str) -> bytes:
    """Return the picture in a line of a csv file as an encoded one (BMP).

    Raises:
        CorpusError: the path is none, or the file cannot be read, or has no such line or no pixels in it.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise CorpusError(f"Path {path[:80]!a} must be FILE.csv#LINE.", rule="pixels")
    file, line = match[1], int(match[2])
    try:
        with open_regular(root / file) as content:
            status = _identity(root / file)
            starts = _line_starts(root / file, status)
            header = content.readline(_MAX_LINE)
            if not 1 < line <= len(starts):
                raise LabelFileError("There is no such line.", rule="pixels", file=file, line=line)
            content.seek(starts[line - 1])
            return bmp_of(_pixels_in(content.readline(_MAX_LINE), header, file, line))
    except ReadingError as error:
        raise corpus_error(error, file) from error


def _identity(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


@lru_cache(maxsize=2)
def _line_starts(path: Path, _: tuple[int, int, int]) -> "array[int]":
    """Return where each line begins; the file is read once for all its pictures."""
    starts = array("q", [0])
    offset = 0
    with open_regular(path) as content:
        while block := content.read(_STEP):
            found = block.find(b"\n")
            while found >= 0:
                starts.append(offset + found + 1)
                found = block.find(b"\n", found + 1)
            offset += len(block)
    if starts[-1] == offset:
        starts.pop()
    return starts


def _pixels_in(text: bytes, header: bytes, file: str, line: int) -> bytes:
    names = [name.strip(' "\t') for name in _row(header, file, 1)]
    values = _row(text, file, line)
    if _COLUMN not in names or len(values) != len(names):
        raise LabelFileError(
            f"The line has {len(values)} field(s), its header {len(names)}; one of them must be {_COLUMN}.",
            rule="pixels",
            file=file,
            line=line,
        )
    return parse_pixels(values[names.index(_COLUMN)], file=file, line=line)


def _row(text: bytes, file: str, line: int) -> list[str]:
    try:
        row = text.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise LabelFileError("The file must be UTF-8 text.", rule="not-text", file=file, line=line) from error
    return [value.strip() for value in row.split(",")]


def parse_pixels(text: str, *, file: str, line: int) -> bytes:
    """Return the grey values of a square picture, row by row, from numbers with blanks between.

    Raises:
        LabelFileError: one is no whole number from 0 to 255, or they make no square.
    """
    try:
        pixels = bytes(map(int, text.strip(' "\t\r\n').split()))
    except ValueError as error:
        raise LabelFileError(
            "The pixels must be whole numbers from 0 to 255 with blanks between. Restore the organisers' file.",
            rule="pixels",
            file=file,
            line=line,
        ) from error
    side = math.isqrt(len(pixels))
    if not pixels or side * side != len(pixels) or side > _MAX_SIDE:
        raise LabelFileError(
            f"{len(pixels):,} pixels make no square picture. Restore the organisers' file.",
            rule="pixels",
            file=file,
            line=line,
        )
    return pixels


def bmp_of(pixels: bytes) -> bytes:
    """Return a square grey picture as a BMP of 24 bits, whose bytes depend on no library.

    Source: Microsoft's BITMAPFILEHEADER and BITMAPINFOHEADER.

    >>> len(bmp_of(bytes(48 * 48)))
    6966
    """
    side = math.isqrt(len(pixels))
    padding = bytes(-3 * side % 4)
    size = (3 * side + len(padding)) * side
    picture = io.BytesIO()
    picture.write(struct.pack("<2sIHHI", b"BM", 54 + size, 0, 0, 54))
    picture.write(struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, 0, size, 2835, 2835, 0, 0))
    for start in range(len(pixels) - side, -1, -side):  # from the bottom up
        row = bytearray(3 * side)
        row[0::3] = row[1::3] = row[2::3] = pixels[start : start + side]
        picture.write(row + padding)
    return picture.getvalue()
