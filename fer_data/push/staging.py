"""The folder that a push sends from: Parquet, documents and card, beside the dataset and never inside it.

::

    data/published/128/              the out of DVC, which nothing here changes
    data/published/.128.push.tmp/    staged.json   which files are whole, with their hashes
                                     repo/         as the repository will have them
                                     part/         the file that is being written

Who is stopped finds the finished files again; who is done removes the folder. Git and DVC ignore its name.
"""

import errno
import fcntl
import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from fer_data.errors import DatasetError, OutputError
from fer_data.published.croissant import CROISSANT_FILE
from fer_data.published.documents import FileRecord
from fer_data.published.parquet import parquet_files, write_parquet
from fer_data.published.parquet_record import parquet_record
from fer_data.published.shards import Shards
from fer_data.push.hub_card import hub_card
from fer_data.push.material import Material
from fer_data.push.read_back import check_content
from fer_data.shell.files.atomic import file_sha256, write_json
from fer_data.shell.files.sealed import read_json
from fer_data.shell.files.temporaries import remove
from fer_data.shell.interruption import keeping
from fer_data.shell.progress import progress

__all__ = ["Staged", "StagedFile", "check_room", "staged", "staging_folder"]

_LEDGER, _REPO, _PART, _LOCK = "staged.json", "repo", "part", "lock"
_MODEL_FILES = ("README.md", "model.json", "model.safetensors")
_ARROW_FORM = frozenset({"state.json", "dataset_info.json", "dataset_dict.json", "croissant.json"})
"""What describes the Arrow files, which are not pushed."""

