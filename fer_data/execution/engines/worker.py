"""One worker process: how it starts, is asked, heard and ended."""

import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any, NoReturn, cast

from fer_data.errors import FerDataError
from fer_data.execution.engines import Prepare
from fer_data.shell.copies import forget_the_end
from fer_data.shell.ending import end_as_python_does
from fer_data.shell.faults import OneLine, lacks_memory
from fer_data.shell.garbage import look_from_now, look_later
from fer_data.shell.interruption import deaf_to_interrupts
from fer_data.shell.left_out import leave_pandas_out
from fer_data.shell.lifetime import end_with_parent

__all__ = ["OUT_OF_MEMORY", "Worker", "can_fork", "give", "receive", "start", "stop"]

_PYTHON_ERROR = 1
"""Exit code of an exception that nobody caught."""

OUT_OF_MEMORY = 137
"""Exit code of a worker that asks for more memory than there is."""

_GRACE_SECONDS = 5.0


@dataclass(slots=True)
class Worker:
    """A process, our end of its pipe, the place of the task that it has in hand, and what that has reported.

    `forked` says that it is a copy of this process.
    """

    process: BaseProcess
    connection: "Connection[object, object]"
    forked: bool
    task: int | None = None
    reported: int = 0


def start(
    number: int,
    prepare: Prepare[Any, Any],
    workers: list[Worker],
    *,
    forked: bool,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Put a new worker into its place among the workers, before a request to end is heard: `stop` ends it then."""
    context = get_context("fork") if forked else get_context("spawn")
    ours, theirs = context.Pipe()
    served = (theirs, prepare, environment or {})
    if forked:
        copied = [ours, *(worker.connection for worker in workers)]
        process = context.Process(target=_serve_in_copy, args=(copied, *served))
    else:
        process = context.Process(target=_serve, args=served)
    with deaf_to_interrupts():
        process.start()
        theirs.close()
        workers[number : number + 1] = [Worker(process, ours, forked)]


def can_fork() -> bool:
    """Say whether a copy of a running process works on this system; on macOS some of its own libraries stop in one."""
    return sys.platform == "linux"


def give(worker: Worker, place: int, task: object) -> None:
    """Hand a task over; `place` is its own."""
    worker.task, worker.reported = place, 0
    with suppress(BrokenPipeError):
        worker.connection.send(task)


def receive(worker: Worker) -> tuple[str, Any] | None:
    """Return a worker's next message, or None when it was killed.

    Raises:
        RuntimeError: it ended by a fault in our own code, which it has printed.
    """
    try:
        message = cast("tuple[str, Any]", worker.connection.recv())
    except (EOFError, ConnectionResetError):
        worker.process.join()
        if worker.process.exitcode != _PYTHON_ERROR:
            return None
        raise RuntimeError("A worker process failed; its traceback is above.") from None
    return message


def stop(workers: list[Worker]) -> None:
    """End the workers; one in the middle of a task is asked first, so that it can remove what is half-written.

    An idle copy ends by itself once its pipe is closed: fast, and it removes what its libraries made for their own use.
    """
    for worker in workers:
        worker.connection.close()
        if worker.task is not None:
            worker.process.terminate()
        elif not worker.forked:
            worker.process.kill()
    end = time.monotonic() + _GRACE_SECONDS
    for worker in workers:
        worker.process.join(max(0.0, end - time.monotonic()))
        worker.process.kill()
        worker.process.join()
        worker.process.close()


def _serve_in_copy(
    copied: Sequence["Connection[object, object]"],
    connection: "Connection[object, object]",
    prepare: Prepare[Any, Any],
    environment: Mapping[str, str],
) -> None:
    """Work as a copy of the parent; `copied` are ends of pipes that are the parent's."""
    for parents in copied:
        parents.close()
    forget_the_end()
    try:
        _serve(connection, prepare, environment)
    finally:
        end_as_python_does()


def _serve(
    connection: "Connection[object, object]", prepare: Prepare[Any, Any], environment: Mapping[str, str]
) -> None:
    """Work until the parent is gone; this is the worker process."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    os.environ.update(environment)
    look_later()
    leave_pandas_out()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            with OneLine():
                work = prepare()
                look_from_now()
                while True:
                    task = connection.recv()
                    connection.send(
                        ("result", work(task, lambda amount: connection.send(("report", amount))))
                    )
        except FerDataError as error:
            if lacks_memory(error.__cause__):
                os._exit(OUT_OF_MEMORY)
            connection.send(("error", error))
            connection.recv()


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    """Unwind what the worker has in hand."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)
