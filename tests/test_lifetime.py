"""One run at a time on a store, and none that outlives whoever started it."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from fer_data.errors import StoreError
from fer_data.lifetime import exclusive

HOLD = """
    import sys, time
    from pathlib import Path
    from fer_data.lifetime import exclusive
    with exclusive(Path(sys.argv[1])):
        print("held", flush=True)
        time.sleep(60)
"""
CHILD = """
    import os, time
    from fer_data.lifetime import end_with_parent
    end_with_parent()
    print(os.getpid(), flush=True)
    time.sleep(60)
"""
LATE = """
    import multiprocessing, os, time
    from fer_data.lifetime import end_with_parent

    def work(parent):
        print(os.getpid(), flush=True)
        while os.getppid() == parent:
            time.sleep(0.01)
        end_with_parent()
        time.sleep(60)

    if __name__ == "__main__":
        multiprocessing.get_context("spawn").Process(target=work, args=(os.getpid(),)).start()
        time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Start another process that holds the lock of `tmp_path`."""
    command = [sys.executable, "-c", textwrap.dedent(HOLD), tmp_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_run_is_told_who_holds_the_store(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    """The message is one line with process, host and time; the file's content does not decide."""
    message = rf"in use by process {holder.pid} on \S+ since 20.*Wait"
    with pytest.raises(StoreError, match=message) as caught, exclusive(tmp_path):
        pass
    assert "\n" not in str(caught.value)


def test_a_killed_run_gives_the_lock_back(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    """No lock outlives its process, so nobody has to remove a stale file."""
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with exclusive(tmp_path):
        text = (tmp_path / "lock").read_text()
    assert re.search(rf'"process": {os.getpid()}\b', text)


def test_the_lock_is_free_after_the_block(tmp_path: Path) -> None:
    """Two runs one after the other do not see each other."""
    for _ in range(2):
        with exclusive(tmp_path):
            pass


def gone(pid: int, seconds: float) -> bool:
    """Say whether a process ends within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("shell", ["", "'sh', '-c', 'true; \"$@\"; true', 'sh',"], ids=["direct", "shell"])
def test_a_stage_ends_with_whoever_started_it(shell: str) -> None:
    """SIGKILL to the parent, as to `dvc`, ends the child, through a shell in between too."""
    parent = f"import subprocess, sys; subprocess.run([{shell} sys.executable, '-c', sys.argv[1]])"
    command = [sys.executable, "-c", parent, textwrap.dedent(CHILD)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        assert not gone(child, 1.5)
        process.kill()
        assert gone(child, 10)


def test_a_worker_whose_parent_died_while_it_started_does_not_live_on(tmp_path: Path) -> None:
    """Importing takes seconds; a worker that asks only after the kill must not be left behind."""
    script = tmp_path / "late.py"
    script.write_text(textwrap.dedent(LATE), encoding="utf-8")
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.kill()
        assert gone(child, 20)
