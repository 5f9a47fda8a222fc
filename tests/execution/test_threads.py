"""Work that threads of one process share."""

import signal
from threading import Barrier, active_count, main_thread
from time import sleep

import pytest

from fer_data.errors import DatasetError
from fer_data.execution.engines import Report, Work
from fer_data.execution.engines.ordered import ordered_results
from fer_data.execution.engines.threads import thread_results


def note(amount: int) -> None:
    """Count what is done nowhere."""


def test_tasks_are_done_side_by_side_and_given_in_order() -> None:
    """Each of two tasks waits until the other is in hand as well."""
    both = Barrier(2)

    def work(task: int, report: Report) -> int:
        both.wait(timeout=30)
        report(task)
        return task**2

    reported = list[int]()
    assert thread_results(work, [3, 1, 2, 4], reported.append, threads=2) == [9, 1, 4, 16]
    assert sorted(reported) == [1, 2, 3, 4]


def test_the_first_error_ends_all() -> None:
    """It is that of the first task that has one; a task in hand ends at its next report, and no thread is left."""
    both, threads = Barrier(2), active_count()

    def work(task: int, report: Report) -> int:
        both.wait(timeout=30)
        while task > 0:
            report(1)
        raise DatasetError(f"task {task} is damaged")

    with pytest.raises(DatasetError, match="task 0 is damaged"):
        thread_results(work, range(2), note, threads=2)
    assert active_count() == threads


def test_a_request_to_end_ends_all() -> None:
    """Ctrl-C reaches the main thread, which waits; tasks in hand end, and those behind them are not begun."""
    threads, begun = active_count(), list[int]()

    def work(task: int, report: Report) -> int:
        begun.append(task)
        if task == 1:
            sleep(0.2)  # until the main thread waits
            signal.pthread_kill(main_thread().ident or 0, signal.SIGINT)
        while True:
            report(1)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            thread_results(work, range(9), note, threads=2)
    finally:
        signal.signal(signal.SIGINT, before)
    assert sorted(begun) == [0, 1]
    assert active_count() == threads


@pytest.mark.parametrize("workers", [1, 2], ids="{} workers".format)
def test_more_than_one_only_where_there_are_workers(workers: int) -> None:
    """Who asks for one worker gets no thread beside it."""
    count = active_count()

    def prepare() -> Work[int, int]:
        return lambda _task, _report: active_count() - count

    found = ordered_results(prepare, range(4), print, amounts=[1] * 4, workers=workers, least=100, threads=4)
    assert (max(found) > 0) is (workers > 1)
