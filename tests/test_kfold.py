"""Folds by person over training and validation together."""

from pathlib import Path

import datasets
import pytest
from rich.console import Console

from experiments.kfold import check_disjoint, fold_of_subjects, print_folds, run_folds, write_fold
from experiments.training import load_changed
from fer_data.errors import DatasetError
from fer_data.published.dataset import open_published
from fer_data.tables.schemas import FACE_ROWS, PREDICTIONS, read_table

FOLDS = 3
pytestmark = pytest.mark.usefixtures("shallow")


@pytest.fixture(scope="module")
def fold(published: Path) -> dict[str, int]:
    """Return the fold of every person."""
    return fold_of_subjects(published, folds=FOLDS, seed=7)


def test_every_annotated_person_is_in_one_fold(published: Path, fold: dict[str, int]) -> None:
    """People filmed together share it; nobody of the test split is in one."""
    assert set(fold) == {"a", "b", "c_left", "c_right", "d", "v", "w"}
    assert fold["c_left"] == fold["c_right"]
    assert set(fold.values()) == set(range(FOLDS))


@pytest.mark.parametrize("number", range(FOLDS))
def test_a_fold_shares_no_person_and_scores_no_copy(
    published: Path, fold: dict[str, int], tmp_path: Path, number: int
) -> None:
    """The written dataset opens as a published one; its table of rows has the same splits."""
    write_fold(published, tmp_path / "32", fold, number)
    loaded = datasets.load_from_disk(str(tmp_path / "32"))
    people = {name: set(split["subject_id"]) for name, split in loaded.items()}
    held = {name for name, one in fold.items() if one == number}
    assert not people["train"] & people["validation"]
    assert people["validation"] <= held
    assert not any(loaded["validation"]["parent_id"])
    assert open_published(tmp_path / "32").classes
    rows = read_table(tmp_path / "32" / "rows.parquet", FACE_ROWS).to_pylist()
    assert {row["subject_id"] for row in rows if row["split_expression"] == "validation"} == held
    assert {row["split_expression"] for row in rows} == {"train", "validation"}


def test_every_person_is_scored_once_by_a_model_that_never_saw_it(
    published: Path, fold: dict[str, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The pooled rows are all labelled rows, with intervals, and each fold's own scores and their spread."""
    changes = [
        "resolutions=[32]",
        "train.resolution=32",
        "train.weights=null",
        "train.weights_sha256=null",
        "train.input_px=32",
        "train.epochs=1",
        "train.batch_size=8",
    ]
    changes += ["train.cpu_threads=1", "evaluate.cpu_threads=1", "evaluate.bootstrap_draws=100"]
    params = load_changed(Path("params.yaml"), changes)
    result = run_folds(published.parent, tmp_path, params, folds=FOLDS, jobs=1)
    assert (result["rows"], result["people"], result["videos"]) == (63, len(fold), 6)
    assert sum(one["rows"] for one in result["by_fold"]) == result["rows"]
    assert result["macro_f1_interval"]["low"] <= result["macro_f1"] <= result["macro_f1_interval"]["high"]
    assert result["standard_deviation_over_folds"]["macro_f1"] >= 0
    print_folds(result, Console(width=80))
    printed = capsys.readouterr().out
    assert "spread (SD)" in printed
    assert f"{result['macro_f1']:.3f} [{result['macro_f1_interval']['low']:.3f}, " in printed
    report = read_table(tmp_path / "0" / "report" / "predictions.parquet", PREDICTIONS)
    assert {fold[name] for name in report["subject_id"].to_pylist()} == {0}
    with pytest.raises(DatasetError, match="is scored in two folds"):
        check_disjoint([report, report])
