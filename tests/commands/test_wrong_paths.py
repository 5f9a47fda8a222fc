"""What is said of a wrong path names what was typed, and no parameter of a file that was not."""

from pathlib import Path

import pytest
from corpus_trees import SEVEN, write_text
from typer.testing import CliRunner

from fer_data.commands.app import app

PARAMS = Path(__file__).parents[2] / "params.yaml"


def said(*words: object) -> str:
    """Return the message of a command that is refused."""
    error = CliRunner().invoke(app, [str(word) for word in words]).exception
    assert error is not None
    return str(error)


@pytest.mark.parametrize("params", [True, False], ids=["params", "alone"])
@pytest.mark.parametrize("kind", ["none", "file", "other"])
@pytest.mark.parametrize(
    ("command", "argument"), [("check", "ROOT"), ("estimate", "ROOT"), ("stats", "PATH"), ("view", "PATH")]
)
def test_a_root_is_called_what_the_command_calls_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, argument: str, kind: str, params: bool
) -> None:
    """Whether nothing lies there, a file, or a folder of something else; with a params file and without."""
    path = tmp_path / "given"
    if kind == "file":
        path.write_text("text", encoding="utf-8")
    elif kind == "other":
        write_text(path / "notes.txt", "text", [])
    monkeypatch.chdir(PARAMS.parent if command == "estimate" else tmp_path)
    given = ("--params", PARAMS) if params else ()
    output = ("--output", tmp_path / "page.html") if command == "view" else ()
    message = said(command, path, *given, *output)

    assert message.startswith((f"{argument} ({path}) must be ", f"{argument} ({path}) must hold "))
    assert message.count(str(path)) == 1
    assert "sources." not in message


@pytest.mark.parametrize("command", ["stats", "view"])
def test_a_params_file_that_is_not_there_is_told(published: Path, tmp_path: Path, command: str) -> None:
    """Though a published dataset can be read without one."""
    output = ("--output", tmp_path / "page.html") if command == "view" else ()
    message = said(command, published, "--params", tmp_path / "none.yaml", *output)

    assert message.startswith(f"--params ({tmp_path / 'none.yaml'}) does not exist.")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["check", "--task", "action_units"],
            "--task (action_units) must be annotated in an edition. Editions found: 2; annotated: expression.",
        ),
        (
            ["check", "--task", "action_units", "--edition", "3"],
            "annotated in edition 3. Editions found: 2; annotated: expression. Change --edition or --task.",
        ),
        (["stats", "--task", "action_units"], "--task (action_units) must be annotated"),
        (["stats", "--params", str(PARAMS), "--task", "action_units"], "Change --task."),
    ],
    ids=["task", "edition", "stats", "stats-params"],
)
def test_a_task_that_nobody_annotated_is_the_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    """With what is annotated; another edition is no remedy where all were looked through."""
    monkeypatch.chdir(tmp_path)
    write_text(tmp_path / "corpus/annotations/EXPR_Set/Train_Set/a.txt", SEVEN, [0])

    assert message in said(words[0], tmp_path / "corpus", *words[1:])


@pytest.mark.parametrize("kind", ["none", "empty", "file", "other"])
@pytest.mark.parametrize(
    ("words", "argument"),
    [
        (["diff", "@", "@"], "A"),
        (["replay", "@", "a/00001"], "DATASET"),
        (["embed", "@", "--model", "m", "--output", "f.parquet"], "DATASET"),
        (["noise", "@", "--model", "m", "--output", "out"], "DATASET"),
        (["sensitivity", "@", "--model", "m", "--output", "out"], "DATASET"),
        (["leaks", "@", "--output", "out"], "DATASET"),
        (["convert", "@", "--to", "parquet", "--output", "out"], "DATASET"),
        (["predict", "@", "--split", "test", "--model", "m", "--output", "out"], "SOURCE"),
        (["push", "@", "a/b"], "PATH"),
        (["compare", "@", "@"], "FIRST"),
        (["ensemble", "@", "@", "--output", "o.parquet"], "PREDICTIONS"),
        (["export", "@", "o.onnx"], "MODEL"),
        (["verify", "@"], "PATH"),
        (["store", "show", "--store", "@", "--params", str(PARAMS)], "--store"),
        (["weights", "import", "@", "--output", "w.safetensors"], "FILE"),
        (["submit", "p.parquet", "--output", "o.txt", "--catalog", "@"], "--catalog"),
        (["params", "--params", "@"], "--params"),
        (["decide", "1", "--params", str(PARAMS), "--catalog", "@"], "--catalog"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_wrong_path_is_called_what_the_command_calls_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], argument: str, kind: str
) -> None:
    """Whatever lies there, of every command that reads a path; an empty folder is a store that nobody has used."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "given"
    if kind == "file":
        path.write_text("text", encoding="utf-8")
    elif kind != "none":
        path.mkdir()
    if kind == "other":
        (path / "notes.txt").write_text("text", encoding="utf-8")
    if (words[0], kind) == ("store", "empty"):
        pytest.skip("no wrong path")

    assert said(*(path if word == "@" else word for word in words)).startswith(
        (f"{argument} ({path})", f"{argument} ('{path}')", f"{argument}: {path}/")
    )


def test_a_path_within_another_is_called_by_its_own_argument(tmp_path: Path) -> None:
    """Such as a model that lies in the folder to predict."""
    model = tmp_path / "exp/model"
    model.mkdir(parents=True)
    (tmp_path / "exp/a.mp4").write_bytes(b"")
    message = said("predict", tmp_path / "exp", "--model", model, "--output", tmp_path / "out")
    assert message.startswith((f"--model ({model})", f"--model: {model}/"))


def test_a_path_that_nobody_typed_is_called_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as params.yaml in the working folder."""
    monkeypatch.chdir(tmp_path)
    assert said("params").startswith("params.yaml does not exist.")


def test_features_are_called_what_the_command_calls_them(tmp_path: Path) -> None:
    """The argument of `probe`, the option of `embed`."""
    assert said("probe", tmp_path / "f.npy").startswith(
        f"FEATURES ({tmp_path / 'f.npy'}) must end in .parquet"
    )
