"""Hash an output again and name what differs from its records: file, row, and what rebuilds it."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from stat import S_ISREG
from typing import Any

from fer_data.dvc.records import Out, Project, find_project
from fer_data.errors import ParamsError
from fer_data.shell.progress import progress
from fer_data.verify.against_dvc import check_out, files_of, outs_at
from fer_data.verify.against_records import check_folder, recorded_folders
from fer_data.verify.hashes import Hasher
from fer_data.verify.mending import Difference, commands

__all__ = ["Report", "verify"]


@dataclass(frozen=True, slots=True)
class Report:
    """What `verify` found.

    Attributes:
        path: what was asked for.
        files: number of files that were hashed, cache objects included; one that has several names counts once.
        num_bytes: of these.
        differences: files that are not what was recorded; none where all is well.
        root: where the commands are to be run; None outside a DVC project.
        commands: what rebuilds exactly what is damaged.
    """

    path: Path
    files: int
    num_bytes: int
    differences: tuple[Difference, ...]
    root: Path | None
    commands: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the report as plain values."""
        differences = [
            {key: str(value) if isinstance(value, Path) else value for key, value in asdict(found).items()}
            for found in self.differences
        ]
        return {
            "path": str(self.path),
            "files": self.files,
            "bytes": self.num_bytes,
            "differences": differences,
            "root": None if self.root is None else str(self.root),
            "commands": list(self.commands),
        }


def verify(path: Path) -> Report:
    """Hold what lies at a path against every record of it: `dvc.lock` and DVC's cache, and what it states of itself.

    Raises:
        ParamsError: nothing is recorded of the path.
        DatasetError: `dvc.lock` is damaged.
    """
    project = find_project(path)
    outs = outs_at(project, path) if project is not None else []
    folders = list(recorded_folders(path))
    if not outs and not folders:
        raise ParamsError(
            f"PATH ({path}) has no record to be held against: it is no out of a dvc.lock that was run, no published "
            "dataset and no model. Name one, such as data/faces, or the project's folder."
        )
    with progress("verify", _total(path, project, outs, folders), "bytes") as work:
        hasher = Hasher(work.advance)
        found = list(_differences(path, project, outs, hasher)) if project is not None else []
        known = {difference.file.resolve() for difference in found}
        for folder in folders:
            for difference in check_folder(folder, hasher):
                if difference.file.resolve() not in known:
                    found.append(_placed(difference, project, outs))
    lines = tuple(commands(found, project))
    root = project.root if project is not None and lines else None
    return Report(path, hasher.files, hasher.num_bytes, tuple(found), root, lines)


def _total(path: Path, project: Project | None, outs: list[Out], folders: Iterable[Path]) -> int:
    """Return the bytes that there are to read; a file of several names counts once, as it is read."""
    files = [file for folder in folders for file in folder.rglob("*")]
    if project is not None:
        files += [file for out in outs for file in files_of(project, out, path)]
    sizes: dict[tuple[int, int], int] = {}
    for file in files:
        with suppress(OSError):
            found = file.stat()
            if S_ISREG(found.st_mode):
                sizes[found.st_dev, found.st_ino] = found.st_size
    return sum(sizes.values())


def _differences(path: Path, project: Project, outs: list[Out], hasher: Hasher) -> Iterator[Difference]:
    for out in outs:
        yield from check_out(project, out, path, hasher)


def _placed(difference: Difference, project: Project | None, outs: list[Out]) -> Difference:
    """Return a difference from a folder's own record with the stage that rebuilds it, where DVC knows it as sound."""
    for out in outs:
        if project is not None and difference.file.resolve().is_relative_to(
            (project.root / out.path).resolve()
        ):
            return replace(difference, stage=out.stage, out=out.path, remedy="rebuild", where="record")
    return difference
