"""The two datasets that are compared: folders, or what DVC recorded at a version or revision of this project."""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fer_data.dvc.git import commit_of
from fer_data.dvc.records import find_root
from fer_data.dvc.revisions import commits_that_changed, laid_out, project_at
from fer_data.errors import DatasetError, ParamsError
from fer_data.published.documents import read_provenance
from fer_data.published.shards import is_published
from fer_data.shell.files.places import must_be
from fer_data.shell.suggestions import closest, quoted
from fer_data.versions.file import VERSIONS_FILE, read_versions
from fer_data.versions.numbers import VERSION_PATTERN, tag_of
from fer_data.versions.records import VersionEntry

__all__ = ["Side", "both_sides"]

_STAGE = "publish@"


@dataclass(frozen=True, slots=True)
class Side:
    """One of two datasets.

    Attributes:
        given: as it was named.
        folder: where its files lie now.
        commit: of git whose `dvc.lock` has it; None for a folder.
        shown: how messages name it: the folder, or a path at a revision, as git writes that.
    """

    given: str
    folder: Path
    commit: str | None
    shown: str


@dataclass(frozen=True, slots=True)
class _Choice:
    """What one argument offers: folders by side in px, or outs at a commit; `only` is a dataset by itself."""

    name: str
    given: str
    folders: Mapping[int, Path]
    only: Path | None = None
    commit: str | None = None
    root: Path | None = None
    entry: VersionEntry | None = None

    @property
    def sides(self) -> list[int]:
        """Return the sides in px to choose from; none of a dataset by itself that does not say."""
        return sorted(self.folders)


@contextmanager
def both_sides(first: str, second: str, resolution: int | None) -> Iterator[tuple[Side, Side]]:
    """Yield both datasets; what DVC's cache has is laid out in temporary folders for as long as the block lasts.

    Errors of datasets in the block name such a folder by its revision.

    Raises:
        ParamsError: an argument is neither a folder, a version nor a revision, or it is not told which resolution.
        DatasetError: a folder is no dataset, or DVC's cache lacks files of a revision.
    """
    choices = (_choice("A", first), _choice("B", second))
    with ExitStack() as stack:
        found = [stack.enter_context(_opened(choice, resolution, choices)) for choice in choices]
        try:
            yield found[0], found[1]
        except DatasetError as error:
            text = str(error)
            for side in found:
                text = text.replace(str(side.folder), side.shown)
            raise DatasetError(text) from error


def _choice(name: str, given: str) -> _Choice:
    path = Path(given)
    if path.exists():
        if not path.is_dir():
            raise ParamsError(f"{name} ({given}) is a file. Name the folder of a published dataset.")
        return _of_folder(name, given, path)
    root = find_root(Path())
    if root is None:
        raise ParamsError(
            f"{name} ({given}) is no folder, and here is no DVC project that may have it as a version or revision. "
            "Name a published dataset, such as data/published/128."
        )
    entry, commit = _revision(name, given, root)
    folders = {
        int(out.stage.removeprefix(_STAGE)): Path(out.path)
        for out in project_at(root, commit).outs
        if out.stage.startswith(_STAGE) and out.stage.removeprefix(_STAGE).isdecimal()
    }
    if not folders:
        raise DatasetError(
            f"{name} ({given}): dvc.lock at {commit[:12]} has no published dataset. Name another revision."
        )
    return _Choice(name, given, folders, commit=commit, root=root, entry=entry)


def _of_folder(name: str, given: str, path: Path) -> _Choice:
    if is_published(path):
        side = read_provenance(path).resolution
        return _Choice(name, given, {} if side is None else {side: path}, only=path)
    inner = {int(one.name): one for one in path.iterdir() if one.name.isdecimal() and is_published(one)}
    if not inner:
        raise DatasetError(must_be(path, "a published dataset", made_by="dvc repro publish"))
    return _Choice(name, given, inner)


