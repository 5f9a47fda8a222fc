"""How long a stage may run: alone on its store, and not longer than the process that started it."""

import ctypes
import fcntl
import json
import os
import select
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

from fer_data.ancestry import Ancestor, ancestors
from fer_data.dvc_stage import STAGE_VARIABLE, runner
from fer_data.errors import StoreError

__all__ = ["end_with_dvc", "end_with_parent", "end_worker", "exclusive"]

_PR_SET_PDEATHSIG = 1
"""Source: prctl(2)."""

_NOT_RUN = 2
_POLL_MILLISECONDS = 1000
_SHELLS = {"sh", "bash", "dash", "zsh", "fish", "ksh"}

_tied: int | None = None
"""Id of the process whose watch stands: a forked worker has a copy of this, and no watch yet."""


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


def end_with_dvc() -> None:
    """Let a stage that DVC started end with it, and at once when DVC ended before the stage could ask.

    Without `DVC_STAGE` in the environment a person runs the stage, and nothing happens. Any process between DVC and the
    stage counts, such as a shell; a later parent, such as process 1 or a subreaper, does not.
    """
    if STAGE_VARIABLE not in os.environ:
        return
    _die_with_parent()
    above = ancestors()
    by = runner(above)
    if by is None or not _tie(above[: above.index(by) + 1]):
        stage = os.environ[STAGE_VARIABLE]
        print(
            f"error: {STAGE_VARIABLE} ({stage!r}) must be the stage of a dvc that runs above this process; there is "
            f"none. Start dvc again, or unset {STAGE_VARIABLE} to run the stage by hand.",
            file=sys.stderr,
        )
        sys.exit(_NOT_RUN)


def end_with_parent() -> None:
    """Let this process be killed when its parent ends, even by SIGKILL.

    A shell that runs one command for its own parent (`sh -c`, as DVC does) is looked through. On Linux the kernel does
    it at once; elsewhere, and for what stands behind a shell, a thread waits for it. A worker process whose parent
    ended while it was still starting ends here.
    """
    if _tied == os.getpid():
        return
    _die_with_parent()
    started_by = parent_process()
    orphan = started_by is not None and not started_by.is_alive()
    if orphan or not _tie(_guardians(ancestors())):
        os.kill(os.getpid(), signal.SIGKILL)


def end_worker(number: int) -> None:  # noqa: ARG001 - what torch calls a worker process with
    """Let a worker process of a torch DataLoader end with the process that loads."""
    end_with_parent()


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _guardians(above: list[Ancestor]) -> list[Ancestor]:
    """Return the parent and, as long as the last one is a shell that runs one command, the next one above."""
    found: list[Ancestor] = []
    for ancestor in above:
        found.append(ancestor)
        command = ancestor.command
        if not (command and Path(command[0]).name in _SHELLS and "-c" in command):
            break
    return found


def _tie(guardians: list[Ancestor]) -> bool:
    """Watch processes above this one from now on; return False when one of them has ended already.

    They are looked at once more when the watch stands, so that none ends unseen in between.
    """
    global _tied  # noqa: PLW0603 - one watch a process, whoever asks first
    handles = [handle for guardian in guardians if (handle := _handle(guardian.pid)) is not None]
    if ancestors()[: len(guardians)] != guardians:
        return False
    _tied = os.getpid()
    threading.Thread(target=_watch, args=(guardians, handles), daemon=True).start()
    return True


def _handle(pid: int) -> int | None:
    """Return a file descriptor that can be read from once the process has ended, where the system has such."""
    if sys.platform != "linux":
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


def _watch(guardians: list[Ancestor], handles: list[int]) -> None:
    """Wait for the first guardian to end, and end this process: at once by handle, every second by looking."""
    waiting = select.poll()
    for handle in handles:
        waiting.register(handle, select.POLLIN)
    while not waiting.poll(_POLL_MILLISECONDS):
        if ancestors()[: len(guardians)] != guardians:
            break
    os.kill(os.getpid(), signal.SIGKILL)
