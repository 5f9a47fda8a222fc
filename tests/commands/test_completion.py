"""Shells complete commands, options, their few values and paths; installing it never loses a shell's own file."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.commands.completion import careful
from fer_data.errors import ParamsError

PROGRAM = Path(sys.executable).parent / "fer-data"
BASH = """
source {script}
COMP_WORDS=({words})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_fer_data_completion fer-data
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def run(words: list[str], cwd: Path, **own: str) -> subprocess.CompletedProcess[str]:
    """Run a program with the `fer-data` of this environment first on the path."""
    environment = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", **own}
    return subprocess.run(
        words, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file with what `fer-data` gives bash to complete its words."""
    folder = tmp_path_factory.mktemp("completion")
    done = run(["fer-data"], folder, _FER_DATA_COMPLETE="source_bash")
    assert (done.returncode, done.stderr) == (0, "")
    (folder / "fer-data.sh").write_text(done.stdout)
    return folder / "fer-data.sh"


_OFFERED = {
    "fer-data sta": ["stats"],
    "fer-data st": ["stats", "store"],
    "fer-data stats --ta": ["--task"],
    "fer-data stats x --task ''": ["expression", "valence_arousal", "action_units", "multi_task"],
    "fer-data weights ''": ["import", "get"],
    "fer-data init aff": ["affwild2", "affwild2-cpu"],
    "fer-data sample x --kind l": ["leaks"],
    "fer-data sensitivity d --split v": ["validation"],
    "fer-data sensitivity d --operation no": ["noise"],
    "fer-data embed d --device cu": ["cuda"],
    "fer-data convert d --to w": ["webdataset"],
    "fer-data stats da": [],
    "fer-data stats \"''\" --ta": ["--task"],
}
_IN_BASH = ("fer-data sta", "fer-data stats x --task ''", "fer-data stats da", "fer-data stats \"''\" --ta")
"""A name, an empty word, a path and quotes: what bash and its script make of a line."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with profiles."""
    (tmp_path / "profiles").mkdir()
    for name in ("affwild2", "affwild2-cpu", "ci"):
        (tmp_path / f"profiles/{name}.yaml").touch()
    return tmp_path


@pytest.mark.parametrize("words", _IN_BASH)
def test_bash_completes(words: str, script: Path, folder: Path) -> None:
    """In a real bash, and without a word on the terminal; where nothing is offered bash completes paths itself."""
    done = run(["bash", "--norc", "-c", BASH.format(script=script, words=words)], folder)
    assert (done.stdout.split(), done.stderr) == (_OFFERED[words], "")


@pytest.mark.parametrize("words", _OFFERED)
def test_a_command_line_is_completed(words: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what the script for bash asks the program, with the words as bash has them."""
    monkeypatch.chdir(folder)
    given = shlex.split(words)
    asked = {"_FER_DATA_COMPLETE": "complete_bash", "COMP_WORDS": "\n".join(given)}
    asked["COMP_CWORD"] = str(len(given) - 1)
    done = CliRunner().invoke(app, [], prog_name="fer-data", env=asked)
    assert (done.stdout.split(), done.stderr) == (_OFFERED[words], "")


@pytest.mark.parametrize(
    ("shell", "own", "said"),
    [
        ("zsh", {}, '"stats":"Show frames'),
        ("fish", {"_TYPER_COMPLETE_FISH_ACTION": "get-args"}, "stats\tShow frames"),
    ],
)
def test_other_shells_get_what_a_command_does(
    shell: str, own: dict[str, str], said: str, tmp_path: Path
) -> None:
    """The words before the cursor go in, names with their help come out."""
    own = {"_FER_DATA_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "fer-data sta", **own}
    done = run(["fer-data"], tmp_path, **own)
    assert said in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_bash_keeps_what_its_file_says(tmp_path: Path) -> None:
    """One line is added once, and no copy stays behind."""
    (tmp_path / ".bashrc").write_text("alias a=b\n")
    for _ in range(2):
        done = run(["bash", "-c", "fer-data --install-completion; true"], tmp_path, HOME=str(tmp_path))
        assert (done.returncode, done.stderr) == (0, "")
    script = tmp_path / ".bash_completions/fer-data.sh"
    lines = (tmp_path / ".bashrc").read_text().split("\n")
    assert [line for line in lines if line] == ["alias a=b", f"source '{script}'"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".bash_completions", ".bashrc"]


def test_what_cannot_be_added_to_is_left_alone(tmp_path: Path) -> None:
    """A file that is no UTF-8, and a shell that nothing is known of, are one line and exit code 2."""
    (tmp_path / ".bashrc").write_bytes(b"alias caf\xe9=b\n")
    for shell, said in (("bash", "must be UTF-8 text; byte 9"), ("sh", "this shell is")):
        done = run([shell, "-c", "fer-data --install-completion; exit $?"], tmp_path, HOME=str(tmp_path))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        if Path("/bin/sh").resolve().name != "bash" or shell == "bash":
            assert said in done.stderr
    assert (tmp_path / ".bashrc").read_bytes() == b"alias caf\xe9=b\n"
    assert [path.name for path in tmp_path.iterdir()] == [".bashrc"]


def test_an_installation_that_fails_leaves_the_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stood there is beside it, whatever happened to the file."""
    (tmp_path / ".zshrc").write_text("mine\n")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr("shellingham.detect_shell", lambda: ("zsh", "zsh"))

    def breaks(*_: object) -> None:
        (tmp_path / ".zshrc").write_text("")
        raise ParamsError("the disk is full")

    class Context:
        resilient_parsing = False

    with pytest.raises(ParamsError, match="full"):
        careful(breaks)(Context(), None, True)
    assert (tmp_path / ".zshrc.before-fer-data").read_text() == "mine\n"
