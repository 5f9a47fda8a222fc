"""The organisers' own crops: one folder a subject, one picture a frame, numbered from 1 with gaps."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from fer_data.corpora.names import FRAME_NAME, check_name
from fer_data.corpora.same_names import match_by_case
from fer_data.errors import CorpusError
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.places import found_at

__all__ = ["crop_frames", "find_crops", "fit_crops", "repeated_crops"]

_MAX_DEPTH = 4


def find_crops(root: Path, name: str = "crops") -> dict[str, Path]:
    """Return the folder of each subject's crops under `root`, at any depth up to four; `name` is its parameter's.

    `cropped_aligned/`, `cropped_aligned_new_50_vids/` and batches of them may lie side by side. A folder counts when it
    holds a numbered picture.

    Raises:
        CorpusError: the root is no folder or holds no crops, a folder cannot be read, or a subject has two folders.
    """
    if not root.is_dir():
        raise CorpusError(
            f"{name} ({root}) must be an existing folder, but {found_at(root)}. "
            "Set it to null to go without crops."
        )
    found: dict[str, Path] = {}
    _search(root, _MAX_DEPTH, found, set())
    if not found:
        raise CorpusError(
            f"{name} ({root}) must hold pictures such as <subject>/00001.jpg, but {found_at(root)}. "
            "Set it to null to go without crops."
        )
    return dict(sorted(found.items()))


def fit_crops(crops: Mapping[str, Path], subjects: Iterable[str]) -> dict[str, Path]:
    """Return the folders of crops by their names, and behind these by their subjects' where those differ in case."""
    matched, _ = match_by_case(subjects, crops)
    return {**crops, **{subject: crops[name] for subject, name in matched.items()}}


def crop_frames(folder: Path) -> dict[int, Path]:
    """Return the pictures of one subject by 0-based frame, in rising order; other files are left out.

    Of two pictures with one number (`7.png`, `00007.jpg`) the first by name is taken; `repeated_crops` tells of them.
    """
    return {frame: folder / names[0] for frame, names in _numbered(folder)}


def repeated_crops(crops: Mapping[str, Path]) -> Iterator[Finding]:
    """Yield a finding for each folder with several pictures of one number, of which all but one are never seen.

    It is told once, by the subject's name: of two names of a folder the later one, as `fit_crops` has them.

    Raises:
        CorpusError: a folder cannot be read.
    """
    for folder, subject in {folder: subject for subject, folder in crops.items()}.items():
        twice = [names for _, names in _numbered(folder) if len(names) > 1]
        if twice:
            taken, *others = twice[0]
            text = (
                f"{len(twice)} number(s) have several pictures: {taken} is used and {', '.join(others)} not. Remove "
                "those that are not the organisers'."
            )
            where = f"{folder.name}/{others[0]}"
            yield Finding("repeated-crops", Severity.WARNING, text, where, subject_id=subject)


def _numbered(folder: Path) -> list[tuple[int, list[str]]]:
    """Return the names of a folder's pictures by 0-based frame, in rising order."""
    found: dict[int, list[str]] = {}
    for name in sorted(_names(folder)):
        if (number := FRAME_NAME.fullmatch(name)) and int(number[1]) >= 1:
            found.setdefault(int(number[1]) - 1, []).append(name)
    return sorted(found.items())


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - a Path for each of three million pictures takes seconds
    except OSError as error:
        raise _unreadable(folder, error) from error


def _search(folder: Path, depth: int, found: dict[str, Path], seen: set[str]) -> None:
    """Look into a folder that was not looked into on another way; `seen` has the real paths of those that were."""
    if (whole := os.path.realpath(folder)) in seen:
        return
    seen.add(whole)
    subfolders = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if _is_folder(entry):
                    subfolders.append(entry.name)
                elif FRAME_NAME.fullmatch(entry.name):
                    _add(folder, found)
                    return
    except OSError as error:
        raise _unreadable(folder, error) from error
    for name in sorted(subfolders) if depth else ():
        if not _leads_back(folder / name, folder):
            _search(folder / name, depth - 1, found, seen)


def _unreadable(folder: Path, error: OSError) -> CorpusError:
    text = f"Folder {folder} of crops cannot be read: {error.strerror}. Restore its rights, or remove it."
    return CorpusError(text, rule="unreadable")


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads round in a circle
        return False


def _leads_back(link: Path, folder: Path) -> bool:
    """Say whether a link leads to a folder around itself, and so to the whole disk."""
    whole = folder.resolve()
    return link.is_symlink() and link.resolve() in (whole, *whole.parents)


def _add(folder: Path, found: dict[str, Path]) -> None:
    first = found.setdefault(check_name(folder.name), folder)
    if first != folder:
        raise CorpusError(
            f"Subject {folder.name} must have one folder of crops, found {first} and {folder}. Remove one of them.",
            rule="duplicate-crops",
        )
