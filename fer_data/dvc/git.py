"""Ask git, in a folder, about that folder; variables that a hook sets, such as GIT_DIR, would ask about another."""

import os
import re
import subprocess
from collections.abc import Collection
from pathlib import Path

from fer_data.errors import MachineError

__all__ = [
    "AS_STORED",
    "ask_git",
    "changed_files",
    "commit_of",
    "file_at",
    "files_in_git",
    "git_output",
    "is_ignored_by_git",
    "is_in_git",
    "repository_of",
]

AS_STORED = ("--text", "--no-textconv", "--no-ext-diff")
"""Options with which `git log` reads what was committed; attributes and configuration name programs that change it."""

_SECONDS = 120
_SETTINGS = tuple(
    word
    for setting in ("log.showRoot=true", "log.follow=false", "log.showSignature=false", "diff.relative=false")
    for word in ("-c", setting)
)
"""Whatever the user configured: a first commit has changes, and paths are those from the root of the repository."""
_LOOK = "Mend that (`git fsck` names what is damaged)"
_BROKEN_REF = b"ignoring broken ref"


def commit_of(root: Path, name: str) -> str | None:
    """Return the commit that a tag, branch, hash or expression such as `HEAD~1` names; None where git knows none.

    Raises:
        MachineError: a repository is there, and git is missing or fails, or what the name stands for is damaged.
    """
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    done = _answer(root, words, fine=(0, 1, 128))
    if done is None or done.returncode == 0:
        return None if done is None else done.stdout.decode().strip()
    git_output(root, "rev-parse", "--git-dir")  # which fails where git refuses the whole repository
    base = re.split(r"[~^@:]", name, maxsplit=1)[0]
    if base != name:
        commit_of(root, base or "HEAD")
    elif any(_is_there(root, ref) for ref in _refs_of(root, name)):
        raise _silent(root, words, f"what {name} stands for is damaged")
    return None


def _refs_of(root: Path, name: str) -> list[str]:
    """Return the branches and tags that a name may stand for; HEAD's need not be there before the first commit."""
    if name == "HEAD":
        return [os.fsdecode(git_output(root, "symbolic-ref", "--quiet", "HEAD") or b"").strip()]
    return [name] if name.startswith("refs/") else [f"refs/{kind}/{name}" for kind in ("heads", "tags")]


def _is_there(root: Path, ref: str) -> bool:
    """Say whether a branch or tag is there.

    Raises:
        MachineError: it is, and git cannot read what it names.
    """
    done = _answer(root, ("for-each-ref", "--format=%(objecttype) %(refname)", ref))
    if done is None:
        return False
    return f"commit {ref}" in os.fsdecode(done.stdout).split("\n") or _BROKEN_REF in done.stderr


def file_at(folder: Path, commit: str, name: str) -> bytes | None:
    """Return a file of a commit, by its path from the folder; None where the commit has none.

    Raises:
        MachineError: git fails on a repository, or the file is there and git cannot read it.
    """
    place = f"{commit}:./{name}"
    found = ask_git(folder, "show", place)
    if found is None and git_output(folder, "ls-tree", commit, "--", name):
        found = git_output(folder, "show", place)
    return found


