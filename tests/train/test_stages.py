"""Stages `train` and `evaluate` as DVC runs them."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages import evaluate, train

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def shallow() -> None:
    """Have the whole network trained and scored here, as everywhere outside the tests."""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Enter a folder with parameters small enough for seconds, and return it."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    small = {"resolution": 32, "input_px": 32, "epochs": 1, "batch_size": 16, "cpu_threads": 1}
    document["train"] |= small | {"weights": None, "weights_sha256": None}
    document["resolutions"] = [32]
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(document))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_training_and_evaluation_write_what_dvc_expects(
    workspace: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Model, history, reports and both metrics files appear where the commands say, and a table ends the run."""
    train.main(
        published.parent,
        Path("models/senet50"),
        Path("plots/train.csv"),
        metrics=Path("metrics/train.json"),
        report=Path("reports/train.json"),
        seals=Path("data/seals"),
    )
    evaluate.main(
        Path("models/senet50"),
        published.parent,
        Path("reports/evaluation"),
        metrics=Path("metrics/evaluate.json"),
        seals=Path("data/seals"),
    )
    assert json.loads((workspace / "metrics/train.json").read_text())["best_epoch"] == 1
    scores = json.loads((workspace / "reports/evaluation/scores.json").read_text())
    headlines = json.loads((workspace / "metrics/evaluate.json").read_text())
    assert scores["resolutions"]["32"]["coverage"] == headlines["coverage"] < 1
    assert headlines["dataset"] == "c" * 12  # the first of the content hash that the small dataset states
    assert json.loads((workspace / "reports/train.json").read_text())["development_absent"] == []
    assert (workspace / "plots/train.csv").read_text().startswith("epoch,step,train_loss,development_loss")
    assert (workspace / "models/senet50/model.safetensors").is_file()
    assert (workspace / "reports/evaluation/predictions.parquet").is_file()
    assert (workspace / "data/seals/train.json").is_file()
    assert "macro F1" in capsys.readouterr().out
