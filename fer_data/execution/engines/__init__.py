"""Where many independent tasks run: processes of this machine, or Ray; the results are the same."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from fer_data.errors import MachineError

if TYPE_CHECKING:
    from fer_data.execution.compute import ComputeParams

__all__ = ["CRASH_RETRIES", "Crash", "Engine", "Prepare", "Report", "Work", "open_engine", "whole_results"]

CRASH_RETRIES = 1
"""How often a task is tried again after its worker process died."""

Task = TypeVar("Task")
Result = TypeVar("Result")

Report = Callable[[int], None]
"""Called by a task with the amount of work done since its last call."""

Work = Callable[[Task, Report], Result]
Prepare = Callable[[], Work[Task, Result]]
"""Called once in each worker process, to load what all its tasks need; it and the tasks can be pickled."""


@dataclass(frozen=True, slots=True)
class Crash:
    """What stands for the result of a task whose worker died each time.

    Attributes:
        reason: how it died, in a few words.
    """

    reason: str


class Engine(Protocol):
    """Something that runs tasks side by side."""

    def run(
        self, prepare: Prepare[Task, Result], tasks: Sequence[Task], report: Report
    ) -> Generator[tuple[int, Result | Crash]]:
        """Yield each task's place and result as they finish; the order is not defined.

        `tasks` may grow at its end while results are yielded: what a result leads to.

        Close what this returns when the work ends early: then no worker process is left.

        `report` is called here with what the tasks report there, less what a crash undid where that
        is known. A task whose worker dies is tried again, then yields a `Crash`; an exception in a task ends the run
        and is raised.
        """
        ...


def whole_results(
    engine: Engine, prepare: Prepare[Task, Result], tasks: Sequence[Task], report: Report
) -> Iterator[tuple[int, Result]]:
    """Yield as `Engine.run` does, where a task without a result is no result at all.

    Raises:
        MachineError: a task's worker died each time.
    """
    with closing(engine.run(prepare, tasks, report)) as running:
        for index, result in running:
            if isinstance(result, Crash):
                raise MachineError(
                    f"Task {index + 1} of {len(tasks)}: {result.reason}, {CRASH_RETRIES + 1} times. Run it again with "
                    "fewer workers, or make room for them in memory."
                )
            yield index, result


def open_engine(compute: "ComputeParams", *, gpus: bool = False) -> Engine:
    """Return the engine that the parameters name; with `gpus` every worker gets a GPU, shared where they are few."""
    if compute.engine == "ray":
        from fer_data.execution.engines.ray import RayEngine

        return RayEngine(compute.address, compute.workers, gpus=gpus)
    from fer_data.execution.engines.local import LocalEngine

    return LocalEngine(compute.workers, gpus=gpus)
