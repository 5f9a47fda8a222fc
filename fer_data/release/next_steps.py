"""The commands that share a version: printed for a person to run, never run here."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fer_data.dvc.git import changed_files, commit_of, git_output, is_in_git
from fer_data.dvc.status import default_remote
from fer_data.versions.file import VERSIONS_FILE
from fer_data.versions.numbers import is_draft, tag_of

__all__ = ["GitState", "git_state", "next_steps"]

_RECORDS = ("dvc.lock", "dvc.yaml", "params.yaml")
_MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class GitState:
    """What git knows of a project.

    Attributes:
        revision: the commit that it stands at; None without git or without a commit.
        uncommitted: tracked files that differ from it, and records that git does not track, VERSIONS.json left out.
        unrecorded: whether VERSIONS.json differs from the commit, or is not in it.
    """

    revision: str | None
    uncommitted: list[str] = field(default_factory=list)
    unrecorded: bool = False

    @property
    def clean_revision(self) -> str | None:
        """Return the commit, unless files differ from it."""
        return None if self.uncommitted else self.revision


def git_state(root: Path) -> GitState:
    """Return what git knows of the project in a folder, which need not be the root of its repository."""
    revision = commit_of(root, "HEAD")
    changed = None if revision is None else changed_files(root)
    if revision is None or changed is None:
        return GitState(None)
    untracked = [name for name in _RECORDS if (root / name).exists() and not is_in_git(root / name, root)]
    files = sorted({*changed, *untracked} - {VERSIONS_FILE})
    unrecorded = VERSIONS_FILE in changed or not is_in_git(root / VERSIONS_FILE, root)
    return GitState(revision, files, unrecorded)


def next_steps(root: Path, name: str, version: str, *, licence: str) -> tuple[list[str], list[str]]:
    """Return the commands that share a version, in their order, and what is to be known before they are run."""
    state, notes = git_state(root), []
    remote = default_remote(root)
    if remote is None:
        notes.append(
            "DVC has no default remote: `dvc remote add --default NAME FOLDER-OR-URL` comes before `dvc push`"
        )
    if licence != "open":
        notes.append(
            "these data are for research: whoever can read DVC's remote must be allowed to have them"
        )
    if state.revision is None:
        notes.append(
            "git has no commit here, so nothing ties the version to code and params: `git init` and commit first"
        )
        return ["dvc push"], notes
    tag = tag_of(name, version)
    lines = _committing(state, f"Release {name} {version}")
    tagged = not is_draft(version)
    if tagged and commit_of(root, f"refs/tags/{tag}") is None:
        lines.append(f"git tag -a {shlex.quote(tag)} -m {shlex.quote(f'{name} {version}')}")
    lines.append("dvc push")  # before git: a tag that others see leads to data that are there
    git_remote = (git_output(root, "remote") or b"").decode("utf-8", "replace").split()
    if git_remote:
        chosen = "origin" if "origin" in git_remote else git_remote[0]
        lines.append(f"git push {shlex.quote(chosen)} HEAD{f' {shlex.quote(tag)}' if tagged else ''}")
    else:
        notes.append(
            "git has no remote: `git remote add origin URL` comes before `git push origin HEAD --tags`"
        )
    return lines, notes


def _committing(state: GitState, message: str) -> list[str]:
    files: Sequence[str] = [*([VERSIONS_FILE] if state.unrecorded else []), *state.uncommitted]
    if not files:
        return []
    if len(files) > _MOST_NAMED:
        adding = [f"git add {VERSIONS_FILE}", "git add --update"]
    else:
        adding = [f"git add -- {shlex.join(files)}"]
    return [*adding, f"git commit -m {shlex.quote(message)}"]
