"""Lay the organisers' archives out as a corpus folder, safely and archive by archive."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from fer_data.corpora.layout import ARCHIVE_RECORD, OUR_FILES
from fer_data.corpora.names import check_name
from fer_data.errors import CorpusError, ReadingError
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.files.places import found_at
from fer_data.shell.files.reading import read_json, regular_sha256
from fer_data.shell.interruption import keeping
from fer_data.unpack.archives import Room, check_tar_begin, extract, open_zip

__all__ = ["Unpacked", "unpack_archives"]

_ZIP_SUFFIX = ".zip"
_TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_LEFTOVERS = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", *OUR_FILES})
_MAX_NESTING = 3


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What became of one archive.

    Attributes:
        archive: the file.
        folder: where its contents are.
        files: number of files in it.
        state: `unpacked` now, or `present` since an earlier run.
    """

    archive: Path
    folder: Path
    files: int
    state: Literal["unpacked", "present"]


def unpack_archives(archives: Sequence[Path], root: Path) -> Iterator[Unpacked]:
    """Unpack each archive into a folder of its own name under `root`, and yield what became of it.

    A folder appears when its archive is complete. An archive whose folder is there from an earlier run is left alone,
    so that an interrupted run can be started again. Archives inside archives are unpacked in their place.

    Raises:
        CorpusError: an archive is missing, damaged, encrypted or unsafe, two would use one folder, the folder is there
            from something else, or the disk is too small. Folders that are complete by then stay.
        OutputError: a folder is no place for an output.
    """
    folders = _folders(archives, root)
    for archive, folder in folders.items():
        record = {"archive": archive.name, "contents": _fingerprint(archive)}
        if os.path.lexists(folder):
            _check_same(folder, record)
            yield Unpacked(archive, folder, _count_files(folder), "present")
            continue
        writing = new_folder(folder, "archive", name="ROOT", inputs=archives)
        with writing as temporary, keeping(_kept):
            _extract(archive, temporary, _MAX_NESTING, Room.of(archive))
            _lift_single_folder(temporary, folder.name)
            (temporary / ARCHIVE_RECORD).write_text(json.dumps(record), encoding="utf-8")
        yield Unpacked(archive, folder, _count_files(folder), "unpacked")


def _kept() -> str:
    return "Archives that are complete stay; run it again to go on with the others."


def _folders(archives: Sequence[Path], root: Path) -> dict[Path, Path]:
    found: dict[Path, Path] = {}
    owners: dict[str, Path] = {}
    for archive in archives:
        if not archive.is_file():
            raise CorpusError(
                f"Archive {archive} must be an existing file, but "
                f"{'is a folder' if archive.is_dir() else found_at(archive)}. Name the archive."
            )
        name = check_name(_stem(archive), file=str(archive))
        other = owners.setdefault(name.lower(), archive)
        if other != archive:
            raise CorpusError(
                f"Archives {other} and {archive} would both become {root / name}. Rename one after its edition, "
                "such as 'ABAW2 annotations.zip'."
            )
        found[archive] = root / name
    return found


def _stem(archive: Path) -> str:
    name = archive.name.lower()
    for suffix in (_ZIP_SUFFIX, *_TAR_SUFFIXES):
        if name.endswith(suffix):
            return archive.name[: -len(suffix)]
    raise CorpusError(
        f"Archive {archive} must end in {_ZIP_SUFFIX} or {', '.join(_TAR_SUFFIXES)}. Unpack other kinds by hand."
    )


def _is_archive(path: Path) -> bool:
    return path.name.lower().endswith((_ZIP_SUFFIX, *_TAR_SUFFIXES))


def _fingerprint(archive: Path) -> str:
    """Return a hash of the list of contents (zip: with checksums) or, for a tar file, of its bytes."""
    if not archive.name.lower().endswith(_ZIP_SUFFIX):
        check_tar_begin(archive)
        return regular_sha256(archive)
    with open_zip(archive) as contents:
        listing = sorted((info.filename, info.file_size, info.CRC) for info in contents.infolist())
    return hashlib.sha256(json.dumps(listing).encode()).hexdigest()


def _check_same(folder: Path, record: dict[str, str]) -> None:
    path = folder / ARCHIVE_RECORD
    try:
        stored = read_json(path)
    except ReadingError:
        stored = None
    if stored != record:
        raise CorpusError(
            f"Folder {folder} exists and is not from {record['archive']}; nothing is overwritten. "
            "Move it away, or rename the archive."
        )


def _extract(archive: Path, target: Path, nesting: int, room: Room) -> None:
    extract(archive, target, room, _is_leftover)
    for inner in sorted(path for path in target.rglob("*") if path.is_file() and _is_archive(path)):
        if not nesting:
            raise CorpusError(
                f"{archive.name} holds archives more than {_MAX_NESTING} deep. Unpack it by hand."
            )
        folder = inner.with_name(check_name(_stem(inner), file=archive.name))
        if os.path.lexists(folder):
            raise CorpusError(f"Archive {archive.name} holds both {inner.name!a} and what is called like it.")
        folder.mkdir()
        _extract(inner, folder, nesting - 1, room)
        _lift_single_folder(folder, folder.name)
        inner.unlink()


def _is_leftover(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(_LEFTOVERS & set(parts)) or (bool(parts) and parts[-1].startswith("._"))


def _lift_single_folder(folder: Path, name: str) -> None:
    """Take away a folder that holds all there is and is called like the archive itself."""
    inner = [path for path in folder.iterdir() if path.name not in OUR_FILES]
    if len(inner) == 1 and inner[0].is_dir() and inner[0].name == name:
        only = inner[0].rename(folder / _free_name(inner[0], f".{name[:100]}.lifted"))
        for path in sorted(only.iterdir()):
            path.rename(folder / path.name)
        only.rmdir()


def _free_name(folder: Path, name: str) -> str:
    """Return a name that nothing in a folder has."""
    while (folder / name).exists() or (folder / name).is_symlink():
        name += "_"
    return name


def _count_files(folder: Path) -> int:
    return sum(path.is_file() and path.name not in OUR_FILES for path in folder.rglob("*"))
