"""Ray: an existing cluster by address, or one of this machine's processes."""

import math
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any, TypeVar

import psutil
import ray
from ray import cloudpickle
from ray.actor import ActorHandle
from ray.exceptions import NodeDiedError, OutOfMemoryError, RayTaskError, WorkerCrashedError

from fer_data.errors import FerDataError, MachineError
from fer_data.execution.cores import core_count
from fer_data.execution.engines import CRASH_RETRIES, Crash, Prepare, Report, Work
from fer_data.shell.faults import explained
from fer_data.shell.lifetime import end_with_parent

__all__ = ["RayEngine"]

Task = TypeVar("Task")
Result = TypeVar("Result")

_POLL_SECONDS = 1.0
_REAPER = 'trap "" INT TERM; read -r _; kill -9 "$@" 2> /dev/null'
_NODE_RETRIES = 5
"""How often a task is moved after its node was lost, which says nothing of the task."""


class RayEngine:
    """Run tasks on Ray, a worker process and a core each; without an address a local Ray lives as long as the run."""

    def __init__(self, address: str | None, workers: int = 0, *, gpus: bool = False) -> None:
        self._address = address
        self._workers = workers or core_count()
        self._gpus = gpus

    def run(
        self, prepare: Prepare[Task, Result], tasks: Sequence[Task], report: Report
    ) -> Generator[tuple[int, Result | Crash]]:
        """Yield each task's place and result as they finish; see `Engine.run`."""
        with _connected(self._address, self._workers):
            counter: Any = ray.remote(num_cpus=0)(_Counter).remote()
            prepared = ray.put(cloudpickle.dumps(prepare))  # type: ignore[no-untyped-call]
            function = _run_task.options(num_gpus=self._gpu_share() if self._gpus else 0)
            running: dict[ray.ObjectRef[Any], int] = {}
            failures, known = Counter[tuple[int, str]](), 0
            try:
                while known < len(tasks) or running:
                    new, known = range(known, len(tasks)), len(tasks)
                    running |= {function.remote(prepared, tasks[index], counter): index for index in new}
                    done, _ = ray.wait(list(running), timeout=_POLL_SECONDS)
                    for reference in done:
                        index = running.pop(reference)
                        outcome = _outcome(reference, index, failures)
                        if outcome is None:
                            running[function.remote(prepared, tasks[index], counter)] = index
                        else:
                            yield index, outcome[0]
                    report(ray.get(counter.take.remote()))
            finally:
                for reference in running:
                    ray.cancel(reference, force=True)

    def _gpu_share(self) -> float:
        """Return the part of a GPU that each task gets, so that all cores of the cluster find one."""
        resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        return _share(resources.get("GPU", 0.0), resources.get("CPU", 1.0))


def _share(gpus: float, cores: float) -> float:
    """Return the part of a GPU that belongs to a core, rounded down to Ray's four digits.

    >>> _share(8, 96), _share(4, 2), _share(0, 16)
    (0.0833, 1.0, 0.0)
    """
    return min(1.0, math.floor(gpus / max(1.0, cores) * 1e4) / 1e4)


@contextmanager
def _connected(address: str | None, workers: int) -> Iterator[None]:
    """Connect to Ray, or start it, unless this process is connected already."""
    if ray.is_initialized():
        yield
        return
    quiet: dict[str, Any] = {"log_to_driver": False, "configure_logging": False, "logging_level": "ERROR"}
    with ExitStack() as stack:
        stack.callback(ray.shutdown)
        handler = signal.getsignal(signal.SIGTERM)
        if address is None:
            ray.init(address="local", num_cpus=workers, include_dashboard=False, **quiet)
            stack.enter_context(_ended_together())
        else:
            ray.init(address=address, **quiet)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)  # Ray puts its own in its place.
        yield


@contextmanager
def _ended_together() -> Iterator[None]:
    """End the processes of a local Ray when this one is killed while the block runs.

    Ray ends its workers itself, but leaves agents behind. Who does it waits at a pipe for this process to end.
    """
    started = [str(process.pid) for process in psutil.Process().children(recursive=True)]
    command = ["/bin/sh", "-c", _REAPER, "sh", *started]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as reaper:  # noqa: S603 - numbers alone
        try:
            yield
        finally:
            reaper.kill()


def _outcome(
    reference: "ray.ObjectRef[Any]", index: int, failures: Counter[tuple[int, str]]
) -> tuple[Any] | None:
    """Return a task's result in a tuple, or None when it is to be tried again."""
    try:
        return (ray.get(reference),)
    except (WorkerCrashedError, OutOfMemoryError) as error:
        failures[index, "crash"] += 1
        how = "ran out of memory" if isinstance(error, OutOfMemoryError) else "died"
        return (Crash(f"the worker process {how}"),) if failures[index, "crash"] > CRASH_RETRIES else None
    except NodeDiedError:
        failures[index, "node"] += 1
        if failures[index, "node"] > _NODE_RETRIES:
            raise
        return None
    except RayTaskError as error:
        if isinstance(error.cause, FerDataError):
            raise error.cause from None
        said = explained(error.cause)
        if said is not None:
            raise MachineError(said) from error
        raise


@ray.remote(max_retries=0, num_cpus=1)
def _run_task(prepared: bytes, task: object, counter: "ActorHandle[Any]") -> object:
    """Return a task's result once all that it reported has arrived: the driver asks right behind it."""
    last: ray.ObjectRef[Any] | None = None

    def report(amount: int) -> None:
        nonlocal last
        last = counter.add.remote(amount)  # those of one task arrive in their order

    result = _prepared(prepared)(task, report)
    if last is not None:
        ray.get(last)
    return result


@lru_cache(maxsize=1)
def _prepared(prepare: bytes) -> Work[Any, Any]:
    """Return what `prepare` loads, once in each worker process, which from then on ends with its node's Ray."""
    end_with_parent()
    work: Work[Any, Any] = cloudpickle.loads(prepare)()
    return work


class _Counter:
    """Collect what the tasks report until the driver asks for it."""

    def __init__(self) -> None:
        self._amount = 0

    def add(self, amount: int) -> None:
        self._amount += amount

    def take(self) -> int:
        amount, self._amount = self._amount, 0
        return amount
