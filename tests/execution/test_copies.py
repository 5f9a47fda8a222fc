"""Workers that are copies of this process: nothing of it keeps them waiting, and they leave nothing of their own."""

import atexit
import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_tasks import PATIENCE_SECONDS

from fer_data.execution.beside import beside
from fer_data.execution.engines.worker import can_fork

pytestmark = pytest.mark.skipif(not can_fork(), reason="copies of a process do not work on this system")

FAULTY = """
import os, sys, threading, time
from fer_data.execution.engines.local import LocalEngine
from fer_data.shell import progress as shown
def prepare():
    shown.say("prepared")
    print("written", file=sys.stderr)
    return lambda task, report: int("a fault")
def held(lock):
    began = threading.Event()
    def hold():
        with lock:
            began.set()
            time.sleep(600)
    threading.Thread(target=hold, daemon=True).start()
    began.wait()
def run():
    try:
        list(LocalEngine(1, forked=True).run(prepare, [0], lambda amount: None))
    except RuntimeError:
        return
    sys.exit("there was no fault")
"""
BARRED = """
with shown.progress("work", 1, "rows"):
    held(shown._display._bars.live._lock)
    run()
    os._exit(0)
"""


def test_a_copy_writes_whatever_is_locked_by_who_shows_work() -> None:
    """A bar that is just drawn on a terminal while the copy is made stays locked for ever in it."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", FAULTY + BARRED], env=os.environ | {"TERM": "xterm"}, stderr=theirs
    )
    os.close(theirs)
    try:
        assert process.wait(PATIENCE_SECONDS) == 0
        said = os.read(ours, 1 << 16).decode()
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    lines = said.splitlines()
    assert lines[-1].startswith("ValueError: invalid literal")
    assert {"written", "Traceback (most recent call last):"} <= set(lines)
    assert "prepared" in said


def leave(mark: Path) -> None:
    """Leave a mark when this process ends."""
    atexit.register(mark.touch)


@pytest.fixture
def cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have two cores, whatever there are."""
    monkeypatch.setattr("fer_data.execution.beside.core_count", lambda: 2)


@pytest.fixture
def of_this_process(tmp_path: Path) -> Iterator[Path]:
    """Return what appears when this process ends."""
    mark = tmp_path / "ours"
    atexit.register(mark.touch)
    yield mark
    atexit.unregister(mark.touch)


@pytest.mark.usefixtures("cores")
@pytest.mark.parametrize("calls", [(), (time.sleep, 600)], ids=["idle", "working"])
def test_a_copy_does_at_its_end_what_it_was_told_and_not_what_this_process_was(
    tmp_path: Path, of_this_process: Path, calls: tuple[object, ...]
) -> None:
    """Libraries remove then what they made for their own use."""
    loaded, ended = tmp_path / "loaded", tmp_path / "ended"

    def load() -> None:
        leave(ended)
        loaded.touch()

    with beside(load, workers=2) as other:
        if calls:
            other.call(*calls)  # type: ignore[arg-type]
            while not loaded.exists():
                time.sleep(0.01)
    assert ended.exists()
    assert not of_this_process.exists()


def test_matplotlib_in_a_copy_leaves_no_folder(tmp_path: Path) -> None:
    """Where there is no home, it makes one among temporary files."""
    code = """
from fer_data.execution import beside
beside.core_count = lambda: 2
def load():
    import matplotlib
    print(matplotlib.get_configdir())
with beside.beside(load, workers=2):
    pass
"""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MPL", "XDG_"))}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=kept | {"HOME": "/proc/nowhere", "TMPDIR": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert str(tmp_path / "matplotlib-") in done.stdout
    assert list(tmp_path.iterdir()) == []
