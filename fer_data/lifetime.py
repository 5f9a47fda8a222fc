"""How long a stage may run: alone on its store, and not longer than the process that started it."""

import ctypes
import fcntl
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import parent_process
from pathlib import Path
from typing import IO

import psutil

from fer_data.errors import StoreError

__all__ = ["end_with_parent", "exclusive"]

_PR_SET_PDEATHSIG = 1
"""Source: prctl(2)."""

_POLL_SECONDS = 1.0
_SHELLS = {"sh", "bash", "dash", "zsh", "fish", "ksh"}


@contextmanager
def exclusive(root: Path) -> Iterator[None]:
    """Hold the lock of a store's folder while the block runs; it ends with the process, however that ends.

    Raises:
        StoreError: another run holds it, or the folder cannot be written.
    """
    path = root / "lock"
    try:
        root.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"compute.store ({root}) cannot be written: {error.strerror}. Name another folder."
        ) from error
    with file:
        _take(file, root)
        yield


def _take(file: IO[str], root: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StoreError(
            f"compute.store ({root}) is in use by {_holder(file)}; two runs must not share it at the same time. "
            "Wait for that run, or end it: what it has finished stays."
        ) from error
    file.truncate(0)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    file.write(json.dumps({"process": os.getpid(), "host": socket.gethostname(), "since": now}))
    file.flush()


def _holder(file: IO[str]) -> str:
    file.seek(0)
    try:
        holder = json.loads(file.read())
        return f"process {holder['process']} on {holder['host']} since {holder['since']}"
    except (ValueError, KeyError):
        return "another process"


def end_with_parent() -> None:
    """Let this process be killed when its parent ends, even by SIGKILL.

    A shell that runs one command for its own parent (`sh -c`, as DVC does) is looked through. On Linux the kernel does
    it at once; elsewhere, and for what stands behind a shell, a thread looks every second. A worker process whose
    parent ended while it was still starting ends here.
    """
    guardians = _guardians()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    started_by = parent_process()
    if started_by is not None and not started_by.is_alive():
        os.kill(os.getpid(), signal.SIGKILL)
    threading.Thread(target=_watch, args=(os.getppid(), guardians), daemon=True).start()


def _guardians() -> list[psutil.Process]:
    """Return the parent and, as long as the last one is a shell that runs one command, the next one above."""
    found: list[psutil.Process] = []
    for process in psutil.Process().parents():
        found.append(process)
        try:
            command = process.cmdline()
        except psutil.Error:
            break
        if not (command and Path(command[0]).name in _SHELLS and "-c" in command):
            break
    return found


def _watch(parent: int, guardians: list[psutil.Process]) -> None:
    waiting = threading.Event()
    while os.getppid() == parent and all(map(_alive, guardians)):
        waiting.wait(_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
