"""Nothing of faces, predictions or weights gets into git unseen."""

import subprocess
from pathlib import Path

import pytest

from fer_data.commands.writing import note_for_git
from fer_data.shell.files.outputs import new_file, new_folder

ROOT = Path(__file__).parents[2]


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder and return what it prints."""
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Return an empty git repository, its name with a blank."""
    folder = tmp_path / "my repo"
    folder.mkdir()
    git(folder, "init", "-q")
    return folder


@pytest.mark.parametrize("kind", ["predictions", "model", "published", "assignment", "submission"])
def test_git_adds_nothing_of_a_folder(kind: str, repo: Path) -> None:
    """Neither of a finished one nor of what is being written, deep inside other folders too."""
    with new_folder(repo / "a" / "out", kind) as folder:
        (folder / "inner").mkdir()
        (folder / "inner" / "face.jpg").touch()
        git(repo, "add", "-A")
        staged = git(repo, "diff", "--cached", "--name-only").split("\n")
        assert not [name for name in staged if name and not name.endswith(".lock.tmp")]
    git(repo, "add", "-A")
    assert git(repo, "diff", "--cached", "--name-only") == ""


def test_a_single_file_that_git_would_add_is_named(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The note says what to add to which file, and that line helps."""
    with new_file(repo / "out" / "joint [1].parquet") as temporary:
        temporary.touch()
    note_for_git(repo / "out" / "joint [1].parquet")
    said = capsys.readouterr().err
    assert "note: git would add out/joint [1].parquet" in said
    line = said.partition("Add the line ")[2].partition(" to ")[0]
    (repo / ".gitignore").write_text(f"{line}\n.gitignore\n", encoding="utf-8")
    git(repo, "add", "-A")
    assert git(repo, "diff", "--cached", "--name-only") == ""
    note_for_git(repo / "out" / "joint [1].parquet")
    assert capsys.readouterr().err == ""


def test_nothing_is_said_where_there_is_no_git(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Most outputs lie in no repository."""
    (tmp_path / "w.safetensors").touch()
    note_for_git(tmp_path / "w.safetensors")
    assert capsys.readouterr().err == ""


def test_a_tracked_file_is_named(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An ignored name does not help a file that git follows already."""
    (repo / "w.onnx").touch()
    git(repo, "add", "-f", "w.onnx")
    (repo / ".gitignore").write_text("*.onnx\n")
    note_for_git(repo / "w.onnx")
    assert "git would add w.onnx" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name",
    [
        "predictions/annotated/a.mp4", "predictions-2/predictions.csv", "weights/w.pkl", "w.safetensors", "net.onnx",
        "joint.parquet", "deep/features.parquet", "metrics/.train.json.0123abcd.lock.tmp", "plots/.a.0123abcd.tmp",
        "submission.txt", "data/faces/a.arrow", "models/senet50/model.json", ".fer-data/store/lock",
    ],
)  # fmt: skip
def test_this_repository_ignores(name: str) -> None:
    """What the commands of the README write here is in the repository's own list."""
    git(ROOT, "check-ignore", "--quiet", "--no-index", "--", name)
