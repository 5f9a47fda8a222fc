"""Encoded pictures: what they say of their size is believed before they are decoded, and only up to a limit."""

import contextlib
import struct
import zlib
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.errors import MediaError
from fer_data.pictures.headers import image_size
from fer_data.pictures.images import decode, encode_jpeg, encode_png

PICTURE = np.random.default_rng(1).integers(0, 255, (21, 34, 3)).astype(np.uint8)


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk with its length and checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(width: int, height: int) -> bytes:
    """Return a black PNG of a few KB, whatever its size; of a very large one the first pixels."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pack = zlib.compressobj(9)
    row = bytes(1 + min(-(-width // 8), 5000))
    content = b"".join(pack.compress(row) for _ in range(min(height, 5000))) + pack.flush()
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + png_chunk(b"IDAT", content)
        + png_chunk(b"IEND", b"")
    )


def jpeg_of(width: int, height: int) -> bytes:
    """Return a real JPEG whose frame header claims another size."""
    data = bytearray(encode_jpeg(PICTURE, 90))
    offset = data.index(b"\xff\xc0")
    data[offset + 5 : offset + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def bmp_of(width: int, height: int) -> bytes:
    """Return the header of a BMP and a few of its pixels."""
    return (
        b"BM"
        + struct.pack("<IHHIIiiHHIIiiII", 0, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
        + b"\0" * 99
    )


def webp_of(width: int, height: int) -> bytes:
    """Return the header of a WebP canvas."""
    canvas = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + canvas


def gif_of(width: int, height: int, frame: tuple[int, int] | None = None) -> bytes:
    """Return the header of a GIF with a comment, and that of its first picture."""
    comment = b"\x21\xfe\x02hi\x00"
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", width, height, 0x80, 0, 0)
        + bytes(6)
        + comment
        + b"\x2c"
        + struct.pack("<HHHHB", 0, 0, *(frame or (width, height)), 0)
        + b"\2\1\0\0\x3b"
    )


def tiff_of(width: int, height: int, order: str = "<") -> bytes:
    """Return the first directory of a TIFF."""
    entries = [(256, 4, width), (257, 4, height)]
    packed = b"".join(struct.pack(f"{order}HHII", tag, kind, 1, value) for tag, kind, value in entries)
    start = b"II*\0" if order == "<" else b"MM\0*"
    return start + struct.pack(f"{order}IH", 8, len(entries)) + packed + bytes(4)


BOMBS: dict[str, Callable[[], bytes]] = {
    "png": lambda: png_of(30_000, 30_000),
    "png-wide": lambda: png_of(2**31 - 1, 1),
    "jpeg": lambda: jpeg_of(65_000, 65_000),
    "bmp": lambda: bmp_of(60_000, -60_000),
    "webp": lambda: webp_of(1 << 24, 1 << 24),
    "gif": lambda: gif_of(65535, 65535),
    "gif-frame": lambda: gif_of(10, 10, frame=(60_000, 60_000)),
    "tiff": lambda: tiff_of(70_000, 70_000),
    "tiff-mm": lambda: tiff_of(70_000, 70_000, order=">"),
}
STRANGERS = {
    "pgm": b"P5 60000 60000 255\n" + bytes(100),
    "pfm": b"PF\n60000 60000\n-1.0\n" + bytes(100),
    "gif": b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b"\x3b" * 100,
    "hdr": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 60000 +X 60000\n" + bytes(100),
    "tiff": b"II*\0\x08\0\0\0" + bytes(100),
    "exr": b"v/1\x01" + bytes(100),
    "jpeg2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(100),
    "sun raster": b"\x59\xa6\x6a\x95" + b"\xff" * 100,
    "scan bomb": encode_jpeg(PICTURE, 90)[:-2] + b"\xff\xda\0\x08\1\1\0\0\x3f\0" * 1000 + b"\xff\xd9",
    "empty": b"",
    "text": b"no picture",
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_picture_that_claims_too_many_pixels_is_not_decoded(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Its header alone is read; a caller may allow more or less."""
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(MediaError, match=r"must have 64,000,000 pixels at most"):
        decode(BOMBS[kind]())
    with pytest.raises(MediaError, match="must have 5 pixels at most"):
        decode(encode_png(PICTURE), 5)


