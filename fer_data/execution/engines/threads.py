"""Threads of this process, for work too small for processes to pay: pictures are made outside of Python's lock."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event, Lock
from typing import TypeVar

from fer_data.errors import FerDataError
from fer_data.execution.engines import Report, Work
from fer_data.execution.prefetch import in_order

__all__ = ["thread_results"]

Task = TypeVar("Task")
Result = TypeVar("Result")


class _EndedError(FerDataError):
    """The work ended early, and this task with it; nobody reads it."""


def thread_results(
    work: Work[Task, Result], tasks: Sequence[Task], report: Report, *, threads: int
) -> list[Result]:
    """Return every task's result in the order of the tasks; `threads` tasks are in hand at a time.

    `report` is called by one thread at a time. An error is that of the first task that has one. Where the work ends
    early, by an error or a request to end, tasks in hand end at their next report, and no thread is left.
    """
    ended, alone = Event(), Lock()

    def told(amount: int) -> None:
        if ended.is_set():
            raise _EndedError("the work has ended")
        with alone:
            report(amount)

    pool = ThreadPoolExecutor(threads)
    try:
        makers = ((None, partial(work, task, told)) for task in tasks)
        return [result for _, result in in_order(pool, makers, most=threads + 1)]
    finally:
        ended.set()
        pool.shutdown(cancel_futures=True)
