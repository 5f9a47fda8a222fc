"""Results in the order of their tasks, from worker processes where there is work enough for these to pay."""

from collections.abc import Sequence
from typing import TypeVar

from fer_data.execution.cores import core_count
from fer_data.execution.engines import Prepare, Report, whole_results
from fer_data.execution.engines.local import LocalEngine
from fer_data.execution.engines.threads import thread_results

__all__ = ["ordered_results"]

Task = TypeVar("Task")
Result = TypeVar("Result")


def ordered_results(
    prepare: Prepare[Task, Result],
    tasks: Sequence[Task],
    report: Report,
    *,
    amounts: Sequence[int],
    workers: int,
    least: int,
    threads: int = 1,
) -> list[Result]:
    """Return every task's result in the order of the tasks.

    Args:
        prepare: loads what all tasks need, once in each process.
        tasks: what is done; the largest starts first, so that none is left alone at the end.
        report: is told what is done.
        amounts: of work of each task, in what `report` counts.
        workers: processes; 0: one per core.
        least: the amount of work that a process has to have; where there is not twice as much, this process does it.
        threads: that do it then, at most one a worker. For work outside of Python's lock: others wait for each other.

    Raises:
        MachineError: a task's worker died each time.
    """
    most = min(workers or core_count(), len(tasks))
    used = min(most, sum(amounts) // least)
    if used < 2:
        work = prepare()
        if min(most, threads) < 2:
            return [work(task, report) for task in tasks]
        return thread_results(work, tasks, report, threads=min(most, threads))
    order = sorted(range(len(tasks)), key=lambda place: -amounts[place])
    found = dict(whole_results(LocalEngine(used), prepare, [tasks[place] for place in order], report))
    by_place = {order[turn]: result for turn, result in found.items()}
    return [by_place[place] for place in range(len(tasks))]
