"""The videos and pictures that a path names."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from fer_data.errors import MediaError, ParamsError, ReadingError
from fer_data.images import decode
from fer_data.reading import PICTURE_BYTES, read_regular
from fer_data.shown import printable
from fer_data.video import Frame, decode_frames
from fer_data.walking import walk_files

__all__ = ["IMAGE_SUFFIXES", "VIDEO_SUFFIXES", "Source", "list_sources", "read_frames"]

IMAGE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".webp"})
VIDEO_SUFFIXES = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".webm"})


@dataclass(frozen=True, slots=True)
class Source:
    """A video, or a picture, which is a video of one frame.

    Attributes:
        name: path relative to the folder asked for, with forward slashes; the file's name for a single file.
        path: where it lies.
    """

    name: str
    path: Path

    @property
    def is_video(self) -> bool:
        """Return whether it is a video, by its suffix."""
        return self.path.suffix.lower() in VIDEO_SUFFIXES


def list_sources(path: Path) -> list[Source]:
    """Return a file, or everything below a folder that is a video or a picture by its suffix, sorted by name.

    Hidden files and folders are left out.

    Raises:
        ParamsError: the path does not exist, is neither, or the folder holds none.
    """
    if path.is_dir():
        files = walk_files(path, _ignore, enter=_is_shown, follow_links=False)
        found = [
            Source(printable(str(file)), path / file)
            for file in files
            if _is_shown(file.name) and _known(file)
        ]
        found.sort(key=lambda source: source.name)
    elif path.exists():
        found = [Source(printable(path.name), path)] if _known(path) else []
    else:
        raise ParamsError(f"SOURCE ({path}) does not exist. Name a video, a picture or a folder of them.")
    if not found:
        known = ", ".join(sorted(VIDEO_SUFFIXES | IMAGE_SUFFIXES))
        raise ParamsError(f"SOURCE ({path}) holds no video or picture. Known suffixes are {known}.")
    return found


def _is_shown(name: str) -> bool:
    return not name.startswith(".")


def _ignore(folder: str, rule: str, message: str) -> None:
    """Leave out a folder that cannot be read."""


def _known(path: PurePath) -> bool:
    return path.suffix.lower() in VIDEO_SUFFIXES | IMAGE_SUFFIXES


def read_frames(source: Source) -> Iterator[Frame]:
    """Yield the frames of a source; a damaged video gives the frames before the damage first.

    Raises:
        MediaError: the file cannot be decoded, or not further.
    """
    if source.is_video:
        yield from decode_frames(source.path)
        return
    try:
        yield Frame(0, 0.0, decode(read_regular(source.path, PICTURE_BYTES)))
    except ReadingError as error:
        raise MediaError(f"{source.name}: {error.text}") from error
    except MediaError as error:
        raise MediaError(f"{source.name}: {error}") from error
