"""Work that threads of one process share."""

import signal
from threading import Barrier, Event, Lock, active_count, current_thread, main_thread
from time import sleep

import pytest

from fer_data.errors import DatasetError
from fer_data.execution.engines import Report
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


def test_one_reports_at_a_time() -> None:
    """Whoever counts what is done need not think of threads."""
    both, within, met = Barrier(2), Lock(), list[bool]()

    def report(_amount: int) -> None:
        met.append(not within.acquire(blocking=False))
        sleep(0.05)  # so that the other comes, if nothing holds it
        if not met[-1]:
            within.release()

    def work(_task: int, told: Report) -> None:
        both.wait(timeout=30)
        told(1)

    thread_results(work, range(4), report, threads=2)
    assert met == [False] * 4


def test_only_so_many_results_wait_to_be_fetched() -> None:
    """Tasks are begun as results are taken: behind one that takes long, no more than are in hand and one."""
    begun, released = list[int](), Event()

    def work(task: int, _report: Report) -> int:
        begun.append(task)
        if task == 0:
            released.wait(timeout=0.5)  # the others have the time for all that they may begin
            return len(begun)
        return 0

    assert thread_results(work, range(50), note, threads=2)[0] <= 3


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
def test_there_are_as_many_threads_as_workers(workers: int) -> None:
    """Who asks for one worker gets no thread beside it; nobody gets more than there are workers."""
    names = set[str]()

    def work(_task: int, _report: Report) -> None:
        names.add(current_thread().name)
        sleep(0.05)  # so that a pool that may start another thread does

    ordered_results(lambda: work, range(8), note, amounts=[1] * 8, workers=workers, least=100, threads=4)
    assert len(names) == workers
    assert (main_thread().name in names) is (workers == 1)
