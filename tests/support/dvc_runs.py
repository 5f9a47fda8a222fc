"""Commands as a person or DVC starts them, in a folder of their own, and the processes that they leave."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
from warm_python import run_warm

ROOT = Path(__file__).parents[2]
DVC = str(Path(sys.executable).with_name("dvc"))


def dvc_environment() -> dict[str, str]:
    """Return the variables that DVC and its stages run with: this interpreter's programs, and none of an outer DVC."""
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("DVC_")},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "DVC_NO_ANALYTICS": "1",
        "CI": "true",  # or DVC leaves a process behind that looks for a newer DVC
    }


def run_in(folder: Path, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end in a folder, with variables of its own, and return its code and all that it said."""
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.run(command, cwd=folder, env=dvc_environment() | variables, check=False, **both)


def run_python(folder: Path, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run our code by a warm Python as `run_in` does, what it printed and what it said to stderr apart."""
    return run_warm(*words, cwd=folder, env=dvc_environment() | variables)


def run_warm_in(folder: Path, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Do what `run_in` does, `dvc` by a warm Python; a stage of ours would not know that for DVC, and not begin."""
    if command[0] != "dvc":
        return run_in(folder, *command, **variables)
    done = run_python(folder, "-m", *command, **variables)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout + done.stderr)


def begin_project(folder: Path) -> None:
    """Make a DVC project of a folder, without git; no process of DVC stays in it."""
    done = run_warm_in(folder, "dvc", "init", "--no-scm", "-q", "-f")
    assert done.returncode == 0, done.stdout


def living(folder: Path) -> list[psutil.Process]:
    """Return the living processes that work in a folder."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cwd() == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def kill_living(folder: Path) -> None:
    """End whatever still works in a folder."""
    for process in living(folder):
        with suppress(psutil.Error):
            process.kill()
