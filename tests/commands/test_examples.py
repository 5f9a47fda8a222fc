"""The example in the help of each command is one that the command takes."""

import shlex
import shutil
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.commands.examples import EXAMPLES

ROOT = Path(__file__).parents[2]
GROUP = get_command(app)


def commands() -> list[str]:
    """Return the full name of every command."""
    found = []
    for name, command in GROUP.commands.items():  # type: ignore[attr-defined]
        under = getattr(command, "commands", None)
        found += [name] if under is None else [f"{name} {inner}" for inner in under]
    return found


def words_of(command: str) -> list[str]:
    """Return the words of the example that the help of a command prints, as a shell reads them."""
    done = CliRunner().invoke(
        app, [*command.split(), "--help"], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}
    )
    _, _, example = done.output.partition("\n  Example:\n")
    assert example, f"{command} has no example"
    return shlex.split(example.replace("\\\n", " "))


def test_every_command_has_an_example() -> None:
    """And no example stays of a command that is gone."""
    assert sorted(EXAMPLES) == sorted(commands())


@pytest.mark.parametrize("command", commands())
def test_the_example_is_taken(command: str) -> None:
    """It is printed as it is to be typed, in 80 columns, and the command reads each of its words."""
    program, *words = words_of(command)
    assert program == "fer-data"
    assert words == shlex.split(EXAMPLES[command].replace("\\\n", " "))[1:]
    assert all(len(line) <= 76 for line in EXAMPLES[command].splitlines())
    here = GROUP
    context = here.make_context("fer-data", list(words))
    for name in command.split():
        words = words[1:]
        here = here.commands[name]  # type: ignore[attr-defined]
        context = here.make_context(name, list(words), parent=context)
    assert context.params


def test_cheap_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that need no data but the clone's own."""
    for name in ("params.yaml", "dvc.yaml", "decisions.csv", "same_person.csv"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    (tmp_path / "Aff-Wild2").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for command in ("params", "init"):
        done = CliRunner().invoke(app, words_of(command)[1:])
        assert done.exit_code == 0, (done.output, done.exception)
