"""`align` without worker processes: to start one takes longer than to align a small corpus."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from fer_data import align as stage
from fer_data.execution.compute import ComputeParams
from fer_data.execution.engines import Engine, Report, open_engine
from fer_data.execution.store import STORE_VARIABLE
from fer_data.params.document import load_params
from fer_data.video_jobs.tasks import Task

__all__ = ["InThisProcess", "align", "one_worker_here"]

SHIPPED_STORE = load_params(Path(__file__).parents[2] / "params.yaml").compute.store


class InThisProcess:
    """An engine without processes, which stops when it has done `limit` tasks, and notes what it did."""

    def __init__(self, limit: int = 1000) -> None:
        self.limit = limit
        self.done: list[Task] = []
        self.reported = 0

    def run(
        self,
        prepare: Callable[[], Callable[[Task, Report], object]],
        tasks: Sequence[Task],
        report: Report,
    ) -> Iterator[tuple[int, object]]:
        """Do one task after the other."""
        work = prepare() if tasks else None
        for place, task in enumerate(tasks):
            if len(self.done) == self.limit:
                raise KeyboardInterrupt
            self.done.append(task)
            yield place, work(task, self._reported(report)) if work else None

    def _reported(self, report: Report) -> Report:
        def note(amount: int) -> None:
            self.reported += amount
            report(amount)

        return note


def one_worker_here(compute: ComputeParams, *, gpus: bool = False) -> Engine:
    """Return an engine as `open_engine` does, but that a single worker of this machine is this process."""
    if compute.engine == "local" and compute.workers == 1 and not gpus:
        return InThisProcess()
    return open_engine(compute, gpus=gpus)


def align(*folders: Path, **options: Any) -> dict[str, Any]:
    """Run the stage `align`, a single worker of which is this process; see `fer_data.align.align`.

    A resume store other than the one of `params.yaml` is used whatever the environment says, which outside of tests
    comes first.
    """
    store = options["compute"].store
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fer_data.align.stage.open_engine", one_worker_here)
        patch.setattr(
            "fer_data.video_jobs.work.keep_freed_memory", lambda: None
        )  # this process has other tests
        if store != SHIPPED_STORE:
            patch.setenv(STORE_VARIABLE, store)
        return stage.align(*folders, **options)