_HIDDEN = "."
_KEPT = "What is staged stays in {} and what was sent stays on the Hub; the same command goes on from there."


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file as the repository will have it."""

    path: Path
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Staged:
    """All files as the repository will have them, by name, and the folder that they are staged in."""

    files: Mapping[str, StagedFile]
    folder: Path

    def remove(self) -> None:
        """Remove all that was staged, once it is where it belongs."""
        remove(self.folder)


def staging_folder(folder: Path) -> Path:
    """Return where the push of a folder is staged: beside it, on its file system.

    >>> staging_folder(Path("/data/published/128")).as_posix()
    '/data/published/.128.push.tmp'
    """
    real = Path(os.path.realpath(folder))
    return real.with_name(f".{real.name}.push.tmp")


@contextmanager
def staged(material: Material, repo: str) -> Iterator[Staged]:
    """Yield the files of a push, while nobody else pushes the same folder; they stay until they are removed.

    Raises:
        OutputError: there is no room for them, or another push of the same folder is at work.
        DatasetError: the dataset or model is damaged, or Parquet read back is not what it was made of.
    """
    folder = staging_folder(material.folder)
    with _locked(folder), keeping(lambda: _KEPT.format(folder)):
        done = _Ledger(folder, material.sha256)
        shards = material.shards
        yield Staged(_model(material, done) if shards is None else _dataset(shards, done, repo), folder)


def _locked(folder: Path) -> IO[bytes]:
    """Make the folder, and return a lock in it that nobody else holds."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, "a link or a file is there")
        lock = (folder / _LOCK).open("wb")
    except OSError as error:
        raise OutputError(
            f"{folder}, where files are staged, cannot be written: {error.strerror}. Allow it, make room, "
            "move what is there, or push a copy of the folder from where you may write."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise OutputError(
            f"{folder} is used by another push of the same folder. Wait for it to end."
        ) from error
    except OSError:
        pass  # Locks are not supported here.
    return lock


class _Ledger:
    """Which staged files are whole; what was staged of other content is removed."""

    def __init__(self, folder: Path, sha256: str) -> None:
        self.folder, self._sha256 = folder, sha256
        self._known = self._read()
        if self._known is None:
            for name in (_LEDGER, _REPO, _PART):
                remove(folder / name)
        self._files: dict[str, StagedFile] = {}
        self.checked = bool(self._known and self._known.get("checked"))

    def _read(self) -> Mapping[str, Any] | None:
        try:
            known = read_json(self.folder / _LEDGER)
        except DatasetError:
            return None
        whole = isinstance(known, dict) and known.get("sha256") == self._sha256
        return known if whole and isinstance(known.get("files"), dict) else None

    def path(self, name: str) -> Path:
        path = self.folder / _REPO / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def part(self) -> Path:
        """Return an empty folder to write a file in."""
        remove(self.folder / _PART)
        (self.folder / _PART).mkdir(parents=True)
        return self.folder / _PART

    def finished(self, name: str) -> StagedFile | None:
        """Return a file of an earlier try whose bytes are still those that were written."""
        stated, path = (self._known or {}).get("files", {}).get(name), self.path(name)
        if not isinstance(stated, dict) or not path.is_file() or path.stat().st_size != stated.get("size"):
            return None
        if file_sha256(path) != stated.get("sha256"):
            return None
        self._files[name] = StagedFile(path, int(stated["size"]), str(stated["sha256"]))
        return self._files[name]

    def add(self, name: str, written: Path) -> StagedFile:
        """Move a file that was written to its place, and note it down."""
        path = self.path(name)
        written.replace(path)
        self._files[name] = StagedFile(path, path.stat().st_size, file_sha256(path))
        self.note()
        return self._files[name]

    def note(self) -> None:
        """Write down what is whole, and whether it was read back."""
        files = {name: {"size": one.size, "sha256": one.sha256} for name, one in self._files.items()}
        earlier = (self._known or {}).get("files", {})
        document = {"sha256": self._sha256, "checked": self.checked, "files": {**earlier, **files}}
        write_json(self.folder / _LEDGER, document)


def _dataset(shards: Shards, done: _Ledger, repo: str) -> dict[str, StagedFile]:
    found: dict[str, StagedFile] = {}
    wanted = parquet_files(shards)
    for file in wanted:
        if (earlier := done.finished(file.name)) is not None:
            found[file.name] = earlier
    missing = [file for file in wanted if file.name not in found]
    check_room(done.folder, sum(file.shard.stat().st_size for file in missing))
    rows = sum(shards.documents.files[_name(shards, file.shard)].rows or 0 for file in missing)
    done.checked = done.checked and not missing
    with progress("push, Parquet", rows, "rows") as work:
        for file in missing:
            part = done.part()
            work.advance(write_parquet(shards, file, part))
            found[file.name] = done.add(file.name, part / file.name)
    if not done.checked:
        check_content(shards, {file.name: found[file.name].path for file in wanted})
        done.checked = True
        done.note()
    by_split = {
        split: [found[file.name].path for file in wanted if file.split == split] for split in shards.splits
    }
    card = hub_card(shards.folder / "README.md", repo, by_split)
    for name in _documents(shards.documents.files):
        found[name] = _copied(shards.folder / name, name, done, shards.documents.files.get(name))
    found["README.md"] = _written(card, "README.md", done)
    if (record := _croissant(shards, found)) is not None:
        found[CROISSANT_FILE] = _written(record, CROISSANT_FILE, done)
    return found


def _croissant(shards: Shards, found: Mapping[str, StagedFile]) -> str | None:
    """Return the Croissant file of the Parquet that was found; None of a dataset that has none."""
    written = {name: (one.path, one.size, one.sha256) for name, one in found.items()}
    record = parquet_record(shards, written, with_rows="rows.parquet" in found)
    return None if record is None else json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def _name(shards: Shards, path: Path) -> str:
    return path.relative_to(shards.folder).as_posix()


def _documents(files: Mapping[str, FileRecord]) -> list[str]:
    """Return the files beside the Arrow form that go along as they are; the card is written anew."""
    names = [
        name
        for name in files
        if not name.endswith(".arrow") and not name.startswith(_HIDDEN) and Path(name).name not in _ARROW_FORM
    ]
    return sorted({*names, "provenance.json"} - {"README.md"})


def _copied(source: Path, name: str, done: _Ledger, stated: FileRecord | None) -> StagedFile:
    written = done.part() / "file"
    shutil.copyfile(source, written)
    copied = done.add(name, written)
    if stated is not None and copied.sha256 != stated.sha256:
        raise DatasetError(
            f"{source} was altered or damaged after it was written: provenance.json states another hash. "
            "`fer-data verify` on the folder says what else is; `dvc repro publish` builds it again."
        )
    return copied


def _written(text: str, name: str, done: _Ledger) -> StagedFile:
    written = done.part() / "file"
    written.write_text(text, encoding="utf-8")
    return done.add(name, written)


def _model(material: Material, done: _Ledger) -> dict[str, StagedFile]:
    sources = {name: material.folder / name for name in _MODEL_FILES if (material.folder / name).is_file()}
    check_room(done.folder, sum(path.stat().st_size for path in sources.values()))
    found = {name: _copied(path, name, done, None) for name, path in sources.items()}
    if found["model.safetensors"].sha256 != material.sha256:
        raise DatasetError(
            f"{sources['model.safetensors']} was altered or damaged: model.json states another hash of it. "
            "Train the model again with `dvc repro --force train`, or copy it again from where it came from."
        )
    return found


def check_room(folder: Path, needed: int) -> None:
    """Refuse to stage so many bytes where there is no room for them.

    Raises:
        OutputError: there is not.
    """
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OutputError(
            f"{folder}, where files are staged, has {free / 1e9:,.2f} GB free; {needed / 1e9:,.2f} GB are "
            "needed. Make room there, or push a copy of the folder from a larger disk."
        )