def _revision(name: str, given: str, root: Path) -> tuple[VersionEntry | None, str]:
    """Return the commit that an argument means, and the version of VERSIONS.json where it is one."""
    entry = _version(name, given, root)
    if entry is not None:
        commit = _commit_of_version(entry, root)
        if commit is None:
            raise ParamsError(
                f"{name} ({given}) is a version of {VERSIONS_FILE} whose commit git does not have here. Fetch it "
                f"(`git fetch --tags`), or name its revision."
            )
        return entry, commit
    commit = commit_of(root, given)
    if commit is None:
        entries = read_versions(root / VERSIONS_FILE).entries
        meant = closest(
            given, [form for one in entries for form in (f"v{one.version}", tag_of(one.name, one.version))]
        )
        near = f" Did you mean {quoted(meant)}?" if meant else ""
        raise ParamsError(
            f"{name} ({quoted(given)}) is no folder, no version in {VERSIONS_FILE} and no revision that git "
            f"knows.{near} Name a published dataset such as data/published/128, a version such as v0.1.0, or a "
            "revision such as HEAD~1."
        )
    return None, commit


def _version(name: str, given: str, root: Path) -> VersionEntry | None:
    """Return the entry of `0.1.0`, `v0.1.0` or `NAME@v0.1.0`; None where no version is named so."""
    dataset, _, number = given.rpartition("@")
    number = number.removeprefix("v")
    if not re.fullmatch(VERSION_PATTERN, number):
        return None
    versions = read_versions(root / VERSIONS_FILE)
    names = dict.fromkeys(one.name for one in versions.entries if dataset in {"", one.name})
    found = [entry for one in names if (entry := versions.get(one, number)) is not None]
    if len(found) > 1:
        listed = ", ".join(tag_of(one.name, one.version) for one in found)
        raise ParamsError(f"{name} ({given}) is a version of several datasets. Name one of {listed}.")
    return found[0] if found else None


def _commit_of_version(entry: VersionEntry, root: Path) -> str | None:
    """Return the commit of a version: its tag, what its entry states, or the one that brought the entry."""
    tag = commit_of(root, f"refs/tags/{tag_of(entry.name, entry.version)}")
    if tag is not None:
        return tag
    if entry.git_revision is not None:
        return commit_of(root, entry.git_revision)
    return next(iter(commits_that_changed(root, VERSIONS_FILE, f'"version": "{entry.version}"')), None)


@contextmanager
def _opened(choice: _Choice, resolution: int | None, choices: tuple[_Choice, _Choice]) -> Iterator[Side]:
    if choice.only is not None and (resolution is None or choice.sides in ([], [resolution])):
        yield Side(choice.given, choice.only, None, str(choice.only))
        return
    px = _side(choice, resolution, choices)
    if choice.commit is None or choice.root is None:
        yield Side(choice.given, choice.folders[px], None, str(choice.folders[px]))
        return
    project = project_at(choice.root, choice.commit)
    out = next(out for out in project.outs if out.stage == f"{_STAGE}{px}")
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(laid_out(project, out, choice.commit))
        except DatasetError as error:
            taken = choice.entry is not None and choice.entry.withdrawn
            why = " People were withdrawn from it since." if taken else ""
            raise DatasetError(f"{choice.name} ({choice.given}): {error}{why}") from error
        _check_released(choice, px, folder)
        yield Side(choice.given, folder, choice.commit, f"{choice.given}:{out.path}")


def _side(choice: _Choice, resolution: int | None, choices: tuple[_Choice, _Choice]) -> int:
    """Return the resolution to compare: the one asked for, the only one, or that of the other dataset."""
    listed = ", ".join(map(str, choice.sides))
    if resolution is not None:
        if resolution not in choice.folders:
            raise ParamsError(
                f"--resolution ({resolution}) must be one of {choice.name} ({choice.given}): {listed}."
            )
        return resolution
    wanted = set(choice.sides)
    for other in choices:
        wanted &= set(other.sides) or wanted
    if len(choice.sides) == 1 or len(wanted) == 1:
        return (choice.sides if len(choice.sides) == 1 else list(wanted))[0]
    raise ParamsError(f"--resolution must say which of {choice.name} ({choice.given}) to compare: {listed}.")


def _check_released(choice: _Choice, px: int, folder: Path) -> None:
    """Hold what was laid out for a version against the hash that it was released with."""
    if choice.entry is None or str(px) not in choice.entry.resolutions:
        return
    stated, found = choice.entry.resolutions[str(px)].dataset_sha256, read_provenance(folder).dataset_sha256
    if found != stated:
        raise DatasetError(
            f"{px} px at commit {choice.commit or ''} has content {str(found)[:12]}, but {VERSIONS_FILE} states "
            f"{stated[:12]} for {choice.entry.name} {choice.entry.version}. Name the revision itself to compare it."
        )
