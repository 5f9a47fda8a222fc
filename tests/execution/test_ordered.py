"""Results in the order of their tasks, whoever does the work."""

import threading
from collections.abc import Callable

import pytest

from fer_data.errors import DatasetError
from fer_data.execution.engines import Report, Work
from fer_data.execution.engines.ordered import ordered_results


def squares() -> Work[int, int]:
    """Return what squares a number and reports it as work done."""

    def work(task: int, report: Report) -> int:
        report(task)
        return task**2

    return work


@pytest.mark.parametrize("workers", [1, 2, 5], ids="{} workers".format)
@pytest.mark.parametrize("threads", [False, True], ids=["alone", "threads"])
def test_small_work_is_done_here(workers: int, *, threads: bool) -> None:
    """Results come in the order of the tasks, and all that was done is counted once."""
    reported, tasks = list[int](), [5, 1, 4, 2, 3, 0]
    found = ordered_results(
        squares, tasks, reported.append, amounts=tasks, workers=workers, least=100, threads=threads
    )
    assert found == [25, 1, 16, 4, 9, 0]
    assert sum(reported) == sum(tasks)


def test_no_task_has_no_result() -> None:
    """There may be nothing to do."""
    assert ordered_results(squares, [], print, amounts=[], workers=2, least=100, threads=True) == []


def test_threads_work_side_by_side() -> None:
    """Two that wait for each other both end."""
    both = threading.Barrier(2, timeout=30)

    def meeting() -> Work[int, int]:
        return lambda _task, _report: both.wait() * 0

    assert ordered_results(meeting, [1, 2], print, amounts=[1, 1], workers=2, least=100, threads=True) == [
        0,
        0,
    ]


def failing(at: int) -> Callable[[], Work[int, int]]:
    """Return what prepares work that refuses one task."""

    def work(task: int, _report: Report) -> int:
        if task == at:
            raise DatasetError(f"task {task} is damaged")
        return task

    return lambda: work


def test_the_first_error_ends_the_work() -> None:
    """It is raised as the work raised it."""
    with pytest.raises(DatasetError, match="task 3 is damaged"):
        ordered_results(
            failing(3), range(9), lambda _: None, amounts=[1] * 9, workers=2, least=100, threads=True
        )
