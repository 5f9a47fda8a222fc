"""What git says of the folder that it is asked about."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fer_data.dvc.git import (
    ask_git,
    changed_files,
    commit_of,
    file_at,
    files_in_git,
    git_output,
    is_ignored_by_git,
    is_in_git,
    repository_of,
)
from fer_data.dvc.revisions import commits_that_changed
from fer_data.errors import MachineError
from fer_data.release.next_steps import git_state


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with one commit of `a` and `inner/b`."""
    (tmp_path / "inner").mkdir()
    for name, text in (("a", "1"), ("inner/b", "1"), (".gitignore", "x\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    own = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "."), (*own, "commit", "-qm", "first")):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return tmp_path


def test_tracked_files_that_changed_are_named(repository: Path) -> None:
    """Staged or not; what git does not track is nobody's change, and paths are those of the folder asked about."""
    assert changed_files(repository) == []
    (repository / "a").write_text("2", encoding="utf-8")
    (repository / "inner/b").unlink()
    (repository / "new").write_text("1", encoding="utf-8")
    ask_git(repository, "add", "a")
    assert changed_files(repository) == ["a", "inner/b"]
    assert changed_files(repository / "inner") == ["b"]


def test_what_is_tracked_and_what_is_ignored(repository: Path) -> None:
    """A file that is neither is untracked."""
    assert is_in_git(repository / "a", repository)
    assert not is_in_git(repository / "x", repository)
    assert files_in_git(repository) == {"a", "inner/b", ".gitignore"}
    assert files_in_git(repository / "inner") == {"b"}
    assert is_ignored_by_git(repository / "x")
    assert not is_ignored_by_git(repository / "a")


def test_a_hook_does_not_ask_about_another_repository(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git sets GIT_DIR for its hooks; a folder is asked about itself all the same."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setenv("GIT_DIR", str(elsewhere))
    assert changed_files(repository) == []


def test_outside_of_a_repository_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither without git itself."""
    assert changed_files(tmp_path) is None
    assert files_in_git(tmp_path) == frozenset()
    assert not is_in_git(tmp_path / "a", tmp_path)
    assert git_output(tmp_path, "log") is None
    assert repository_of(tmp_path / "not/there") is None
    assert commit_of(tmp_path, "HEAD") is None
    assert file_at(tmp_path, "HEAD", "a") is None
    assert commits_that_changed(tmp_path, "a", "1") == []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert changed_files(tmp_path) is None


def _no_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))


def _damaged(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / ".git/index").write_bytes(b"no index")


def _distrusted(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have git find that the folder is another user's, as it often is in a container."""
    (repository / "bin").mkdir()
    words = f'#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec "{shutil.which("git")}" "$@"\n'
    (repository / "bin/git").write_text(words, encoding="utf-8")
    (repository / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{repository / 'bin'}{os.pathsep}{os.environ['PATH']}")


def _slow(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **_: object) -> None:
        raise subprocess.TimeoutExpired(command, 1)

    monkeypatch.setattr("fer_data.dvc.git.subprocess.run", run)


@pytest.mark.parametrize(
    ("failing", "remedy"),
    [
        (_no_git, "it is not installed. .+ Install git,"),
        *((how, r".+ Mend that \(`git fsck`") for how in (_damaged, _distrusted, _slow)),
    ],
    ids=["no-git", "damaged", "distrusted", "slow"],
)
@pytest.mark.parametrize(
    "asked",
    [changed_files, files_in_git, lambda folder: is_in_git(folder / "a", folder)],
    ids=["changed", "tracked", "one"],
)
@pytest.mark.parametrize("inner", [".", "inner"])
def test_git_that_fails_on_a_repository_is_no_answer(
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
    failing: Callable[[Path, pytest.MonkeyPatch], None],
    remedy: str,
    asked: Callable[[Path], object],
    inner: str,
) -> None:
    """Nothing found would mean that nothing is there; so it is an error that says what to do."""
    failing(repository, monkeypatch)
    with pytest.raises(MachineError, match=f"gives no answer there: {remedy}.+ run the same command again"):
        asked(repository / inner)


@pytest.mark.parametrize("failing", [_no_git, _distrusted, _slow])
@pytest.mark.parametrize(
    "asked",
    [
        lambda folder: commit_of(folder, "HEAD"),
        lambda folder: commit_of(folder, "refs/tags/v1"),
        lambda folder: commit_of(folder, "a..b"),
        lambda folder: commits_that_changed(folder, "a", "1"),
        lambda folder: file_at(folder, "HEAD", "nothing"),
        git_state,
    ],
    ids=["head", "tag", "expression", "commits", "file", "state"],
)
def test_git_that_fails_is_not_taken_for_no_commit(
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
    failing: Callable[[Path, pytest.MonkeyPatch], None],
    asked: Callable[[Path], object],
) -> None:
    """A release would be recorded without one, and a tag be given twice."""
    failing(repository, monkeypatch)
    with pytest.raises(MachineError, match="gives no answer there"):
        asked(repository)


def _object(repository: Path) -> Path:
    head = ask_git(repository, "rev-parse", "HEAD") or b""
    return repository / ".git/objects" / head.decode()[:2] / head.decode().strip()[2:]


def _lost(repository: Path) -> None:
    _object(repository).unlink()


def _garbled(repository: Path) -> None:
    path = _object(repository)
    path.unlink()
    path.write_bytes(b"none of git's")


def _pointing_nowhere(repository: Path) -> None:
    for ref in ("heads/main", "tags/v1"):
        (repository / ".git/refs" / ref).write_text("no commit\n", encoding="utf-8")


def _pointing_at_a_lost_one(repository: Path) -> None:
    for ref in ("heads/main", "tags/v1"):
        (repository / ".git/refs" / ref).write_text(f"{'1' * 40}\n", encoding="utf-8")


@pytest.mark.parametrize("name", ["HEAD", "HEAD~1", "main", "v1", "refs/tags/v1"])
@pytest.mark.parametrize("damage", [_lost, _garbled, _pointing_nowhere, _pointing_at_a_lost_one])
def test_a_commit_that_is_damaged_is_not_none(
    repository: Path, damage: Callable[[Path], None], name: str
) -> None:
    """Git says of some of them what it says of a name that it does not know."""
    for words in (("branch", "-qM", "main"), ("tag", "v1")):
        ask_git(repository, *words)
    damage(repository)
    with pytest.raises(MachineError, match="gives no answer there"):
        commit_of(repository, name)


@pytest.mark.parametrize("detached", [False, True], ids=["branch", "detached"])
def test_a_name_that_git_does_not_know_is_no_damage(repository: Path, detached: bool) -> None:
    """Behind the first commit, before the first one, beginning as others do, or no name at all."""
    for words in (("branch", "-qM", "main"), ("branch", "work/one"), ("tag", "v1")):
        ask_git(repository, *words)
    if detached:
        ask_git(repository, "checkout", "-q", "--detach")
    names = (
        "HEAD~5",
        "HEAD@{9}",
        "HEAD:a",
        "work",
        "v",
        "v2",
        "refs/tags/v",
        "",
        "~1",
        "--all",
        "a..b",
        "1" * 40,
        "m?in",
    )
    assert {commit_of(repository, name) for name in names} == {None}
    assert commit_of(repository, "1" * 40) is None
    assert commit_of(repository, "v1") == commit_of(repository, "HEAD") is not None


def test_a_repository_without_a_commit_has_none(tmp_path: Path) -> None:
    """And no file of one."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert commit_of(tmp_path, "HEAD") is None
    assert commits_that_changed(tmp_path, "a", "1") == []
    assert git_state(tmp_path).revision is None


def test_a_file_of_a_commit_is_read(repository: Path) -> None:
    """As it was then; one that the commit has not is None."""
    (repository / "inner/b").write_text("2", encoding="utf-8")
    assert file_at(repository / "inner", "HEAD", "b") == b"1"
    assert file_at(repository / "inner", "HEAD", "a") is None


def test_what_git_does_not_track_is_an_answer(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Also outside of the repository, behind a link, and by a name that git takes for a pattern."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (repository / "out").symlink_to(elsewhere)
    for path in (elsewhere / "a", repository / "out/a", repository / "gone/a", repository / "[a]"):
        assert not is_in_git(path, repository)


def test_what_a_repository_within_tracks_is_tracked(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A submodule or a clone: its own index has it. Elsewhere, and of a folder that is gone, nothing changes."""
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    (repository / "within").mkdir()
    (repository / "within/c").write_text("1", encoding="utf-8")
    for words in (("init", "-q"), ("add", "."), (*who, "commit", "-qm", "first")):
        subprocess.run(["git", *words], cwd=repository / "within", check=True)
    assert is_in_git(Path("within/c"), repository)
    assert not is_in_git(Path("within/d"), repository)
    assert not is_in_git(repository / "within/c", tmp_path_factory.mktemp("elsewhere"))
    shutil.rmtree(repository / "inner")
    assert is_in_git(Path("inner/b"), repository)


def test_before_the_first_commit_every_tracked_file_differs(tmp_path: Path) -> None:
    """There is no commit that could hold it."""
    (tmp_path / "a").write_text("1", encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert changed_files(tmp_path) == []
    ask_git(tmp_path, "add", "a")
    assert changed_files(tmp_path) == ["a"]
