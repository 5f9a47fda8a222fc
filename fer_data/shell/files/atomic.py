"""Files that are either whole or absent, and the hash of a file."""

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fer_data.errors import OutputError
from fer_data.shell.files.durable import sync
from fer_data.shell.files.temporaries import beside, in_temporary

__all__ = ["atomic_file", "file_sha256", "rewrite", "write_json", "write_metrics", "write_new"]

_OWNER, _ANYBODY = 0o600, 0o666


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to, and move it into place when the block ends well.

    After an exception nothing is left behind and an older file at `path` is untouched. Meant for files of our own:
    inside a new folder, metrics and plots; what a user names as an output goes through `outputs.new_file`.

    Raises:
        OutputError: a folder, a link or a special file is there, which is never replaced.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _check_plain(path)
    with beside(path) as temporary:
        yield temporary
        if not in_temporary(path):  # which is brought to the disk as a whole
            sync(temporary)
        _check_plain(path)
        temporary.replace(path)


def _check_plain(path: Path) -> None:
    try:
        plain = stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if not plain:
        raise OutputError(f"{path} is no plain file, and nothing else is replaced. Move it, or name another.")


def rewrite(path: Path, content: bytes) -> None:
    """Put other bytes into a file of the user's in one step; its mode stays, from the first byte on.

    One that is missing is made as any other.

    Raises:
        OutputError: a folder, a link or a special file is there, which is never replaced.
    """
    mode = path.stat().st_mode & 0o777 if path.exists() else None
    with atomic_file(path) as temporary:
        write_new(temporary, content, mode=mode)


def write_new(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Write a file that is not there yet, its mode that which is given, or by the umask, before its first byte.

    Raises:
        FileExistsError: something is there, a link included, whose mode or place would be others.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with open(os.open(path, flags, _ANYBODY if mode is None else _OWNER), "wb") as file:  # noqa: PTH123 - a descriptor
        if mode is not None and stat.S_IMODE(os.fstat(file.fileno()).st_mode) != mode:
            os.fchmod(file.fileno(), mode)  # whatever the umask takes away
        file.write(content)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, value: Mapping[str, Any] | list[Any]) -> None:
    """Write JSON with a stable key order of the writer's choosing and a final line end, atomically."""
    with atomic_file(path) as temporary:
        temporary.write_text(
            json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
        )


def write_metrics(path: Path, metrics: Mapping[str, Any]) -> None:
    """Write a stage's summary where DVC looks for its metrics."""
    write_json(path, dict(metrics))
