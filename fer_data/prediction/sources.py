"""The videos and pictures that a path names."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fer_data.errors import MediaError, ParamsError
from fer_data.images import decode
from fer_data.video import Frame, decode_frames

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
    if path.is_file():
        found = [Source(path.name, path)] if _known(path) else []
    elif path.is_dir():
        files = (file for file in path.rglob("*") if file.is_file() and _known(file))
        named = ((file.relative_to(path).as_posix(), file) for file in files)
        found = sorted(
            (Source(name, file) for name, file in named if not f"/{name}".count("/.")), key=lambda s: s.name
        )
    else:
        raise ParamsError(f"SOURCE ({path}) does not exist. Name a video, a picture or a folder of them.")
    if not found:
        known = ", ".join(sorted(VIDEO_SUFFIXES | IMAGE_SUFFIXES))
        raise ParamsError(f"SOURCE ({path}) holds no video or picture. Known suffixes are {known}.")
    return found


def _known(path: Path) -> bool:
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
        yield Frame(0, 0.0, decode(source.path.read_bytes()))
    except OSError as error:
        raise MediaError(f"{source.name}: it cannot be read: {error.strerror}.") from error
    except MediaError as error:
        raise MediaError(f"{source.name}: {error}") from error
