"""What lies at a path, and where near it what was asked for lies: for messages to whoever named the wrong one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

__all__ = ["Kind", "found_at", "kind_at", "must_be", "nearest"]

Kind = Literal[
    "a published dataset",
    "a model",
    "an evaluation",
    "a catalog",
    "augmented copies",
    "aligned faces",
    "a resume store",
]

_SIGNS: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "a published dataset": (("dataset_dict.json",),),
    "a model": (("model.json",),),
    "an evaluation": (
        ("predictions.parquet",),
        ("valence_arousal/predictions.parquet",),
        ("action_units/predictions.parquet",),
    ),
    "a catalog": (("videos.parquet", "rows.parquet"),),
    "augmented copies": (("plan.parquet",),),
    "aligned faces": (("rows.parquet",),),
    "a resume store": (("entries",), ("leases",)),
}
"""The files of each kind, one of these groups; a folder is of the first kind that fits."""

_USUAL: dict[Kind, str] = {
    "a published dataset": "data/published/128",
    "a model": "models/senet50",
    "an evaluation": "reports/evaluation",
    "a catalog": "data/catalog",
    "augmented copies": "data/balanced/128",
    "aligned faces": "data/faces",
    "a resume store": ".fer-data/store",
}
_MAX_ENTRIES = 200
"""Of a folder, and folders in all, that are looked at."""


def kind_at(path: Path) -> Kind | None:
    """Return what kind of folder of ours lies at a path; null for files and all other folders."""
    for kind, groups in _SIGNS.items():
        if any(all((path / name).exists() for name in group) for group in groups):
            return kind
    return None


def found_at(path: Path) -> str:
    """Return in words what lies at a path, to follow a name: `does not exist`, `is a model`, `is an empty folder`."""
    if not path.exists():
        return "does not exist"
    if not path.is_dir():
        return "is a file" if path.is_file() else "is no regular file"
    if kind := kind_at(path):
        return f"is {kind}" if kind != "aligned faces" else "holds aligned faces"
    try:
        return "is another folder" if next(path.iterdir(), None) else "is an empty folder"
    except OSError:
        return "is a folder that cannot be read"


def nearest(path: Path, kind: Kind) -> Path | None:
    """Return the nearest folder of a kind: around a file, up to three below a folder, beside a path with nothing."""
    start = path if path.is_dir() else path.parent
    around = [start, start.parent] if path.is_file() else []
    return next((folder for folder in (*around, *_below(start)) if kind_at(folder) == kind), None)


def must_be(path: Path, kind: Kind, *, name: str = "", made_by: str = "") -> str:
    """Return what to say of a path that is not of the kind asked for: what it is, and which to name.

    `name` is the parameter's, `made_by` the command that makes such a folder.
    """
    shown = f"{name} ({path})" if name else str(path)
    remedy = f"Name one, such as {nearest(path, kind) or _USUAL[kind]}"
    return (
        f"{shown} must be {kind}, but {found_at(path)}. {remedy}{f', or run `{made_by}`' if made_by else ''}."
    )


def _below(folder: Path) -> Iterator[Path]:
    """Yield the folders in a folder, then those in them, three deep; hidden ones and links are left out."""
    level = [folder]
    for _ in range(3):
        level = [inner for outer in level for inner in _folders(outer)][:_MAX_ENTRIES]
        yield from level


def _folders(folder: Path) -> list[Path]:
    try:
        entries = [entry for _, entry in zip(range(_MAX_ENTRIES), folder.iterdir(), strict=False)]
        return sorted(e for e in entries if e.is_dir() and not e.is_symlink() and not e.name.startswith("."))
    except OSError:
        return []
