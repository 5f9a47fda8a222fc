"""How long a stage may run: not longer than the process that started it."""

import ctypes
import os
import select
import signal
import sys
import threading
import time
from multiprocessing import parent_process
from pathlib import Path

from fer_data.shell.ancestry import Ancestor, ancestors
from fer_data.shell.dvc_stage import STAGE_VARIABLE, runner

__all__ = ["end_with_dvc", "end_with_parent", "end_worker"]

_PR_SET_PDEATHSIG = 1
"""Source: prctl(2)."""

_NOT_RUN = 2
_POLL_MILLISECONDS = 1000
_GRACE_SECONDS = 10.0
"""For a stage to unwind when whoever started it has ended: to remove what is half-written, and to end its workers."""

_SHELLS = {"sh", "bash", "dash", "zsh", "fish", "ksh"}

_tied: int | None = None
"""Id of the process whose watch stands: a forked worker has a copy of this, and no watch yet."""


def end_with_dvc() -> None:
    """Let a stage that DVC started end with it, and at once when DVC ended before the stage could ask.

    Without `DVC_STAGE` in the environment a person runs the stage, and nothing happens. Any process between DVC and the
    stage counts, such as a shell; a later parent, such as process 1 or a subreaper, does not.
    """
    if STAGE_VARIABLE not in os.environ:
        return
    _die_with_parent(signal.SIGTERM)
    above = ancestors()
    by = runner(above)
    if by is None or not _tie(above[: above.index(by) + 1], gently=True):
        stage = os.environ[STAGE_VARIABLE]
        print(
            f"error: {STAGE_VARIABLE} ({stage!r}) must be the stage of a dvc that runs above this process; there is "
            f"none. Start dvc again, or unset {STAGE_VARIABLE} to run the stage by hand.",
            file=sys.stderr,
        )
        sys.exit(_NOT_RUN)


def end_with_parent(*, gently: bool = False) -> None:
    """Let this process be killed when its parent ends, even by SIGKILL; `gently` asks it to end by SIGTERM first.

    A shell that runs one command for its own parent (`sh -c`, as DVC does) is looked through. On Linux the kernel does
    it at once; elsewhere, and for what stands behind a shell, a thread waits for it. A worker process whose parent
    ended while it was still starting ends here.
    """
    if _tied == os.getpid():
        return
    _die_with_parent(signal.SIGTERM if gently else signal.SIGKILL)
    started_by = parent_process()
    orphan = started_by is not None and not started_by.is_alive()
    if orphan or not _tie(_guardians(ancestors()), gently=gently):
        os.kill(os.getpid(), signal.SIGKILL)


def end_worker(number: int) -> None:  # noqa: ARG001 - what torch calls a worker process with
    """Let a worker process of a torch DataLoader end with the process that loads."""
    end_with_parent()


def _die_with_parent(number: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def _guardians(above: list[Ancestor]) -> list[Ancestor]:
    """Return the parent and, as long as the last one is a shell that runs one command, the next one above."""
    found: list[Ancestor] = []
    for ancestor in above:
        found.append(ancestor)
        command = ancestor.command
        if not (command and Path(command[0]).name in _SHELLS and "-c" in command):
            break
    return found


def _tie(guardians: list[Ancestor], *, gently: bool) -> bool:
    """Watch processes above this one from now on; return False when one of them has ended already.

    They are looked at once more when the watch stands, so that none ends unseen in between.
    """
    global _tied  # noqa: PLW0603 - one watch a process, whoever asks first
    handles = [handle for guardian in guardians if (handle := _handle(guardian.pid)) is not None]
    if ancestors()[: len(guardians)] != guardians:
        return False
    _tied = os.getpid()
    threading.Thread(target=_watch, args=(guardians, handles, gently), daemon=True).start()
    return True


def _handle(pid: int) -> int | None:
    """Return a file descriptor that can be read from once the process has ended, where the system has such."""
    if sys.platform != "linux":
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


def _watch(guardians: list[Ancestor], handles: list[int], gently: bool) -> None:
    """Wait for the first guardian to end, and end this process: at once by handle, every second by looking."""
    waiting = select.poll()
    for handle in handles:
        waiting.register(handle, select.POLLIN)
    while not waiting.poll(_POLL_MILLISECONDS):
        if ancestors()[: len(guardians)] != guardians:
            break
    if gently:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_GRACE_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
