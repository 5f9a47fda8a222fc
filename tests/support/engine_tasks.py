"""What workers of an engine are given to do; they import this, and not what the tests of engines need beside it."""

import errno
import gc
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from fer_data.errors import MediaError
from fer_data.execution.engines import Report

PATIENCE_SECONDS = 120.0
"""How long a busy machine may take to start a second process."""

Work = Callable[[int, Report], str]


def square(folder: Path) -> Work:
    """Leave a mark that this process was prepared, and return a task that reports and squares."""
    (folder / f"prepared-{os.getpid()}").touch()

    def work(task: int, report: Report) -> str:
        report(task)
        return f"{task * task}"

    return work


def fatal(folder: Path) -> Work:
    """Return a task that kills its process with a signal: 3 always, 5 the first time."""

    def work(task: int, report: Report) -> str:
        first = folder / f"tried-{task}"
        if task == 3 or (task == 5 and not first.exists()):
            with first.open("a") as file:
                file.write("x")
            os.kill(os.getpid(), signal.SIGSEGV)
        return str(task)

    return work


def hungry(folder: Path) -> Work:
    """Return a task that runs out of memory on 1."""

    def work(task: int, report: Report) -> str:
        if task == 1:
            raise MemoryError
        return str(task)

    return work


def picky(folder: Path) -> Work:
    """Return a task that raises an error of ours on 2."""

    def work(task: int, report: Report) -> str:
        if task == 2:
            raise MediaError("clip 2 is odd.")
        return str(task)

    return work


def cramped(folder: Path) -> Work:
    """Return a task that finds the disk full on 1."""

    def work(task: int, report: Report) -> str:
        if task == 1:
            raise OSError(errno.ENOSPC, "No space left on device", "store/1.arrow")
        return str(task)

    return work


def faulty(folder: Path) -> Work:
    """Return a task with a fault in it."""

    def work(task: int, report: Report) -> str:
        return str(1 // (task - 1))

    return work


def unprepared(folder: Path) -> Work:
    """Fail before any task, and leave a mark of each time."""
    (folder / f"tried-{os.getpid()}-{time.monotonic_ns()}").touch()
    raise MediaError("nothing to work with.")


def looking(folder: Path) -> Work:
    """Return a task that says whether its process looks for garbage."""
    return lambda _task, _report: f"{gc.isenabled()}"


def slow(folder: Path) -> Work:
    """Return a task that leaves its process id; the first to begin 0 waits to be killed."""

    def work(task: int, report: Report) -> str:
        waits = task == 0 and not list(folder.glob("0-*"))
        (folder / f"{task}-{os.getpid()}").touch()
        time.sleep(600 if waits else 0)
        return str(task)

    return work


def visible(folder: Path) -> Work:
    """Return a task that says which GPU its process sees, and waits for the other process."""
    (folder / str(os.getpid())).touch()

    def work(task: int, report: Report) -> str:
        end = time.monotonic() + PATIENCE_SECONDS
        while len(list(folder.iterdir())) < 2 and time.monotonic() < end:
            time.sleep(0.01)
        return os.environ["CUDA_VISIBLE_DEVICES"]

    return work
