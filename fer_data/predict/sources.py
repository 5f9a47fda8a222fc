"""The videos and pictures that a path names."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import av

from fer_data.core.frames.line_frames import Footage
from fer_data.errors import MediaError, ParamsError, ReadingError
from fer_data.media.frame_pictures import FrameRules
from fer_data.media.packets import opened
from fer_data.media.suffixes import PICTURE_SUFFIXES, UNREAD_REMEDY, VIDEO_SUFFIXES, counted, media_kind
from fer_data.media.video import Damage, Frame, VideoReader
from fer_data.pictures.images import MAX_PIXELS, decode
from fer_data.shell.files.places import found_at, kind_at
from fer_data.shell.files.reading import PICTURE_BYTES, read_regular
from fer_data.shell.files.walking import walk_files
from fer_data.shell.shown import printable

__all__ = ["Listing", "Source", "drawing_names", "list_sources", "open_frames", "promised_frames"]

_MAX_NAME_BYTES = 180
_RULES = FrameRules()


@dataclass(frozen=True, slots=True)
class Source:
    """A video, or a picture, which is a video of one frame.

    Attributes:
        name: path relative to the folder asked for, with forward slashes; the file's name for a single file.
        path: where it lies.
        max_pixels: of a picture, at most.
        rules: for the frames of a video.
    """

    name: str
    path: Path
    max_pixels: int = MAX_PIXELS
    rules: FrameRules = _RULES

    @property
    def is_video(self) -> bool:
        """Return whether it is a video, by its suffix."""
        return media_kind(self.path.suffix) == "video"


@dataclass(frozen=True, slots=True)
class Listing:
    """What a path names.

    Attributes:
        sources: the videos and pictures, sorted by name.
        unread: other files that look like media, by suffix.
        unread_names: theirs, sorted.
    """

    sources: tuple[Source, ...]
    unread: Mapping[str, int]
    unread_names: tuple[str, ...]

    def unread_summary(self) -> dict[str, Any]:
        """Return what a summary says of the files that are not read."""
        return {"unread": dict(self.unread), "unread_files": list(self.unread_names)}


def list_sources(path: Path, max_pixels: int | None = None, rules: FrameRules = _RULES) -> Listing:
    """Return a file, or everything below a folder that is a video or a picture by its suffix, and what is not read.

    Hidden files and folders are left out. `max_pixels` raises or lowers what a picture may have,
    `rules` are those of frames.

    Raises:
        ParamsError: the path does not exist, is neither, or the folder holds none.
    """
    limit = max_pixels or MAX_PIXELS
    if path.is_dir():
        walked = walk_files(path, _ignore, enter=_is_shown, follow_links=False)
        files = [(str(file), path / file) for file in walked if _is_shown(file.name)]
    else:
        files = [(path.name, path)] if path.exists() else []
    kinds = {file: media_kind(file.suffix) for _, file in files}
    unread = Counter(file.suffix.lower() for file, kind in kinds.items() if kind == "unread")
    found = [
        Source(printable(name), file, limit, rules)
        for name, file in files
        if kinds[file] in ("video", "picture")
    ]
    if not found:
        raise ParamsError(_nothing_in(path, unread))
    names = sorted(printable(name) for name, file in files if kinds[file] == "unread")
    return Listing(tuple(sorted(found, key=lambda source: source.name)), unread, tuple(names))


def _nothing_in(path: Path, unread: Mapping[str, int]) -> str:
    rule = f"SOURCE ({path}) must be a video, a picture or a folder of them"
    if unread:
        return f"{rule}, but holds {counted(unread)} alone, which {_are(unread)} not read. {UNREAD_REMEDY}"
    known = f"Known suffixes are {', '.join(sorted(VIDEO_SUFFIXES | PICTURE_SUFFIXES))}."
    if path.is_dir() and kind_at(path) is None and any(path.iterdir()):
        return f"{rule}, but holds none. {known}"
    return f"{rule}, but {found_at(path)}. {known}"


def _are(unread: Mapping[str, int]) -> str:
    return "is" if sum(unread.values()) == 1 else "are"


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


def open_frames(source: Source) -> "VideoReader | _Picture":
    """Return what gives the frames of a source, and says afterwards what was damaged."""
    return VideoReader(source.path, source.rules) if source.is_video else _Picture(source)


def promised_frames(source: Source) -> int | None:
    """Return the frames that a source has by its header; None where that says nothing."""
    if not source.is_video:
        return 1
    with suppress(MediaError, av.FFmpegError, OSError), opened(source.path) as (_, stream):
        return stream.frames or None
    return None


class _Picture:
    """A picture read like a video of one frame."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.damage = Damage()

    @property
    def error(self) -> str | None:
        """Return in a sentence why it cannot be read; null where it can."""
        return self.damage.stopped

    def frames(self) -> Iterator[Frame]:
        """Yield the picture, if it can be read."""
        try:
            yield Frame(
                0, 0.0, decode(read_regular(self._source.path, PICTURE_BYTES), self._source.max_pixels)
            )
        except ReadingError as error:
            self.damage.stopped = f"{self._source.name}: {error.text}"
        except MediaError as error:
            self.damage.stopped = f"{self._source.name}: {error}"

    def footage(self) -> Footage:
        """Return what the picture shows."""
        return Footage(0 if self.error else 1, ended=self.error is not None)
