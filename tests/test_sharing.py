"""A version from its release to the Hub and to the next draft, with real DVC and git on the small rendered corpus."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from clones import clone_into
from dvc_runs import run_in as run
from hub_server import TOKEN, running_hub

pytestmark = pytest.mark.slow

AS = ("-c", "user.name=a", "-c", "user.email=a@b")


def _commit(folder: Path) -> None:
    run(folder, "git", "add", "-A")
    done = run(folder, "git", *AS, "commit", "-qm", "x")
    assert done.returncode == 0, done.stdout


def _versions(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "VERSIONS.json").read_text())["versions"]
    return found


def _diff(folder: Path, *sides: str) -> tuple[int, dict[str, Any]]:
    done = run(folder, "fer-data", "diff", *sides, "--resolution", "128", "--json")
    return done.returncode, json.loads(done.stdout)


def test_a_version_is_released_pushed_and_compared_with_the_next_draft(tmp_path: Path) -> None:
    """The Hub has its tag, VERSIONS.json the push, and `diff` finds the released rows in DVC's cache."""
    project = tmp_path / "project"
    clone_into(project, "ci")
    done = run(project, "dvc", "repro", "publish")
    assert done.returncode == 0, done.stdout[-3000:]
    _commit(project)
    released = run(project, "fer-data", "release")
    assert released.returncode == 0, released.stdout
    _commit(project)
    tag = re.search(r"git tag -a (\S+)", released.stdout)
    assert tag is not None, released.stdout
    assert run(project, "git", *AS, "tag", "-a", tag[1], "-m", "x").returncode == 0

    with running_hub() as hub:
        there = {
            "HF_ENDPOINT": hub.address, "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(tmp_path / "home"), "HF_TOKEN": TOKEN,
        }  # fmt: skip
        pushed = run(project, "fer-data", "push", "data/published/128", "lab/demo", **there)
        assert pushed.returncode == 0, pushed.stdout
        repo = hub.repo("lab/demo")
        assert (repo.private, repo.tags) == (True, {"v0.1.0": repo.head})
        (entry,) = _versions(project)
        assert entry["pushed"] == [
            {"repo": "lab/demo", "resolution": 128, "revision": repo.head, "private": True}
        ]
        _commit(project)

        params = (project / "params.yaml").read_text()
        changed = params.replace("strategy: augment ", "strategy: weights ")
        changed = changed.replace("version: 0.1.0 ", "version: 0.2.0.dev1 ")
        (project / "params.yaml").write_text(changed)
        again = run(project, "dvc", "repro", "publish")
        assert again.returncode == 0, again.stdout[-3000:]
        code, found = _diff(project, "v0.1.0", "data/published/128")
        assert code == 1
        assert {name: one["new"] for name, one in found["params"].items()} == {
            "balance.strategy": "weights", "publish.version": "0.2.0.dev1",
        }  # fmt: skip
        assert found["examples"]["removed"]
        assert all("+" in row for row in found["examples"]["removed"])
        assert _diff(project, "v0.1.0", tag[1])[0] == 0

        assert run(project, "fer-data", "release").returncode == 0
        draft = run(project, "fer-data", "push", "data/published/128", "lab/demo", **there)
        assert draft.returncode == 0, draft.stdout
        assert set(repo.tags) == {"v0.1.0"}
        assert [(one["version"], len(one["pushed"])) for one in _versions(project)] == [
            ("0.1.0", 1), ("0.2.0.dev1", 1),
        ]  # fmt: skip
