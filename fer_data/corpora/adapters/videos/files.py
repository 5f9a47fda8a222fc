"""The video files below a root, found by what a table calls them."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from fer_data.corpora.named_files import misnamed
from fer_data.corpora.names import MAX_BYTES, is_legible
from fer_data.errors import CorpusError
from fer_data.media.suffixes import UNREAD_REMEDY, media_kind
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.walking import walk_files
from fer_data.shell.shown import printable

__all__ = ["VideoFiles", "find_videos", "video_id_of"]


@dataclass(frozen=True, slots=True)
class VideoFiles:
    """The videos of a folder.

    Attributes:
        paths: relative to the root, in order.
        findings: folders that cannot be read, and files that may be meant as videos and are not read.
    """

    paths: tuple[str, ...]
    findings: tuple[Finding, ...]
    _by_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def match(self, name: str) -> str | None:
        """Return the path of the one video that is called so; None without one.

        A name is a path relative to the root, or the end of one, with or without the suffix: `clips/a.mp4`, `a.mp4`
        and `a` are the same file as long as no other has the same end. A whole path comes before the end of another.

        Raises:
            CorpusError: several files are called so.
        """
        found = self._by_name.get(name, ())
        whole = [path for path in found if _name(path) == name] or [
            path for path in found if _stem(_name(path)) == name
        ]
        if len(whole or found) > 1:
            listed = ", ".join(map(ascii, (whole or found)[:3]))
            raise CorpusError(
                f"{len(whole or found)} videos are called {name!a}: {listed}. Write the path of each below root.",
                rule="ambiguous-video",
            )
        return next(iter(whole or found), None)


def find_videos(root: Path) -> VideoFiles:
    """Return the videos below a root; hidden files and folders are left out."""
    findings: list[Finding] = []
    paths, unread, odd = [], [], []

    def skip(folder: str, rule: str, message: str) -> None:
        severity = Severity.WARNING if rule == "link-loop" else Severity.ERROR
        findings.append(Finding(rule, severity, message, file=printable(folder)))

    for path in walk_files(root, skip, enter=_is_shown):
        kind = media_kind(path.suffix)
        if not _is_shown(path.name):
            continue
        if not is_legible(str(path)):
            odd += [str(path)] if kind == "video" else []
        elif kind == "video":
            paths.append(str(path))
        elif kind == "unread":
            unread.append(str(path))
    return VideoFiles(tuple(sorted(paths)), (*findings, *misnamed(odd), *_unread(unread)), _by_name(paths))


def video_id_of(path: str) -> str:
    """Return the id of a video: its path without the suffix, from which the path can be told, as one name.

    >>> video_id_of("clips/100%.mp4")
    'clips%2F100%25'

    Raises:
        CorpusError: it would be longer than the name of a file may be.
    """
    video_id = _stem(_name(path)).replace("%", "%25").replace("/", "%2F")
    if len(video_id.encode()) > MAX_BYTES:
        message = f"The path must have {MAX_BYTES} bytes at most, with three for each '/'. Shorten it."
        raise CorpusError(message, rule="unsafe-name", file=path)
    return video_id


def _is_shown(name: str) -> bool:
    """Say whether a file or folder is not a system's or an archiver's own."""
    return not name.startswith((".", "__MACOSX"))


def _name(path: str) -> str:
    return unicodedata.normalize("NFC", path)


def _stem(path: str) -> str:
    return str(PurePosixPath(path).with_suffix(""))


def _by_name(paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the videos by every name that they have."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        parts = PurePosixPath(_name(path)).parts
        ends = ["/".join(parts[start:]) for start in range(len(parts))]
        for name in {*ends, *map(_stem, ends)}:
            found.setdefault(name, []).append(path)
    return {name: tuple(own) for name, own in found.items()}


def _unread(paths: Iterable[str]) -> Iterable[Finding]:
    """Yield a finding for each suffix of files that look like media and are not read."""
    by_suffix: dict[str, list[str]] = {}
    for path in paths:
        by_suffix.setdefault(PurePosixPath(path).suffix.lower(), []).append(path)
    for suffix, own in sorted(by_suffix.items()):
        message = f"{len(own):,} file(s) end in {suffix}, which is not read. {UNREAD_REMEDY}"
        yield Finding("unread-media", Severity.WARNING, message, file=own[0])
