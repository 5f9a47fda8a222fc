"""Kills of a real `dvc` and its stages: after a second run `dvc.lock` is that of a run without, and nothing is left."""

import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from dvc_runs import DVC, begin_project, dvc_environment, run_in

from fer_data.params.profiles import merged

ROOT = Path(__file__).parents[1]
STAGES = {
    "sample": "data",
    "ingest@sample": "data/catalog",
    "multires@32": "data/multires",
    "balance@32": "data/balanced",
    "publish@32": "data/published",
}
"""What is killed, and where its temporary folder appears."""

pytestmark = pytest.mark.slow


def repro(repo: Path, stage: str, *arguments: str) -> None:
    """Run `dvc repro` of a stage to its end."""
    done = run_in(repo, DVC, "repro", *arguments, stage)
    assert done.returncode == 0, done.stdout[-3000:]


def small(document: dict[str, Any]) -> dict[str, Any]:
    """Return the stages up to `publish` with their own commands, and one that counts what was published."""
    stages = {name: document["stages"][name] for name in ("sample", "ingest", "align", "multires", "balance")}
    stages["publish"] = document["stages"]["publish"]
    for stage in stages.values():
        own = stage.get("do", stage)
        own["deps"] = [dep for dep in own["deps"] if dep.startswith(("data/", "$"))]
    stages["count"] = {
        "cmd": "ls data/published > count.txt",
        "deps": ["data/published"],
        "outs": ["count.txt"],
    }
    return {"stages": stages}


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a DVC repository with a very small corpus, built once."""
    folder = tmp_path_factory.mktemp("leftovers") / "re po"
    folder.mkdir()
    params = merged("ci", folder=ROOT / "profiles").values
    params["sample"] |= {
        "train_subjects": 1,
        "other_subjects": 2,
        "min_frames": 7,
        "max_frames": 8,
        "faults": False,
    }
    params["resolutions"], params["train"]["resolution"] = [32], 32
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    for name in ("decisions.csv", "same_person.csv"):
        shutil.copy(ROOT / name, folder)
    files = [
        yaml.safe_load((ROOT / name).read_text(encoding="utf-8")) for name in ("dvc.yaml", "sample/dvc.yaml")
    ]
    document = {"stages": {name: stage for file in files for name, stage in file["stages"].items()}}
    del document["stages"]["sample"]["wdir"]
    (folder / "dvc.yaml").write_text(yaml.safe_dump(small(document)))
    shutil.copy(ROOT / ".dvcignore", folder)
    begin_project(folder)
    repro(folder, "count")
    return folder


def words(process: psutil.Process) -> str:
    """Return a process' command, or nothing when it has just ended."""
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def stop(process: "subprocess.Popen[bytes]", stage: str, how: str) -> None:
    """Kill DVC, or the process that runs the stage, by a signal."""
    wanted = f"stages.{stage.partition('@')[0]} "
    workers = [
        child for child in psutil.Process(process.pid).children(recursive=True) if wanted in words(child)
    ]
    match how:
        case "dvc-killed":
            process.kill()
        case "dvc-asked":
            process.terminate()
        case "stage-killed":
            for worker in workers:
                worker.send_signal(signal.SIGKILL)
        case "stage-asked":
            for worker in workers:
                worker.send_signal(signal.SIGTERM)


def temporaries(folder: Path) -> list[str]:
    """Return the temporary names of ours below a folder."""
    names = (path.name for path in folder.rglob(".*.tmp") if ".dvc" not in path.parts)
    return sorted(name for name in names if re.search(r"\.[0-9a-f]{8}(\.lock|\.old)?\.tmp$", name))


def killed_in(repo: Path, stage: str, how: str) -> bool:
    """Run one stage, stop it once its temporary folder is there, and say whether it was there."""
    index = repo / STAGES[stage]
    process = subprocess.Popen(
        [DVC, "repro", "--force", "--single-item", stage],
        cwd=repo,
        env=dvc_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    seen = False
    while process.poll() is None and not seen:
        seen = any(path.name.endswith(".tmp") for path in index.glob(".*.tmp"))
        time.sleep(0.001)
    if seen:
        with suppress(psutil.Error):
            stop(process, stage, how)
    process.communicate()
    end = time.monotonic() + 120
    while seen and at_work(repo, stage) and time.monotonic() < end:
        time.sleep(0.01)
    return seen


def at_work(repo: Path, stage: str) -> bool:
    """Say whether a process of the stage is still there: DVC, once killed, does not wait for it."""
    wanted = f"stages.{stage.partition('@')[0]} "
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if wanted in words(process) and process.cwd() == str(repo):
                return process.status() != psutil.STATUS_ZOMBIE
    return False


@pytest.mark.parametrize(
    ("stage", "how"),
    [
        ("sample", "stage-asked"),
        ("ingest@sample", "dvc-killed"),
        ("multires@32", "stage-killed"),
        ("balance@32", "dvc-asked"),
        ("publish@32", "dvc-killed"),
        ("publish@32", "stage-killed"),
        ("publish@32", "stage-asked"),
    ],
)
def test_the_lock_file_knows_of_no_kill(stage: str, how: str, repo: Path) -> None:
    """What a killed stage left is no part of any dependency, and goes with the next run of that stage."""
    before = (repo / "dvc.lock").read_text(encoding="utf-8")
    assert killed_in(repo, stage, how)
    if how != "stage-killed":
        assert temporaries(repo) == []
    repro(repo, "count", "--no-run-cache")
    assert (repo / "dvc.lock").read_text(encoding="utf-8") == before
    repro(repo, stage, "--force", "--single-item")
    assert (repo / "dvc.lock").read_text(encoding="utf-8") == before
    assert temporaries(repo) == []
