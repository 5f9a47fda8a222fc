"""`fer-data sensitivity` on a published dataset, by networks whose sensitivity is planted."""

import csv
import json
import shutil
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.core.metrics.units import Drawn
from fer_data.core.sampling.operations import OPERATIONS
from fer_data.errors import DatasetError, OutputError, ParamsError
from fer_data.model.files import Model, save_model
from fer_data.model.senet import SENet50, initialise
from fer_data.published.dataset import Published, open_published
from fer_data.sensitivity import SensitivityOptions, sensitivity

pytestmark = pytest.mark.usefixtures("shallow")

OPEN = {"kind": "open", "reasons": [], "parts": []}
CLOSED = {"kind": "research", "reasons": ["Faces of people: pass nothing on."], "parts": []}
NOTHING = {"count": 0, "operations": {}}
RECIPE = {"horizontal_flip": 0.0, "grayscale": 0.0, "multi_resolution": "none"}
TRAINED = {"train": RECIPE, "started_from": "scratch", "augmented_copies": NOTHING, "licence": OPEN}
OPTIONS = SensitivityOptions("validation", ("flip", "brightness"), False, "cpu", 64, 7)


class Brightness(torch.nn.Module):
    """Answers one of two classes by how bright a picture is, with heads of the other tasks by the same figure."""

    columns = {"expression": slice(0, 2), "valence_arousal": slice(2, 4), "action_units": slice(4, 6)}  # noqa: RUF012

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return six outputs that mirror images share."""
        bright = x.mean(dim=(1, 2, 3))
        return torch.stack([-bright, bright, bright / 200, -bright / 200, bright / 10, bright * 0], dim=1)


def write_model(folder: Path, published: Path, **description: object) -> Path:
    """Write a small network with random weights that may see a dataset's pictures."""
    network = SENet50(7, base_width=16)
    initialise(network, 3)
    contract = open_published(published).contract(32)
    save_model(folder, Model(network.eval(), tuple("abcdefg"), contract, {**TRAINED, **description}))
    return folder


