"""The command line answers quickly, and wrong input ends in one line."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROGRAM = Path(sys.executable).parent / "fer-data"


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `fer-data` as a user does."""
    return subprocess.run([PROGRAM, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_help_lists_every_command(tmp_path: Path) -> None:
    """`fer-data --help` names the commands."""
    result = run("--help", cwd=tmp_path)
    assert result.returncode == 0
    for name in ("sample", "check", "stats", "doctor", "replay", "unpack"):
        assert name in result.stdout


def test_version_is_the_package_version(tmp_path: Path) -> None:
    """`fer-data --version` prints the installed version."""
    from fer_data import __version__

    assert run("--version", cwd=tmp_path).stdout.strip() == f"fer-data {__version__}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("stats", "nowhere"), "nowhere"),
        (("check", "nowhere"), "nowhere"),
        (("sample", "new", "--params", "nowhere.yaml"), "nowhere.yaml does not exist"),
        (("sample", ".", "--params", str(ROOT / "params.yaml")), "DIRECTORY (.) is the working directory"),
    ],
    ids=["stats", "check", "sample-params", "sample-directory"],
)
def test_wrong_input_ends_in_one_line_and_exit_code_2(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    """No traceback: one line names the parameter, its value, the rule and the remedy."""
    result = run(*arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert message in result.stderr
    assert result.stderr.startswith("error: ")
    assert result.stderr.strip().count("\n") == 0
    assert list(tmp_path.iterdir()) == []
