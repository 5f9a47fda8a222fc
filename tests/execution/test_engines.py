"""Every engine gives the same results, and survives the death of a worker."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import engine_tasks
import pytest
from engine_tasks import PATIENCE_SECONDS
from warm_workers import ENGINE_CONTEXT

from fer_data.errors import MachineError, MediaError
from fer_data.execution.compute import ComputeParams
from fer_data.execution.engines import Crash, Engine, open_engine
from fer_data.execution.engines.local import LocalEngine
from fer_data.execution.engines.worker import can_fork


@pytest.fixture(autouse=True, scope="module")
def spawned() -> Iterator[None]:
    """Start processes as outside of tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ENGINE_CONTEXT, multiprocessing.get_context)
        yield


@pytest.fixture(scope="module", params=["local", pytest.param("ray", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Return an engine with two workers; Ray is started once for all tests."""
    if request.param == "ray":
        import ray

        ray.cloudpickle.register_pickle_by_value(engine_tasks)
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    yield open_engine(ComputeParams(engine=request.param, workers=2, address=None, store="unused"))
    if request.param == "ray":
        ray.shutdown()


def nothing(amount: int) -> None:
    """Take a report and do nothing."""


def test_results_come_with_their_places(engine: Engine, tmp_path: Path) -> None:
    """Every task yields once; what it reports arrives; a process is prepared once for all its tasks."""
    reported: list[int] = []
    results = dict(engine.run(partial(engine_tasks.square, tmp_path), list(range(12)), reported.append))
    assert results == {task: str(task * task) for task in range(12)}
    assert sum(reported) == sum(range(12))
    most = (
        2 if isinstance(engine, LocalEngine) else len(results) // 2
    )  # Ray may put a process in another's place
    assert 1 <= len(list(tmp_path.iterdir())) <= most


def test_workers_look_for_garbage_once_they_work(tmp_path: Path) -> None:
    """They put it off while they load; put off for good, a worker would keep all that refers to itself."""
    assert dict(LocalEngine(1).run(partial(engine_tasks.looking, tmp_path), [0], nothing)) == {0: "True"}


def test_results_may_bring_further_tasks(engine: Engine, tmp_path: Path) -> None:
    """What is added to the tasks while results come is done in the same run, by more workers where there are more."""
    tasks = [5]
    results = {}
    for place, result in engine.run(partial(engine_tasks.square, tmp_path), tasks, nothing):
        results[place] = result
        if place == 0:
            tasks += [6, 7, 8]
        if place == 3:
            tasks.append(9)
    assert results == {place: str(task * task) for place, task in enumerate([5, 6, 7, 8, 9])}


def test_no_task_is_no_work(engine: Engine, tmp_path: Path) -> None:
    """Without tasks nothing is prepared."""
    assert list(engine.run(partial(engine_tasks.square, tmp_path), [], nothing)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_task_that_kills_its_worker_is_tried_twice_and_the_others_go_on(
    engine: Engine, tmp_path: Path
) -> None:
    """A segmentation fault yields a crash after one retry; one that does not come again is not seen."""
    results = dict(engine.run(partial(engine_tasks.fatal, tmp_path), list(range(8)), nothing))
    crash = results.pop(3)
    assert isinstance(crash, Crash)
    assert "the worker process died" in crash.reason
    assert (tmp_path / "tried-3").read_text() == "xx"
    assert results == {task: str(task) for task in range(8) if task != 3}


def test_an_error_of_ours_ends_the_run_as_itself(engine: Engine, tmp_path: Path) -> None:
    """Wrong input is not a crash: it is raised here with its own type and one-line message."""
    with pytest.raises(MediaError, match=r"^clip 2 is odd\.$"):
        dict(engine.run(partial(engine_tasks.picky, tmp_path), list(range(4)), nothing))


def test_a_full_disk_in_a_worker_ends_the_run_in_one_line(engine: Engine, tmp_path: Path) -> None:
    """It is neither the video's fault nor ours, and no traceback of a worker is printed."""
    with pytest.raises(MachineError, match=r"^No space left on device \(store/1\.arrow\)\. Make room"):
        dict(engine.run(partial(engine_tasks.cramped, tmp_path), [1], nothing))


def test_an_error_while_preparing_ends_the_run(engine: Engine, tmp_path: Path) -> None:
    """Missing weights, say, are not tried again for every task."""
    with pytest.raises(MediaError, match=r"^nothing to work with\.$"):
        dict(engine.run(partial(engine_tasks.unprepared, tmp_path), list(range(4)), nothing))
    most = 2 if isinstance(engine, LocalEngine) else 4  # Ray may have begun all by then
    assert 1 <= len(list(tmp_path.iterdir())) <= most


def kill_the_first(folder: Path) -> None:
    """Wait for the process that does task 0, and kill it."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        for path in folder.glob("0-*"):
            os.kill(int(path.name.split("-")[1]), signal.SIGKILL)
            return
        time.sleep(0.01)


def test_a_worker_killed_in_mid_run_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    """SIGKILL to one of two workers from outside: its task is done again, and every result is there."""
    killer = threading.Thread(target=kill_the_first, args=[tmp_path])
    killer.start()
    results = dict(engine.run(partial(engine_tasks.slow, tmp_path), list(range(6)), nothing))
    killer.join()
    assert results == {task: str(task) for task in range(6)}
    assert len(list(tmp_path.glob("0-*"))) == 2


def test_workers_spread_over_the_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of two workers sees one of two GPUs."""
    monkeypatch.setattr("fer_data.execution.engines.local._gpu_count", lambda: 2)
    compute = ComputeParams(engine="local", workers=2, address=None, store="unused")
    results = dict(
        open_engine(compute, gpus=True).run(partial(engine_tasks.visible, tmp_path), [0, 1], nothing)
    )
    assert set(results.values()) == {"0", "1"}


@pytest.mark.parametrize(
    ("cores", "gpus", "workers"), [(4, 0, 4), (2, 1, 2), (64, 1, 8), (64, 2, 16)], ids=str
)
def test_workers_by_default_are_the_cores_that_the_gpus_can_serve(
    monkeypatch: pytest.MonkeyPatch, cores: int, gpus: int, workers: int
) -> None:
    """One a core, and at most eight a GPU, which then hardly gains from more."""
    monkeypatch.setattr("fer_data.execution.engines.local._gpu_count", lambda: gpus)
    monkeypatch.setattr("fer_data.execution.engines.local.core_count", lambda: cores)
    assert LocalEngine(0, gpus=gpus > 0).workers == workers


def test_memory_that_runs_out_is_a_crash(tmp_path: Path) -> None:
    """MemoryError counts like the kernel's own killing: one retry, then the others go on."""
    compute = ComputeParams(engine="local", workers=1, address=None, store="unused")
    results = dict(open_engine(compute).run(partial(engine_tasks.hungry, tmp_path), [0, 1, 2], nothing))
    assert isinstance(results[1], Crash)
    assert (results[0], results[2]) == ("0", "2")


def test_a_fault_of_ours_is_never_taken_for_a_bad_video(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """An unexpected exception stops the run, with its traceback shown."""
    compute = ComputeParams(engine="local", workers=1, address=None, store="unused")
    with pytest.raises(RuntimeError, match="A worker process failed"):
        dict(open_engine(compute).run(partial(engine_tasks.faulty, tmp_path), [1], nothing))
    assert "ZeroDivisionError" in capfd.readouterr().err


@contextmanager
def asked_to_end_meanwhile() -> Iterator[None]:
    """Stand for a request to end that came in the block."""
    yield
    raise KeyboardInterrupt


@pytest.mark.skipif(not can_fork(), reason="copies of a process do not work on this system")
def test_a_request_to_end_while_a_copy_starts_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy waits for its first task, on a pipe whose other end it has a copy of."""
    monkeypatch.setattr("fer_data.execution.engines.worker.deaf_to_interrupts", asked_to_end_meanwhile)
    with pytest.raises(KeyboardInterrupt):
        list(LocalEngine(2, forked=True).run(partial(engine_tasks.square, tmp_path), [1, 2], nothing))
    assert multiprocessing.active_children() == []