@pytest.fixture(scope="module")
def model(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model that says it saw nothing but what every training does."""
    return write_model(tmp_path_factory.mktemp("sensitivity") / "model", published)


@pytest.fixture(scope="module")
def audited(
    published: Path, model: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """Return the folder and the summary of one audit; tests must not write to it."""
    output = tmp_path_factory.mktemp("audited") / "out"
    return output, sensitivity(published, model, output, options=OPTIONS)


@pytest.fixture
def planted(published: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a dataset whose audit is answered by mean brightness, each of its pictures of another person."""

    def opened(dataset: Path, _model: Path, _device: str) -> tuple[Published, Model]:
        found = open_published(dataset)
        network: Any = Brightness()
        return found, Model(network, ("dark", "bright"), found.contract(28), TRAINED, ("AU01", "AU02"))

    def alone(_sources: Sequence[str], subjects: Sequence[str], _videos: Sequence[str]) -> tuple[Any, Drawn]:
        return np.array([f"{name}{index}" for index, name in enumerate(subjects)]), Drawn(("people",))

    monkeypatch.setattr("fer_data.sensitivity.audit.open_with_model", opened)
    monkeypatch.setattr("fer_data.sensitivity.pictures.drawn_units", alone)
    return published


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave an empty plot, which takes as long to draw as the rest; others hold that it is there, and its bytes."""
    monkeypatch.setattr("fer_data.sensitivity.audit.plot_moves", lambda _, output: output.touch())


def moves(summary: dict[str, Any], task: str, measure: str) -> dict[tuple[str, float], dict[str, Any]]:
    """Return the results of one measure by operation and strength."""
    return {
        (one["operation"], one["strength"]): one
        for one in summary["results"]
        if (one["task"], one["measure"]) == (task, measure)
    }


@pytest.mark.usefixtures("undrawn")
def test_planted_sensitivity_is_found(planted: Path, model: Path, tmp_path: Path) -> None:
    """Answers by brightness move with brightness, the more the stronger, and never with a flip or once encoded anew."""
    options = replace(OPTIONS, operations=("flip", "brightness", "hue"), batch_size=4)
    found = sensitivity(planted, model, tmp_path / "out", options=options)
    for task, measure in (
        ("expression", "probability"),
        ("valence_arousal", "valence"),
        ("valence_arousal", "arousal"),
        ("action_units", "probability"),
    ):
        own = moves(found, task, measure)
        assert own["flip", 1.0]["moved"]["value"] == pytest.approx(0.0, abs=1e-6)
        assert own["encoding", 0.0]["moved"]["value"] == 0.0  # of PNG
        half, one, two = (own["brightness", strength]["moved"]["value"] for strength in (0.5, 1.0, 2.0))
        assert 0 < half < one < two
        assert own["hue", 1.0]["moved"]["value"] < 0.25 * one
        assert own["brightness", 1.0]["two_seeds"]["value"] > 0
        assert own["flip", 1.0]["two_seeds"]["value"] == 0.0
    answers = moves(found, "expression", "answer")
    assert answers["flip", 1.0]["moved"]["value"] == 0.0
    assert answers["brightness", 2.0]["moved"]["value"] > 0


def test_intervals_hold_their_value_and_differences_are_paired(
    planted: Path, model: Path, tmp_path: Path
) -> None:
    """Over six people each value lies in its interval, and the difference is that of the two."""
    found = sensitivity(planted, model, tmp_path / "out", options=OPTIONS)
    assert (found["drawn"], found["units"], found["interval_note"]) == (["people"], 6, "")
    for one in found["results"]:
        for name in ("moved", "two_seeds", "difference"):
            assert one[name]["interval"]["low"] <= one[name]["value"] <= one[name]["interval"]["high"]
        apart = one["moved"]["value"] - one["two_seeds"]["value"]
        assert one["difference"]["value"] == pytest.approx(apart)


def test_too_few_people_have_no_interval(audited: tuple[Path, dict[str, Any]]) -> None:
    """Validation is one video here: the figures stand without an interval, and it is said why."""
    folder, found = audited
    assert {one["moved"]["interval"] for one in found["results"]} == {None}
    assert found["interval_note"].startswith("No intervals: 1 video is fewer than")
    with (folder / "sensitivity.csv").open(encoding="utf-8") as file:
        assert {line["moved_low"] for line in csv.DictReader(file)} == {""}


def test_two_runs_give_the_same_bytes(
    published: Path, model: Path, audited: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Table, plot, sheets and summary."""
    sensitivity(published, model, tmp_path / "two", options=OPTIONS)
    files = [
        {path.name: path.read_bytes() for path in folder.iterdir()}
        for folder in (audited[0], tmp_path / "two")
    ]
    assert files[0] == files[1]
    assert set(files[0]) == {
        ".fer-data.json", ".gitignore", "sensitivity.json", "sensitivity.csv", "sensitivity.png",
        *(f"{name}.jpg" for name in OPTIONS.operations),
    }  # fmt: skip


@pytest.mark.usefixtures("undrawn")
def test_batches_and_other_operations_change_nothing(
    published: Path, model: Path, audited: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """What is drawn for a picture follows from its name: alone, in other batches, beside fewer operations."""
    other = replace(OPTIONS, batch_size=2, operations=("brightness",))
    alone = sensitivity(published, model, tmp_path / "b", options=other)
    for task in ("answer", "probability"):
        expected, found = moves(audited[1], "expression", task), moves(alone, "expression", task)
        for setting, one in found.items():
            assert one["moved"]["value"] == pytest.approx(expected[setting]["moved"]["value"], abs=1e-6)
    seed = sensitivity(published, model, tmp_path / "c", options=replace(other, seed=8))
    assert seed["results"] != alone["results"]


def test_the_summary_is_written_as_it_is_returned(audited: tuple[Path, dict[str, Any]]) -> None:
    """JSON, a line of the table a result, and a sheet with a row a shown picture."""
    folder, found = audited
    stored = json.loads((folder / "sensitivity.json").read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(found))
    with (folder / "sensitivity.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == len(found["results"]) == 2 * (1 + 1 + 3)
    assert "does not say that a label changed" in found["says"]
    assert found["sheets"] == {name: f"{name}.jpg" for name in OPTIONS.operations}
    assert len(found["shown"]) == len(set(found["shown"])) > 0
    for name, columns in {"flip": 2, "brightness": 4}.items():
        sheet = cv2.imread(str(folder / found["sheets"][name]))
        assert sheet is not None
        assert sheet.shape[1] == columns * 214 + 6


@pytest.mark.usefixtures("undrawn")
def test_originals_alone_are_changed(published: Path, model: Path, tmp_path: Path) -> None:
    """Of train the copies are left out; more pictures than the limit are taken evenly from its videos."""
    options = replace(OPTIONS, split="train", operations=("hue",))
    found = sensitivity(published, model, tmp_path / "out", options=options)
    assert found["pictures"] == found["pictures_of_split"] == 12 * 4 + 4
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fer_data.sensitivity.pictures.MOST_PICTURES", 8)
        fewer = sensitivity(published, model, tmp_path / "few", options=options)
    assert (fewer["pictures"], fewer["pictures_of_split"]) == (8, 52)
    assert fewer["units"] == 4


@pytest.mark.usefixtures("undrawn")
def test_restricted_faces_are_shown_on_request_alone(published: Path, tmp_path: Path) -> None:
    """Their folder is for its owner, and contact sheets are written with --faces."""
    model = write_model(tmp_path / "model", published, licence=CLOSED)
    for faces in (False, True):
        out = tmp_path / f"out-{faces}"
        found = sensitivity(published, model, out, options=replace(OPTIONS, operations=("hue",), faces=faces))
        assert len(found["sheets"]) == faces
        assert len(list(out.glob("*.jpg"))) == faces
        assert stat.S_IMODE(out.stat().st_mode) == 0o700
        modes = {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir() if path.name != ".fer-data.json"}
        assert modes == {0o600}


def run(*words: object) -> Any:
    """Run the command with these words."""
    return CliRunner().invoke(app, ["sensitivity", *map(str, words)])


def test_the_command_says_what_a_model_feels(published: Path, model: Path, tmp_path: Path) -> None:
    """In 80 columns: the zero, each operation at rising strength, the baseline, what is left out and what it means."""
    result = run(published, "--model", model, "--output", tmp_path / "out")
    assert result.exit_code == 0, result.output
    table, _, below = result.stdout.partition("6 pictures of validation")
    assert all(len(line) <= 80 for line in table.splitlines())
    assert "…" not in table
    for name in ("encoding", *OPERATIONS):
        assert (f"\n{name} " in table) == (name not in {"translate", "compression"})
    assert "Not audited: translate (training cut 32 of 37 px out at random" in below
    assert "compression (`balance` does it from 64 px on)" in below
    assert "does not say that a label changed" in below


def test_tables_of_every_head_fit(planted: Path, model: Path, tmp_path: Path) -> None:
    """Classes, values and units in 80 columns, with their intervals, whole."""
    result = run(planted, "--model", model, "--output", tmp_path / "out", "--operation", "brightness")
    assert result.exit_code == 0, result.output
    tables, _, _ = result.stdout.partition("6 pictures of validation")
    assert all(len(line) <= 80 for line in tables.splitlines())
    assert "…" not in tables
    for heading in ("another class, %", "valence", "arousal", "units changed, %"):
        assert heading in tables


@pytest.mark.usefixtures("undrawn")
def test_the_command_prints_its_document(published: Path, model: Path, tmp_path: Path) -> None:
    """The summary and where it lies."""
    result = run(published, "--model", model, "--output", tmp_path / "out", "--operation", "hue", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    stored = json.loads((tmp_path / "out/sensitivity.json").read_text(encoding="utf-8"))
    assert found == {"output": str(tmp_path / "out"), **stored}
    assert found["operations"] == {"hue": OPERATIONS["hue"].most}
    assert found["left_out"] == {}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--operation", "nose"], r"Unknown operation 'nose' \(--operation\)\. Did you mean 'noise'\?"),
        (
            ["--operation", "compression"],
            r"cannot be audited on pictures of 32 px: `balance` does it from 64 px on",
        ),
        (["--operation", "translate"], "Every training here does: name another operation"),
        (["--split", "dev"], r"has no split 'dev'. Expected train, validation or test"),
        (["--device", "tpu"], r"Unknown device 'tpu' \(--device\)\. Expected cpu or cuda\."),
        (["--model", "{tmp}/none"], r"--model \(.*none\) must be a model, but does not exist"),
    ],
    ids=["operation", "side", "always-seen", "split", "device", "model"],
)
def test_wrong_input_is_one_line(
    published: Path, model: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    """Refused before anything is written."""
    options = [word.format(tmp=tmp_path) for word in words]
    given = {"--model": model, "--output": tmp_path / "out"}
    kept = [str(part) for pair in given.items() if pair[0] not in options for part in pair]
    result = run(published, *kept, *options)
    assert isinstance(result.exception, Exception)
    with pytest.raises(type(result.exception), match=message):
        raise result.exception
    assert not (tmp_path / "out").exists()


def test_nothing_of_a_users_is_replaced(
    published: Path, model: Path, audited: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """An older audit is replaced when that is asked for; another folder never."""
    options = replace(OPTIONS, operations=("hue",))
    shutil.copytree(audited[0], tmp_path / "out")
    with pytest.raises(OutputError, match="exists already"):
        sensitivity(published, model, tmp_path / "out", options=options)
    sensitivity(published, model, tmp_path / "out", options=options, overwrite=True)
    assert not (tmp_path / "out/flip.jpg").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="holds what fer-data did not write"):
        sensitivity(published, model, tmp_path / "mine", options=options, overwrite=True)


def test_a_split_without_pictures_is_refused(
    published: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be changed there."""
    empty = open_published(published)
    empty = replace(empty, splits={**empty.splits, "test": empty.split("test").select([])})
    monkeypatch.setattr("fer_data.published.with_model.open_published", lambda _folder: empty)
    with pytest.raises(DatasetError, match="has no pictures in its split test"):
        sensitivity(published, model, tmp_path / "out", options=replace(OPTIONS, split="test"))


def test_a_device_that_is_not_there_is_refused(published: Path, model: Path, tmp_path: Path) -> None:
    """Without a GPU."""
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ParamsError, match="torch finds no CUDA device"):
        sensitivity(published, model, tmp_path / "out", options=replace(OPTIONS, device="cuda"))
