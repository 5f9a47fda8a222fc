"""The command line answers quickly, and wrong input ends in one line."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from typer.models import OptionInfo
from warm_python import run_warm

from fer_data.commands.app import app

ROOT = Path(__file__).parents[2]

PROGRAM = Path(sys.executable).parent / "fer-data"


def run(
    *arguments: str, cwd: Path, program: tuple[str | Path, ...] = (PROGRAM,)
) -> subprocess.CompletedProcess[str]:
    """Run `fer-data` as a user does."""
    return subprocess.run([*program, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_version_is_the_package_version(tmp_path: Path) -> None:
    """`fer-data --version` prints the installed version."""
    from fer_data import __version__

    assert run("--version", cwd=tmp_path).stdout.strip() == f"fer-data {__version__}"


def test_the_package_runs_as_the_command_does(tmp_path: Path) -> None:
    """`python -m fer_data` is `fer-data`, errors and exit codes too."""
    package = (sys.executable, "-m", "fer_data")
    for arguments in (("--version",), ("stats", "nowhere")):
        ours, theirs = run(*arguments, cwd=tmp_path, program=package), run(*arguments, cwd=tmp_path)
        assert (ours.returncode, ours.stdout, ours.stderr) == (
            theirs.returncode,
            theirs.stdout,
            theirs.stderr,
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("stats", "nowhere"), "nowhere"),
        (("check", "nowhere"), "nowhere"),
        (("sample", "new", "--params", "nowhere.yaml"), "--params (nowhere.yaml) does not exist"),
        (("sample", ".", "--params", str(ROOT / "params.yaml")), "DIRECTORY (.) is the working directory"),
    ],
    ids=["stats", "check", "sample-params", "sample-directory"],
)
def test_wrong_input_ends_in_one_line_and_exit_code_2(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    """No traceback: one line names the parameter, its value, the rule and the remedy."""
    result = run_warm("fer-data", *arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert message in result.stderr
    assert result.stderr.startswith("error: ")
    assert result.stderr.strip().count("\n") == 0
    assert list(tmp_path.iterdir()) == []


def test_every_number_has_a_largest_value() -> None:
    """Draws, pixels or frames without end would end as a traceback, or not at all."""
    groups = [app, *(group.typer_instance for group in app.registered_groups)]
    commands = [
        one.callback for group in groups if group for one in group.registered_commands if one.callback
    ]
    assert len(commands) > 10
    assert [name for command in commands for name in unbounded(command)] == []


def unbounded(command: Callable[..., object]) -> list[str]:
    """Return the names of a command's numbers that may be of any size."""
    hints = get_type_hints(command, include_extras=True)
    numbers = {name: hint for name, hint in hints.items() if {int, float} & {hint, *kinds(hint)}}
    return [f"{command.__name__} {name}" for name, hint in numbers.items() if limit(hint) is None]


def kinds(hint: object) -> set[object]:
    """Return the plain types in a hint, however deep."""
    return {hint}.union(*(kinds(part) for part in get_args(hint)))


def limit(hint: object) -> float | None:
    """Return the largest value that an option admits."""
    options = [part for part in get_args(hint) if isinstance(part, OptionInfo)]
    return options[0].max if options else None
