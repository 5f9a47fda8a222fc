"""Results in the order of their tasks, from worker processes where there is work enough for these to pay."""

from collections.abc import Sequence
from typing import TypeVar

from fer_data.execution.cores import core_count
from fer_data.execution.engines import Prepare, Report, whole_results
from fer_data.execution.engines.local import LocalEngine
from fer_data.execution.engines.threads import thread_results
from fer_data.execution.engines.worker import can_fork

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
    forked: int | None = None,
) -> list[Result]:
    """Return every task's result in their order, or raise a `MachineError` where the worker of one died each time.

    Args:
        prepare: loads what all tasks need, once in each process.
        tasks: what is done; the largest starts first, so that none is left alone at the end.
        report: is told what is done.
        amounts: of work of each task, in what `report` counts.
        workers: processes; 0: one per core.
        least: the amount of work that a process has to have; where there is not twice as much, this process does it.
        threads: that do it then, at most one a worker. For work outside of Python's lock: others wait for each other.
        forked: `least` where the system makes copies of this process, which have loaded all; see `LocalEngine`.
    """
    most = min(workers or core_count(), len(tasks))
    copies = forked if can_fork() else None
    used = min(most, sum(amounts) // (copies or least))
    if copies or used < 2:
        work = prepare()
    if used < 2:
        if min(most, threads) < 2:
            return [work(task, report) for task in tasks]
        return thread_results(work, tasks, report, threads=min(most, threads))
    order = sorted(range(len(tasks)), key=lambda place: -amounts[place])
    running = whole_results(
        LocalEngine(used, forked=bool(copies)), prepare, [tasks[at] for at in order], report
    )
    found = {order[turn]: result for turn, result in running}
    return [found[place] for place in range(len(tasks))]
