"""A content-addressed store of finished work, outside DVC's outs, so that nothing is computed twice.

An entry is a folder of files under the hash of everything that they follow from. It appears whole or not at all, and
is checked against its own hashes whenever it is read; a damaged entry counts as absent.
"""

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from fer_data.errors import ReadingError, StoreError
from fer_data.execution.compute import ComputeParams
from fer_data.execution.leases import LOCK_FILE, Leases, locked_by
from fer_data.shell.files.atomic import file_sha256
from fer_data.shell.files.durable import sync, sync_tree
from fer_data.shell.files.home import at_home
from fer_data.shell.files.reading import read_json

__all__ = ["STORE_VARIABLE", "Entry", "Store", "content_key", "is_store", "prunable", "store_folder"]

STORE_VARIABLE = "FER_DATA_STORE"
"""Environment variable that overrides `compute.store`."""

_FORMAT = 1
_MANIFEST = "entry.json"
_PARTS = ("entries", "unfinished", "leases", LOCK_FILE)
_KEY_LENGTH = 64
_DISCARDED = "discarded-"
_UNFINISHED = re.compile(r"(?:discarded|[0-9a-zA-Z]{64}|[0-9a-f]{16}-[0-9]+)-[0-9a-f]{8}")
"""Names of unfinished work, those of earlier versions as well; whatever else lies there is the user's."""

_UNLEASED_SECONDS = 86_400.0
"""Unfinished work without a lease is of an earlier version; it may be going on."""


