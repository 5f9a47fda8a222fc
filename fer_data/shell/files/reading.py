"""Read files that others made: regular files alone, and never more bytes than a stated limit."""

import hashlib
import json
import os
import stat
from functools import cache
from io import BufferedReader
from pathlib import Path
from typing import Any

from fer_data.errors import ReadingError

__all__ = [
    "CROP_BYTES",
    "JSON_BYTES",
    "LABEL_BYTES",
    "LIST_BYTES",
    "PICTURE_BYTES",
    "TABLE_BYTES",
    "file_size",
    "open_regular",
    "read_head",
    "read_json",
    "read_regular",
    "regular_sha256",
]

LABEL_BYTES = 64 << 20
"""Of a label file: a million lines of twelve action units have 36 MB; the longest of Aff-Wild2 has less than 1."""

LIST_BYTES = 16 << 20
"""Of a list of subjects or frames: the longest multi-task list of Aff-Wild2 has 9 MB."""

CROP_BYTES = 16 << 20
"""Of one of the organisers' crops, which have some KB."""

PICTURE_BYTES = 256 << 20
"""Of a picture to predict."""

TABLE_BYTES = 2 << 30
"""Of a table with a row a picture or frame, which is read row by row: ten million rows have about 1 GB."""

JSON_BYTES = 16 << 20
"""Of a JSON file."""

_STEP = 1 << 20
_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file for reading; nothing else is opened, or not longer than it takes to see what it is.

    Links are followed. A pipe, a socket or a device is refused before it is opened, because opening some of them waits
    or acts, and again on the open handle, because a name may change its meaning in between.

    Raises:
        ReadingError: it is not a regular file (rule `not-a-regular-file`), or the system refuses it (`unreadable`).
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
    try:
        _check_kind(path, path.stat())
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise _unreadable(path, error) from error
    try:
        _check_kind(path, os.fstat(descriptor))
    except ReadingError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def read_regular(path: Path, limit: int) -> bytes:
    """Return a regular file's bytes, which are `limit` at most.

    Raises:
        ReadingError: as `open_regular`, or there are more bytes (rule `too-large`).
    """
    with open_regular(path) as file:
        size = file_size(file, path, limit)
        try:
            content = file.read(size + 1) or b""
            while len(content) <= limit:  # it has grown, or does not know its size, as in /proc
                more = file.read(min(max(len(content), _STEP), limit + 1 - len(content)))
                if not more:
                    return content
                content += more
        except OSError as error:
            raise _unreadable(path, error) from error
    raise _too_large(path, "more", limit)


def file_size(file: BufferedReader, path: Path, limit: int) -> int:
    """Return how many bytes an open file says that it has, which are `limit` at most.

    Raises:
        ReadingError: there are more (rule `too-large`).
    """
    size = os.fstat(file.fileno()).st_size
    if size > limit:
        raise _too_large(path, f"{size:,}", limit)
    return size


def read_head(path: Path, count: int) -> bytes:
    """Return the first `count` bytes of a regular file, or all that there are.

    Raises:
        ReadingError: as `open_regular`.
    """
    with open_regular(path) as file:
        try:
            return file.read(count) or b""
        except OSError as error:
            raise _unreadable(path, error) from error


def regular_sha256(path: Path) -> str:
    """Return the SHA-256 of a regular file's bytes, as many as it says it has, in hexadecimal.

    Raises:
        ReadingError: as `open_regular`.
    """
    digest = hashlib.sha256()
    with open_regular(path) as file:
        left = os.fstat(file.fileno()).st_size
        try:
            while left > 0 and (content := file.read(min(left, _STEP))):
                digest.update(content)
                left -= len(content)
        except OSError as error:
            raise _unreadable(path, error) from error
    return digest.hexdigest()


def read_json(path: Path, limit: int = JSON_BYTES) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return what a JSON file holds; its shape is for the caller to check.

    Raises:
        ReadingError: as `read_regular`, or it is no JSON (rule `not-json`).
    """
    content = read_regular(path, limit)
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        reason = str(error) or "it is nested too deeply"
        raise ReadingError(path, f"It is no JSON: {reason[:200]}.", rule="not-json") from error


@cache
def _system_devices() -> frozenset[int]:
    """Return the file systems whose files are answers of the system: called regular, they may never end."""
    usual = Path("/").stat().st_dev
    found = (Path(name).stat().st_dev for name in ("/proc", "/sys") if Path(name).exists())
    return frozenset(device for device in found if device != usual)


def _check_kind(path: Path, status: os.stat_result) -> None:
    kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
    if stat.S_ISREG(status.st_mode) and status.st_dev in _system_devices():
        kind = "a file of the system"
    elif stat.S_ISREG(status.st_mode):
        kind = ""
    if kind:
        raise ReadingError(
            path,
            f"It is {kind}, not a regular file, and is not read. Put the file itself there, or remove it.",
            rule="not-a-regular-file",
        )


def _unreadable(path: Path, error: OSError | ValueError) -> ReadingError:
    reason = (isinstance(error, OSError) and error.strerror) or str(error)
    return ReadingError(
        path, f"It cannot be read: {reason}. Restore the file or its rights, or remove it.", rule="unreadable"
    )


def _too_large(path: Path, size: str, limit: int) -> ReadingError:
    return ReadingError(
        path,
        f"It has {size} bytes, and {limit:,} are read of such a file at most. Restore the file, or remove it.",
        rule="too-large",
    )
