"""No process outlives whoever started it."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest
from warm_python import started_warm

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120.0
"""How long a busy machine may take for what needs a moment; a process that is left behind sleeps for longer."""

CHILD = """
    import os, time
    from fer_data.shell import lifetime
    lifetime._POLL_MILLISECONDS = 100
    lifetime.end_with_parent()
    print(os.getpid(), flush=True)
    time.sleep(600)
"""
LATE = """
    import multiprocessing, os, time
    from fer_data.shell.lifetime import end_with_parent

    def work(parent):
        print(os.getpid(), flush=True)
        while os.getppid() == parent:
            time.sleep(0.01)
        end_with_parent()
        time.sleep(600)

    if __name__ == "__main__":
        multiprocessing.get_context("spawn").Process(target=work, args=(os.getpid(),)).start()
        time.sleep(600)
"""


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
        assert not gone(child, 0.3)  # the watch has looked more than once
        process.kill()
        assert gone(child, PATIENCE_SECONDS)


def test_a_worker_whose_parent_died_while_it_started_does_not_live_on(tmp_path: Path) -> None:
    """Importing takes seconds; a worker that asks only after the kill must not be left behind."""
    script = tmp_path / "late.py"
    script.write_text(textwrap.dedent(LATE), encoding="utf-8")
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.kill()
        assert gone(child, PATIENCE_SECONDS)


LOADER = """
    import os, time
    from pathlib import Path
    import torch
    from torch.utils.data import Dataset
    from fer_data.published.inference import batch_loader

    class OnDisk:
        stay_in_memory = False

        def __len__(self):
            return 10_000

    class Slow(Dataset):
        def __getitems__(self, places):
            Path("half").write_text(str(os.getpid()))
            Path("half").rename("worker")
            time.sleep(600)

    next(iter(batch_loader(Slow(), [[0], [1]], OnDisk())))
"""


def test_workers_of_a_data_loader_end_with_it(tmp_path: Path) -> None:
    """Torch's own watch looks every few seconds, and not at all while a worker reads."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with started_warm("-c", textwrap.dedent(LOADER), cwd=tmp_path, env=environment) as process:
        end = time.monotonic() + PATIENCE_SECONDS
        while not (tmp_path / "worker").exists() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        assert (tmp_path / "worker").exists(), process.communicate()[1]
        worker = int((tmp_path / "worker").read_text())
        assert not gone(worker, 0)
        os.kill(process.pid, signal.SIGKILL)  # to it alone, not to its group
        assert gone(worker, PATIENCE_SECONDS)
