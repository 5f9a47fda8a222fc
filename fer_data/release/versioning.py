"""Write a version of the published dataset to VERSIONS.json; the same version never gets other content."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fer_data.dvc.git import commit_of, is_in_git
from fer_data.dvc.records import find_project, find_root
from fer_data.errors import DatasetError, ParamsError
from fer_data.params.document import load_params
from fer_data.params.publish import PublishParams
from fer_data.release.contents import Contents, read_contents
from fer_data.release.next_steps import GitState, git_state, next_steps
from fer_data.versions.file import VERSIONS_FILE, read_versions, update_versions
from fer_data.versions.numbers import tag_of, version_order
from fer_data.versions.records import VersionEntry, Versions, changed_values

__all__ = ["Release", "release"]

Outcome = Literal["released", "drafted", "unchanged"]


@dataclass(frozen=True, slots=True)
class Release:
    """What `release` did.

    Attributes:
        entry: the version as VERSIONS.json now has it.
        outcome: `released`, `drafted`, or `unchanged` where it was there with this content.
        same_as: other versions with the same content.
        resolutions_changed: sides in px whose content is not that of `since`, new and lost ones included.
        uncommitted: files that differ from git's commit, so that the version names none.
        commands: what shares it, to be run by a person in this order.
        notes: what to know before.
    """

    entry: VersionEntry
    outcome: Outcome
    same_as: tuple[str, ...]
    resolutions_changed: tuple[int, ...]
    uncommitted: tuple[str, ...]
    commands: tuple[str, ...]
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return it as plain values."""
        entry = self.entry.model_dump(mode="json", exclude_unset=True)
        return {
            "outcome": self.outcome,
            **entry,
            "same_as": list(self.same_as),
            "resolutions_changed": list(self.resolutions_changed),
            "uncommitted": list(self.uncommitted),
            "commands": list(self.commands),
            "notes": list(self.notes),
        }


def release(root: Path) -> Release:
    """Write the version that a project's params name, out of what is published there, to its VERSIONS.json.

    Nothing else is written, and neither git nor DVC is told to do anything.

    Raises:
        ParamsError: the folder is no project's root, or the version is taken, or lower than the last release.
        DatasetError: what is published is not whole, or not what params, code and `dvc.lock` say.
    """
    _check_root(root)
    params = load_params(root / "params.yaml")
    path = root / VERSIONS_FILE
    _check_number(read_versions(path), params.publish, root)
    project = find_project(root)
    if project is None or project.root != root.resolve():
        raise DatasetError(
            f"{root.resolve() / 'dvc.lock'} is missing: nothing was published. Run `dvc repro publish`."
        )
    contents = read_contents(project, params.resolutions, params.publish)
    state = git_state(root)
    before, versions = _written(path, contents, params.publish, state)
    entry = next(one for one in versions.of(params.publish.name) if _is_numbered(one, params.publish.version))
    outcome: Outcome = "unchanged" if versions == before else "drafted" if entry.is_draft else "released"
    commands, notes = next_steps(root, entry.name, entry.version, licence=contents.licence)
    same = tuple(
        one.version for one in versions.of(entry.name) if one.content == entry.content and one != entry
    )
    changed = _changed_sides(versions, entry)
    return Release(entry, outcome, same, changed, tuple(state.uncommitted), tuple(commands), tuple(notes))


def _written(
    path: Path, contents: Contents, publish: PublishParams, state: GitState
) -> tuple[Versions, Versions]:
    """Write the version unless it is there, and return the versions before and after."""
    before = [Versions()]

    def change(known: Versions) -> Versions:
        before[0] = known
        _check_number(known, publish, path.parent)
        entry = _entry(contents, publish, known, state.clean_revision)
        return known if _is_known(known, entry) else known.with_entry(entry)

    after = update_versions(path, change)
    return before[0], after


def _is_numbered(entry: VersionEntry, version: str) -> bool:
    return version_order(entry.version) == version_order(version)


def _changed_sides(versions: Versions, entry: VersionEntry) -> tuple[int, ...]:
    since = versions.get(entry.name, entry.since) if entry.since else None
    before = since.content if since else {}
    sides = {*before, *entry.content}
    return tuple(sorted(int(side) for side in sides if before.get(side) != entry.content.get(side)))


def _check_root(root: Path) -> None:
    found = find_root(root)
    if found is None:
        raise ParamsError(
            f"{root.resolve()} lies in no DVC project. Run `fer-data release` in a project's folder."
        )
    if found != root.resolve():
        raise ParamsError(f"{root.resolve()} is not the project's folder. Run `fer-data release` in {found}.")
    if is_in_git(root / VERSIONS_FILE, root) and not (root / VERSIONS_FILE).exists():
        raise ParamsError(
            f"{VERSIONS_FILE} is in git, but missing here: what was released would be forgotten. "
            f"`git checkout {VERSIONS_FILE}` brings it back."
        )


def _check_number(known: Versions, publish: PublishParams, root: Path) -> None:
    """Refuse a version lower than the last release, or one that was released where this file is not from."""
    last, version = known.last_release(publish.name), publish.version
    if last is not None and version_order(version) < version_order(last.version):
        raise ParamsError(
            f"publish.version ({version}) must not be lower than the last release, {last.version}. "
            "Raise it in params.yaml and run `dvc repro publish`."
        )
    tag = tag_of(publish.name, version)
    if known.get(publish.name, version) is None and commit_of(root, f"refs/tags/{tag}") is not None:
        raise ParamsError(
            f"publish.version ({version}) is released already: git has the tag {tag}, though {VERSIONS_FILE} here does "
            f"not have it. Merge the branch that released it, or raise publish.version and run `dvc repro publish`."
        )


def _entry(contents: Contents, publish: PublishParams, known: Versions, revision: str | None) -> VersionEntry:
    last = known.last_release(publish.name)
    older = known.get(publish.name, publish.version)
    code = {} if last is None else changed_values(last.code, contents.code)
    return VersionEntry(
        name=publish.name,
        version=publish.version,
        git_revision=revision,
        fer_data=contents.fer_data,
        resolutions=contents.resolutions,
        since=last.version if last else None,
        params=contents.params,
        params_changed={} if last is None else changed_values(last.params, contents.params),
        code=contents.code,
        code_changed=list(code),
        withdrawn=[],
        pushed=older.pushed if older else [],  # of an older draft: people's pictures stand there all the same
    )


def _is_known(known: Versions, entry: VersionEntry) -> bool:
    """Say whether the version is there with this content.

    Raises:
        ParamsError: it was released with other content, or people in it were taken back since.
    """
    for one in known.of(entry.name):
        if any(taken.rows for taken in one.withdrawn) and set(one.content.values()) & set(
            entry.content.values()
        ):
            raise ParamsError(
                f"publish.version ({entry.version}) would hold people who were taken back from {one.version}: it has "
                "the same content. Run `dvc repro publish`, which leaves them out, and raise publish.version."
            )
    older = known.get(entry.name, entry.version)
    if older is None:
        return False
    if older.is_draft:
        return older == entry
    if older.content == entry.content:
        return True
    sides = sorted({*older.content, *entry.content}, key=int)
    differing = [f"{px} px" for px in sides if older.content.get(px) != entry.content.get(px)]
    raise ParamsError(
        f"publish.version ({entry.version}) is released already with other content ({', '.join(differing)} "
        f"{'differs' if len(differing) == 1 else 'differ'}). Raise publish.version in params.yaml and run "
        "`dvc repro publish`; VERSIONS.json stays as it is."
    )
