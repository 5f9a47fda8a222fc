"""What of people stands where nothing is removed: git's history, DVC's remotes, versions that were released."""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from fer_data.dvc.git import AS_STORED, file_at, git_output, repository_of
from fer_data.dvc.records import lock_outs
from fer_data.errors import DatasetError
from fer_data.forget.people import People
from fer_data.forget.search import Finder, is_named
from fer_data.forget.spellings import pattern_for_git

__all__ = ["Remote", "Revision", "Traces", "histories_of", "history_of", "remotes_of", "revisions_of"]

_MD5 = re.compile(rb"(?<![0-9a-f])[0-9a-f]{32}(?:\.dir)?")
_COMMIT = "/"
"""What stands before a commit, as before no path that git names."""
_THESE = ("--no-walk", "--stdin")
_FOLDER = "%2F"
"""Where a folder ends in the name of a picture, which is its path, quoted."""
_ARGUMENT_BYTES = 120_000
"""The most of one argument; Linux takes 131,072 bytes."""
_NAMES = 50
"""Names that the history is searched for; more would take hours."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit whose `dvc.lock` names objects that are gone, and its tags."""

    commit: str
    tags: tuple[str, ...]
    outs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Traces:
    """How often each tracked file had a name put in or taken out, by its path.

    Attributes:
        files: that count.
        commits: in which that was.
        searched: names that were looked for.
        unsearched: names beyond the most that are looked for.
    """

    files: dict[str, int]
    commits: int
    searched: int
    unsearched: int = 0


@dataclass(frozen=True, slots=True)
class Remote:
    """A remote of DVC."""

    name: str
    url: str


def revisions_of(root: Path, doomed: Collection[str]) -> list[Revision] | None:
    """Return the commits, of all branches and tags, that can no longer be checked out whole; None without git.

    Raises:
        MachineError: git fails on a repository.
    """
    listed = git_output(root, "log", "--all", "--format=%H", "--", "dvc.lock", seconds=None)
    if listed is None:
        return None
    found, gone_md5 = [], {md5.encode() for md5 in doomed}
    for commit in listed.decode().split():
        lock = file_at(root, commit, "dvc.lock") or b""  # nothing of one that took it away
        if gone_md5.isdisjoint(_MD5.findall(lock)):
            continue  # reading its YAML takes long
        try:
            outs = lock_outs(lock, root / "dvc.lock")
        except DatasetError:
            continue
        gone = tuple(sorted({out.path for out in outs if out.md5 in doomed}))
        if gone:
            tags = (git_output(root, "tag", "--points-at", commit) or b"").decode().split()
            found.append(Revision(commit, tuple(tags), gone))
    return found


def histories_of(folders: Sequence[Path], names: Iterable[str]) -> Traces | None:
    """Return what `history_of` says of the first folder and of the repositories within it, by paths from the first.

    Raises:
        MachineError: git fails on one of them.
    """
    wanted = list(names)
    found = [
        (one, traces) for one in _with_own_history(folders) if (traces := history_of(one, wanted)) is not None
    ]
    if not found:
        return None
    files = {
        (folder.relative_to(folders[0]) / path).as_posix(): count
        for folder, traces in found
        for path, count in traces.files.items()
    }
    commits = sum(traces.commits for _, traces in found)
    return replace(found[0][1], files=dict(sorted(files.items())), commits=commits)


def _with_own_history(folders: Iterable[Path]) -> list[Path]:
    """Return the folders, but further working trees of one repository, which share its history."""
    first: dict[bytes, Path] = {}
    for folder in folders:
        place = os.fsencode(folder)
        shared = git_output(folder, "rev-parse", "--git-common-dir") or b""
        first.setdefault(os.path.realpath(os.path.join(place, shared.removesuffix(b"\n"))), folder)  # noqa: PTH118 - bytes
    return list(first.values())


def history_of(root: Path, names: Iterable[str]) -> Traces | None:
    """Return the tracked files in whose history names of people stand, or that are called so; None without git.

    The first names count, where there are more than are looked for.

    Raises:
        MachineError: git fails on a repository, so that its history is not searched.
    """
    if repository_of(root) is None:
        return None
    files: dict[str, int] = {}
    commits: set[str] = set()
    wanted = list(names)
    searched = wanted[:_NAMES]
    anywhere = "|".join(dict.fromkeys(pattern_for_git(name, whole=False) for name in searched))
    some = [commit for commit, _ in _changing(root, anywhere, "--all")] if searched else []
    found = [_changing(root, _pattern(name), *_THESE, commits=some) for name in searched if some]
    for commit, paths in chain(*found, _called(root, searched)):
        commits.add(commit)
        for path in paths:
            files[path] = files.get(path, 0) + 1
    return Traces(dict(sorted(files.items())), len(commits), len(searched), len(wanted[_NAMES:]))


def _pattern(name: str) -> str:
    """Return what git finds a name by; of the path of a picture that no argument has room for, its last folders."""
    while len(os.fsencode(pattern := pattern_for_git(name))) > _ARGUMENT_BYTES:
        if _FOLDER not in name:
            return pattern_for_git(name, whole=False)
        name = name.partition(_FOLDER)[2]
    return pattern


def _changing(
    root: Path, pattern: str, *which: str, commits: Iterable[str] = ()
) -> Iterator[tuple[str, list[str]]]:
    """Yield the commits, of which a line that was put in or taken out matches a pattern, and their files.

    Of a merge it is a line that neither side had. Files that git takes for binary have lines too, such as UTF-16.
    """
    return _logged(root, "-c", *AS_STORED, "-E", f"-G{pattern}", *which, commits=commits)


def _called(root: Path, names: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the commits that brought or removed files which are called after somebody, whatever they hold."""
    finder = Finder(People("git", set(names)))
    for commit, paths in _logged(root, "-c", "--no-renames", "--diff-filter=AD", "--all") if names else ():
        if called := [path for path in paths if is_named(finder, path)]:
            yield commit, called


def _logged(root: Path, *which: str, commits: Iterable[str] = ()) -> Iterator[tuple[str, list[str]]]:
    """Yield commits that git finds, and their files that it means.

    `commits` go through a pipe: as arguments the system takes some 40,000 at the most. A long history takes its time.
    """
    words = ("log", "-z", f"--format={_COMMIT}%H", "--name-only", *which, "--")
    given = "".join(f"{commit}\n" for commit in commits).encode()
    told = os.fsdecode(git_output(root, *words, given=given, seconds=None) or b"")
    for block in f"\0{told}".split(f"\0{_COMMIT}")[1:]:
        commit, *paths = block.split("\0")
        paths[:1] = [
            path.removeprefix("\n") for path in paths[:1]
        ]  # which git puts before them, but for a merge
        if named := list(filter(None, paths)):  # git names every merge
            yield commit, named


def remotes_of(root: Path) -> list[Remote]:
    """Return the remotes that DVC's configuration names."""
    found = []
    for name in ("config", "config.local"):
        path = root / ".dvc" / name
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        for block in re.finditer(r"\['remote \"(.+?)\"'\]([^\[]*)", text):
            url = re.search(r"^\s*url\s*=\s*(.+)$", block[2], re.MULTILINE)
            found.append(Remote(block[1], url[1].strip() if url else ""))
    return found
