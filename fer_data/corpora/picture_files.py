"""The pictures of a corpus, files or rows of pixels in a csv file: their bytes, and what these say undecoded."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from fer_data.corpora.pixel_rows import is_pixel_row, read_pixel_row
from fer_data.errors import CorpusError, ReadingError
from fer_data.pictures.facts import picture_facts
from fer_data.pictures.headers import content_text
from fer_data.shell.files.reading import PICTURE_BYTES, read_regular

__all__ = ["PictureFile", "is_missing", "picture_bytes", "picture_file"]


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture of a corpus, not decoded.

    Attributes:
        content_hash: SHA-256 of its bytes, in hexadecimal; empty where they cannot be read.
        width: in px, upright as viewers show it; 0 where it is no picture.
        height: the same.
        codec: jpeg, png, bmp, webp, gif or tiff; `pixels` for a row of a csv file; empty where it is no picture.
        fault: rule and sentence of what is wrong with it; None where nothing is.
    """

    content_hash: str
    width: int
    height: int
    codec: str
    fault: tuple[str, str] | None = None


def picture_bytes(root: Path, path: str) -> bytes:
    """Return a picture of a corpus, encoded; `path` is relative to the root.

    Raises:
        ReadingError: there is no such file, or it cannot be read.
        CorpusError: the csv file has no pixels there.
    """
    return read_pixel_row(root, path) if is_pixel_row(path) else read_regular(root / path, PICTURE_BYTES)


def is_missing(error: ReadingError | CorpusError) -> bool:
    """Say whether a picture cannot be read because there is none."""
    return isinstance(error.__cause__, FileNotFoundError | NotADirectoryError)


def picture_file(root: Path, path: str) -> PictureFile:
    """Return what is known of a picture without decoding it; of one that is missing or damaged, what is wrong."""
    try:
        data = picture_bytes(root, path)
    except ReadingError as error:
        rule, text = ("missing-picture", _MISSING) if is_missing(error) else (error.rule, error.text)
        return PictureFile("", 0, 0, "", (rule, text))
    except CorpusError as error:
        return PictureFile("", 0, 0, "", (error.rule, error.text))
    content_hash = hashlib.sha256(data).hexdigest()
    facts = picture_facts(data)
    if facts is None:
        message = f"It is no picture that is read: {content_text(data)}. Its rows end as decode_error."
        return PictureFile(content_hash, 0, 0, "", ("unreadable-picture", message))
    codec = "pixels" if is_pixel_row(path) else facts.codec
    return PictureFile(content_hash, facts.width, facts.height, codec)


_MISSING = "There is no such file; its rows end as no_video. Restore the pictures, or correct the list."
