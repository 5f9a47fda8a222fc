"""Leases: who works on what in a folder that several processes and machines share.

A lease is a file that its holder keeps locked. The lock ends with the holder, however that ends, so that process ids,
clocks and hosts decide nothing; what the file says is for people.
"""

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from uuid import uuid4

from fer_data.errors import StoreError
from fer_data.shell.files.temporaries import made_and_locked

__all__ = ["LOCK_FILE", "Lease", "Leases", "exclusive", "locked_by"]

LOCK_FILE = "lock"
"""In a store's folder: held by the one run that must be alone."""

_SUFFIX = ".lease"
_NOTE_BYTES = 4096
_PATIENCE_SECONDS = 1.0
_RETRY_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Lease:
    """One lease that is held now.

    Attributes:
        key: what its holder works on.
        name: of this lease alone, in this folder.
        by: its holder, in words.
    """

    key: str
    name: str
    by: str


class Leases:
    """Leases in one folder; `key` never holds a dash or a separator."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def hold(self, key: str, purpose: str) -> Iterator[str]:
        """Hold a lease on `key` while the block runs, and yield its name, which no other lease has or had.

        Several holders of one key do not see each other.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            file = None
            while file is None:
                path = self._folder / f"{key}-{uuid4().hex[:8]}{_SUFFIX}"
                # Before it is there: a signal may come in between.
                stack.callback(path.unlink, missing_ok=True)
                file = made_and_locked(path)
            with file:
                _sign(file, purpose)
                yield path.name.removesuffix(_SUFFIX)

    def held(self) -> list[Lease]:
        """Return the leases that living processes hold, by name; nothing is changed."""
        found = []
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            by = locked_by(path)
            name = path.name.removesuffix(_SUFFIX)
            if by is not None:
                found.append(Lease(name.partition("-")[0], name, by))
        return found

    def known(self, name: str) -> bool:
        """Say whether the file of a lease is there, held or not."""
        return (self._folder / f"{name}{_SUFFIX}").exists()

    def sweep(self) -> None:
        """Remove the files of leases that nobody holds."""
        for path in self._folder.glob(f"*-????????{_SUFFIX}"):
            with suppress(OSError), path.open("r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)


@contextmanager
def exclusive(root: Path, purpose: str) -> Iterator[None]:
    """Hold the lock of a store's folder while the block runs; it ends with the process, however that ends.

    Raises:
        StoreError: another run holds it, or the folder cannot be written.
    """
    path = root / LOCK_FILE
    try:
        root.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        raise StoreError(
            f"compute.store ({root}) cannot be written: {error.strerror}. Name another folder."
        ) from error
    with file:
        _take(file, root)
        _sign(file, purpose)
        yield


def _take(file: IO[bytes], root: Path) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > end:
                raise StoreError(
                    f"compute.store ({root}) is in use by {_holder(file)}; two runs must not share it at the same "
                    "time. Wait for that run, or end it: what it has finished stays."
                ) from error
        except OSError as error:
            raise StoreError(
                f"compute.store ({root}) cannot be locked: {error.strerror}. Name a folder on storage that has locks."
            ) from error
        time.sleep(_RETRY_SECONDS)


def locked_by(path: Path) -> str | None:
    """Return who holds a locked file, in words, or None when nobody does.

    A lock that cannot be asked for counts as held.
    """
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return _holder(file)
    except OSError:
        return None
    return None


def _sign(file: IO[bytes], purpose: str) -> None:
    """Write into a locked file who holds it, and for what."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    note = {"process": os.getpid(), "host": socket.gethostname(), "since": now, "purpose": purpose}
    file.seek(0)
    file.truncate()
    file.write(json.dumps(note).encode())
    file.flush()


def _holder(file: IO[bytes]) -> str:
    """Return who holds a locked file, in words."""
    file.seek(0)
    try:
        note = json.loads(file.read(_NOTE_BYTES))
        what = f"{note['purpose']}, " if note.get("purpose") else ""
        return f"{what}process {note['process']} on {note['host']} since {note['since']}"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "another process"
