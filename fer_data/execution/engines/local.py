"""Worker processes of this machine, one task at a time each; one that dies takes nothing else with it."""

import os
import signal
import sys
import time
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any, NoReturn, TypeVar, cast

from fer_data.errors import FerDataError
from fer_data.execution.cores import core_count
from fer_data.execution.engines import CRASH_RETRIES, Crash, Prepare, Report
from fer_data.shell.faults import OneLine, lacks_memory
from fer_data.shell.garbage import look_from_now, look_later
from fer_data.shell.interruption import deaf_to_interrupts
from fer_data.shell.left_out import leave_pandas_out
from fer_data.shell.lifetime import end_with_parent

__all__ = ["LocalEngine", "can_fork"]

_PYTHON_ERROR = 1
"""Exit code of an exception that nobody caught."""

_OUT_OF_MEMORY = 137
_GRACE_SECONDS = 5.0

_WORKERS_A_GPU = 8
"""Beside an H100 and 16 cores one worker does 185 faces/s, 8 do 855 and 14 do 887 (720p, CenterFace in fp16)."""

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(slots=True)
class _Worker:
    """A process, our end of its pipe, the place of the task that it has in hand, and what that has reported."""

    process: BaseProcess
    connection: "Connection[object, object]"
    task: int | None = None
    reported: int = 0


class LocalEngine:
    """Run tasks in processes of this machine; 0 workers means one per core, or at most eight per GPU.

    They are fresh, and load what they need themselves. With `forked` they are copies of this one, which have what it
    has loaded, where `can_fork`: only before anything in it works with threads that the copies would miss, such as
    those of OpenCV and torch, or on a GPU.
    """

    def __init__(self, workers: int = 0, *, gpus: bool = False, forked: bool = False) -> None:
        self._gpus = _gpu_count() if gpus else 0
        self._forked = forked and can_fork()
        most = _WORKERS_A_GPU * self._gpus if self._gpus else core_count()
        self.workers = workers or min(most, core_count())

    def run(
        self, prepare: Prepare[Task, Result], tasks: Sequence[Task], report: Report
    ) -> Generator[tuple[int, Result | Crash]]:
        """Yield each task's place and result as they finish; see `Engine.run`."""
        todo, known = deque[int](), 0
        crashes: Counter[int] = Counter()
        workers: list[_Worker] = []
        try:
            while known < len(tasks) or todo or any(worker.task is not None for worker in workers):
                todo.extend(range(known, len(tasks)))
                known = len(tasks)
                while len(workers) < min(self.workers, known):
                    self._start(len(workers), prepare, workers)
                _hand_out(workers, todo, tasks)
                for number in _ready(workers):
                    worker = workers[number]
                    message = _receive(worker)
                    if message is None:
                        self._start(number, prepare, workers)
                        report(-worker.reported)
                        yield from _after_crash(worker, todo, crashes)
                    elif message[0] == "report":
                        worker.reported += message[1]
                        report(message[1])
                    elif message[0] == "error":
                        raise message[1]
                    elif worker.task is not None:
                        task, worker.task = worker.task, None
                        yield task, message[1]
        finally:
            _stop(workers)

    def _start(self, number: int, prepare: Prepare[Any, Any], workers: list[_Worker]) -> None:
        """Put a new worker into its place among the workers, before a request to end is heard: `_stop` ends it then."""
        context = get_context("fork") if self._forked else get_context("spawn")
        ours, theirs = context.Pipe()
        copied = [ours, *(worker.connection for worker in workers)] if self._forked else []
        environment = {"CUDA_VISIBLE_DEVICES": str(number % self._gpus)} if self._gpus > 1 else {}
        process = context.Process(target=_serve, args=(theirs, prepare, environment, copied))
        with deaf_to_interrupts():
            process.start()
            theirs.close()
            workers[number : number + 1] = [_Worker(process, ours)]


def can_fork() -> bool:
    """Say whether a copy of a running process works on this system; on macOS some of its own libraries stop in one."""
    return sys.platform == "linux"


def _gpu_count() -> int:
    import torch

    return torch.cuda.device_count()


def _hand_out(workers: list[_Worker], todo: deque[int], tasks: Sequence[Any]) -> None:
    for worker in workers:
        if worker.task is None and todo:
            worker.task, worker.reported = todo.popleft(), 0
            with suppress(BrokenPipeError):
                worker.connection.send(tasks[worker.task])


def _ready(workers: list[_Worker]) -> list[int]:
    connections = wait([worker.connection for worker in workers])
    return [number for number, worker in enumerate(workers) if worker.connection in connections]


def _receive(worker: _Worker) -> tuple[str, Any] | None:
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


def _after_crash(worker: _Worker, todo: deque[int], crashes: Counter[int]) -> Iterator[tuple[int, Crash]]:
    if worker.task is None:
        return
    crashes[worker.task] += 1
    if crashes[worker.task] > CRASH_RETRIES:
        yield worker.task, Crash(_how_it_ended(worker.process.exitcode))
    else:
        todo.append(worker.task)


def _how_it_ended(code: int | None) -> str:
    if code == _OUT_OF_MEMORY:
        return "the worker process ran out of memory"
    if code is not None and code < 0:
        return f"the worker process died of {signal.Signals(-code).name}"
    return f"the worker process died with exit code {code}"


def _stop(workers: list[_Worker]) -> None:
    """End the workers; one in the middle of a task is asked first, so that it can remove what is half-written."""
    for worker in workers:
        worker.connection.close()
        (worker.process.kill if worker.task is None else worker.process.terminate)()
    end = time.monotonic() + _GRACE_SECONDS
    for worker in workers:
        worker.process.join(max(0.0, end - time.monotonic()))
        worker.process.kill()
        worker.process.join()
        worker.process.close()


def _serve(
    connection: "Connection[object, object]",
    prepare: Prepare[Any, Any],
    environment: dict[str, str],
    copied: Sequence["Connection[object, object]"],
) -> None:
    """Work until the parent is gone; this is the worker process. `copied` are ends of pipes that are the parent's."""
    for parents in copied:
        parents.close()
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
                os._exit(_OUT_OF_MEMORY)
            connection.send(("error", error))
            connection.recv()


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    """Unwind what the worker has in hand."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)
