"""`fer-data check` and `fer-data unpack` as a user meets them."""

import json
import zipfile
from pathlib import Path

import pytest
import typer
from corpus_trees import SEVEN, VA, write_text, write_video
from typer.testing import CliRunner, Result

from fer_data.commands.check import check
from fer_data.commands.unpack import unpack
from fer_data.errors import CorpusError, FerDataError, ParamsError

TRAIN = "annotations/EXPR_Set/Train_Set"


def run(command: object, *arguments: object) -> Result:
    """Run one command in a terminal of 160 columns."""
    app = typer.Typer()
    app.command()(command)  # type: ignore[type-var]
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "160"})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a corpus of one video with a stray file."""
    root = tmp_path / "corpus"
    write_video(root / "batch1/a.mp4", 3)
    write_text(root / TRAIN / "a.txt", SEVEN, [0, 0, 0, 0])
    (root / "[notes].bin").write_bytes(b"")
    return root


def test_check_ends_with_1_on_errors(root: Path) -> None:
    """An error is shown with file and line, and ends with exit code 1."""
    write_text(root / TRAIN / "b.txt", SEVEN, [0, "x"])

    result = run(check, root, "--all")

    assert result.exit_code == 1
    assert f"{TRAIN}/b.txt:3" in result.output
    assert "label-line" in result.output


def test_check_as_json_is_json_alone(root: Path) -> None:
    """Programs read findings, parts and totals from one JSON document."""
    document = json.loads(run(check, root, "--json", "--decode").stdout)

    assert document["errors"] == 0
    assert document["decoded_frames"] == 3
    assert [finding["rule"] for finding in document["findings"]] == ["frames-differ", "stray-file"]
    assert document["parts"][0] == {
        "task": "expression", "split": "train", "subjects": 1, "videos": 1, "expected_videos": 253,
        "missing_videos": [], "verdict": "partial",
    }  # fmt: skip


def test_check_reads_an_own_layout_from_params(root: Path, tmp_path: Path) -> None:
    """`--params` takes the layout of a params file, with the root of the command line."""
    text = (Path(__file__).parents[2] / "params.yaml").read_text(encoding="utf-8")
    layout = "layout: {videos: ['batch1/*.mp4'], labels: {expression: {validation: 'annotations/**/a.txt'}}}"
    assert "layout: null" in text
    (tmp_path / "mine.yaml").write_text(text.replace("layout: null", layout))

    document = json.loads(run(check, root, "--json", "--params", tmp_path / "mine.yaml").stdout)

    assert [part["subjects"] for part in document["parts"][:2]] == [0, 1]
    assert document["findings"] == []


def test_check_of_a_params_file_needs_no_corpus(tmp_path: Path) -> None:
    """What the file asks for in vain is a table or JSON, and exit code 1; a wrong value is one line."""
    text = (Path(__file__).parents[2] / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(
        text.replace("weights: sample/rendered-faces.safetensors", "weights: nowhere")
    )

    result = run(check, "--params", tmp_path / "mine.yaml")
    document = json.loads(run(check, "--params", tmp_path / "mine.yaml", "--json").stdout)

    assert result.exit_code == 1, result.output
    assert "train-needs" in result.output
    assert "every value is well formed" in result.output
    assert "train.weights (nowhere) does not exist" in document["findings"][-1]["message"]

    (tmp_path / "mine.yaml").write_text(text.replace("base_width: 16", "base_width: 8"))
    assert isinstance(run(check, "--params", tmp_path / "mine.yaml").exception, ParamsError)


def test_check_of_both_holds_the_whole_params_file(root: Path, tmp_path: Path) -> None:
    """With a corpus, needs of the params file stand before its findings, and no section is let through."""
    text = (Path(__file__).parents[2] / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(
        text.replace("weights: sample/rendered-faces.safetensors", "weights: nowhere")
    )
    document = json.loads(run(check, root, "--params", tmp_path / "mine.yaml", "--json").stdout)
    assert [found["rule"] for found in document["findings"]][-2:] == ["train-needs", "stray-file"]
    (tmp_path / "mine.yaml").write_text(text.replace("base_width: 16", "base_width: 8"))
    assert isinstance(run(check, root, "--params", tmp_path / "mine.yaml").exception, ParamsError)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ([], ParamsError, "ROOT is missing"),
        (["nowhere"], CorpusError, r"^ROOT \(nowhere\) must be an existing folder"),
        ([".", "--task", "smiles"], ParamsError, r"Unknown task 'smiles'"),
    ],
    ids=["nothing", "root", "task"],
)
def test_check_refuses_wrong_input(arguments: list[str], error: type[FerDataError], message: str) -> None:
    """A wrong root or task is an error of ours, which the shell turns into one line and exit code 2."""
    with pytest.raises(error, match=message):
        raise run(check, *arguments).exception or AssertionError("no error")


def test_unpack_lays_out_and_reports(tmp_path: Path) -> None:
    """Archives are unpacked once, and the table says what is there."""
    with zipfile.ZipFile(tmp_path / "annotations.zip", "w") as archive:
        archive.writestr("annotations/EXPR_Set/Train_Set/a_left.txt", f"{SEVEN}\n0\n")
        archive.writestr("annotations/VA_Set/Train_Set/b.txt", f"{VA}\n0,0\n")

    first = run(unpack, tmp_path / "annotations.zip", tmp_path / "root")
    second = run(unpack, tmp_path / "annotations.zip", tmp_path / "root")

    assert first.exit_code == second.exit_code == 0, first.output
    assert "annotations.zip: unpacked, 2 files" in first.output
    assert "annotations.zip: present, 2 files" in second.output
    assert "videos missing" in first.output
    assert (tmp_path / "root/annotations/EXPR_Set/Train_Set/a_left.txt").is_file()


def test_unpack_of_videos_alone_says_what_is_still_needed(tmp_path: Path) -> None:
    """Without label archives the videos stay unpacked, and the next step is named."""
    with zipfile.ZipFile(tmp_path / "batch1.zip", "w") as archive:
        archive.writestr("batch1/a.mp4", b"a")

    result = run(unpack, tmp_path / "batch1.zip", tmp_path / "root")

    assert result.exit_code == 0
    assert "Unpacked, but not yet a corpus" in result.output


def test_unpack_needs_an_archive(tmp_path: Path) -> None:
    """A root alone is refused."""
    with pytest.raises(ParamsError, match=r"ZIPS .* must name at least one archive before ROOT"):
        raise run(unpack, tmp_path).exception or AssertionError("no error")
