"""The videos and pictures that a path names."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from fer_data.errors import MediaError, ParamsError, ReadingError
from fer_data.images import MAX_PIXELS, decode
from fer_data.reading import PICTURE_BYTES, read_regular
from fer_data.shown import printable
from fer_data.video import Frame, decode_frames
from fer_data.walking import walk_files

__all__ = ["IMAGE_SUFFIXES", "VIDEO_SUFFIXES", "Source", "drawing_names", "list_sources", "read_frames"]

_MAX_NAME_BYTES = 180

IMAGE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".webp"})
VIDEO_SUFFIXES = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".webm"})


@dataclass(frozen=True, slots=True)
class Source:
    """A video, or a picture, which is a video of one frame.

    Attributes:
        name: path relative to the folder asked for, with forward slashes; the file's name for a single file.
        path: where it lies.
        max_pixels: of the picture, at most.
    """

    name: str
    path: Path
    max_pixels: int = MAX_PIXELS

    @property
    def is_video(self) -> bool:
        """Return whether it is a video, by its suffix."""
        return self.path.suffix.lower() in VIDEO_SUFFIXES


def list_sources(path: Path, max_pixels: int | None = None) -> list[Source]:
    """Return a file, or everything below a folder that is a video or a picture by its suffix, sorted by name.

    Hidden files and folders are left out. `max_pixels` raises or lowers what a picture may have.

    Raises:
        ParamsError: the path does not exist, is neither, or the folder holds none.
    """
    limit = max_pixels or MAX_PIXELS
    if path.is_dir():
        files = walk_files(path, _ignore, enter=_is_shown, follow_links=False)
        found = [
            Source(printable(str(file)), path / file, limit)
            for file in files
            if _is_shown(file.name) and _known(file)
        ]
        found.sort(key=lambda source: source.name)
    elif path.exists():
        found = [Source(printable(path.name), path, limit)] if _known(path) else []
    else:
        raise ParamsError(f"SOURCE ({path}) does not exist. Name a video, a picture or a folder of them.")
    if not found:
        known = ", ".join(sorted(VIDEO_SUFFIXES | IMAGE_SUFFIXES))
        raise ParamsError(f"SOURCE ({path}) holds no video or picture. Known suffixes are {known}.")
    return found


def drawing_names(names: Sequence[str]) -> dict[str, str]:
    """Return for each source the name that its drawings get: its own, or a part of it and a hash of all of it.

    A part of a path that is too long for a suffix behind it is cut. A picture whose drawing would be called like a
    folder that another one needs (`a.png` drawn as `a.png.jpg`, beside `a.png.jpg/b.png`) is told apart.

    >>> drawing_names(["a.png", "a.png.jpg/b.png"])
    {'a.png': 'a.png-7f071235', 'a.png.jpg/b.png': 'a.png.jpg/b.png'}
    """
    fitting = {name: "/".join(map(_fitting, name.split("/"))) for name in names}
    folders = {str(parent) for name in fitting.values() for parent in PurePosixPath(name).parents}
    return {
        name: f"{short}-{_hash(name)}" if any(f.startswith(f"{short}.") for f in folders) else short
        for name, short in fitting.items()
    }


def _fitting(part: str) -> str:
    """Return a part of a path short enough for suffixes and a temporary name."""
    encoded = part.encode()
    if len(encoded) <= _MAX_NAME_BYTES:
        return part
    return f"{encoded[:_MAX_NAME_BYTES].decode(errors='ignore')}-{_hash(part)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


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
        yield Frame(0, 0.0, decode(read_regular(source.path, PICTURE_BYTES), source.max_pixels))
    except ReadingError as error:
        raise MediaError(f"{source.name}: {error.text}") from error
    except MediaError as error:
        raise MediaError(f"{source.name}: {error}") from error
