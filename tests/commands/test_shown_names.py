"""No command prints what a corpus calls its files in a way that a terminal or rich obeys."""

import json
import os
import re
import zipfile
from pathlib import Path

import pytest
from corpus_trees import SEVEN, write_text
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.errors import CorpusError
from fer_data.shell.run import guarded

TRAIN = "annotations/EXPR_Set/Train_Set"
EVIL = [
    "\x1b]0;owned\x07\x1b[2J",
    "[bold red]x",
    "[/]",
    "a\nb",
    "x\u202etxt",
    "\x9b31m",
    "e\u2028f",
    "[link=file:x]",
]
OWN_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def harmless(text: str) -> bool:
    """Say whether a text has no control or invisible character beside rich's own colours and line ends."""
    return all(line.isprintable() for line in OWN_STYLE.sub("", text).split("\n"))


def corpus(root: Path) -> Path:
    """Write a corpus whose files and test list have hostile names, one label line wrong in each."""
    write_text(root / TRAIN / "fine.txt", SEVEN, [0, 9])
    for name in EVIL:
        write_text(root / TRAIN / f"s{name}.txt", SEVEN, ["x"])
        write_text(root / f"stray{name}", "", [])
        (root / f"folder{name}").mkdir(parents=True)
        os.mkfifo(root / f"folder{name}/f.txt")
    tests = root / "annotations/EXPR_Set/Test_Set"
    write_text(tests / "expression_test.txt", "", [f"t{name}" for name in EVIL if "\n" not in name])
    return root


@pytest.mark.parametrize("options", [(), ("--all",), ("--json",)], ids=" ".join)
def test_check_shows_names_as_they_are(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Escape sequences, markup, line ends and marks of direction stand as text."""
    result = CliRunner().invoke(app, ["check", str(corpus(tmp_path / "[b]root")), *options])
    assert result.exit_code == 1, result.exception
    assert harmless(result.output)
    if options == ("--json",):
        assert json.loads(result.stdout)["errors"] > 0
    if options == ("--all",):
        shown = result.output.replace("\n", "").replace(" ", "").replace("│", "")
        assert "[boldred]x" in shown


def test_unpack_shows_names_as_they_are(tmp_path: Path) -> None:
    """An archive's name is text too, and so is a member's in an error."""
    for name in ("[bold]a", "[red]", "x\u202ey"):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            archive.writestr("a.txt", "x")
        result = CliRunner().invoke(app, ["unpack", str(tmp_path / f"{name}.zip"), str(tmp_path / "root")])
        assert harmless(result.output)
        assert name in result.output.replace("\n", "") or isinstance(result.exception, CorpusError)


def test_an_error_is_one_line_without_control(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever name stands in a message, the terminal sees text."""

    def fail() -> None:
        raise CorpusError(f"Archive {''.join(EVIL)}\udcff is odd.")

    with pytest.raises(SystemExit):
        guarded(fail)
    said = capsys.readouterr().err
    assert harmless(said)
    assert said.count("\n") == 1
