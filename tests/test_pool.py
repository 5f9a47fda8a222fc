"""Worker processes do every job once, outlive crashes and pass errors on."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from fer_data.errors import DetectorError, MediaError
from fer_data.pool import Crash, run_jobs, worker_count

Report = Callable[[int], None]


@dataclass(frozen=True)
class Job:
    """Something for a worker to do, and where to leave a mark of each attempt."""

    name: str
    folder: Path
    fault: str = "none"


def make_work() -> Callable[[Job, Report], None]:
    """Return a function that marks each attempt at a job and fails as the job says."""
    return work


def work(job: Job, report: Report) -> None:
    """Leave one file an attempt, report three steps of progress, then end as the job asks."""
    attempt = len(list(job.folder.glob(f"{job.name}.*")))
    (job.folder / f"{job.name}.{attempt}").touch()
    report(3)
    if job.fault == "always" or (job.fault == "once" and attempt == 0):
        os.kill(os.getpid(), signal.SIGSEGV)
    if job.fault == "memory":
        raise MemoryError
    if job.fault == "ours":
        raise MediaError("this one is ours")
    if job.fault == "bug":
        raise ZeroDivisionError


def refuse() -> Callable[[Job, Report], None]:
    """Fail before any job."""
    raise DetectorError("no weights here")


def run(jobs: list[Job], workers: int) -> tuple[dict[str, Crash | None], int]:
    """Return how each job ended, and the progress at the end."""
    progress: list[int] = []
    ends = run_jobs(jobs, make_work, workers=workers, report=progress.append)
    return {jobs[place].name: crash for place, crash in ends}, sum(progress)


def attempts(folder: Path, name: str) -> int:
    """Return how often a job was begun."""
    return len(list(folder.glob(f"{name}.*")))


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_is_done_once(workers: int, tmp_path: Path) -> None:
    """Five jobs end well, each begun once, with all progress reported."""
    jobs = [Job(f"job{i}", tmp_path) for i in range(5)]
    ends, progress = run(jobs, workers)
    assert ends == {job.name: None for job in jobs}
    assert progress == 15
    assert all(attempts(tmp_path, job.name) == 1 for job in jobs)


def test_a_crash_is_tried_again_once_and_the_others_go_on(tmp_path: Path) -> None:
    """A job that crashes once ends well; one that always does ends as a crash; progress counts only what held."""
    jobs = [
        Job("bad", tmp_path, "always"),
        Job("shaky", tmp_path, "once"),
        Job("a", tmp_path),
        Job("b", tmp_path),
    ]
    ends, progress = run(jobs, 2)
    assert ends == {"bad": Crash("it was killed by SIGSEGV"), "shaky": None, "a": None, "b": None}
    assert attempts(tmp_path, "bad") == attempts(tmp_path, "shaky") == 2
    assert progress == 9


def test_running_out_of_memory_is_a_crash(tmp_path: Path) -> None:
    """Memory that cannot be had ends the job and not the run."""
    ends, _ = run([Job("large", tmp_path, "memory"), Job("small", tmp_path)], 1)
    assert ends == {"large": Crash("it ran out of memory"), "small": None}


def test_an_error_of_ours_is_raised_to_the_caller(tmp_path: Path) -> None:
    """Wrong input found by a worker reaches the caller as it is."""
    with pytest.raises(MediaError, match="this one is ours"):
        run([Job("wrong", tmp_path, "ours")], 1)


def test_an_error_before_any_job_is_raised_to_the_caller(tmp_path: Path) -> None:
    """A worker that cannot begin says why."""
    with pytest.raises(DetectorError, match="no weights here"):
        list(run_jobs([Job("a", tmp_path)], partial(refuse), workers=1, report=lambda _: None))


def test_a_fault_of_the_package_stops_the_run(tmp_path: Path) -> None:
    """A bug does not pass for a video that cannot be decoded."""
    with pytest.raises(RuntimeError, match="Please report it"):
        run([Job("bug", tmp_path, "bug")], 1)


def test_no_jobs_need_no_processes() -> None:
    """Nothing to do ends at once."""
    assert run([], 4) == ({}, 0)


def test_zero_workers_mean_one_a_core() -> None:
    """The number of processes is what is asked for, else that of the cores."""
    assert worker_count(3) == 3
    assert worker_count(0) == len(os.sched_getaffinity(0))
