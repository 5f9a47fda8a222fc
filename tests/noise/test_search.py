"""`fer-data noise` on a published dataset."""

import csv
import hashlib
import json
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import datasets
import numpy as np
import pytest
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.errors import DatasetError, OutputError
from fer_data.model.files import Model, save_model
from fer_data.model.senet import SENet50, initialise
from fer_data.noise import NoiseOptions, find_suspects
from fer_data.noise.answers import FOLDS, STRENGTHS
from fer_data.noise.search import FITS
from fer_data.noise.units import Units, read_units
from fer_data.published.dataset import Published, open_published

pytestmark = pytest.mark.usefixtures("shallow")

OPTIONS = NoiseOptions("cpu", 64, 7)
OPEN = {"kind": "open", "reasons": [], "parts": []}


def write_model(folder: Path, published: Path, **description: object) -> Path:
    """Write a small network with random weights that may see a dataset's pictures."""
    network = SENet50(7, base_width=16)
    initialise(network, 3)
    contract = open_published(published).contract(32)
    save_model(folder, Model(network.eval(), tuple("abcdefg"), contract, {"licence": OPEN, **description}))
    return folder


@pytest.fixture(scope="module")
def model(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model of other data, whose licence is open."""
    return write_model(tmp_path_factory.mktemp("noise") / "model", published)


@pytest.fixture(scope="module", autouse=True)
def two_strengths() -> Iterator[None]:
    """Try two penalties instead of five; which of them is taken is asked in `test_answers.py`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fer_data.noise.answers.STRENGTHS", STRENGTHS[:2])
        patch.setattr("fer_data.noise.search.FITS", FITS - 3 * FOLDS)
        yield


@pytest.fixture(scope="module")
def found(
    published: Path, model: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """Return the folder and the summary of one search; tests must not write to it."""
    output = tmp_path_factory.mktemp("found") / "out"
    before = hashes(published)
    summary = find_suspects(published, model, output, options=OPTIONS)
    assert hashes(published) == before
    return output, summary


def hashes(folder: Path) -> dict[str, str]:
    """Return the hash of every file of a dataset."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def mode(path: Path) -> int:
    """Return who may do what with a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_suspects_are_listed_and_shown_and_nothing_is_changed(found: tuple[Path, dict[str, Any]]) -> None:
    """The table names a place for each, its sheet is there, and the dataset has the bytes that it had (`found`)."""
    folder, summary = found
    with (folder / "suspects.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert (
        len(rows)
        == len(summary["suspects"])
        == sum(one["suspects"] for one in summary["splits"].values())
        > 0
    )
    assert {row["split"] for row in rows} <= {"train", "validation"}
    for name in ("train", "validation"):
        own = [row for row in rows if row["split"] == name]
        assert [int(row["rank"]) for row in own] == list(range(1, len(own) + 1))
        assert sorted((float(row["suspicion"]) for row in own), reverse=True) == [
            float(row["suspicion"]) for row in own
        ]
    for row in rows:
        assert row["given"] != row["answered"]
        assert float(row["answered_probability"]) > float(row["given_probability"])
        sheet = cv2.imread(str(folder / row["sheet"]))
        assert sheet is not None
        assert sheet.shape[1] == 896
    written = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert {**written, "suspects": summary["suspects"]} == json.loads(json.dumps(summary))


def test_a_run_of_equal_labels_is_one_suspect(found: tuple[Path, dict[str, Any]]) -> None:
    """Labels are counted once a run: person a has two in twelve frames."""
    summary = found[1]
    places = [(one["subject_id"], one["first_frame"]) for one in summary["suspects"]]
    assert len(set(places)) == len(places)
    assert summary["splits"]["train"]["labels"] == 5 * 2
    assert summary["splits"]["train"]["rows"] == 12 * 4 + 4


def test_a_second_search_says_the_same(
    published: Path, model: Path, found: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Every byte of it, sheets too; in place of the first one, when that is asked for."""
    again = tmp_path / "out"
    shutil.copytree(found[0], again)
    with pytest.raises(OutputError, match="exists already"):
        find_suspects(published, model, again, options=OPTIONS)
    (again / "suspects.csv").write_text("older", encoding="utf-8")
    find_suspects(published, model, again, options=OPTIONS, overwrite=True)
    files = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in (found[0], again)]
    assert files[0] == files[1]


def test_test_is_never_looked_at(
    published: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No label and no picture of it is asked for."""
    asked: set[str] = set()

    def read(dataset: Published, name: str) -> Units:
        asked.add(name)
        return read_units(dataset, name)

    def split(dataset: Published, name: str) -> datasets.Dataset:
        asked.add(name)
        return dataset.splits[name]

    monkeypatch.setattr("fer_data.noise.search.read_units", read)
    monkeypatch.setattr(Published, "split", split)
    found = find_suspects(published, model, tmp_path / "out", options=OPTIONS)
    assert asked == set(found["splits"]) == {"train", "validation"}


def test_restricted_pictures_are_for_their_owner_alone(published: Path, tmp_path: Path) -> None:
    """Where the licence keeps them from being passed on, nobody else may read the folder, and git ignores it."""
    reasons = {"kind": "research", "reasons": ["Faces of people: pass nothing on."], "parts": []}
    model = write_model(tmp_path / "model", published, licence=reasons)
    find_suspects(published, model, tmp_path / "out", options=OPTIONS)
    assert mode(tmp_path / "out") == 0o700
    assert {mode(path) for path in (tmp_path / "out").iterdir() if path.name != ".fer-data.json"} == {0o600}
    assert (tmp_path / "out/.gitignore").read_text(encoding="utf-8") == "*\n"
    result = CliRunner().invoke(
        app, ["noise", str(published), "--model", str(model), "--output", str(tmp_path / "again")]
    )
    assert result.exit_code == 0, result.output
    assert "- Faces of people: pass nothing on." in result.output


def test_a_model_that_saw_the_labels_is_named(published: Path, tmp_path: Path) -> None:
    """Its features may know wrong labels by heart, and the summary says so; of other data there is nothing to say."""
    name = open_published(published).provenance["name"]
    data = {"name": name, "version": "0.1.0", "resolution": 32, "corpus": "affwild2", "rendered": True}
    model = write_model(tmp_path / "model", published, data=data)
    found = find_suspects(published, model, tmp_path / "out", options=OPTIONS)
    assert found["seen"] is not None
    assert "by heart" in found["seen"]


def test_a_dataset_without_labels_of_expression_is_refused(
    published: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the split that lacks them."""
    monkeypatch.setattr("fer_data.noise.units.column", lambda split, _: np.full(len(split), -1))
    with pytest.raises(DatasetError, match="no expression labels in split train"):
        find_suspects(published, model, tmp_path / "out", options=OPTIONS)
    assert not (tmp_path / "out").exists()


def test_the_command_prints_a_table_or_one_document(published: Path, model: Path, tmp_path: Path) -> None:
    """On a terminal the likeliest, the scores and what was left alone; with --json all of it.

    Of a random network far more labels are suspects than are ever wrong, and the command says what that means.
    """
    arguments = ["noise", str(published), "--model", str(model), "--output"]
    result = CliRunner().invoke(app, [*arguments, str(tmp_path / "a")])
    assert result.exit_code == 0, result.output
    assert "No label was changed; test was not looked at." in result.output
    assert "every label of train" in result.output
    assert "hardly tell these expressions" in result.stderr
    result = CliRunner().invoke(app, [*arguments, str(tmp_path / "b"), "--json"])
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["output"] == str(tmp_path / "b")
    assert set(document["validation"]["trained"]) == {"with_suspects", "without_suspects"}
