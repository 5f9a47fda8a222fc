"""Extract zip and tar archives that others made: whole ones, plain files alone, within bounds, nothing twice.

Python reads an archive as far as it understands it. Cut short, a zip file may still end in the list of contents of a
stored inner archive, and a tar file simply has fewer members; so both are held against their own ends here.
"""

import bz2
import errno
import gzip
import lzma
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from fer_data.errors import CorpusError
from fer_data.shell.files.walking import MAX_DEPTH
from fer_data.shell.progress import progress
from fer_data.shell.progress_text import amount_text

__all__ = ["Room", "check_tar_begin", "extract", "open_zip"]

MAX_RATIO = 100
"""An archive may hold so many times its own bytes; videos hardly shrink, and label files are small."""

FREE_BYTES = 4 << 30
"""Of contents that no ratio is asked for."""

_FILE_BYTES = 16 << 10
"""What a file counts for beside its bytes, so that a small archive cannot hold millions of empty ones."""

_PIECE = 1 << 16
_MAX_PADDING = 64 << 10
"""Zeros that end a tar file, usually at most 10,240 bytes; a download that broke off in reserved space has more."""

_BLOCK = 512
_ZIP_END = struct.Struct("<4s4H2LH")
_ZIP_END_MAGIC = b"PK\x05\x06"
_ERRORS = (
    EOFError, LookupError, lzma.LZMAError, MemoryError, NotImplementedError, OSError, OverflowError, RuntimeError,
    struct.error, tarfile.TarError, ValueError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What the libraries raise over a damaged file, one of a name that is no text included (ValueError)."""

_OPENERS: dict[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
"""By the first bytes: a name says little."""

Skip = Callable[[str], bool]


@dataclass(slots=True)
class Room:
    """How much an archive, with all archives inside it, may still hold."""

    archive: str
    allowed: int
    taken: int = 0
    files: int = 0

    @classmethod
    def of(cls, archive: Path) -> "Room":
        """Return the room of an archive as large as it is."""
        return cls(archive.name, max(FREE_BYTES, MAX_RATIO * archive.stat().st_size))

    def take(self, size: int, target: Path, files: int = 1) -> None:
        """Count contents before they are written.

        Raises:
            CorpusError: they are out of proportion to the archive, as those of a bomb are, or larger than the disk.
        """
        self.taken += size
        self.files += files
        if self.taken + self.files * _FILE_BYTES > self.allowed:
            raise CorpusError(
                f"Archive {self.archive} holds {amount_text(self.taken, 'bytes')} or more in {self.files:,} files or "
                f"more, out of proportion to its own size ({MAX_RATIO} times at most): it is no corpus. Unpack it by "
                "hand if you trust it."
            )
        free = shutil.disk_usage(target).free
        if size > free:
            raise CorpusError(
                f"Archive {self.archive} needs {amount_text(size, 'bytes')} more, but {target.parent} has "
                f"{amount_text(free, 'bytes')} free. Make room or choose another ROOT."
            )


def extract(archive: Path, target: Path, room: Room, skip: Skip) -> None:
    """Write an archive's plain files below `target`, those left out that `skip` says.

    Raises:
        CorpusError: the archive is damaged, cut short, encrypted or too large, or a member is no plain file, leaves the
            archive, is there twice, or has a name that no file system takes.
    """
    if archive.name.lower().endswith(".zip"):
        _extract_zip(archive, target, room, skip)
    else:
        _extract_tar(archive, target, room, skip)


def check_tar_begin(archive: Path) -> None:
    """Read the first header of a tar file, before all of it is read: what has none costs nothing, however large.

    Raises:
        CorpusError: it does not begin with a file or folder, as a download does that reserved its space and broke off.
    """
    with _reading(archive, None), _opened(archive) as file, tarfile.open(fileobj=file, mode="r:") as contents:
        if contents.next() is None:
            raise CorpusError(f"Archive {archive.name} does not begin with a file. Download it again.")


def open_zip(archive: Path) -> zipfile.ZipFile:
    """Open a zip file that begins with its first member and ends with its list of contents.

    Raises:
        CorpusError: it is damaged or cut short, or something stands before or behind it.
    """
    try:
        contents = zipfile.ZipFile(archive)
    except _ERRORS as error:
        raise CorpusError(f"Archive {archive} cannot be read: {error}. Download it again.") from error
    try:
        _check_ends(archive, contents)
    except CorpusError:
        contents.close()
        raise
    return contents


def _check_ends(archive: Path, contents: zipfile.ZipFile) -> None:
    members = contents.infolist()
    if min([info.header_offset for info in members], default=contents.start_dir):
        raise CorpusError(
            f"Archive {archive} does not begin with its first file: it was cut short, or is a program. "
            "Download it again, or unpack it by hand."
        )
    with archive.open("rb") as file:
        file.seek(-min(_ZIP_END.size + len(contents.comment), archive.stat().st_size), 2)
        magic, _, _, _, count, _, _, comment = _ZIP_END.unpack(file.read(_ZIP_END.size))
    if magic != _ZIP_END_MAGIC or comment != len(contents.comment):
        raise CorpusError(
            f"Archive {archive} does not end with its list of contents: it was cut short, or something was added. "
            "Download it again."
        )
    if count not in {0xFFFF, len(members) % (1 << 16)}:
        raise CorpusError(
            f"Archive {archive} lists {len(members):,} files, but says it has {count:,}. Download it again."
        )


def _extract_zip(archive: Path, target: Path, room: Room, skip: Skip) -> None:
    with open_zip(archive) as contents, ExitStack() as stack:
        members = [info for info in contents.infolist() if not info.is_dir() and not skip(info.filename)]
        total = sum(info.file_size for info in members)
        room.take(total, target, len(members))
        work = stack.enter_context(progress(f"unpack {archive.name}", total, "bytes"))
        for info in members:
            if info.flag_bits & 1:
                raise CorpusError(
                    f"Archive {archive.name} is encrypted. Decrypt it with the organisers' password first."
                )
            if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
                raise _not_plain(archive, info.filename)
            path = _target_of(archive, info.filename, target)
            with _reading(archive, info.filename), contents.open(info) as source:
                work.advance(_write(archive, info.filename, source, path), info.filename)


def _extract_tar(archive: Path, target: Path, room: Room, skip: Skip) -> None:
    told = progress(f"unpack {archive.name}", None, "bytes")
    with (
        told as work,
        _reading(archive, None),
        _opened(archive) as file,
        tarfile.open(fileobj=file, mode="r:") as contents,
    ):
        while (member := contents.next()) is not None:
            contents.members = []  # type: ignore[attr-defined]  # one pass needs none of them again
            if member.isdir() or skip(member.name):
                continue
            if not member.isreg():
                raise _not_plain(archive, member.name)
            room.take(member.size, target)
            path = _target_of(archive, member.name.removeprefix("./"), target)
            source = contents.extractfile(member)
            if source is None or _write(archive, member.name, source, path) != member.size:
                raise _cut_short(archive)
            work.advance(member.size, member.name)
        _check_tar_end(archive, file, contents.offset)


class _Bounded:
    """A file of which no more is read at once than a member's piece: headers may claim to be of any length."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.seek, self.tell, self.last = file, file.seek, file.tell, b""

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _PIECE:
            raise tarfile.ReadError("a header is larger than any header is")
        self.last = self.file.read(size)
        return self.last


@contextmanager
def _opened(archive: Path) -> Iterator[Any]:
    with archive.open("rb") as file:
        head = file.read(8)
    packed = [opener for magic, opener in _OPENERS.items() if head.startswith(magic)]
    with packed[0](archive) if packed else archive.open("rb") as file:
        yield _Bounded(file)


def _check_tar_end(archive: Path, file: _Bounded, offset: int) -> None:
    """Hold what follows the last member against the zeros that end a tar file. Source: POSIX pax, ustar format."""
    block, padding = file.last, 0  # the block that tarfile read and took for no member
    if len(block) < _BLOCK:
        raise _cut_short(archive)
    while block:
        padding += len(block)
        if block.count(0) != len(block) or padding > _MAX_PADDING:
            raise CorpusError(
                f"Archive {archive.name} is damaged or cut short behind {offset:,} bytes, or something was added. "
                "Download it again."
            )
        block = file.read(_PIECE)


def _cut_short(archive: Path) -> CorpusError:
    return CorpusError(f"Archive {archive.name} was cut short. Download it again.")


def _not_plain(archive: Path, member: str) -> CorpusError:
    return CorpusError(f"Archive {archive.name}, {member[:80]!a}: only plain files are unpacked, no links.")


def _target_of(archive: Path, member: str, target: Path) -> Path:
    """Return where a member goes, when that is inside `target`."""
    parts = member.replace("\\", "/").split("/")
    if len(parts) > MAX_DEPTH + 1:
        raise CorpusError(
            f"Archive {archive.name}, {member[:80]!a}...: folders are read {MAX_DEPTH} deep at most. Unpack it by hand."
        )
    for part in parts:
        if part in ("", ".", "..") or ":" in part or "\0" in part:
            raise CorpusError(
                f"Archive {archive.name}, {member[:80]!a}: the path must stay inside the archive."
            )
    return target.joinpath(*parts)


def _write(archive: Path, member: str, source: IO[bytes], path: Path) -> int:
    """Write a member to a file that must not exist, and return its bytes."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        copy = path.open("xb")
    except (FileExistsError, NotADirectoryError) as error:
        raise CorpusError(
            f"{archive.name} holds {member[:80]!a} twice, or as a file and as a folder. Unpack it by hand."
        ) from error
    except (OSError, UnicodeEncodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise CorpusError(
            f"Archive {archive.name}, {member[:80]!a} cannot be written: {reason}. Make room, or unpack it by hand."
        ) from error
    with copy:
        while piece := source.read(_PIECE):
            _append(archive, copy, piece)
        return copy.tell()


def _append(archive: Path, copy: IO[bytes], piece: bytes) -> None:
    try:
        copy.write(piece)
    except OSError as error:
        full = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror
        raise CorpusError(
            f"Archive {archive.name} cannot be unpacked: {full}. Make room or choose another ROOT."
        ) from error


@contextmanager
def _reading(archive: Path, member: str | None) -> Iterator[None]:
    """Turn what the libraries raise over damage into one error."""
    try:
        yield
    except NotImplementedError as error:
        raise CorpusError(
            f"Archive {archive.name} is compressed in a way that is not read: {error}. Unpack it by hand."
        ) from error
    except _ERRORS as error:
        within = f", {member[:80]!a}" if member else ""
        raise CorpusError(
            f"Archive {archive.name}{within} is damaged or cut short: {error!s:.200}. Download it again."
        ) from error