@pytest.mark.parametrize("kind", STRANGERS)
def test_other_formats_are_never_given_to_a_decoder(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Six formats are pictures; whatever else OpenCV might read is not tried."""
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(
        MediaError, match=r"cannot be decoded: it is .*[.] Expected a whole JPEG, PNG, BMP, WebP, GIF or TIFF"
    ):
        decode(STRANGERS[kind])


def test_an_error_of_the_decoder_is_one_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenCV raises where it might return nothing."""

    def fail(*_: object) -> None:
        raise cv2.error("(-215:Assertion failed) pixels")

    monkeypatch.setattr(cv2, "imdecode", fail)
    with pytest.raises(MediaError, match="cannot be decoded"):
        decode(encode_png(PICTURE))


@pytest.mark.parametrize(
    ("extension", "options"),
    [
        (".jpg", []),
        (".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
        (".jpg", [cv2.IMWRITE_JPEG_RST_INTERVAL, 1]),
        (".png", []),
        (".bmp", []),
        (".webp", [cv2.IMWRITE_WEBP_QUALITY, 80]),
        (".webp", [cv2.IMWRITE_WEBP_QUALITY, 101]),
        (".tiff", []),
    ],
    ids=["jpeg", "progressive", "restarts", "png", "bmp", "webp", "webp-lossless", "tiff"],
)
def test_sizes_are_those_of_the_decoded_picture(extension: str, options: list[int]) -> None:
    """What encoders write is read as they mean it."""
    for picture in (PICTURE, PICTURE[:1, :1], PICTURE[:, :, 0]):
        data = bytes(cv2.imencode(extension, picture, options)[1])
        assert image_size(data) == (picture.shape[1], picture.shape[0])
        assert decode(data).shape == (*picture.shape[:2], 3)


def test_a_jpeg_of_a_camera_is_measured_behind_its_preview() -> None:
    """The EXIF segment holds a whole JPEG of its own, with another size."""
    small, whole = encode_jpeg(PICTURE[:8, :8], 90), encode_jpeg(PICTURE, 90)
    segment = b"Exif\0\0" + small
    data = (
        whole[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + b"\xff\xff\xff" + whole[3:]
    )
    assert image_size(data) == (34, 21)
    assert decode(data).shape == (21, 34, 3)


@given(
    st.sampled_from(
        [
            encode_jpeg(PICTURE, 90), encode_png(PICTURE), bmp_of(3, 4), webp_of(3, 4),
            *(bytes(cv2.imencode(suffix, PICTURE)[1]) for suffix in (".gif", ".tiff")),
        ]
    ),
    st.data(),
)  # fmt: skip
def test_damage_never_raises_anything_else(data: bytes, drawn: st.DataObject) -> None:
    """A cut or changed file is a picture, or one error."""
    end = drawn.draw(st.integers(0, len(data)))
    damaged = bytearray(data[:end])
    for offset in drawn.draw(st.lists(st.integers(0, max(0, min(end, 64) - 1)), max_size=4)) if end else ():
        damaged[offset] = drawn.draw(st.integers(0, 255))
    with contextlib.suppress(MediaError):
        assert decode(bytes(damaged), 100_000).ndim == 3


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"GIF89a....", "it is a GIF that is cut short or damaged"),
        (b"II*\0....", "it is a TIFF that is cut short or damaged"),
        (b"\0\0\0\x1cftypheic", "it is a HEIC"),
        (b"\0\0\0\x1cftypavif", "it is an AVIF"),
        (b"\0\0\0\x1cftypisom", "it is a video"),
        (b"  <!DOCTYPE html><p>", "it is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "it is a pointer of Git LFS"),
        (b"404: not found\n", "it is text"),
        (bytes(100), "it holds zeros"),
        (b"", "it is empty"),
        (encode_jpeg(PICTURE, 90)[:200], "it is a JPEG that is cut short or damaged"),
        (b"\x80\x81\x82\x83" * 9, "it is of no known format"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_picture_is_said_to_be_what_it_is(data: bytes, said: str) -> None:
    """So that a person knows why at once."""
    with pytest.raises(MediaError, match=f"cannot be decoded: {said}"):
        decode(data)
