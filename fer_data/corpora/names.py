"""Names that come out of a corpus, checked before they ever become paths, and what they say."""

import re
import unicodedata
from typing import Literal

from fer_data.errors import CorpusError
from fer_data.media.suffixes import PICTURE_SUFFIXES

__all__ = [
    "FRAME_NAME",
    "Side",
    "check_name",
    "check_path",
    "is_image_location",
    "is_legible",
    "is_plain",
    "parse_image_location",
    "split_side",
]

Side = Literal["only", "left", "right"]
MAX_BYTES = 200
FRAME_NAME = re.compile(
    rf"(\d{{1,7}})(?:{'|'.join(map(re.escape, sorted(PICTURE_SUFFIXES)))})", re.IGNORECASE | re.ASCII
)
"""The organisers' crops: numbered from 1."""
MAX_PATH_BYTES = 2000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_FORBIDDEN = re.compile(r"[/\\\x00-\x1f\x7f\ud800-\udfff]|\.\.|^[.~]|^[A-Za-z]:|^\s|\s$")


def check_name(name: str, *, file: str | None = None, line: int | None = None) -> str:
    """Return the name of a subject or video in composed Unicode (NFC), when it is safe as a file name.

    >>> check_name("e\u0301") == "\u00e9"
    True

    Raises:
        CorpusError: it is empty, too long, hidden, or holds a separator, `..`, a drive, or a character that steers a
            terminal or is not seen.
    """
    name = unicodedata.normalize("NFC", name)
    if not is_legible(name) or not name or _FORBIDDEN.search(name) or len(name.encode()) > MAX_BYTES:
        raise CorpusError(
            f"Name {name[:80]!a} must be a plain file name: 1 to {MAX_BYTES} bytes without separators, '..', "
            "leading dots, drives, control or invisible characters. Rename it, or restore the organisers' file.",
            rule="unsafe-name",
            file=file,
            line=line,
        )
    return name


def is_legible(name: str) -> bool:
    r"""Say whether a name that becomes an id or a file's shows what it is: no control or invisible characters.

    A blank is a blank, however wide: macOS writes U+202F before the PM of a recording, Japanese names have U+3000.

    >>> is_legible("Recording at 4.05\u202fPM"), is_legible("a\u202eb"), is_legible("a\u200bb"), is_legible("a\nb")
    (True, False, False, False)
    """
    return name.isprintable() or all(
        letter.isprintable() or unicodedata.category(letter) == "Zs" for letter in name
    )


def is_plain(name: str) -> bool:
    r"""Say whether a name that a system gave can be kept as text: UTF-8 without control characters.

    >>> is_plain("4\u202fpm.jpg"), is_plain("a\x1b[2J.jpg"), is_plain("caf\udce9.jpg")
    (True, False, False)
    """
    return name.isprintable() or _CONTROL.search(name) is None


def check_path(path: str, *, file: str, line: int) -> str:
    r"""Return a path out of a list, relative to a folder, when it cannot lead out of it by its letters.

    >>> check_path(r"./happy\1.jpg", file="list.csv", line=2)
    'happy/1.jpg'

    Raises:
        CorpusError: it is empty, absolute or too long, or holds `..`, a drive or a control character.
    """
    path = path.replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    unsafe = path.startswith(("/", "~")) or ".." in parts or re.match("[A-Za-z]:", path)
    if not parts or unsafe or not is_plain(path) or len(path.encode()) > MAX_PATH_BYTES:
        raise CorpusError(
            f"Path {path[:80]!a} must be relative to the folder of the pictures, without '..', drives or control "
            "characters. Write it so.",
            rule="unsafe-name",
            file=file,
            line=line,
        )
    return "/".join(parts)


def split_side(subject_id: str) -> tuple[str, Side]:
    """Return the video stem and the side that a subject's suffix names.

    >>> split_side("10-60-1280x720_right")
    ('10-60-1280x720', 'right')
    >>> split_side("video45_1")
    ('video45_1', 'only')
    """
    if subject_id.endswith("_left"):
        return subject_id.removesuffix("_left"), "left"
    if subject_id.endswith("_right"):
        return subject_id.removesuffix("_right"), "right"
    return subject_id, "only"


def is_image_location(text: str) -> bool:
    """Say whether a text names a numbered picture of a subject, safe or not."""
    return FRAME_NAME.fullmatch(text.rpartition("/")[2]) is not None and "/" in text


def parse_image_location(location: str, *, file: str, line: int) -> tuple[str, int]:
    """Return subject and 0-based frame of an image location such as `14-30-1920x1080/00001.jpg`.

    Raises:
        CorpusError: it is not one subject and one numbered picture.
    """
    subject, separator, image = location.partition("/")
    number = FRAME_NAME.fullmatch(image)
    if not separator or number is None or int(number[1]) < 1:
        raise CorpusError(
            f"Image location {location[:80]!a} must be <subject>/<frame, 5 digits from 00001>.jpg. "
            "Restore the organisers' file.",
            rule="image-location",
            file=file,
            line=line,
        )
    return check_name(subject, file=file, line=line), int(number[1]) - 1
