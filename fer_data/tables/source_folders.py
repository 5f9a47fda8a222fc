"""Folders that hold one folder for each source, `data/catalog` and `data/faces`, as stages after `align` read them."""

import shlex
from collections.abc import Collection
from pathlib import Path

from fer_data.errors import DatasetError

__all__ = ["ROWS_FILE", "check_listed", "left_behind", "source_folders"]

ROWS_FILE = "rows.parquet"


def source_folders(folder: Path) -> list[Path]:
    """Return the folders of the sources in `data/faces` or `data/catalog`, in order of their names.

    The folder of one source is all there is of itself; so is one in which nothing lies, for the reader to refuse.
    """
    if (folder / ROWS_FILE).is_file() or not folder.is_dir():
        return [folder]
    return sorted(path for path in folder.iterdir() if (path / ROWS_FILE).is_file()) or [folder]


def check_listed(names: Collection[str], faces: Path, *others: Path) -> Collection[str]:
    """Refuse what a source left behind that is no longer one of `sources`, and one never aligned; return the names.

    DVC removes no outs of a stage that is gone, so they would be published as if they were listed still.

    Raises:
        DatasetError: there is another folder in one of the folders, or none of a source in `faces`.
    """
    left = left_behind(names, faces, *others)
    if left:
        paths = " ".join(shlex.quote(str(path)) for path in left)
        raise DatasetError(
            f"{left[0]} is of no source: sources lists {', '.join(names)}. Add it to sources again, or remove what it "
            f"left: `rm -r {paths}`."
        )
    for name in names:
        if not (faces / name / ROWS_FILE).is_file():
            raise DatasetError(
                f"{faces / name} has no {ROWS_FILE}. Run `dvc repro align@{name}` to build it."
            )
    return names


def left_behind(names: Collection[str], *parents: Path) -> list[Path]:
    """Return the folders in `data/faces` and `data/catalog` that are of no source of these names."""
    return [path for parent in parents for path in _entries(parent) if path.name not in names]


def _entries(folder: Path) -> list[Path]:
    """Return the folders in a folder, without hidden ones; itself where one source is all there is of it."""
    if (folder / ROWS_FILE).is_file():
        return [folder]
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if path.is_dir() and not path.name.startswith("."))
