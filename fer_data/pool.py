"""A pool of worker processes that outlives the crash of any of them."""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Generic, TypeVar

from fer_data.errors import FerDataError

__all__ = ["Crash", "run_jobs", "worker_count"]

Job = TypeVar("Job")
Report = Callable[[int], None]
Work = Callable[[Job, Report], None]

_ATTEMPTS = 2
_OUT_OF_MEMORY = 137
_PYTHON_ERROR = 1


@dataclass(frozen=True, slots=True)
class Crash:
    """How a worker process ended while it did a job, twice.

    Attributes:
        reason: in words, such as `killed by SIGSEGV`.
    """

    reason: str


@dataclass(slots=True)
class _Worker(Generic[Job]):
    process: SpawnProcess
    connection: "Connection[object, object]"
    job: int | None = None
    progress: int = 0


def worker_count(workers: int) -> int:
    """Return how many processes to use; 0 means one for each core that this process may run on."""
    return workers or len(os.sched_getaffinity(0))


def run_jobs(
    jobs: Sequence[Job], make_work: Callable[[], Work[Job]], *, workers: int, report: Report
) -> Iterator[tuple[int, Crash | None]]:
    """Do every job in one of `workers` fresh processes, and yield its place and how it ended, as they end.

    `make_work` is called once in each process, and what it returns once a job. A process that dies under a job is
    replaced and the job done once more; if that one dies too, the job ends as a `Crash` and the others go on. `report`
    gets what the work reports, less what a crash undid.

    Raises:
        FerDataError: `make_work` or the work raised it.
        RuntimeError: the work failed otherwise, which is a fault in this package; the process printed the traceback.
    """
    pool = _Pool(jobs, make_work, report)
    try:
        yield from pool.run(min(workers, len(jobs)))
    finally:
        pool.stop()


class _Pool(Generic[Job]):
    def __init__(self, jobs: Sequence[Job], make_work: Callable[[], Work[Job]], report: Report) -> None:
        self._jobs = jobs
        self._make_work = make_work
        self._report = report
        self._context = multiprocessing.get_context("spawn")
        self._waiting = deque(range(len(jobs)))
        self._crashes = [0] * len(jobs)
        self._workers: list[_Worker[Job]] = []

    def run(self, workers: int) -> Iterator[tuple[int, Crash | None]]:
        self._workers = [self._start() for _ in range(workers)]
        while self._waiting or any(worker.job is not None for worker in self._workers):
            for worker in self._workers:
                if worker.job is None and self._waiting:
                    self._hand_out(worker)
            busy = {id(worker.connection): worker for worker in self._workers if worker.job is not None}
            for connection in wait([worker.connection for worker in busy.values()]):
                ended = self._receive(busy[id(connection)])
                if ended is not None:
                    yield ended

    def stop(self) -> None:
        for worker in self._workers:
            worker.connection.close()
            worker.process.terminate()
            worker.process.join()

    def _start(self) -> _Worker[Job]:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._make_work), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _hand_out(self, worker: _Worker[Job]) -> None:
        worker.job, worker.progress = self._waiting.popleft(), 0
        try:
            worker.connection.send(self._jobs[worker.job])
        except BrokenPipeError:
            return  # the process is gone, which the next receive finds out

    def _receive(self, worker: _Worker[Job]) -> tuple[int, Crash | None] | None:
        """Return the place of a job that ended, and how, or None for mere progress."""
        try:
            message = worker.connection.recv()
        except (EOFError, ConnectionResetError):
            return self._bury(worker)
        if isinstance(message, FerDataError):
            raise message
        if isinstance(message, int):
            worker.progress += message
            self._report(message)
            return None
        job, worker.job = worker.job, None
        return (job, None) if job is not None else None

    def _bury(self, worker: _Worker[Job]) -> tuple[int, Crash | None] | None:
        """Replace a dead process; its job is done once more, unless that was the second time."""
        worker.process.join()
        code, job = worker.process.exitcode, worker.job
        if code == _PYTHON_ERROR or job is None:
            raise RuntimeError("A worker process failed; its traceback is printed above. Please report it.")
        self._report(-worker.progress)
        worker.connection.close()
        self._workers[self._workers.index(worker)] = self._start()
        self._crashes[job] += 1
        if self._crashes[job] < _ATTEMPTS:
            self._waiting.append(job)
            return None
        return job, Crash(_how_it_ended(code))


def _how_it_ended(code: int | None) -> str:
    if code == _OUT_OF_MEMORY:
        return "it ran out of memory"
    if code is not None and code < 0:
        return f"it was killed by {signal.Signals(-code).name}"
    return f"it ended with code {code}"


def _serve(connection: "Connection[object, object]", make_work: Callable[[], Work[Job]]) -> None:
    """Do jobs until the other end closes the connection."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        work = make_work()
        while True:
            work(connection.recv(), connection.send)  # type: ignore[arg-type]
            connection.send(None)
    except (EOFError, BrokenPipeError):
        return  # the parent is gone
    except FerDataError as error:
        connection.send(error)
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)
