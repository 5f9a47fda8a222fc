"""The rendered sample is a pipeline of its own: DVC renders it for a source whose root is it, and for no other."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc_runs import run_warm_in

ROOT = Path(__file__).parents[1]
WRITE = (
    "mkdir -p data/{0} && echo {0} > data/{0}/made && for of in data/seals metrics reports; do "
    "mkdir -p $(dirname $of/{1}) && echo '{{}}' > $of/{1}.json; done"
)
RENDER, READ = WRITE.format("sample", "sample"), WRITE.format("catalog/sample", "ingest/sample")


def stage(file: str, name: str, cmd: str) -> dict[str, Any]:
    """Return one of our stages with a small command, its data alone as what it depends on."""
    found: dict[str, Any] = yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))["stages"][name]
    own = found.get("do", found)
    own["deps"] = [dep for dep in own["deps"] if not dep.startswith(("fer_data", "stages"))]
    own["cmd"] = cmd
    return {"stages": {name: found}}


def run(folder: Path, *command: str) -> str:
    """Run a command in a folder and return what it printed."""
    names = {
        f"GIT_{who}_{what}": "test@example.org"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    done = run_warm_in(folder, *command, **names)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a repository of our `sample` and `ingest`, nothing run, and a corpus of somebody's own."""
    place = tmp_path_factory.mktemp("begun")
    folder = place / "re po"
    (folder / "sample").mkdir(parents=True)
    (place / "own corpus").mkdir()
    (place / "own corpus" / "video").write_text("mine")
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    (folder / "dvc.yaml").write_text(yaml.safe_dump(stage("dvc.yaml", "ingest", READ)))
    (folder / "sample/dvc.yaml").write_text(yaml.safe_dump(stage("sample/dvc.yaml", "sample", RENDER)))
    run(folder, "git", "init", "-q")
    run(folder, "dvc", "init", "-q")
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-qm", "begin")
    return place


@pytest.fixture
def repo(begun: Path, tmp_path: Path) -> Path:
    """Return a copy of the repository, with a copy of the corpus beside it."""
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    return tmp_path / "re po"


def test_repro_renders_the_sample_that_the_source_is(repo: Path) -> None:
    """From nothing, without a target; a second run does nothing."""
    run(repo, "dvc", "repro")
    assert (repo / "data/sample/made").is_file()
    assert (repo / "data/catalog/sample/made").is_file()
    assert "Data and pipelines are up to date." in run(repo, "dvc", "repro")


def test_repro_and_experiments_leave_the_sample_alone_for_another_source(repo: Path) -> None:
    """Neither without a target renders it."""
    run(repo, "dvc", "exp", "run", "--set-param", "sources.sample.root=../own corpus")
    assert (repo / "data/catalog/sample/made").is_file()
    assert not (repo / "data/sample").exists()
    run(repo, "dvc", "repro", "--force")
    assert not (repo / "data/sample").exists()
