"""Real kills of a real `dvc`: nothing of its stage lives on, and nothing is written afterwards."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from dvc_runs import begin_project, dvc_environment, kill_living, living

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 120.0
"""How long a busy machine may take to start a stage, or to end one: its training would take many minutes."""

QUIET_SECONDS = 1.5
"""How long a tree is watched after the last process has ended."""

DVC = [str(Path(sys.executable).with_name("dvc")), "repro", "-f", "train"]
API = "from dvc.repo import Repo; Repo('.').reproduce('train', force=True)"
THREAD = f"import threading as t\ndef run():\n    {API}\nthread = t.Thread(target=run)\nthread.start()\nthread.join()"
SUBREAPER = (
    f"import ctypes, subprocess as s, time; ctypes.CDLL(None).prctl(36, 1); s.run({DVC!r}); time.sleep(600)"
)
CONTAINER = ["unshare", "--user", "--map-root-user", "--pid", "--fork"]
WAYS = {
    "command": DVC,
    "api": [sys.executable, "-c", API],
    "thread": [sys.executable, "-c", THREAD],
    "wrapper": ["sh", "-c", '"$@"; sleep 600', "sh", *DVC],
    "subreaper": [sys.executable, "-c", SUBREAPER],
    "process-1": [*CONTAINER, "--mount-proc", *DVC],
    "process-1-foreign-proc": [*CONTAINER, *DVC],
    "container": [*CONTAINER, "--mount-proc", "sh", "-c", '"$@"; sleep 600', "sh", *DVC],
    "container-foreign-proc": [*CONTAINER, "sh", "-c", '"$@"; sleep 600', "sh", *DVC],
}


@pytest.fixture(scope="module")
def repo(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a DVC repository of stage `train` alone, with our own `cmd` and a training of many minutes."""
    folder = tmp_path_factory.mktemp("killed") / "re po"
    shutil.copytree(published, folder / "data" / "published" / "32")
    params: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["train"] |= {"resolution": 32, "input_px": 32, "epochs": 500, "batch_size": 16, "cpu_threads": 1}
    params["train"] |= {"weights": None, "weights_sha256": None}
    params["resolutions"] = [32]
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    stage = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]["train"]
    stage["deps"] = [dep for dep in stage["deps"] if dep.startswith("data/")]
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"train": stage}}))
    begin_project(folder)
    return folder


def stages(repo: Path) -> list[psutil.Process]:
    """Return the processes of the stage, with shells that stand for it."""
    return [process for process in living(repo) if "stages.train" in words(process)]


def words(process: psutil.Process) -> str:
    """Return a process' command, or nothing when it has just ended."""
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def is_runner(process: psutil.Process) -> bool:
    """Say whether a process is the one that runs DVC, and not what stands above it."""
    text = words(process)
    program = text.partition(" ")[0].rpartition("/")[2]
    return program.startswith("python") and (f"{DVC[0]} repro" in text or API in text) and "prctl" not in text


def wait_for(condition: Any, seconds: float) -> bool:
    """Say whether a condition comes true within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return False


def written(repo: Path) -> dict[str, int]:
    """Return every file but DVC's own, with the time of its last change."""
    files = (path for path in repo.rglob("*") if ".dvc" not in path.parts and path.is_file())
    return {str(path.relative_to(repo)): path.stat().st_mtime_ns for path in files}


@contextmanager
def started(repo: Path, way: str, shell: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Start DVC in one of the ways and return when its stage appears; whatever is left at the end is killed."""
    shutil.rmtree(repo / ".dvc" / "tmp", ignore_errors=True)
    environment = dvc_environment() | {"SHELL": shell}
    process = subprocess.Popen(
        WAYS[way], cwd=repo, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        assert wait_for(lambda: stages(repo), PATIENCE_SECONDS), "the stage did not appear"
        yield process
    finally:
        kill_living(repo)
        process.kill()
        process.wait()


def check_kill(repo: Path, seconds: float, way: str = "command", shell: str = "/bin/sh") -> None:
    """Kill the process that runs DVC, so long after its stage appeared, and watch what goes on."""
    with started(repo, way, shell):
        time.sleep(seconds)
        assert stages(repo), "the stage ended by itself"
        runners = [process for process in living(repo) if is_runner(process)]
        assert len(runners) == 1
        runners[0].kill()
        before = written(repo)
        assert wait_for(lambda: not stages(repo), PATIENCE_SECONDS), [
            words(process) for process in stages(repo)
        ]
        time.sleep(QUIET_SECONDS)
        assert stages(repo) == []
        after = written(repo)
        assert after.items() <= before.items()
        assert not [name for name in after if ".tmp" in name]


@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.0])
def test_a_stage_does_not_outlive_a_killed_dvc(repo: Path, seconds: float) -> None:
    """SIGKILL to `dvc`, before the stage could ask for it, while it imports, and later."""
    check_kill(repo, seconds)


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
@pytest.mark.parametrize("tenths", range(11))
def test_no_moment_of_a_kill_leaves_a_stage_behind(repo: Path, tenths: int, shell: str) -> None:
    """From 0 to 1 s after the stage appears; dash stays between `dvc` and its stage, bash becomes the stage."""
    check_kill(repo, tenths / 10, shell=shell)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.0, 0.15, 2.0])
@pytest.mark.parametrize("way", [way for way in WAYS if way != "command"])
def test_however_dvc_was_started_its_stage_ends_with_it(repo: Path, way: str, seconds: float) -> None:
    """By the Python API, in a thread, by a wrapper, below a subreaper, as process 1 or inside a container.

    The stage runs as long as `dvc` does, also where /proc counts the processes of an outer namespace.
    """
    if "unshare" in WAYS[way] and subprocess.run([*CONTAINER, "true"], check=False).returncode:
        pytest.skip("this system has no namespaces for users")
    check_kill(repo, seconds, way)
