"""Walk folders that others made: no endless loop, no way back up, and no more entries than a stated limit."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from fer_data.errors import ReadingError

__all__ = [
    "MAX_DEPTH",
    "MAX_ENTRIES",
    "Folder",
    "Skipped",
    "is_folder",
    "match_files",
    "walk_files",
    "walk_folders",
]

MAX_ENTRIES = 5_000_000
"""Of a folder with all below it; Aff-Wild2 with all its crops has 2.9 million."""

MAX_DEPTH = 64
"""Folders below the first one."""

Skipped = Callable[[str, str, str], None]
"""Told the relative path of a folder that is not walked, the rule that it breaks and a sentence about it."""

_Identity = tuple[int, int]
_AGAIN = "walked-before"


@dataclass(frozen=True, slots=True)
class Folder:
    """What lies in one folder.

    Attributes:
        path: relative to where the walk began.
        files: names of all that is no folder, in order.
        links: names of the files and folders in it that are links.
    """

    path: PurePosixPath
    files: list[str]
    links: list[str]


def walk_files(
    root: Path, skipped: Skipped, *, enter: Callable[[str], bool] = lambda _: True, follow_links: bool = True
) -> Iterator[PurePosixPath]:
    """Yield all that is no folder below `root`, relative to it, the files of each folder in order of their names.

    A folder that can be reached on several ways is walked once; a link to `root` or to a folder around it never,
    because that is the way to the whole disk. `enter` tells by its name whether a folder is walked.

    Raises:
        ReadingError: there are more than `MAX_ENTRIES` entries (rule `too-many-files`).
    """

    def said(folder: str, rule: str, message: str) -> None:
        if rule != _AGAIN:
            skipped(folder, rule, message)

    for folder in walk_folders(root, said, enter=enter, follow_links=follow_links):
        yield from (folder.path / name for name in folder.files)


def walk_folders(
    root: Path, skipped: Skipped, *, enter: Callable[[str], bool] = lambda _: True, follow_links: bool = True
) -> Iterator[Folder]:
    """Yield `root` and each folder below it, each before those in it, in order of their names.

    Links and depth are met as in `walk_files`; of a folder that was walked on another way `skipped` is told by the rule
    `walked-before`. No file is looked at beyond its name.

    Raises:
        ReadingError: there are more than `MAX_ENTRIES` entries (rule `too-many-files`).
    """
    around = _around(root)
    seen: set[_Identity] = set()
    left = [PurePosixPath()]
    entries = 0
    while left:
        path = left.pop()
        if (problem := _problem(root / path, path, seen, around)) is not None:
            skipped(str(path), *problem)
            continue
        try:
            folder, folders = _scanned(root, path)
        except OSError as error:
            skipped(str(path), "unreadable", _refusal(error))
            continue
        entries += len(folder.files) + len(folders)
        if entries > MAX_ENTRIES:
            raise _too_many(root)
        yield folder
        walked = (name for name in folders if enter(name) and (follow_links or name not in folder.links))
        left.extend(path / name for name in sorted(walked, reverse=True))


def _scanned(root: Path, path: PurePosixPath) -> tuple[Folder, list[str]]:
    """Return a folder with its files, and the names of the folders in it."""
    files: list[str] = []
    folders: list[str] = []
    links: list[str] = []
    with os.scandir(root / path) as found:
        for entry in found:
            (folders if is_folder(entry) else files).append(entry.name)
            if entry.is_symlink():
                links.append(entry.name)
    return Folder(path, sorted(files), sorted(links)), folders


def _problem(
    folder: Path, relative: PurePosixPath, seen: set[_Identity], around: set[_Identity]
) -> tuple[str, str] | None:
    """Return why a folder is not walked, as rule and sentence."""
    try:
        identity = _identity(folder)
    except OSError as error:
        return "unreadable", _refusal(error)
    if identity in seen:
        return _AGAIN, "The folder was read on another way to it already, and is not read twice."
    if identity in around and relative.parts:
        return "link-loop", "The link leads to a folder around this one and is not followed. Remove it."
    if len(relative.parts) > MAX_DEPTH:
        return "too-deep", f"Folders are read {MAX_DEPTH} deep at most. Move this one up, or remove it."
    seen.add(identity)
    return None


def match_files(root: Path, pattern: str) -> list[str]:
    """Return the paths below `root` that match a glob and are no folders, in order; `**` does not follow links.

    Raises:
        ReadingError: more than `MAX_ENTRIES` entries would have to be looked at (rule `too-many-files`).
    """
    search = _Search(root)
    search.match(PurePosixPath(), [part for part in pattern.split("/") if part not in ("", ".")])
    return sorted(search.found)


class _Search:
    """What a glob has found so far, and how many entries it has looked at."""

    def __init__(self, root: Path) -> None:
        self.found: set[str] = set()
        self._root, self._entries = root, 0
        self._around = _around(root)

    def match(self, folder: PurePosixPath, parts: list[str]) -> None:
        """Add what matches the parts of the glob below a folder."""
        first, rest = parts[0], parts[1:]
        if first == "**":
            self._any_depth(folder, rest or ["*"])
            return
        for entry in self._entries_of(folder):
            if fnmatchcase(entry.name, first):
                self._take(folder / entry.name, entry, rest)

    def _take(self, path: PurePosixPath, entry: "os.DirEntry[str]", rest: list[str]) -> None:
        folder = is_folder(entry)
        if rest and folder and not self._leads_back(path, entry):
            self.match(path, rest)
        elif not rest and not folder:
            self.found.add(str(path))

    def _any_depth(self, folder: PurePosixPath, rest: list[str]) -> None:
        self.match(folder, rest)
        if len(folder.parts) >= MAX_DEPTH:
            return
        for entry in self._entries_of(folder):
            if entry.is_dir(follow_symlinks=False):
                self._any_depth(folder / entry.name, rest)

    def _leads_back(self, path: PurePosixPath, entry: "os.DirEntry[str]") -> bool:
        try:
            return entry.is_symlink() and _identity(self._root / path) in self._around
        except OSError:
            return True

    def _entries_of(self, folder: PurePosixPath) -> list["os.DirEntry[str]"]:
        try:
            with os.scandir(self._root / folder) as found:
                entries = list(found)
        except OSError:
            return []
        self._entries += len(entries)
        if self._entries > MAX_ENTRIES:
            raise _too_many(self._root)
        return entries


def is_folder(entry: "os.DirEntry[str]") -> bool:
    """Say whether an entry is a folder or a link to one; a link that leads round in a circle is none."""
    try:
        return entry.is_dir()
    except OSError:  # a link that leads round in a circle
        return False


def _identity(folder: Path) -> _Identity:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _around(root: Path) -> set[_Identity]:
    """Return `root` and every folder that holds it."""
    whole = root.resolve()
    return {_identity(folder) for folder in (whole, *whole.parents)}


def _refusal(error: OSError) -> str:
    return f"The folder cannot be read: {error.strerror}. Restore its rights, or remove it."


def _too_many(root: Path) -> ReadingError:
    return ReadingError(
        root,
        f"More than {MAX_ENTRIES:,} files and folders lie below it. Name the corpus' own folder.",
        rule="too-many-files",
    )
