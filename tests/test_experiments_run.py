"""`dvc exp run` in the three ways that its users know: here, in a copy, and out of a queue."""

import json
from pathlib import Path
from typing import Any

import pytest
from clones import copy_into, run_git
from dvc_runs import run_in

pytestmark = pytest.mark.slow

CHANGE = ("-S", "balance.target_ratio=0.5")
RECORDED = {"dvc.lock", "params.yaml", "metrics", "plots"}


@pytest.fixture(scope="module")
def project(finished_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clone of a finished project with the bytes that it needs in DVC's cache, and what git ignores gone."""
    folder = tmp_path_factory.mktemp("experiments") / "clone"
    run_git(finished_project, "clone", "--quiet", str(finished_project), str(folder))
    copy_into(folder / ".dvc/cache", finished_project / ".dvc/cache")
    done = run_in(folder, "dvc", "checkout")
    assert done.returncode == 0, done.stdout
    return folder


def ran(project: Path, *words: str) -> None:
    """Run an experiment to its end."""
    done = run_in(project, "dvc", "exp", "run", *words)
    assert done.returncode == 0, done.stdout[-4000:]


def shown(project: Path) -> dict[str, dict[str, Any]]:
    """Return the experiments of a project by their names."""
    done = run_in(project, "dvc", "exp", "show", "--json")
    assert done.returncode == 0, done.stdout
    document = json.loads(done.stdout[done.stdout.index("[") :])
    found = (exp for base in document for exp in base.get("experiments") or ())
    return {exp["name"]: exp["revs"][0]["data"] for exp in found}


def copies(project: Path) -> int:
    """Return how many augmented copies the dataset here has."""
    found: dict[str, int] = json.loads((project / "metrics/publish/128.json").read_text(encoding="utf-8"))
    return found["copies"]


def test_a_copy_leaves_the_workspace_alone(project: Path) -> None:
    """`--temp` runs below .dvc/tmp; git sees no change, and what it ignores is not needed there."""
    before = copies(project)
    ran(project, "--temp", *CHANGE, "--name", "aside")
    assert (run_git(project, "status", "--porcelain"), copies(project)) == ("", before)
    assert shown(project)["aside"]["params"]["params.yaml"]["data"]["balance"]["target_ratio"] == 0.5


def test_the_workspace_gets_the_same_and_comes_back(project: Path) -> None:
    """Only what git tracks of a run is changed; what was there comes back by the two usual commands."""
    before = copies(project)
    ran(project, *CHANGE, "--name", "here")
    changed = {line[3:].split("/")[0] for line in run_git(project, "status", "--porcelain").splitlines()}
    assert changed <= RECORDED
    assert 0 < copies(project) < before
    run_git(project, "checkout", "--", *sorted(RECORDED))
    assert run_in(project, "dvc", "checkout").returncode == 0
    assert copies(project) == before
    assert "Data and pipelines are up to date" in run_in(project, "dvc", "status").stdout


def test_a_queue_is_worked_off(project: Path) -> None:
    """Each experiment starts from the last commit, one after the other."""
    for ratio in ("0.6", "0.7"):
        ran(project, "--queue", "-S", f"balance.target_ratio={ratio}", "--name", f"ratio-{ratio[2:]}")
    ran(project, "--run-all")
    done = shown(project)
    ratios = {name: done[name]["params"]["params.yaml"]["data"]["balance"]["target_ratio"] for name in done}
    assert (ratios["ratio-6"], ratios["ratio-7"]) == (0.6, 0.7)
    assert run_git(project, "status", "--porcelain") == ""
