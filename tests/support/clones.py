"""Copies of this repository, in which commands and DVC can run."""

import shutil
import subprocess
from pathlib import Path

from dvc_runs import run_in

ROOT = Path(__file__).parents[2]


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
