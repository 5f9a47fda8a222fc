"""By which suffix a file counts as a video or a picture: in a corpus, in the organisers' crops and for `predict`."""

from collections.abc import Mapping
from typing import Literal

__all__ = ["PICTURE_SUFFIXES", "UNREAD_REMEDY", "VIDEO_SUFFIXES", "counted", "media_kind"]

VIDEO_SUFFIXES = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm"})
PICTURE_SUFFIXES = frozenset(
    {".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
)
_UNREAD = frozenset(
    {
        ".3g2", ".3gp", ".asf", ".divx", ".dv", ".f4v", ".flv", ".h264", ".hevc", ".m2ts", ".m2v", ".mjpeg", ".mjpg",
        ".mts", ".mxf", ".ogv", ".rm", ".rmvb", ".ts", ".vob", ".wmv", ".y4m",
        ".arw", ".avif", ".cr2", ".cr3", ".dng", ".heic", ".heif", ".jp2", ".jxl", ".nef",
        ".pbm", ".pgm", ".pnm", ".ppm", ".psd", ".tga",
    }
)  # fmt: skip
"""Of videos and pictures that a user may expect to be read."""

UNREAD_REMEDY = "Convert them: videos to .mp4, pictures to .png or .jpg."


def media_kind(suffix: str) -> Literal["video", "picture", "unread"] | None:
    """Return how files of a suffix are taken; null for what is neither video nor picture.

    >>> [media_kind(suffix) for suffix in (".MPG", ".jpg", ".heic", ".txt")]
    ['video', 'picture', 'unread', None]
    """
    suffix = suffix.lower()
    if suffix in VIDEO_SUFFIXES:
        return "video"
    if suffix in PICTURE_SUFFIXES:
        return "picture"
    return "unread" if suffix in _UNREAD else None


def counted(suffixes: Mapping[str, int]) -> str:
    """Return numbers of files in words, the most first.

    >>> counted({".avif": 1, ".heic": 1200})
    '1,200 .heic and 1 .avif'
    """
    parts = [
        f"{n:,} {suffix}" for suffix, n in sorted(suffixes.items(), key=lambda item: (-item[1], item[0]))
    ]
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]])) if parts else "none"
