"""What git's history has of people, whatever the user configured and however paths are written."""

import os
import subprocess
from pathlib import Path

import pytest

from fer_data.corpora.given_rows import picture_id
from fer_data.dvc.git import commit_of
from fer_data.dvc.revisions import commits_that_changed
from fer_data.forget.history import Traces, histories_of, history_of
from fer_data.forget.spellings import pattern_for_git


def _git(root: Path, *commands: str) -> None:
    for words in commands:
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *who, *words.split()], cwd=root, check=True, capture_output=True)


@pytest.mark.parametrize(
    "setting",
    ["log.showRoot=false", "diff.relative=true", "log.follow=true", "color.ui=always", "diff.up.textconv=./up",
     "diff.up.command=./up", "diff.external=./up"],
)  # fmt: skip
def test_history_is_the_same_whatever_the_user_configured(tmp_path: Path, setting: str) -> None:
    """Also in a project below the root of its repository; no program that attributes name is run."""
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "up").write_text("#!/bin/sh\ntouch ran\n", encoding="utf-8")
    (tmp_path / "up").chmod(0o755)
    (tmp_path / ".gitattributes").write_text("*.txt diff=up\n", encoding="utf-8")
    (tmp_path / "a.txt").write_text("anna\n", encoding="utf-8")
    _git(tmp_path, "init -q", f"config {setting.replace('=', ' ')}", "add .", "commit -qm x")

    assert history_of(project, ["anna"]) == Traces({"a.txt": 1}, commits=1, searched=1)
    assert commits_that_changed(tmp_path, "a.txt", "anna") == [commit_of(tmp_path, "HEAD")]
    assert not list(tmp_path.rglob("ran"))


@pytest.mark.parametrize(
    "name", ['say"so".txt', "tab\t.txt", "two\nlines.txt", "\nfirst.txt", "/".join("ab")]
)
def test_files_of_the_history_are_named_as_they_are(tmp_path: Path, name: str) -> None:
    """Git quotes such names; one that a merge brought too."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("anna\n", encoding="utf-8")
    _git(tmp_path, "init -q -b main", "add .", "commit -qm x", "branch side")
    (tmp_path / "b").write_text("1\n", encoding="utf-8")
    _git(tmp_path, "add .", "commit -qm y", "checkout -q side")
    (tmp_path / "c").write_text("1\n", encoding="utf-8")
    _git(tmp_path, "add .", "commit -qm z", "merge -q --no-commit main")
    path.write_text("anna 2\n", encoding="utf-8")
    _git(tmp_path, "add .", "commit -qm merged")

    assert history_of(tmp_path, ["anna"]) == Traces({name: 2}, commits=2, searched=1)


def test_history_of_a_second_working_tree_counts_once(tmp_path: Path) -> None:
    """They share it; a repository within has its own."""
    (tmp_path / "a.txt").write_text("anna\n", encoding="utf-8")
    _git(tmp_path, "init -q", "add .", "commit -qm x", "worktree add -q tree")
    own = tmp_path / "own"
    own.mkdir()
    (own / "b.txt").write_text("anna\n", encoding="utf-8")
    _git(own, "init -q", "add .", "commit -qm x")

    traces = histories_of([tmp_path, own, tmp_path / "tree"], ["anna"])
    assert traces == Traces({"a.txt": 1, "own/b.txt": 1}, commits=2, searched=1)
    assert histories_of([tmp_path / "tree", tmp_path], ["anna"]) == Traces(
        {"a.txt": 1}, commits=1, searched=1
    )


def test_history_has_a_path_that_no_argument_has_room_for(tmp_path: Path) -> None:
    """Each Chinese letter of one is some 260 bytes of a pattern; another path with the same words is another."""
    path = f"{'张' * 60}/" * 10
    (tmp_path / "a.txt").write_text(f"see train/{path}1.jpg\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text(f"see train/{path}2.jpg, train\n", encoding="utf-8")
    _git(tmp_path, "init -q", "add .", "commit -qm x")

    for name in (picture_id(f"train/{path}1.jpg"), "张" * 2000):
        assert len(os.fsencode(pattern_for_git(name))) > 131_072
    assert history_of(tmp_path, [picture_id(f"train/{path}1.jpg")]) == Traces(
        {"a.txt": 1}, commits=1, searched=1
    )
    assert history_of(tmp_path, ["张" * 2000]) == Traces({"a.txt": 1, "b.txt": 1}, commits=1, searched=1)
