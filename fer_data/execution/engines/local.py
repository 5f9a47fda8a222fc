"""Worker processes of this machine, one task at a time each; one that dies takes nothing else with it."""

import signal
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from multiprocessing.connection import wait
from typing import Any, TypeVar

from fer_data.execution.cores import core_count
from fer_data.execution.engines import CRASH_RETRIES, Crash, Prepare, Report
from fer_data.execution.engines.worker import OUT_OF_MEMORY, Worker, can_fork, give, receive, start, stop

__all__ = ["LocalEngine"]

_WORKERS_A_GPU = 8
"""Beside an H100 and 16 cores one worker does 185 faces/s, 8 do 855 and 14 do 887 (720p, CenterFace in fp16)."""

Task = TypeVar("Task")
Result = TypeVar("Result")


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
        workers: list[Worker] = []
        try:
            while known < len(tasks) or todo or any(worker.task is not None for worker in workers):
                todo.extend(range(known, len(tasks)))
                known = len(tasks)
                while len(workers) < min(self.workers, known):
                    self._start(len(workers), prepare, workers)
                _hand_out(workers, todo, tasks)
                for number in _ready(workers):
                    worker = workers[number]
                    message = receive(worker)
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
            stop(workers)

    def _start(self, number: int, prepare: Prepare[Any, Any], workers: list[Worker]) -> None:
        gpu = {"CUDA_VISIBLE_DEVICES": str(number % self._gpus)} if self._gpus > 1 else {}
        start(number, prepare, workers, forked=self._forked, environment=gpu)


def _gpu_count() -> int:
    import torch

    return torch.cuda.device_count()


def _hand_out(workers: list[Worker], todo: deque[int], tasks: Sequence[Any]) -> None:
    for worker in workers:
        if worker.task is None and todo:
            place = todo.popleft()
            give(worker, place, tasks[place])


def _ready(workers: list[Worker]) -> list[int]:
    connections = wait([worker.connection for worker in workers])
    return [number for number, worker in enumerate(workers) if worker.connection in connections]


def _after_crash(worker: Worker, todo: deque[int], crashes: Counter[int]) -> Iterator[tuple[int, Crash]]:
    if worker.task is None:
        return
    crashes[worker.task] += 1
    if crashes[worker.task] > CRASH_RETRIES:
        yield worker.task, Crash(_how_it_ended(worker.process.exitcode))
    else:
        todo.append(worker.task)


def _how_it_ended(code: int | None) -> str:
    if code == OUT_OF_MEMORY:
        return "the worker process ran out of memory"
    if code is not None and code < 0:
        return f"the worker process died of {signal.Signals(-code).name}"
    return f"the worker process died with exit code {code}"
