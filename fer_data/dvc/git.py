"""Ask git, in a folder, about that folder; variables that a hook sets, such as GIT_DIR, would ask about another."""

import os
import subprocess
from pathlib import Path

__all__ = ["ask_git", "changed_files", "files_in_git", "is_ignored_by_git", "is_in_git"]

_SECONDS = 120


def ask_git(folder: Path, *words: str) -> bytes | None:
    """Return what git prints; None without git, outside of a repository, or where it refuses."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(  # noqa: S603 - git, with our own words, and names that follow `--`
            command, env=environment, capture_output=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def changed_files(folder: Path) -> list[str] | None:
    """Return the tracked files at or below a folder that differ from the commit, relative to it; None without git."""
    found = ask_git(folder, "diff", "--name-only", "-z", "--relative", "HEAD", "--")
    return None if found is None else sorted(os.fsdecode(name) for name in found.split(b"\0") if name)


def is_in_git(path: Path, folder: Path) -> bool:
    """Say whether the repository of a folder tracks a file."""
    return ask_git(folder, "ls-files", "--error-unmatch", "--", str(path)) is not None


def files_in_git(folder: Path) -> frozenset[str]:
    """Return the tracked files at or below a folder, relative to it; none without git. For many this asks once."""
    found = ask_git(folder, "ls-files", "-z") or b""
    return frozenset(os.fsdecode(name) for name in found.split(b"\0") if name)


def is_ignored_by_git(path: Path) -> bool:
    """Say whether `git add` would leave a file out."""
    return ask_git(path.parent, "check-ignore", "--quiet", "--", path.name) is not None
