"""Calls in a process beside this one."""

import errno
import os
import signal
from pathlib import Path

import pytest

from fer_data.errors import DatasetError
from fer_data.execution.beside import HERE, beside
from fer_data.execution.engines.worker import can_fork

pytestmark = pytest.mark.skipif(not can_fork(), reason="copies of a process do not work on this system")


@pytest.fixture(autouse=True)
def cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have two cores, whatever there are."""
    monkeypatch.setattr("fer_data.execution.beside.core_count", lambda: 2)


def load() -> None:
    """Load nothing."""


def whose(number: int) -> tuple[int, int]:
    """Return a number and the process that was asked."""
    return number, os.getpid()


def refuse() -> None:
    """Refuse."""
    raise DatasetError("all is damaged")


def die_unless(pid: int) -> int:
    """End the process with a signal unless it is this one."""
    if os.getpid() != pid:
        os.kill(os.getpid(), signal.SIGKILL)
    return pid


def test_calls_are_made_in_one_other_process_which_ends() -> None:
    """Results belong to their calls in whatever order they are asked for, and no process is left."""
    with beside(load, workers=2) as other:
        results = [other.call(whose, number) for number in range(3)]
        found = [result() for result in reversed(results)]
    assert [number for number, _ in found] == [2, 1, 0]
    (pid,) = {pid for _, pid in found}
    assert pid != os.getpid()
    assert not Path(f"/proc/{pid}").exists()


def test_it_loads_before_it_is_asked(tmp_path: Path) -> None:
    """What a call needs is there by then."""
    with beside((tmp_path / "loaded").touch, workers=0) as other:
        assert other.call((tmp_path / "loaded").exists)()


@pytest.mark.parametrize(("workers", "cores"), [(1, 2), (0, 1), (2, 1)])
def test_one_worker_or_core_makes_calls_here(
    monkeypatch: pytest.MonkeyPatch, workers: int, cores: int
) -> None:
    """There is no second process, and a call is made when its result is asked for."""
    monkeypatch.setattr("fer_data.execution.beside.core_count", lambda: cores)
    with beside(refuse, workers=workers) as other:
        assert other.call(whose, 1)() == (1, os.getpid())
    assert HERE.call(whose, 1)() == (1, os.getpid())


def test_an_error_is_raised_where_the_result_is_asked_for() -> None:
    """As the call raised it."""
    with beside(load, workers=2) as other:
        result = other.call(refuse)
        for _ in range(2):
            with pytest.raises(DatasetError, match="all is damaged"):
                result()


def test_a_load_that_fails_is_raised_by_the_first_call() -> None:
    """However often it is asked for; what was called after it is made here."""
    with beside(refuse, workers=2) as other:
        first, second = other.call(whose, 1), other.call(whose, 2)
        for _ in range(2):
            with pytest.raises(DatasetError, match="all is damaged"):
                first()
        assert second() == (2, os.getpid())


def test_calls_after_one_that_failed_are_made() -> None:
    """Those before it keep what they gave."""
    with beside(load, workers=2) as other:
        first, refused, third = other.call(whose, 1), other.call(refuse), other.call(whose, 3)
        assert third() == (3, os.getpid())
        assert first()[1] != os.getpid()
        with pytest.raises(DatasetError, match="all is damaged"):
            refused()


def no_process() -> int:
    """Refuse as a system does in which there are too many."""
    raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")


def test_where_no_process_can_be_made_calls_are_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What they are for needs none."""
    monkeypatch.setattr("os.fork", no_process)
    with beside(refuse, workers=2) as other:
        assert other.call(whose, 1)() == (1, os.getpid())


def test_calls_of_a_process_that_was_killed_are_made_here() -> None:
    """Whoever killed it; what it had done stays done."""
    with beside(load, workers=2) as other:
        first, second, third = (
            other.call(whose, 1),
            other.call(die_unless, os.getpid()),
            other.call(whose, 3),
        )
        assert second() == os.getpid()
        assert third() == (3, os.getpid())
        assert first()[1] != os.getpid()
