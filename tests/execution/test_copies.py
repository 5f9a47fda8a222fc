"""Workers that are copies of this process: nothing of it keeps them waiting."""

import os
import pty
import subprocess
import sys

import pytest
from engine_tasks import PATIENCE_SECONDS

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
