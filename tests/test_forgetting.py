"""`fer-data forget` with real DVC on the small rendered corpus: nobody is decoded again, and nothing is left."""

import json
import shutil
from pathlib import Path

import pytest
from clones import clone_into
from dvc_runs import run_in as run

from fer_data.tables.schemas import FACE_ROWS, VARIANT, read_arrow, read_table

pytestmark = pytest.mark.slow

_WATCH = '''
import importlib.util, os, sys

class Watch:
    """Notes each video that is decoded in a file."""

    def find_spec(self, name, path, target=None):
        if name != "fer_data.media.video":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            frames = module.VideoReader.frames

            def noted(self, *words, **options):
                with open(os.environ["DECODED"], "a") as file:
                    file.write("one\\n")
                return frames(self, *words, **options)

            module.VideoReader.frames = noted

        spec.loader.exec_module = exec_module
        return spec

sys.meta_path.insert(0, Watch())
'''


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clone with the data of all people, committed."""
    target = tmp_path_factory.mktemp("forget") / "project"
    clone_into(target, "ci")
    assert run(target, "dvc", "repro").returncode == 0
    _commit(target)
    return target


def _commit(folder: Path) -> None:
    run(folder, "git", "add", "-A")
    done = run(folder, "git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x")
    assert done.returncode == 0, done.stdout


def _pictures(project: Path) -> dict[str, bytes]:
    found = {}
    for path in sorted((project / "data/multires/128").glob("*.arrow")):
        for batch in read_arrow(path, VARIANT):
            found.update(zip(batch["row_id"].to_pylist(), batch["image"].to_pylist(), strict=True))
    return found


def test_one_of_two_people_of_a_video(built: Path, tmp_path: Path) -> None:
    """The other keeps every pixel, no video is decoded, and the last search finds nothing."""
    project = tmp_path / "project"
    shutil.copytree(built, project, symlinks=True)
    (tmp_path / "site").mkdir()
    (tmp_path / "site/sitecustomize.py").write_text(_WATCH, encoding="utf-8")
    root = Path(__file__).parents[1]
    watched = {"PYTHONPATH": f"{tmp_path / 'site'}:{root}", "DECODED": str(tmp_path / "decoded")}
    before = _pictures(project)
    done = run(project, "fer-data", "forget", "101_right", "--source", "sample", "--yes", **watched)

    assert done.returncode == 0, done.stdout
    assert ", 0 hits" in done.stdout
    assert not (tmp_path / "decoded").exists()
    after = _pictures(project)
    assert after == {row: data for row, data in before.items() if not row.startswith("101_right/")}
    assert len(after) < len(before)
    rows = read_table(project / "data/faces/sample/rows.parquet", FACE_ROWS)
    assert "withdrawn" in rows["state"].to_pylist()
    assert "model trained on them: " in done.stdout
    assert "can no longer be checked out" in done.stdout
    stated = json.loads((project / "data/published/128/provenance.json").read_text(encoding="utf-8"))
    assert stated["params"]["sources"]["sample"]["excluded"] == 1
    again = run(project, "dvc", "repro")
    assert again.returncode == 0, again.stdout[-3000:]
    twice = run(project, "fer-data", "forget", "101_right", "--source", "sample", "--dry-run", "--json")
    assert json.loads(twice.stdout)["hits"] == 0


def test_a_whole_source(built: Path, tmp_path: Path) -> None:
    """Everybody goes, and no stage is run for nobody."""
    project = tmp_path / "project"
    shutil.copytree(built, project, symlinks=True)
    done = run(project, "fer-data", "forget", "--corpus", "sample", "--yes")

    assert done.returncode == 0, done.stdout
    assert ", 0 hits" in done.stdout
    assert "Nobody is left in any source" in done.stdout
    assert not list((project / "data").glob("faces/sample/*.arrow"))
    assert not (project / "data/published/128/train").exists()
