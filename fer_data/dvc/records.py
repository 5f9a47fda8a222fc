"""What DVC recorded: the outs of every `dvc.lock`, their files and their cache objects."""

import fnmatch
import hashlib
import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import yaml

from fer_data.dvc.pipeline import read_pipeline
from fer_data.dvc.settings import dvc_setting
from fer_data.errors import DatasetError, ReadingError
from fer_data.shell.files.reading import read_regular

__all__ = ["Out", "Project", "find_project", "find_root", "is_ignored", "lock_outs", "tree_md5", "with_outs"]

_LOCK_BYTES = 16 << 20
_TREE_BYTES = 1 << 30
_MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, which is in every wheel of PyYAML, reads the demo's lock file in a seventh of the time."""

_MAX_DEPTH = 32
"""Of mappings and lists within each other; DVC writes six. libyaml's recursion has no bound of its own."""


@dataclass(frozen=True, slots=True)
class Out:
    """One out of a stage, as a `dvc.lock` records it.

    Attributes:
        stage: its name as DVC's commands take it, such as `multires@64` or `sample/dvc.yaml:sample`.
        path: relative to the project's root.
        md5: of the file, or of the list of files, with `.dir` at its end.
    """

    stage: str
    path: str
    md5: str

    @property
    def is_folder(self) -> bool:
        """Say whether it is a folder of files."""
        return self.md5.endswith(".dir")


