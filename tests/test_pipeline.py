"""The whole pipeline with real DVC, on a small rendered corpus."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from clones import copy_into
from dvc_runs import run_in as run

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def repo(finished_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the repository with the small parameters, rebuilt once by `dvc repro`."""
    return copy_into(tmp_path_factory.mktemp("clone") / "fer data", finished_project)


def report(repo: Path, name: str) -> dict[str, object]:
    """Return one stage's report."""
    loaded: dict[str, object] = json.loads((repo / "reports" / name).read_text(encoding="utf-8"))
    return loaded


def test_metrics_are_few_and_say_whose_they_are(repo: Path) -> None:
    """About ten a stage, none nested; each file names the corpus, those of a dataset its content."""
    files = sorted((repo / "metrics").rglob("*.json"))
    assert len(files) == 5 + 3 * 2
    for path in files:
        found = json.loads(path.read_text(encoding="utf-8"))
        assert found["corpus"] == "rendered sample", path
        assert len(found) <= 12, path
        assert not [value for value in found.values() if isinstance(value, dict | list)], path
    content = report(repo, "evaluation/scores.json")["dataset"]
    assert isinstance(content, dict)
    for name in ("train.json", "evaluate.json", "publish/128.json"):
        found = json.loads((repo / "metrics" / name).read_text(encoding="utf-8"))
        assert found["dataset"] == content["dataset_sha256"][:12]


def test_a_model_of_rendered_faces_says_so(repo: Path) -> None:
    """From the corpus' mark to the model's own description, and with what it predicts."""
    model = json.loads((repo / "models/senet50/model.json").read_text(encoding="utf-8"))
    assert (model["data"]["corpus"], model["data"]["rendered"]) == ("affwild2", True)
    assert "Trained on rendered faces" in (repo / "models/senet50/README.md").read_text(encoding="utf-8")
    assert "The faces are rendered" in (repo / "data/published/128/README.md").read_text(encoding="utf-8")
    split = ("--split", "validation", "--output", "predictions")
    result = run(repo, "fer-data", "predict", "data/published/128", "--model", "models/senet50", *split)
    assert "trained on fer-data-sample 0.1.0 (rendered faces)" in result.stdout


def test_a_second_repro_does_nothing(repo: Path) -> None:
    """Every stage is up to date after a run, and DVC says so."""
    result = run(repo, "dvc", "repro")
    assert result.returncode == 0
    assert "Data and pipelines are up to date." in result.stdout


def test_every_row_ends_in_one_state(repo: Path) -> None:
    """The counts per state add up to the catalog's rows, in the reports that people read."""
    states = report(repo, "align/sample.json")["states"]
    assert isinstance(states, dict)
    assert sum(states.values()) == report(repo, "ingest/sample.json")["rows"]
    assert states["kept"] > 0


def test_a_fresh_python_loads_the_published_dataset(repo: Path) -> None:
    """`datasets.load_from_disk` is all that a user needs."""
    code = (
        "import datasets; d = datasets.load_from_disk('data/published/16');"
        "row = d['train'][0]; print(sorted(d), row['image'].size, row['row_id'])"
    )
    result = run(repo, "python", "-c", code)
    assert result.returncode == 0, result.stdout
    assert "['test', 'train', 'validation'] (16, 16)" in result.stdout


def test_stats_of_the_published_dataset_are_a_table(repo: Path) -> None:
    """`fer-data stats` prints the classes of the published dataset."""
    result = run(repo, "fer-data", "stats", "data/published/128")
    assert result.returncode == 0, result.stdout
    assert "Happiness" in result.stdout


def published_record(repo: Path, folder: str = "data/published") -> dict[str, Any]:
    """Return the provenance of the dataset of 16 px."""
    loaded: dict[str, Any] = json.loads((repo / folder / "16/provenance.json").read_text(encoding="utf-8"))
    return loaded


def test_code_that_gives_the_same_bytes_reruns_its_stage_and_what_tells_of_it(repo: Path) -> None:
    """Another `align`: `publish` records it, `evaluate` follows, nothing is reduced, augmented or trained again."""
    before, model = published_record(repo), (repo / "models/senet50/model.json").read_bytes()
    code = repo / "fer_data/assignment/assign.py"
    code.write_text(code.read_text(encoding="utf-8") + "\n_MORE = 1\n", encoding="utf-8")

    shutil.copytree(repo / "data/seals", repo / "data/by_hand/seals")
    folders = ("data/faces", "data/multires", "data/balanced", "data/by_hand/published")
    written = [
        word for name in ("metrics", "labels", "seals") for word in (f"--{name}", f"data/by_hand/{name}")
    ]
    options = (*written, "--px", "16")
    by_hand = run(repo, "python", "-m", "stages.publish", *folders, *options)
    assert by_hand.returncode == 0, by_hand.stdout
    assert published_record(repo, "data/by_hand/published")["code"] == before["code"]

    result = run(repo, "dvc", "repro")
    assert result.returncode == 0, result.stdout[-4000:]
    ran = re.findall(r"Running stage '([^']+)'", result.stdout)
    assert set(ran) == {"align@sample", "publish@128", "publish@16", "evaluate"}
    after = published_record(repo)
    assert {stage for stage in after["code"] if after["code"][stage] != before["code"][stage]} == {
        "align@sample"
    }
    assert after["dataset_sha256"] == before["dataset_sha256"]
    assert (repo / "models/senet50/model.json").read_bytes() == model
    assert json.loads(model)["data"]["dataset_sha256"]


def test_plots_are_drawn(repo: Path) -> None:
    """`dvc plots show` finds every plot's data and draws one page."""
    result = run(repo, "dvc", "plots", "show", "--out", "plots_page")
    assert result.returncode == 0, result.stdout
    page = (repo / "plots_page" / "index.html").read_text(encoding="utf-8")
    for title in ("Rows of each label", "Loss", "Confusion matrix", "F1 by class", "F1 by resolution"):
        assert title in page


def test_a_stage_with_wrong_params_ends_in_one_line(repo: Path) -> None:
    """A value out of range stops a stage with exit code 2, one line, and nothing half-written."""
    good = (repo / "params.yaml").read_text(encoding="utf-8")
    before = sorted(path.name for path in (repo / "data").iterdir())
    try:
        (repo / "params.yaml").write_text(
            good.replace("tolerance_frames: 2", "tolerance_frames: -2"), encoding="utf-8"
        )
        written = ("--metrics", "metrics/new", "--report", "reports/new", "--seals", "data/seals")
        result = run(repo, "python", "-m", "stages.ingest", "data/new", *written)
    finally:
        (repo / "params.yaml").write_text(good, encoding="utf-8")
    assert result.returncode == 2
    assert result.stdout.strip().count("\n") == 0
    assert "sources.sample.frame_policy.tolerance_frames (-2)" in result.stdout
    assert sorted(path.name for path in (repo / "data").iterdir()) == before
