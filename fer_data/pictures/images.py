"""Encoded pictures in and out: RGB on our side, OpenCV's BGR inside."""

import hashlib
import struct
import warnings
from io import BytesIO
from threading import Lock
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps

from fer_data.core.arrays import Image
from fer_data.errors import MediaError
from fer_data.pictures.facts import picture_facts
from fer_data.pictures.headers import content_text

__all__ = [
    "MAX_PIXELS",
    "decode",
    "decode_plain",
    "encode_jpeg",
    "encode_png",
    "is_plain_rgb",
    "pixels_sha256",
]

MAX_PIXELS = 64_000_000
"""Of an encoded picture, unless a caller says otherwise: decoding takes about 1 GB then."""

_EXPECTED = "Expected a whole JPEG, PNG, BMP, WebP, GIF or TIFF"
_WITH_ALPHA = ("PNG", "WEBP", "GIF")
_ALONE = Lock()
"""What is warned of is the whole process's: of two threads that put that off, one would leave it so."""

cv2.setNumThreads(1)  # processes share the cores; threads of one picture only get in each other's way


def encode_jpeg(image: Image, quality: int) -> bytes:
    """Return an RGB picture as JPEG bytes of the given quality (0-100).

    Raises:
        MediaError: the picture is empty or not RGB uint8.
    """
    return _encode(image, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, quality])


def encode_png(image: Image) -> bytes:
    """Return an RGB picture as PNG bytes, without loss.

    Raises:
        MediaError: the picture is empty or not RGB uint8.
    """
    return _encode(image, ".png", [cv2.IMWRITE_PNG_COMPRESSION, 6])


def decode(data: bytes, max_pixels: int = MAX_PIXELS) -> Image:
    """Return encoded bytes as an RGB picture, uint8, shape (height, width, 3), upright as viewers show it.

    Grey and palettes become RGB, 16 bits the upper 8 of them, what is transparent black, as what lies beyond a picture;
    of several pictures in one file it is the first. The header is looked at first: a picture of more than `max_pixels`,
    or of another format, costs nothing.

    Raises:
        MediaError: the bytes are no such picture, too large a one, or one that the decoders cannot read.
    """
    facts = picture_facts(data)
    if facts is None:
        raise MediaError(f"image ({len(data):,} bytes) cannot be decoded: {content_text(data)}. {_EXPECTED}.")
    if facts.width * facts.height > max_pixels:
        raise MediaError(
            f"image ({facts.width} x {facts.height} px) must have {max_pixels:,} pixels at most. Reduce it, or raise "
            "the limit."
        )
    return _over_black(data) if facts.transparent else _opaque(data)


def _over_black(data: bytes) -> Image:
    """Return a picture with transparency, or the first of an animation, over black."""
    try:
        with _ALONE, warnings.catch_warnings(), Pillow.open(BytesIO(data), formats=_WITH_ALPHA) as image:
            warnings.simplefilter("ignore")  # of many pixels: they were counted
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, Pillow.DecompressionBombError) as error:
        raise MediaError(
            f"image ({len(data):,} bytes) cannot be decoded: {content_text(data)}. {_EXPECTED}."
        ) from error
    rgba = np.asarray(upright, np.uint16)
    return ((rgba[..., :3] * rgba[..., 3:] + 127) // 255).astype(np.uint8)


def _opaque(data: bytes) -> Image:
    """Return a picture without transparency."""
    try:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise MediaError(
            f"image ({len(data):,} bytes) cannot be decoded: {error.err}. {_EXPECTED}."
        ) from error
    if bgr is None:
        raise MediaError(f"image ({len(data):,} bytes) cannot be decoded: {content_text(data)}. {_EXPECTED}.")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def decode_plain(data: NDArray[np.uint8]) -> Image:
    """Return a picture as `decode` does, where it is known to be a plain one: without looking at its header first.

    Pictures that we publish are (`is_plain_rgb`). Of a grey one the three channels are equal.

    Raises:
        MediaError: the bytes are no picture that the decoder can read.
    """
    try:
        rgb = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)
    except cv2.error as error:
        raise MediaError(
            f"image ({len(data):,} bytes) cannot be decoded: {error.err}. {_EXPECTED}."
        ) from error
    if rgb is None:
        raise MediaError(
            f"image ({len(data):,} bytes) cannot be decoded: {content_text(data.tobytes())}. {_EXPECTED}."
        )
    return np.asarray(rgb, np.uint8)


def pixels_sha256(image: Image) -> bytes:
    """Return the SHA-256 of a picture's pixels, row by row, red before green before blue."""
    return hashlib.sha256(np.ascontiguousarray(image).data).digest()


def is_plain_rgb(data: bytes) -> bool:
    """Say whether every reader sees the same in encoded bytes: a whole JPEG or PNG of three channels, without Exif.

    Grey pictures, palettes and transparency come out of Pillow, which `datasets` reads with, in another form; Exif may
    turn a picture, and name who took it.
    """
    try:
        with Pillow.open(BytesIO(data), formats=["JPEG", "PNG"]) as image:
            image.load()
            return image.mode == "RGB" and "transparency" not in image.info and not image.getexif()
    except (OSError, SyntaxError, ValueError):
        return False


def _encode(image: Image, extension: str, options: list[Any]) -> bytes:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise MediaError(
            f"image ({image.dtype}, shape {image.shape}) must be uint8 of shape (height, width, 3)."
        )
    done, data = cv2.imencode(extension, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise MediaError(f"image (shape {image.shape}) cannot be encoded as {extension}.")
    return bytes(data)