@dataclass(frozen=True, slots=True)
class Project:
    """A DVC project: its root, its cache, the outs of its lock file and the order of its stages."""

    root: Path
    cache: Path
    outs: tuple[Out, ...]
    needs: Mapping[str, frozenset[str]]

    def cache_object(self, md5: str) -> Path:
        """Return where the cache keeps a file of this hash."""
        return self.cache / "files" / "md5" / md5[:2] / md5[2:]

    def objects(self) -> Iterator[Path]:
        """Yield every file of the cache but lists."""
        for path in (self.cache / "files" / "md5").glob("??/*"):
            if _MD5.fullmatch(path.parent.name + path.name) and path.suffix != ".dir" and path.is_file():
                yield path

    def tree(self, out: Out) -> dict[str, str]:
        """Return the hash of each file of a folder by its path in it, as the cache's list has them.

        Raises:
            DatasetError: the list is missing or damaged.
        """
        path = self.cache_object(out.md5)
        try:
            content = read_regular(path, _TREE_BYTES)
            if hashlib.md5(content, usedforsecurity=False).hexdigest() + ".dir" != out.md5:
                raise DatasetError(f"{path} was altered or damaged.")
            found = {str(entry["relpath"]): str(entry["md5"]) for entry in json.loads(content)}
        except ReadingError as error:
            raise DatasetError(str(error)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise DatasetError(f"{path} is no list of files.") from error
        for name in found:
            _check_inside(name, path)
        return found


def find_project(path: Path) -> Project | None:
    """Return the DVC project that a path lies in; None outside of one, or where nothing was run yet.

    Raises:
        DatasetError: `dvc.lock` is damaged.
    """
    start = path.resolve()
    for root in (start, *start.parents):
        if (root / ".dvc").is_dir() and (root / "dvc.lock").exists():
            return _read_project(root)
    return None


def find_root(path: Path) -> Path | None:
    """Return the root of the DVC project that a path lies in; None outside of one."""
    start = path.resolve()
    return next((root for root in (start, *start.parents) if (root / ".dvc").is_dir()), None)


def with_outs(root: Path, outs: Iterable[Out]) -> Project:
    """Return a project with its cache and these outs, such as those of an earlier lock file; no order of stages."""
    return Project(root, _cache_folder(root), tuple(outs), {})


def lock_outs(content: bytes, source: Path) -> list[Out]:
    """Return the outs of a lock file of a project's root by its content; `source` names it in errors.

    Raises:
        DatasetError: it is damaged.
    """
    found = []
    for name, stage in _parsed(content, source).items():
        try:
            found += [_out(name, entry, source) for entry in stage.get("outs", [])]
        except (KeyError, TypeError, AttributeError) as error:
            raise _damaged(source, error) from error
    return found


def _read_project(root: Path) -> Project:
    """Return the project of the lock file in its root and of those in the folders there.

    What the pipeline no longer has is left out, and so is a pipeline in a folder that nothing here reads or made, such
    as the rendered sample beside another corpus: nothing would rebuild the one, and nobody misses the other.
    """
    outs: list[Out] = []
    deps: dict[str, list[str]] = {}
    for path in (root / "dvc.lock", *_inner_locks(root)):
        own = path.parent == root
        homes = (
            {} if own else {name: str(one.get("wdir", ".")) for name, one in _stages(path, "yaml").items()}
        )
        pipeline = read_pipeline(path.parent)
        for name, stage in _stages(path, "lock").items():
            if not pipeline.has(name):
                continue
            try:
                address = name if own else f"{path.parent.name}/dvc.yaml:{name}"
                home = PurePosixPath("" if own else path.parent.name, homes.get(name, "."))
                deps[address] = [_joined(home, entry) for entry in stage.get("deps", [])]
                outs += [
                    _out(address, {**entry, "path": _joined(home, entry)}, path)
                    for entry in stage.get("outs", [])
                ]
            except (KeyError, TypeError, AttributeError) as error:
                raise _damaged(path, error) from error
    needs = _needs(outs, deps)
    read = {address for address, sources in needs.items() if ":" not in address for address in sources}
    made = {out.stage for out in outs if (root / out.path).exists()}
    kept = [out for out in outs if ":" not in out.stage or out.stage in read | made]
    return Project(root, _cache_folder(root), tuple(kept), needs)


def _inner_locks(root: Path) -> list[Path]:
    """Return the lock files of the pipelines in the root's folders; a project inside this one is another matter."""
    found = (path for path in root.glob("*/dvc.lock") if path.with_name("dvc.yaml").is_file())
    return sorted(path for path in found if not (path.parent / ".dvc").exists())


def _stages(lock: Path, kind: Literal["yaml", "lock"]) -> dict[str, Any]:
    """Return the stages of a lock file, or of the pipeline file beside it."""
    path = lock.with_name(f"dvc.{kind}")
    try:
        content = read_regular(path, _LOCK_BYTES)
    except ReadingError as error:
        raise _damaged(path, error) from error
    return _parsed(content, path)


def _parsed(content: bytes, path: Path) -> dict[str, Any]:
    try:
        text = content.decode("utf-8")
        _check_plain(text)
        stages = yaml.load(text, Loader=_LOADER)["stages"]  # noqa: S506 - a safe loader
        return {str(name): dict(stage) for name, stage in stages.items()}
    except (
        UnicodeDecodeError,
        yaml.YAMLError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
    ) as error:
        raise _damaged(path, error) from error


def _check_plain(text: str) -> None:
    """Refuse what DVC never writes and what could cost much more than its text, before any of it is built.

    Raises:
        yaml.YAMLError: it has an alias, or is nested too deep.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError("it has an alias, which DVC never writes")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise yaml.YAMLError(f"it is nested more than {_MAX_DEPTH} deep")


def _damaged(path: Path, error: Exception) -> DatasetError:
    reason = " ".join(str(error).split())[:200]
    return DatasetError(f"{path} is damaged: {reason}. Restore it with `git checkout {path}`.")


def _joined(home: PurePosixPath, entry: Mapping[str, Any]) -> str:
    """Return a path as the project's root sees it, from one that a stage's working folder sees."""
    path = str(entry["path"])
    return path if home == PurePosixPath() else posixpath.normpath(str(home / path))


def _out(stage: str, entry: Mapping[str, Any], lock: Path) -> Out:
    name, md5 = str(entry["path"]), str(entry["md5"])
    _check_inside(name, lock)
    if not _MD5.fullmatch(md5) or entry.get("hash", "md5") != "md5":
        raise DatasetError(
            f"{lock}: the hash of {name} is {md5!r}, which is none of DVC 3's. Run `dvc repro`."
        )
    return Out(stage, PurePosixPath(name).as_posix(), md5)


def _check_inside(name: str, source: Path) -> None:
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or "\0" in name:
        raise DatasetError(f"{source} names {name!r}, which does not lie inside.")


def _needs(outs: list[Out], deps: Mapping[str, list[str]]) -> dict[str, frozenset[str]]:
    """Return the stages whose outs each stage reads."""
    return {
        stage: frozenset(out.stage for out in outs if out.stage != stage and _touch(out.path, read))
        for stage, read in deps.items()
    }


def _touch(out: str, paths: list[str]) -> bool:
    return any(path == out or path.startswith(f"{out}/") or out.startswith(f"{path}/") for path in paths)


def _cache_folder(root: Path) -> Path:
    return root / (dvc_setting(root, "cache", "dir") or ".dvc/cache")


def tree_md5(files: Mapping[str, str]) -> str:
    """Return the hash that DVC gives a folder of these files, path to MD5.

    >>> tree_md5({})
    'd751713988987e9331980363e24189ce.dir'
    """
    entries = [
        {"md5": files[name], "relpath": name} for name in sorted(files, key=lambda n: tuple(n.split("/")))
    ]
    text = json.dumps(entries, sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + ".dir"


def is_ignored(relative: PurePosixPath, root: Path) -> bool:
    """Say whether `.dvcignore` leaves a file out; only patterns of names are understood."""
    return any(fnmatch.fnmatch(part, pattern) for part in relative.parts for pattern in _ignored(root))


def _ignored(root: Path) -> Iterator[str]:
    path = root / ".dvcignore"
    if path.is_file():
        for line in read_regular(path, _LOCK_BYTES).decode("utf-8", "replace").splitlines():
            if (pattern := line.strip().rstrip("/")) and not pattern.startswith("#"):
                yield pattern
