"""Figures of the demo that a clone comes with: told from a user's own, so that no one takes 0.738 for theirs."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from fer_data.dvc.git import commit_of, file_at
from fer_data.errors import ReadingError
from fer_data.shell.files.plain_yaml import MAX_BYTES, PlainYamlError, load_plain
from fer_data.shell.files.reading import JSON_BYTES, read_regular

__all__ = ["clear_recorded", "recorded_figures"]

_FOLDERS = {"metrics", "plots"}
_PARAMS_FILE = "params.yaml"
_LOCKS = ("dvc.lock", "sample/dvc.lock")


def clear_recorded(folder: Path, recorded: Iterable[tuple[str, str]]) -> list[str]:
    """Remove the demo's figures from a clone's `metrics/` and `plots/`, and return the names of what is gone.

    A file goes only where its bytes are those that are `recorded`. All else stays: it may be a user's own.
    """
    gone = []
    for name, md5 in recorded:
        path = folder / name
        if _md5(path) == md5:
            path.unlink()
            gone.append(name)
            for parent in list(PurePosixPath(name).parents)[:-1]:
                with suppress(OSError):
                    (folder / parent).rmdir()
    return gone


def recorded_figures(folder: Path, demo: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return name and MD5 of each figure of a stage that ran with the values of `demo`, on its corpus.

    As a committed lock file of DVC records it (without git, the one that is there).

    Raises:
        MachineError: git fails on the repository.
    """
    stages = [stage for name in _LOCKS for stage in _stages(folder, name).items()]
    if not any(_ran_with(dict(stages).get(f"ingest@{name}"), demo) for name in demo["sources"]):
        return []
    return [figure for _, stage in stages if _ran_with(stage, demo) for figure in _figures_of(stage)]


def _figures_of(stage: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for out in stage.get("outs") or ():
        path = PurePosixPath(str(out.get("path", "")))
        if path.parts[:1] and path.parts[0] in _FOLDERS and ".." not in path.parts:
            yield str(path), str(out.get("md5"))


def _ran_with(stage: Any, demo: Mapping[str, Any]) -> bool:  # noqa: ANN401 - what a lock file holds
    """Say whether a stage is recorded with the values of the demo; keys that only one of them has do not count."""
    params = stage.get("params") if isinstance(stage, dict) else None
    recorded = params.get(_PARAMS_FILE) if isinstance(params, dict) else None
    if not isinstance(recorded, dict):
        return False
    return all(_agrees(value, _at(demo, key)) for key, value in recorded.items())


def _at(demo: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401 - any value
    """Return the demo's value of a key such as `sources.sample`; None of a source that the demo has not."""
    value: Any = demo
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _agrees(recorded: Any, demo: Any) -> bool:  # noqa: ANN401 - any value
    if isinstance(recorded, dict) and isinstance(demo, Mapping):
        return all(_agrees(value, demo[key]) for key, value in recorded.items() if key in demo)
    return bool(recorded == demo)


def _stages(folder: Path, name: str) -> dict[str, Any]:
    """Return the stages of a lock file by name; none where it is absent or no lock file."""
    text = _committed(folder, name)
    try:
        if text is None:
            text = read_regular(folder / name, MAX_BYTES).decode("utf-8")
        document = load_plain(text)
    except (ReadingError, UnicodeDecodeError, PlainYamlError):
        return {}
    stages = document.get("stages") if isinstance(document, dict) else None
    return stages if isinstance(stages, dict) else {}


def _committed(folder: Path, name: str) -> str | None:
    """Return a file of the last commit; None without git, or where it has none.

    Raises:
        MachineError: git fails on the repository, so that nobody knows which figures are the demo's.
    """
    commit = None if shutil.which("git") is None else commit_of(folder, "HEAD")
    found = None if commit is None else file_at(folder, commit, name)
    return None if found is None else found.decode("utf-8", "replace")


def _md5(path: Path) -> str | None:
    """Return the MD5 by which DVC knows a file; None of what is no plain file, links included."""
    if path.is_symlink() or any(parent.is_symlink() for parent in path.parents):
        return None
    try:
        return hashlib.md5(read_regular(path, JSON_BYTES), usedforsecurity=False).hexdigest()
    except ReadingError:
        return None
