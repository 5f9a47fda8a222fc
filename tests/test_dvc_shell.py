"""No value of params.yaml is ever run by the shell that real DVC starts stages with."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import write_faces
from corpus_trees import SEVEN, write_text, write_video
from dvc_runs import DVC, begin_project, run_in

ROOT = Path(__file__).parents[1]
QUICK = ['x"; touch P; echo "']
SLOW = [
    "--help",
    "$(touch P)",
    "`touch P`",
    "a\nb",
    "\n; touch P;\n",
    " touch P",
    "x; touch P",
    "x|touch P",
    "'; touch P; '",
    "\\'\"; touch P; #",
    "x\x0btouch P",
    "${train.seed}",
    "${{x}}",
    "./~",  # `~` alone is the home folder
    "*",
    "-",
    "#c",
    "concat:a",
    "é😀",
    "x\x1b[31m",
    "true",
    "[a]",
]
HOSTILE = [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]


SOURCE: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["sources"][
    "sample"
]


def repository(folder: Path, stage: str, deps: list[str], **params: Any) -> None:
    """Make a DVC repository of one of our stages, with its own `cmd`; `params` change single sections."""
    entry = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"][stage]
    entry.get("do", entry)["deps"] = deps
    document = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    for name, value in params.items():
        document[name] = {**document[name], **value} if isinstance(value, dict) else value
    folder.mkdir(exist_ok=True)
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": {stage: entry}}))
    (folder / "params.yaml").write_text(yaml.safe_dump(document, allow_unicode=False))
    begin_project(folder)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_root_of_any_name_is_a_folder_and_nothing_else(tmp_path: Path, name: str) -> None:
    """A folder really called so is read, from `params.yaml` to the catalog, and nothing of its name is run."""
    folder = tmp_path / "re po"
    repository(folder, "ingest", ["${item.root}"], sources={"sample": {**SOURCE, "root": name}})
    write_video(folder / name / "batch1/102.mp4", 5)
    write_text(folder / name / "annotations/EXPR_Set/Train_Set/102.txt", SEVEN, [0] * 5)
    result = run_in(folder, DVC, "repro")
    assert result.returncode == 0, result.stdout
    assert json.loads((folder / "metrics/ingest/sample.json").read_text())["rows"] == 5
    assert list(tmp_path.rglob("P")) == []


@pytest.mark.parametrize("item", [*HOSTILE, pytest.param("~", marks=pytest.mark.slow)])
def test_an_item_of_any_kind_is_a_side_or_an_error(tmp_path: Path, item: str) -> None:
    """What is no side of a variant ends its stage in one line, and nothing of it is run."""
    repository(tmp_path / "re po", "multires", ["data/faces"], resolutions=[item])
    write_faces(tmp_path / "re po" / "data" / "faces" / "sample")
    result = run_in(tmp_path / "re po", DVC, "repro")
    assert result.returncode != 0
    assert "error: params.yaml: resolutions.0 (" in result.stdout
    assert list(tmp_path.rglob("P")) == []


def test_a_side_reaches_its_stage_by_the_name_that_dvc_gives_it(tmp_path: Path) -> None:
    """Each item of the matrix is built in its own folder, with its own metrics."""
    repository(tmp_path, "multires", ["data/faces"], resolutions=[32, 16], train={"resolution": 16})
    write_faces(tmp_path / "data" / "faces" / "sample")
    result = run_in(tmp_path, DVC, "repro")
    assert result.returncode == 0, result.stdout
    assert sorted(path.name for path in (tmp_path / "data/multires").iterdir() if path.is_dir()) == [
        "16",
        "32",
    ]
    assert sorted(path.name for path in (tmp_path / "metrics/multires").iterdir()) == ["16.json", "32.json"]


@pytest.mark.slow
@pytest.mark.parametrize("value", ["32; touch P", "$(touch P)"])
def test_the_resolution_of_a_training_is_a_number_or_an_error(tmp_path: Path, value: str) -> None:
    """Also where a folder of that name exists."""
    (tmp_path / "data" / "published" / value).mkdir(parents=True)
    repository(tmp_path, "train", ["data/published/${train.resolution}"], train={"resolution": value})
    result = run_in(tmp_path, DVC, "repro")
    assert result.returncode != 0
    assert "error: params.yaml: train.resolution (" in result.stdout
    assert list(tmp_path.rglob("P")) == []
