"""Hold published datasets and models against the hashes that they state of themselves."""

from collections.abc import Iterator
from pathlib import Path

from fer_data.errors import DatasetError, WeightsError
from fer_data.model.description import DESCRIPTION_FILE, WEIGHTS_FILE, read_description
from fer_data.published.documents import FileRecord, read_provenance
from fer_data.published.shards import is_published
from fer_data.verify.hashes import Hasher
from fer_data.verify.mending import Difference
from fer_data.verify.rows import damaged_rows

__all__ = ["check_folder", "recorded_folders"]

_IGNORED = ("cache-", ".")


def recorded_folders(path: Path) -> Iterator[Path]:
    """Yield the published datasets and models at a path, or in the folders of it."""
    if not path.is_dir():
        return
    if _has_record(path):
        yield path
        return
    for inner in sorted(path.iterdir()):
        if inner.is_dir() and not inner.is_symlink() and not inner.name.startswith("."):
            yield from recorded_folders(inner)


def _has_record(folder: Path) -> bool:
    """Say whether a folder states hashes of itself, or did before it was damaged."""
    if (folder / DESCRIPTION_FILE).exists():
        return True
    if not (folder / "provenance.json").exists():
        return False
    try:
        return bool(read_provenance(folder).files)
    except DatasetError:
        return True


def check_folder(folder: Path, hasher: Hasher) -> Iterator[Difference]:
    """Yield the files of a dataset or model that are not what it states of itself."""
    if (folder / DESCRIPTION_FILE).exists() and not is_published(folder):
        yield from _check_model(folder, hasher)
        return
    try:
        files = read_provenance(folder).files
    except DatasetError as error:
        yield _whole(folder / "provenance.json", str(error))
        return
    for name, stated in files.items():
        yield from _check_file(folder / name, stated, hasher)
    known = {*files, "provenance.json"}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_dir() and name not in known and not path.name.startswith(_IGNORED):
            yield Difference(path, "nobody recorded this file", "workspace", "copy")


def _check_file(path: Path, stated: FileRecord, hasher: Hasher) -> Iterator[Difference]:
    if path.is_file() and path.stat().st_size > stated.size:  # however large: it need not be read
        yield Difference(path, "altered", "workspace", "copy")
        return
    hashed = hasher.hashed(path)
    if hashed is not None and hashed.sha256 == stated.sha256:
        return
    rows: tuple[str, ...] = ()
    if hashed is not None and path.suffix == ".arrow":
        rows = tuple(damaged_rows(path, None))
    problem = "missing" if not path.exists() else "no readable file" if hashed is None else "altered"
    yield Difference(path, problem, "workspace", "copy", rows=rows)


def _check_model(folder: Path, hasher: Hasher) -> Iterator[Difference]:
    try:
        stated, _ = read_description(folder)
    except WeightsError as error:
        yield _whole(folder / DESCRIPTION_FILE, str(error))
        return
    path = folder / WEIGHTS_FILE
    hashed = hasher.hashed(path)
    if hashed is None or hashed.sha256 != stated.weights_sha256:
        yield Difference(path, "missing" if not path.exists() else "altered", "workspace", "copy")


def _whole(path: Path, problem: str) -> Difference:
    return Difference(path, problem, "record", "copy")