def content_key(parts: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the parts as canonical JSON, in hexadecimal: the order of keys does not matter.

    >>> content_key({"a": 1, "b": [2]}) == content_key({"b": [2], "a": 1})
    True
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def store_folder(compute: ComputeParams) -> Path:
    """Return the folder of the resume store: of the environment variable FER_DATA_STORE, else of `compute.store`."""
    return at_home(os.environ.get(STORE_VARIABLE) or compute.store)


def is_store(folder: Path) -> bool:
    """Say whether a folder is a resume store: it holds entries, or nothing but parts of a store."""
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else {""}
    return _PARTS[0] in names or names <= {*_PARTS, ".gitignore"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, as `fer-data store show` lists it.

    Attributes:
        key: what it lies under.
        about: what its writer said of it, such as the video and the hash of the code.
        size_bytes: of all its files.
        age_seconds: since it was last written or read.
    """

    key: str
    about: Mapping[str, str]
    size_bytes: int
    age_seconds: float


class Store:
    """Entries below one folder; several processes and machines may read and write it at once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._entries, self._unfinished = root / _PARTS[0], root / _PARTS[1]
        self._leases = Leases(root / _PARTS[2])

    def get(self, key: str) -> Path | None:
        """Return the folder of an entry whose files are all as they were written, or None.

        A damaged entry is removed, so that it can be made again.
        """
        folder = self._folder(key)
        manifest = _read_manifest(folder)
        if manifest is not None and _intact(folder, manifest):
            with suppress(OSError):  # Storage that can only be read has no time of last use.
                os.utime(folder / _MANIFEST)
            return folder
        if folder.exists():
            self.discard([key])
        return None

    def has(self, key: str) -> bool:
        """Return whether there is an entry, of which only `get` says that it is whole."""
        return (self._folder(key) / _MANIFEST).is_file()

    @contextmanager
    def writing(self, key: str, about: Mapping[str, str]) -> Iterator[Path]:
        """Yield an empty folder to fill, which becomes the entry when the block ends well.

        Where another process was faster, its entry stays: under one key there is only one content.

        Raises:
            StoreError: the store's folder cannot be written.
        """
        with self.lease(key, f"writes {about.get('video_id', 'a checkpoint')}") as name:
            temporary = self._unfinished / name
            _make_folder(temporary)
            try:
                yield temporary
                _seal(temporary, key, about)
                self._commit(temporary, key)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)

    @contextmanager
    def lease(self, key: str, purpose: str) -> Iterator[str]:
        """Say that this process works on `key` while the block runs; `fer-data store prune` leaves alone what it names.

        A key that entries name as their `run` stands for all of them. It ends with the process, however that ends.

        Raises:
            StoreError: the store's folder cannot be written.
        """
        self._folder(key)
        _make_folder(self.root)
        self._hide_from_git()
        with self._leases.hold(key, purpose) as name:
            yield name

    def _hide_from_git(self) -> None:
        """Keep crops and weights out of `git add`, unless the folder holds other things than the store's."""
        with suppress(OSError):
            names = {path.name for path in self.root.iterdir()}
            if names <= set(_PARTS):
                (self.root / ".gitignore").write_text("*\n", encoding="utf-8")

    def users(self) -> list[str]:
        """Return who works in the store now, in words: the holder of its lock, then those of leases."""
        alone = locked_by(self.root / LOCK_FILE)
        return [*([] if alone is None else [alone]), *(lease.by for lease in self._leases.held())]

    def in_use(self, entries: Sequence[Entry]) -> dict[str, str]:
        """Return the keys of the entries that a lease names, and who holds it."""
        by = {lease.key: lease.by for lease in self._leases.held()}
        names = ((entry, name) for entry in entries for name in (entry.about.get("run", ""), entry.key))
        return {entry.key: by[name] for entry, name in names if name in by}

    def entries(self) -> list[Entry]:
        """Return every entry, the most recently used first; an empty or absent store has none."""
        now = time.time()
        found = []
        for folder in self._entries.glob("??/*"):
            manifest = _read_manifest(folder)
            if manifest is not None:
                size = sum(part["bytes"] for part in manifest["files"].values())
                with suppress(FileNotFoundError):  # Another process has just removed it.
                    age = max(0.0, now - (folder / _MANIFEST).stat().st_mtime)
                    found.append(Entry(folder.name, manifest["about"], size, age))
        return sorted(found, key=lambda entry: (entry.age_seconds, entry.key))

    def discard(self, keys: Iterable[str]) -> None:
        """Remove entries; a key without an entry is no error."""
        for key in keys:
            doomed = self._unfinished / f"{_DISCARDED}{uuid4().hex[:8]}"
            _make_folder(self._unfinished)
            try:
                self._folder(key).rename(doomed)
            except FileNotFoundError:
                continue
            shutil.rmtree(doomed, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what killed writers left behind: unfinished work that no living process holds a lease on."""
        unfinished = [path for path in self._unfinished.glob("*") if _UNFINISHED.fullmatch(path.name)]
        held = {lease.name for lease in self._leases.held()}
        for folder in unfinished:
            if folder.name not in held and (self._is_rest(folder) or _age(folder) > _UNLEASED_SECONDS):
                shutil.rmtree(folder, ignore_errors=True)
        self._leases.sweep()

    def _is_rest(self, folder: Path) -> bool:
        return folder.name.startswith(_DISCARDED) or self._leases.known(folder.name)

    def _folder(self, key: str) -> Path:
        if len(key) != _KEY_LENGTH or not key.isalnum():
            raise StoreError(f"key ({key!r}) must be 64 hexadecimal digits. Make it with content_key().")
        return self._entries / key[:2] / key

    def _commit(self, temporary: Path, key: str) -> None:
        target = self._folder(key)
        _make_folder(target.parent)
        try:
            temporary.rename(target)
        except OSError:
            if self.get(key) is None:
                temporary.rename(target)
        sync(target.parent)


def prunable(
    entries: Sequence[Entry],
    *,
    older_than_seconds: float | None = None,
    max_bytes: int | None = None,
    codes: Collection[str] | None = None,
) -> list[Entry]:
    """Return the entries to remove: unused for so long, made by other code than `codes`, or too much for `max_bytes`.

    For the last rule the least recently used go first, after the other rules have been applied; None turns a rule off.
    """
    doomed, kept_bytes = [], 0
    for entry in sorted(entries, key=lambda entry: (entry.age_seconds, entry.key)):
        old = older_than_seconds is not None and entry.age_seconds > older_than_seconds
        foreign = codes is not None and entry.about.get("code") not in codes
        too_much = max_bytes is not None and kept_bytes + entry.size_bytes > max_bytes
        if old or foreign or too_much:
            doomed.append(entry)
        else:
            kept_bytes += entry.size_bytes
    return doomed


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"compute.store: {path} cannot be made: {error.strerror}. Name a folder that can be written."
        ) from error


def _seal(folder: Path, key: str, about: Mapping[str, str]) -> None:
    """Write what the files must be, and bring all to the disk side by side.

    Reading compares them, so that none has to be there first.
    """
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            files[name] = {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
    manifest = folder / _MANIFEST
    document = {"format": _FORMAT, "key": key, "about": dict(about), "files": files}
    manifest.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    sync_tree(folder)


def _age(folder: Path) -> float:
    """Return the seconds since anything in a folder was last written."""
    times = [0.0]
    for path in (folder, *folder.rglob("*")):
        with suppress(OSError):
            times.append(path.lstat().st_mtime)
    return time.time() - max(times)


def _read_manifest(folder: Path) -> dict[str, Any] | None:
    try:
        document = read_json(folder / _MANIFEST)
    except ReadingError:
        return None
    whole = (
        isinstance(document, dict)
        and document.get("format") == _FORMAT
        and document.get("key") == folder.name
        and _texts(document.get("about"))
        and isinstance(files := document.get("files"), dict)
        and all(isinstance(part, dict) and isinstance(part.get("bytes"), int) for part in files.values())
    )
    return document if whole else None


def _texts(about: object) -> bool:
    return isinstance(about, dict) and all(isinstance(value, str) for value in about.values())


def _intact(folder: Path, manifest: Mapping[str, Any]) -> bool:
    try:
        return all(
            (folder / name).stat().st_size == part["bytes"]
            and file_sha256(folder / name) == part.get("sha256")
            for name, part in manifest["files"].items()
        )
    except OSError:
        return False