def ask_git(folder: Path, *words: str) -> bytes | None:
    """Return what git prints; None without git, outside of a repository, or where it refuses.

    For questions of which a refusal is an answer; where nothing found means that nothing is there, `git_output` asks.
    """
    try:
        done = _run(folder, words, b"", _SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def git_output(
    folder: Path, *words: str, given: bytes = b"", seconds: float | None = _SECONDS
) -> bytes | None:
    """Return what git prints of what it is `given`; None outside of a repository.

    Raises:
        MachineError: a repository is there, and git is missing, fails, or takes longer.
    """
    done = _answer(folder, words, given=given, seconds=seconds)
    return None if done is None else done.stdout


def repository_of(folder: Path) -> Path | None:
    """Return the folder of the repository that a folder lies in, also where git is missing or it is damaged; or None.

    As for git it ends where another file system begins.
    """
    folder = Path(os.path.realpath(folder))
    device = folder.stat().st_dev if folder.exists() else None
    for one in (folder, *folder.parents):
        if device is not None and one.stat().st_dev != device:
            return None
        if os.path.lexists(one / ".git"):
            return one
    return None


def changed_files(folder: Path) -> list[str] | None:
    """Return the tracked files at or below a folder that differ from the commit, relative to it; None without git.

    Raises:
        MachineError: a repository is there, and git is missing or fails.
    """
    first = _answer(folder, ("rev-parse", "--verify", "--quiet", "HEAD"), fine=(0, 1))
    if first is not None and first.returncode:
        return sorted(files_in_git(folder))  # nothing was committed yet
    found = git_output(folder, "diff", "--name-only", "-z", "--relative", "HEAD", "--")
    return None if found is None else sorted(_names(found))


def is_in_git(path: Path, folder: Path) -> bool:
    """Say whether the repository of a folder, or one within that (a submodule, a clone), tracks a file.

    Raises:
        MachineError: a repository is there, and git is missing or fails.
    """
    around, place = repository_of(folder), folder / path
    place = Path(os.path.realpath(place.parent), place.name)
    if around is None or not place.is_relative_to(around):
        return False
    here = next(one for one in place.parents if one.is_dir())  # git cannot be asked in a folder that is gone
    name = place.relative_to(here).as_posix()
    done = _answer(here, ("--literal-pathspecs", "ls-files", "--error-unmatch", "--", name), fine=(0, 1))
    return done is not None and done.returncode == 0


def files_in_git(folder: Path) -> frozenset[str]:
    """Return the tracked files at or below a folder, relative to it; none outside of a repository.

    For many files this asks once.

    Raises:
        MachineError: a repository is there, and git is missing or fails.
    """
    return frozenset(_names(git_output(folder, "ls-files", "-z") or b""))


def is_ignored_by_git(path: Path) -> bool:
    """Say whether `git add` would leave a file out; not where git cannot say: whoever asks warns then."""
    return ask_git(path.parent, "check-ignore", "--quiet", "--", path.name) is not None


def _names(found: bytes) -> list[str]:
    return [os.fsdecode(name) for name in found.split(b"\0") if name]


def _answer(
    folder: Path,
    words: tuple[str, ...],
    *,
    given: bytes = b"",
    seconds: float | None = _SECONDS,
    fine: Collection[int] = (0,),
) -> subprocess.CompletedProcess[bytes] | None:
    """Return how git ended, with a code that is an answer; None outside of a repository.

    Raises:
        MachineError: it did not run, did not end, or ended with another code.
    """
    if repository_of(folder) is None:
        return None
    try:
        done = _run(folder, words, given, seconds)
    except FileNotFoundError as error:
        raise _silent(folder, words, "it is not installed", "Install git") from error
    except OSError as error:
        raise _silent(folder, words, str(error), "Mend that") from error
    except subprocess.TimeoutExpired as error:
        raise _silent(folder, words, str(error)) from error
    if done.returncode not in fine:
        raise _silent(folder, words, done.stderr.decode("utf-8", "replace"))
    return done


def _silent(folder: Path, words: tuple[str, ...], told: str, remedy: str = _LOOK) -> MachineError:
    name = next(word for word in words if word[0] != "-" and word.replace("-", "").isalpha())
    reason = " ".join(told.split())[:300] or "it says nothing"
    return MachineError(
        f"{folder} is in a git repository, and git (`{name}`) gives no answer there: {reason}. Nothing is known "
        f"without it. {remedy}, and run the same command again."
    )


def _run(
    folder: Path, words: tuple[str, ...], given: bytes, seconds: float | None
) -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment["LC_ALL"] = "C"  # its words are read, and bytes compared as they are
    command = ["git", "-C", str(folder), *_SETTINGS, *words]
    return subprocess.run(  # noqa: S603 - git, with our own words, and names that follow `--`
        command, env=environment, input=given, capture_output=True, check=False, timeout=seconds
    )
