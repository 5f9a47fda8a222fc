"""`--json`: one document on stdout, whatever else a command has to say."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from submission_files import KNOWN, catalog, predictions, sample
from typer.main import get_command
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.commands.as_json import plain
from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.model.files import Model, save_model
from fer_data.model.senet import SENet50, initialise
from fer_data.pictures.images import encode_jpeg
from fer_data.published.dataset import open_published

pytestmark = pytest.mark.usefixtures("shallow")

KEYS = Path(__file__).parents[2] / "docs" / "json.md"
COPY = "b/00009+1"


def run(*words: object) -> tuple[int, Any, str]:
    """Return the exit code, the one document on stdout, and what stands on stderr."""
    done = CliRunner().invoke(app, [*map(str, words), "--json"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, json.loads(done.stdout), done.stderr


def with_json(command: Any, name: str) -> list[str]:
    """Return the full names of a command, or of its subcommands, that take `--json`."""
    if hasattr(command, "commands"):
        return [full for sub, inner in command.commands.items() for full in with_json(inner, f"{name} {sub}")]
    return [name] if any("--json" in option.opts for option in command.params) else []


@pytest.fixture(scope="module")
def model(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model that knows rendered faces alone and may see the dataset's crops."""
    network = SENet50(7, base_width=16)
    initialise(network, 3)
    contract = open_published(published).contract(32)
    folder = tmp_path_factory.mktemp("json") / "model"
    data = {
        "data": {
            "name": "n",
            "version": "1",
            "dataset_sha256": "0" * 64,
            "corpus": "affwild2",
            "resolution": 32,
            "provenance_sha256": "0" * 64,
            "rendered": True,
        }
    }
    save_model(folder, Model(network.eval(), tuple(map(str, SEVEN_CLASSES)), contract, data))
    return folder


def test_every_document_has_its_keys_in_the_docs() -> None:
    """Each command that takes `--json` has a heading in docs/json.md, and each heading is such a command."""
    headings = {
        line[4:].strip("`") for line in KEYS.read_text("utf-8").splitlines() if line.startswith("## `")
    }
    assert {f"`{name.strip()}`" for name in with_json(get_command(app), "")} == {
        f"`{one}`" for one in headings
    }


def documented(command: str) -> set[str]:
    """Return the keys that docs/json.md names for a command."""
    section = KEYS.read_text("utf-8").split(f"## `{command}`")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {key for cell in cells for key in cell.split("`")[1::2]}


def test_predict_prints_its_summary(model: Path, published: Path, tmp_path: Path) -> None:
    """It is the summary that was written, and where; the warning of a rendered model stands on stderr."""
    words = ("predict", published, "--model", model, "--split", "validation", "--output", tmp_path / "out")
    code, found, err = run(*words)
    assert (code, found.pop("output")) == (0, str(tmp_path / "out"))
    assert found == json.loads((tmp_path / "out" / "summary.json").read_text())
    assert f"warning: {found['note']}" in err
    assert set(found) <= documented("predict")


def test_predict_says_what_it_could_not_read(model: Path, tmp_path: Path) -> None:
    """Exit code 1 and the error of the source in the document; remarks and notes on stderr."""
    from conftest import PARAMS, picture

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(encode_jpeg(picture("a", 128), 95))
    (tmp_path / "in" / "b.jpg").write_bytes(b"GIF89a not a JPEG")
    (tmp_path / "in" / "c.heic").write_bytes(b"GIF89a")
    out = tmp_path / "out"
    code, found, err = run(
        "predict", tmp_path / "in", "--model", model, "--output", out, "--params", PARAMS, "--no-draw"
    )
    assert code == 1
    assert [bool(source["error"]) for source in found["sources"]] == [False, True]
    assert found["unread"]
    assert "note: not read" in err
    assert set(found) <= documented("predict")


def test_embed_says_what_it_wrote(model: Path, published: Path, tmp_path: Path) -> None:
    """Rows, dimensions, model and data."""
    code, found, _ = run("embed", published, "--model", model, "--output", tmp_path / "f.parquet")
    assert (code, found["dimensions"], found["output"]) == (0, 512, str(tmp_path / "f.parquet"))
    assert set(found) == documented("embed")


