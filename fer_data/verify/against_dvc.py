"""Hold the files of a DVC project and its cache objects against `dvc.lock`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from fer_data.dvc.git import is_in_git
from fer_data.dvc.records import Out, Project, is_ignored, tree_md5
from fer_data.errors import DatasetError
from fer_data.verify.hashes import Hasher
from fer_data.verify.mending import Difference
from fer_data.verify.rows import damaged_rows

__all__ = ["check_out", "files_of", "outs_at"]

State = Literal["sound", "altered", "missing"]


def outs_at(project: Project, path: Path) -> list[Out]:
    """Return the outs that lie at or below a path, or the one that a path lies in."""
    inside = path.resolve()
    if not inside.is_relative_to(project.root):
        inside = path.absolute()
    asked = PurePosixPath(inside.relative_to(project.root).as_posix())
    found = []
    for out in project.outs:
        out_path = PurePosixPath(out.path)
        if asked == out_path or asked in out_path.parents or out_path in asked.parents:
            found.append(out)
    return found


@dataclass(frozen=True, slots=True)
class _File:
    """A recorded file: where it lies, its hash, and the out that it belongs to."""

    path: Path
    md5: str
    out: Out


def files_of(project: Project, out: Out, asked: Path) -> Iterator[Path]:
    """Yield the files that `check_out` will read, in the workspace and in the cache, whether they are there or not."""
    whole = project.root / out.path
    if not out.is_folder:
        yield from (whole, project.cache_object(out.md5))
        return
    try:
        recorded = project.tree(out)
    except DatasetError:
        yield from _files(whole, project.root)
        return
    only = asked.resolve()
    for name, md5 in recorded.items():
        if only in (whole / name, *(whole / name).parents):
            yield from (whole / name, project.cache_object(md5))


def check_out(project: Project, out: Out, asked: Path, hasher: Hasher) -> Iterator[Difference]:
    """Yield what differs of an out, or of the part of it that lies at `asked`, in the workspace and in the cache."""
    whole = project.root / out.path
    if not out.is_folder:
        yield from _check_file(project, _File(whole, out.md5, out), hasher)
        return
    try:
        recorded = project.tree(out)
    except DatasetError as error:
        yield from _without_list(project, out, str(error), hasher)
        return
    only = asked.resolve()
    for name, md5 in recorded.items():
        path = whole / name
        if only in (path, *path.parents):
            yield from _check_file(project, _File(path, md5, out), hasher)
    for path in _files(whole, project.root):
        if path.relative_to(whole).as_posix() not in recorded and only in (path, *path.parents):
            problem = "nobody recorded this file"
            yield Difference(path, problem, "workspace", "remove", stage=out.stage, out=out.path)


def _check_file(project: Project, file: _File, hasher: Hasher) -> Iterator[Difference]:
    stored = project.cache_object(file.md5)
    ours, theirs = (_state(path, file.md5, hasher) for path in (file.path, stored))
    if ours == "sound" and theirs != "altered":
        return
    found = Difference(file.path, "", "workspace", "rebuild", stage=file.out.stage, out=file.out.path)
    if theirs == "altered":
        found = replace(found, cache_object=stored, where="cache" if ours == "sound" else "both")
        found = replace(found, remedy="commit" if ours == "sound" else "rebuild")
    elif theirs == "sound":
        found = replace(found, remedy="checkout")
    elif is_in_git(file.path, project.root):
        found = replace(found, remedy="git")
    yield replace(found, problem=_problem(ours, theirs), rows=_rows(file, stored, ours, theirs))


def _state(path: Path, md5: str, hasher: Hasher) -> State:
    hashed = hasher.hashed(path)
    if hashed is None:
        return "altered" if path.exists() else "missing"
    return "sound" if hashed.md5 == md5 else "altered"


def _problem(ours: State, theirs: State) -> str:
    if ours == "sound":
        return "sound here, but its cache object is altered"
    known = {
        "sound": "sound in the cache",
        "altered": "altered in the cache too",
        "missing": "not in the cache",
    }
    return f"{ours} here, {known[theirs]}"


def _rows(file: _File, stored: Path, ours: State, theirs: State) -> tuple[str, ...]:
    altered = file.path if ours == "altered" else stored if theirs == "altered" else None
    if altered is None or file.path.suffix != ".arrow" or not altered.is_file():
        return ()
    intact = stored if theirs == "sound" else file.path if ours == "sound" else None
    return tuple(damaged_rows(altered, intact))


def _without_list(project: Project, out: Out, reason: str, hasher: Hasher) -> Iterator[Difference]:
    """Yield what can be said of a folder whose list of files the cache lacks, or has damaged."""
    whole, stored = project.root / out.path, project.cache_object(out.md5)
    hashes = {path.relative_to(whole).as_posix(): hasher.hashed(path) for path in _files(whole, project.root)}
    sound = tree_md5({name: found.md5 if found else "" for name, found in hashes.items()}) == out.md5
    if stored.exists():
        yield Difference(
            whole, f"its list of files is altered: {reason}", "cache", "commit" if sound else "rebuild",
            stage=out.stage, out=out.path, cache_object=stored,
        )  # fmt: skip
    elif not sound:
        problem = "its files are not those that were recorded" if hashes else "missing here and in the cache"
        yield Difference(whole, problem, "record", "rebuild", stage=out.stage, out=out.path)
        yield from _altered_links(project, out, hasher)


def _altered_links(project: Project, out: Out, hasher: Hasher) -> Iterator[Difference]:
    """Yield the files of a folder that share their bytes with a cache object of another name: altered both."""
    objects = {path.stat().st_ino: path for path in project.objects()}
    for path in _files(project.root / out.path, project.root):
        stored, hashed = objects.get(path.stat().st_ino), hasher.hashed(path)
        if stored is not None and hashed is not None and stored != project.cache_object(hashed.md5):
            yield Difference(
                path, "altered here, altered in the cache too", "both", "rebuild",
                rows=tuple(damaged_rows(path, None)) if path.suffix == ".arrow" else (),
                stage=out.stage, out=out.path, cache_object=stored,
            )  # fmt: skip


def _files(folder: Path, root: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        relative = PurePosixPath(path.relative_to(root).as_posix())
        if not path.is_dir() and not is_ignored(relative, root):
            yield path
