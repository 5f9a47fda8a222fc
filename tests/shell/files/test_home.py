"""`~` means the home folder wherever a person writes a path."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.errors import ParamsError
from fer_data.shell.files.home import at_home, with_homes


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty home folder."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_paths_at_home(home: Path) -> None:
    """A path at home is found; another one, and that of a user who is not there, stays as it is."""
    assert at_home("~/a b") == home / "a b"
    assert at_home("a/~") == Path("a/~")
    assert at_home("~no-such-user-here/a") == Path("~no-such-user-here/a")


def test_arguments_at_home(home: Path) -> None:
    """Behind an equals sign, too, where no shell replaces it; other texts stay."""
    given = ["~/a", "--store=~/b", "--smooth", "3", "a~", "--x=a~", "train.epochs=~"]
    assert with_homes(given) == [f"{home}/a", f"--store={home}/b", *given[2:]]


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "~/corpus"],
        ["stats", "~/corpus"],
        ["verify", "~/corpus"],
        ["store", "show", "--store=~/corpus"],
    ],
    ids=" ".join,
)
def test_every_command_finds_home(home: Path, arguments: list[str]) -> None:
    """The message of a wrong path has it in full, so that nobody looks for a folder called `~`."""
    done = CliRunner().invoke(app, arguments)
    assert str(home / "corpus") in str(done.exception)


@pytest.mark.parametrize("arguments", [["unpack", "a.zip", ""], ["stats", ""], ["stats", ".", "--params="]])
def test_an_empty_argument_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """An unset variable in quotes would otherwise name the working folder, and `unpack` fill it."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, ParamsError)
    assert str(result.exception).startswith(f"argument {len(arguments)} of fer-data is empty.")
    assert list(tmp_path.iterdir()) == []
