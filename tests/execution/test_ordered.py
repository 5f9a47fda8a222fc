"""Results in the order of their tasks, whoever does the work."""

import os
from collections.abc import Callable

import pytest

from fer_data.errors import DatasetError
from fer_data.execution.engines import Report, Work
from fer_data.execution.engines.ordered import ordered_results
from fer_data.execution.engines.worker import can_fork


def squares() -> Work[int, int]:
    """Return what squares a number and reports it as work done."""

    def work(task: int, report: Report) -> int:
        report(task)
        return task**2

    return work


@pytest.mark.parametrize("workers", [1, 5], ids="{} workers".format)
def test_small_work_is_done_here(workers: int) -> None:
    """Results come in the order of the tasks, and all that was done is counted once."""
    reported, tasks = list[int](), [5, 1, 4, 2, 3, 0]
    found = ordered_results(squares, tasks, reported.append, amounts=tasks, workers=workers, least=100)
    assert found == [25, 1, 16, 4, 9, 0]
    assert sorted(reported) == sorted(tasks)


def test_no_task_has_no_result() -> None:
    """There may be nothing to do."""
    assert ordered_results(squares, [], print, amounts=[], workers=2, least=100) == []


def failing(at: int, done: list[int]) -> Callable[[], Work[int, int]]:
    """Return what prepares work that notes its tasks and refuses one."""

    def work(task: int, _report: Report) -> int:
        if task == at:
            raise DatasetError(f"task {task} is damaged")
        done.append(task)
        return task

    return lambda: work


def test_the_first_error_ends_the_work() -> None:
    """It is raised as the work raised it, and nothing behind it is begun."""
    done = list[int]()
    with pytest.raises(DatasetError, match="task 3 is damaged"):
        ordered_results(failing(3, done), range(9), print, amounts=[1] * 9, workers=2, least=100)
    assert done == [0, 1, 2]


def naming(prepared: list[int]) -> Callable[[], Work[int, tuple[int, list[int]]]]:
    """Return what notes who prepares, and prepares work that tells who does it and what had been noted there."""

    def prepare() -> Work[int, tuple[int, list[int]]]:
        prepared.append(os.getpid())
        return work

    def work(task: int, report: Report) -> tuple[int, list[int]]:
        report(task)
        return os.getpid(), prepared

    return prepare


@pytest.mark.skipif(not can_fork(), reason="copies of a process do not work on this system")
@pytest.mark.parametrize(
    ("workers", "amounts", "here"), [(2, [3, 3, 3, 3], False), (1, [3] * 4, True), (2, [3, 2], True)]
)
def test_enough_work_is_done_by_copies_of_this_process(
    workers: int, amounts: list[int], *, here: bool
) -> None:
    """They have what it has prepared; with one worker, or of less work than two of them should have, there is none."""
    done = list[int]()
    found = ordered_results(
        naming([]), amounts, done.append, amounts=amounts, workers=workers, least=100, forked=3
    )
    assert sum(done) == sum(amounts)
    assert {who == os.getpid() for who, _ in found} == {here}
    assert {prepared[0] for _, prepared in found} == {os.getpid()}
