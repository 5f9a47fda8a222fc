"""Copies of this repository, in which commands and DVC can run."""

import shutil
import subprocess
from pathlib import Path

from dvc_runs import run_in

__all__ = ["STORE", "clone_into", "copy_into", "finish", "run_git"]

ROOT = Path(__file__).parents[2]
STORE = ".fer-data/store"
"""Where a project keeps finished videos; it travels with a copy, and what a test removes of it is gone there alone."""


def clone_into(target: Path, *init: str) -> None:
    """Copy what git knows or would add into a new folder, with the params file that `fer-data init` makes there."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    assert run_in(target, "git", "init", "-q").returncode == 0
    result = run_in(target, "fer-data", "init", *init, "--force")
    assert result.returncode == 0, result.stdout
    for name in ("metrics", "plots"):  # recorded without a commit here, so that `init` lets them be
        shutil.rmtree(target / name, ignore_errors=True)
    for lock in ("dvc.lock", "sample/dvc.lock"):
        (target / lock).unlink(missing_ok=True)


def finish(target: Path) -> None:
    """Make a clone with the small parameters, have `dvc repro` rebuild it, set up its plots, and commit all."""
    clone_into(target, "ci")
    for command in (["dvc", "repro"], ["python", "-m", "fer_data.dvc.plots_page"]):
        result = run_in(target, *command, FER_DATA_STORE=str(target / STORE))
        assert result.returncode == 0, result.stdout[-4000:]
    run_git(target, "checkout", "--quiet", "-B", "main")
    run_git(target, "add", "--all")
    run_git(target, "commit", "--quiet", "--message", "Begin")


def copy_into(target: Path, project: Path) -> Path:
    """Copy a finished project with its history and cache, links between them kept, and return the copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "--archive", "--reflink=auto", str(project), str(target)], check=True)
    return target


def run_git(folder: Path, *words: str) -> str:
    """Run git as somebody, and return what it printed."""
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
    result = run_in(folder, "git", *who, *words)
    assert result.returncode == 0, result.stdout
    return result.stdout