def test_noise_says_what_it_found_and_what_it_saw(model: Path, published: Path, tmp_path: Path) -> None:
    """Suspects beside what `summary.json` has."""
    code, found, _ = run("noise", published, "--model", model, "--output", tmp_path / "noise")
    assert (code, found["output"], found["folds"]) == (0, str(tmp_path / "noise"), 4)
    assert set(found) == documented("noise")


def test_export_says_what_the_graph_takes(model: Path, tmp_path: Path) -> None:
    """Input, outputs, hash and how far it is from torch."""
    code, found, _ = run("export", model, tmp_path / "m.onnx")
    assert (code, found["input"]["shape"], found["outputs"]) == (0, ["n", 3, 32, 32], ["logits"])
    assert found["check"]["max_difference"] <= found["check"]["allowed"]
    assert set(found) == documented("export")


@pytest.mark.parametrize("equal", [True, False], ids=["equal", "otherwise"])
def test_replay_says_whether_bytes_are_equal(
    published: Path, tmp_path: Path, equal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record, and the exit code of the text."""
    from fer_data.media.augmentation import augment

    if not equal:
        monkeypatch.setattr(
            "fer_data.media.augmentation.augment", lambda image, seed: augment(image, seed ^ 1)
        )
    code, found, _ = run("replay", published, COPY, "--output", tmp_path / "sheet.png")
    assert (code, found["bytes_equal"], found["row_id"]) == (0 if equal else 1, equal, COPY)
    assert set(found) == documented("replay")


def test_submit_says_where_answers_come_from(tmp_path: Path) -> None:
    """Written, refused for want of predictions (exit code 1), and checked."""
    table = predictions(tmp_path / "p.parquet", KNOWN)
    asked = sample(tmp_path / "sample.txt", ["a/00001.jpg", "c/00001.jpg"])
    write = ("submit", table, "--sample", asked, "--output", tmp_path / "out.txt")
    code, found, _ = run(*write)
    assert (code, found["output"], found["subjects_without_prediction"]) == (1, None, {"c": 1})
    code, found, _ = run(*write, "--fill")
    assert (code, found["rows"], found["most_frequent"]) == (0, 2, 1)
    assert set(found) <= documented("submit")
    code, found, _ = run("submit", "--check", tmp_path / "out.txt", "--sample", asked)
    assert (code, found["faults"]) == (0, [])
    (tmp_path / "out.txt").write_text("a/00001.jpg,12\n", encoding="utf-8")
    code, found, _ = run("submit", "--check", tmp_path / "out.txt", "--sample", asked)
    assert (code, {fault["rule"] for fault in found["faults"]}) == (1, {"header", "label", "missing-row"})
    assert set(found) <= documented("submit")


def test_a_submission_of_a_folder_says_the_same(tmp_path: Path) -> None:
    """ABAW1 to 3: one file a subject."""
    table, asked = predictions(tmp_path / "p.parquet", KNOWN), catalog(tmp_path / "catalog", {"a": 3})
    code, found, _ = run("submit", table, "--catalog", asked, "--output", tmp_path / "out")
    assert (code, found["rows"], found["output"]) == (0, 3, str(tmp_path / "out"))


@pytest.mark.parametrize(
    "words",
    [
        lambda none: ("predict", none, "--model", none),
        lambda none: ("embed", none, "--model", none, "--output", "f.parquet"),
        lambda none: ("noise", none, "--model", none, "--output", "noise"),
        lambda none: ("export", none, "m.onnx"),
        lambda none: ("replay", none, COPY),
        lambda none: ("submit", none, "--sample", none, "--output", "out.txt"),
    ],
    ids=["predict", "embed", "noise", "export", "replay", "submit"],
)
def test_wrong_input_prints_nothing_on_stdout(
    words: Callable[[Path], tuple[str]], tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    """One line on stderr and exit code 2, as without `--json`."""
    from fer_data.commands.app import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["fer-data", *map(str, words(Path("none"))), "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capfd.readouterr()
    assert (ended.value.code, out, len(err.splitlines())) == (2, "", 1)


def test_no_number_breaks_a_parser() -> None:
    """JSON knows no NaN, and a path is text; names that are no UTF-8 stay what they are."""
    name = os.fsdecode(b"caf\xe9")
    assert plain({"a": (float("inf"), 1.0), "b": Path("x")}) == {"a": [None, 1.0], "b": "x"}
    assert json.loads(json.dumps(plain(Path(name)))) == name
