"""Results in the order of their tasks, whoever does the work."""

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
