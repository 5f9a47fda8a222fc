"""What a stage knows of the `dvc` that runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from dvc_runs import run_python

from fer_data.errors import ParamsError
from fer_data.shell.ancestry import Ancestor, ancestors
from fer_data.shell.dvc_stage import runner, stage_item
from fer_data.shell.sections.axis import matrix_resolution

ROOT = Path(__file__).parents[2]
ABOVE = [Ancestor(30, "c", ("sh",)), Ancestor(20, "b", ("dvc",)), Ancestor(1, "a", ("init",))]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Enter a folder below a DVC repository, as the stage that writes `out/a`, and return the repository."""
    (tmp_path / ".dvc" / "tmp").mkdir(parents=True)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    monkeypatch.setattr(sys, "argv", ["-m", "../in", "../out", "--metrics", "../metrics/a.json"])
    monkeypatch.delenv("DVC_ROOT", raising=False)
    return tmp_path


def lock(repository: Path, **writers: int) -> None:
    """Write DVC's lock file: which process writes which path (`__` for a slash)."""
    entries = {
        str(repository / path.replace("__", "/")): {"pid": pid, "cmd": "dvc repro"}
        for path, pid in writers.items()
    }
    text = json.dumps({"write": entries, "read": {str(repository / "in"): [{"pid": 1, "cmd": "x"}]}})
    (repository / ".dvc" / "tmp" / "rwlock").write_text(text)


@pytest.mark.parametrize(
    ("writers", "pid"),
    [
        ({"out__a": 20}, 20),
        ({"out": 20}, 20),
        ({"metrics__a__json": 20, "out__a": 20}, 20),
        ({"out__a": 1}, 1),
        ({"out__a": 99}, None),
        ({"out__a": 99, "other": 1}, None),
        ({"out__a": 99, "out__b": 20}, 20),
        ({"outside": 20}, 20),
        ({"other": 99}, None),
        ({}, None),
    ],
    ids=[
        "below",
        "itself",
        "several",
        "init",
        "dead",
        "stale-init",
        "two",
        "other-path",
        "other-dead",
        "none",
    ],
)
def test_the_runner_is_the_living_writer_of_the_stages_paths(
    repository: Path, writers: dict[str, int], pid: int | None
) -> None:
    """A process that DVC named for other paths, such as a dead run's process 1, does not stand for the stage's own."""
    lock(repository, **writers)
    found = runner(ABOVE)
    assert (found.pid if found else None) == pid


@pytest.mark.parametrize("text", ["", "{", "[]", '{"write": {"x": 1}}', '{"write": {"x": {"pid": "y"}}}'])
def test_a_broken_lock_file_names_nobody(
    repository: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DVC may be in the midst of rewriting it; what stays unreadable names no runner."""
    monkeypatch.setattr("fer_data.shell.dvc_stage._ATTEMPT_SECONDS", 0.001)
    (repository / ".dvc" / "tmp" / "rwlock").write_text(text)
    assert runner(ABOVE) is None


def test_a_lock_file_that_is_being_rewritten_is_read_again(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a file is no answer."""
    (repository / ".dvc" / "tmp" / "rwlock").write_text('{"write"')
    monkeypatch.setattr("time.sleep", lambda _: lock(repository, out__a=20))
    assert runner(ABOVE) == ABOVE[1]


def test_without_a_lock_file_nobody_runs_the_stage(repository: Path) -> None:
    """No file, no runner, and no error."""
    assert runner(ABOVE) is None


def test_a_run_elsewhere_counts_for_what_it_started_outside_of_its_repository(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A DVC stage that runs tests or other tools may start our stages in folders of their own."""
    lock(repository, other=20)
    monkeypatch.setenv("DVC_ROOT", str(repository))
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert runner(ABOVE) == ABOVE[1]


@pytest.mark.parametrize(
    ("stage", "item"),
    [
        ("multires@128", "128"),
        ("dvc.yaml:multires@128", "128"),
        ("align", None),
        ("a@b@c", "c"),
        ("multires@", ""),
        (None, None),
    ],
)
def test_the_item_of_a_matrix_is_behind_the_last_at(
    stage: str | None, item: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DVC names the stages of a matrix `stage@item`."""
    monkeypatch.delenv("DVC_STAGE", raising=False)
    if stage is not None:
        monkeypatch.setenv("DVC_STAGE", stage)
    assert stage_item() == item


@pytest.mark.parametrize(
    "item",
    ["", "0", "3", "1025", "016", "-16", "+16", " 16", "16 ", "1_6", "16.0", "0x10", "١٦", "16\n", "true",
     '16"; touch P; echo "', "$(touch P)", "../16", "--help", "9" * 5000],
)  # fmt: skip
def test_only_the_side_of_a_variant_is_an_item(item: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It becomes a part of paths, so that nothing but a plain whole number passes."""
    monkeypatch.setenv("DVC_STAGE", f"multires@{item}")
    with pytest.raises(
        ParamsError, match=r"resolutions \(.*\) must be whole numbers from 4 to 1024"
    ) as caught:
        matrix_resolution(None)
    assert len(str(caught.value)) < 200


def test_a_person_names_the_side_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--px` goes before DVC's item; without both the stage says what is missing."""
    monkeypatch.setenv("DVC_STAGE", "multires@128")
    assert (matrix_resolution(None), matrix_resolution(64)) == (128, 64)
    monkeypatch.delenv("DVC_STAGE")
    with pytest.raises(ParamsError, match="--px is missing"):
        matrix_resolution(None)


def start(folder: Path, stage: str | None) -> "subprocess.CompletedProcess[str]":
    """Import `stages` in a process of its own, as every stage does first."""
    named = {} if stage is None else {"DVC_STAGE": stage}
    return run_python(folder, "-c", "import stages; print('runs')", **named)


def test_a_stage_that_no_living_dvc_runs_does_not_begin(repository: Path) -> None:
    """The end is one line that says how to run it by hand; a living runner above, or no DVC at all, lets it begin."""
    lock(repository, out=os.getpid())
    assert start(repository, "train").stdout == "runs\n"
    assert start(repository, None).stdout == "runs\n"
    lock(repository, out=2**22 + 1)
    ended = start(repository, "train")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert "DVC_STAGE ('train') must be the stage of a dvc that runs above this process" in ended.stderr


def test_the_ancestors_are_those_of_the_kernel() -> None:
    """The nearest comes first, with its own id and command."""
    code = "from fer_data.shell.ancestry import ancestors as a; import os; print(os.getppid(), *[x.pid for x in a()])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    parent, *above = map(int, out.stdout.split())
    assert (parent, above[0]) == (os.getpid(), os.getpid())
    assert above[1:] == [ancestor.pid for ancestor in ancestors()]
