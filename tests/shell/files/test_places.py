"""What lies at a path, in words, and the right folder near a wrong one."""

from pathlib import Path

import pytest

from fer_data.shell.files.places import found_at, kind_at, must_be, nearest

FILES = {
    "a published dataset": "data/published/128/dataset_dict.json",
    "a model": "models/senet50/model.json",
    "an evaluation": "reports/evaluation/predictions.parquet",
    "augmented copies": "data/balanced/128/plan.parquet",
    "aligned faces": "data/faces/rows.parquet",
    "a resume store": "store/entries/00",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with one folder of each kind, by name alone."""
    for file in (*FILES.values(), "data/catalog/rows.parquet", "data/catalog/videos.parquet", "notes/a.txt"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    (tmp_path / "empty").mkdir()
    return tmp_path


@pytest.mark.parametrize(("kind", "file"), FILES.items())
def test_each_kind_is_known_by_its_files(project: Path, kind: str, file: str) -> None:
    """And is no other kind: a catalog is not taken for aligned faces."""
    assert kind_at((project / file).parent if kind != "a resume store" else project / "store") == kind
    assert kind_at(project / "data/catalog") == "a catalog"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("absent", "does not exist"),
        ("notes/a.txt", "is a file"),
        ("empty", "is an empty folder"),
        ("notes", "is another folder"),
        ("models/senet50", "is a model"),
        ("data/faces", "holds aligned faces"),
    ],
)
def test_what_lies_there_is_said(project: Path, path: str, said: str) -> None:
    """The words follow a name in a message."""
    assert found_at(project / path) == said


@pytest.mark.parametrize(
    "path", [".", "data", "data/published", "data/published/64", "data/published/128/dataset_dict.json"]
)
def test_the_right_folder_near_a_wrong_one_is_named(project: Path, path: str) -> None:
    """A folder above, a side that was not published, and a file inside lead to the dataset."""
    assert nearest(project / path, "a published dataset") == project / "data/published/128"
    assert str(project / "data/published/128") in must_be(project / path, "a published dataset")


def test_without_one_near_the_usual_place_and_command_are_named(tmp_path: Path) -> None:
    """What is not there yet has to be made."""
    said = must_be(tmp_path, "a model", name="MODEL", made_by="dvc repro train")
    assert said == (
        f"MODEL ({tmp_path}) must be a model, but is an empty folder. "
        "Name one, such as models/senet50, or run `dvc repro train`."
    )
