"""Read and write VERSIONS.json; `release`, `push` and `forget` alone do."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fer_data.errors import DatasetError, OutputError
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.sealed import read_json
from fer_data.versions.records import VersionEntry, Versions

__all__ = ["VERSIONS_FILE", "read_versions", "update_versions", "write_versions"]

VERSIONS_FILE = "VERSIONS.json"
_HEAD = {"made_by": "fer-data", "kind": "versions"}


def read_versions(path: Path) -> Versions:
    """Return what a VERSIONS.json says; no versions where there is no such file yet.

    Raises:
        DatasetError: it is another kind of file, damaged, or has a key that nobody here knows.
    """
    if not os.path.lexists(path):
        return Versions()
    try:
        document = read_json(path)
    except DatasetError as error:
        raise DatasetError(f"{error} {_remedy(path)}") from error
    if not isinstance(document, dict) or {key: document.get(key) for key in _HEAD} != _HEAD:
        raise DatasetError(
            f'{path} is no file of versions: it lacks "kind": "versions" and "made_by": "fer-data". Move it away.'
        )
    listed = document.get("versions")
    if not isinstance(listed, list) or set(document) != {*_HEAD, "versions"}:
        raise DatasetError(
            f"{path} must hold {', '.join(_HEAD)} and a list 'versions', nothing else. {_remedy(path)}"
        )
    versions = Versions()
    for index, one in enumerate(listed):
        entry = _entry(one, index, path)
        if versions.get(entry.name, entry.version) is not None:
            raise DatasetError(
                f"{path}: versions.{index}: {entry.name} {entry.version} is listed twice. {_remedy(path)}"
            )
        versions = versions.with_entry(entry)
    return versions


def _entry(value: Any, index: int, path: Path) -> VersionEntry:  # noqa: ANN401 - any JSON value
    try:
        return VersionEntry.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, ("versions", index, *first["loc"])))
        raise DatasetError(f"{path}: {key[:200]}: {first['msg']}. {_remedy(path)}") from error


def _remedy(path: Path) -> str:
    return f"`git checkout {path}` brings the committed one back; a newer fer_data may have written it."


def write_versions(path: Path, versions: Versions) -> None:
    """Write a VERSIONS.json whole, or leave what is there: versions sorted, the same bytes for the same versions.

    Use `update_versions` to change what is there; nobody else may write in between.

    Raises:
        OutputError: the file cannot be written.
    """
    listed = [json.loads(one.model_dump_json(exclude_unset=True)) for one in versions.entries]
    try:
        write_json(path, {**_HEAD, "versions": [_sorted(one) for one in listed]})
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}. Make room or allow it.") from error


def _sorted(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry, its keys as the model has them, and those of maps of a user's names in their order."""
    order = {**entry, "resolutions": dict(sorted(entry["resolutions"].items(), key=lambda one: int(one[0])))}
    for key in ("params", "params_changed", "code"):
        order[key] = dict(sorted(entry[key].items()))
    return order


def update_versions(path: Path, change: Callable[[Versions], Versions]) -> Versions:
    """Change a VERSIONS.json while nobody else of us does, and return what it says now; nothing new writes nothing.

    Raises:
        DatasetError: what is there cannot be read, and is left as it is.
        OutputError: the file cannot be written.
    """
    with _alone(path.absolute().parent):
        before = read_versions(path)
        after = change(before)
        if after != before:
            write_versions(path, after)
    return after


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder itself, so that no lock file is left behind."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise OutputError(f"{folder} cannot be opened: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
