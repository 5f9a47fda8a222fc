"""No command changes an input, or what it did not write, whatever it is told to write to."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.main import get_command

from fer_data.commands.app import app
from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.errors import OutputError, ParamsError
from fer_data.model.files import Model, save_model
from fer_data.model.senet import SENet50, initialise
from fer_data.published.dataset import open_published

pytestmark = pytest.mark.usefixtures("shallow")

PREDICT = ("predict", "dataset", "--model", "model", "--split", "train", "--output")
COMMANDS: dict[str, Sequence[str]] = {
    "predict": PREDICT,
    "ensemble": ("ensemble", "predictions", "--output"),
    "embed": ("embed", "dataset", "--model", "model", "--output"),
    "export": ("export", "model"),
    "stats": ("stats", "dataset", "--plot"),
    "replay": ("replay", "dataset", "a/00009+1", "--output"),
    "weights": ("weights", "import", "weights.pkl", "--output"),
}
SUFFIXES = {
    "predict": "", "ensemble": ".parquet", "embed": ".parquet", "export": ".onnx", "stats": ".png", "replay": ".png",
    "weights": ".safetensors",
}  # fmt: skip
FOLDERS = {"predict": ["dataset", "model", "user", ".", "..", "way/dataset", "file.txt"]}
INSIDE = ["dataset/out{}", "model/out{}", "way/dataset/train/out{}", "predictions/out{}"]
NEVER = ["link{}", "dangling{}", "pipe{}", "hard{}", "file.txt/out{}"]


def call(*arguments: str) -> None:
    """Run a command in this process."""
    get_command(app).main(list(arguments), standalone_mode=False)


@pytest.fixture(scope="module")
def made(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a dataset, a model, predictions and a file of weights."""
    folder = tmp_path_factory.mktemp("made")
    shutil.copytree(published, folder / "dataset")
    network = SENet50(7, base_width=16)
    initialise(network, 3)
    contract = open_published(published).contract(32)
    save_model(folder / "model", Model(network.eval(), tuple(map(str, SEVEN_CLASSES)), contract, {}))
    (folder / "weights.pkl").write_bytes(b"not looked at")
    here = Path.cwd()
    os.chdir(folder)
    try:
        call(*PREDICT, "predictions")
    finally:
        os.chdir(here)
    return folder


@pytest.fixture
def work(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory: what was made, and what a user has there."""
    folder = tmp_path / "work"
    shutil.copytree(made, folder)
    (folder / "user").mkdir()
    (folder / "user" / "thesis.tex").write_text("years of work")
    (folder / "file.txt").write_text("mine")
    (folder / "way").symlink_to(".")
    for suffix in set(SUFFIXES.values()):
        (folder / f"link{suffix}").symlink_to("user")
        (folder / f"dangling{suffix}").symlink_to("nowhere")
        os.mkfifo(folder / f"pipe{suffix}")
    monkeypatch.chdir(folder)
    return folder


def state(root: Path) -> dict[str, tuple[int, str]]:
    """Return the inode and the content of everything below a folder."""
    found = {}
    for path in root.rglob("*"):
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path)] = (path.lstat().st_ino, content)
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_a_refused_output_changes_nothing(name: str, work: Path) -> None:
    """Inputs, what holds them, places inside them, links, pipes and folders of others: with --overwrite too."""
    suffix = SUFFIXES.get(name, "")
    for source in ("weights.pkl", "predictions/predictions.parquet"):
        hard = work / f"hard{suffix}"
        hard.unlink(missing_ok=True)
        if name in ("weights", "ensemble") and (name == "weights") == (source == "weights.pkl"):
            os.link(work / source, hard)
    tried = [*FOLDERS.get(name, []), *(index.format(suffix) for index in (*INSIDE, *NEVER))]
    arguments = list(COMMANDS[name])
    if name == "ensemble":
        arguments[1] = "predictions/predictions.parquet"
    if not (work / f"hard{suffix}").exists():
        tried.remove(f"hard{suffix}")
    before = state(work)
    for index in tried:
        with pytest.raises(
            OutputError, match=r"never|must not lie|cannot be written|is a f|did not write|plain"
        ):
            call(*arguments, index, "--overwrite")
        assert state(work) == before, index


@pytest.mark.parametrize("name", ["predict", "ensemble", "embed", "export", "stats", "replay"])
def test_an_older_output_is_replaced_when_told(name: str, work: Path) -> None:
    """Without --overwrite it stays, byte for byte."""
    output = f"new/out{SUFFIXES.get(name, '')}"
    call(*COMMANDS[name], output)
    before = state(work)
    with pytest.raises(OutputError, match="exists already"):
        call(*COMMANDS[name], output)
    assert state(work) == before
    call(*COMMANDS[name], output, "--overwrite")
    assert {name: content for name, (_, content) in state(work).items()} == {
        name: content for name, (_, content) in before.items()
    }


@pytest.mark.parametrize("name", [name for name, suffix in SUFFIXES.items() if suffix])
def test_another_suffix_is_refused_before_anything_is_read(name: str, tmp_path: Path) -> None:
    """A file is what its name says; no input is looked at for it, so that the answer comes at once."""
    output = tmp_path / "out.bin"
    with pytest.raises(ParamsError, match=rf"\(\S*out\.bin\) must end in .*\{SUFFIXES[name]}"):
        call(*COMMANDS[name], str(output))
    assert not output.exists()
