"""Calls in a process beside this one, which has loaded what they need by the time that they are made."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar, cast

from fer_data.execution.cores import core_count
from fer_data.execution.engines import Report, Work
from fer_data.execution.engines.worker import Worker, can_fork, give, receive, start, stop

__all__ = ["HERE", "Beside", "beside"]

Result = TypeVar("Result")


class Beside:
    """Make calls one after another, in another process as long as there is one, else when their result is asked for."""

    def __init__(self, workers: list[Worker]) -> None:
        self._workers = workers
        self._given = 0
        self._answers: list[tuple[str, Any]] = []

    def call(self, function: Callable[..., Result], *arguments: object) -> Callable[[], Result]:
        """Begin a call and return what waits for its result, or raises its error; all of it can be pickled."""
        task = partial(function, *arguments)
        if not self._workers:
            return task
        place, self._given = self._given, self._given + 1
        give(self._workers[0], place, task)
        return partial(self._result, place, task)

    def _result(self, place: int, task: Callable[[], Result]) -> Result:
        """Return a call's result, or raise its error, however often it is asked for.

        Where the process ended before, by an earlier error or a kill for want of memory or by a person, make it here.
        """
        while self._workers and place >= len(self._answers):
            message = receive(self._workers[0])
            if message is not None:
                self._answers.append(message)
            if message is not None and len(self._answers) == self._given:
                self._workers[0].task = None
            if message is None or message[0] == "error":
                stop(self._workers)
                self._workers.clear()
        if place >= len(self._answers):
            return task()
        kind, answer = self._answers[place]
        if kind == "error":
            raise answer
        return cast("Result", answer)


HERE = Beside([])
"""Makes every call in this process."""


@contextmanager
def beside(load: Callable[[], object], *, workers: int) -> Iterator[Beside]:
    """Yield what makes calls in a copy of this process, which loads meanwhile what they need; it ends with the block.

    Begin the block before this process has loaded much, and has threads or a GPU that the copy would miss. With one
    worker or core (0 workers: one per core), and where the system makes no copies, or none now, all is done here.
    """
    process: list[Worker] = []
    try:
        if (workers or core_count()) > 1 and core_count() > 1 and can_fork():
            with suppress(OSError):  # too many processes, or too little memory for one more
                start(0, partial(_caller, load), process, forked=True)
        yield Beside(process)
    finally:
        stop(process)


def _caller(load: Callable[[], object]) -> Work[Callable[[], Any], Any]:
    load()
    return _called


def _called(task: Callable[[], Result], report: Report) -> Result:
    del report
    return task()
