"""Folds by person over training and validation together."""

from pathlib import Path

import datasets
import pytest

from experiments.kfold import fold_of_subjects, write_fold
from fer_data.published import open_published
from fer_data.tables import FACE_ROWS, read_table

FOLDS = 3


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
