"""Single values that stages take from params.yaml: the side of a matrix stage, and what is true of all sources."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from unicodedata import normalize

from pydantic import Field

from fer_data.errors import ParamsError
from fer_data.shell.dvc_stage import stage_item
from fer_data.shell.sections.complaints import brief
from fer_data.shell.sections.load import read_document

__all__ = [
    "Side",
    "dataset_task",
    "excluded_subjects",
    "matrix_resolution",
    "same_person_file",
    "source_names",
]

_LEAST_PX, _MOST_PX = 4, 1024
_DIGITS = re.compile(r"[1-9][0-9]{0,3}")

Side = Annotated[int, Field(ge=_LEAST_PX, le=_MOST_PX)]
"""Side of a variant's pictures, in px."""


def matrix_resolution(px: int | None) -> int:
    """Return the side that a matrix stage works at, in px: `px` where a person gives it, else DVC's item.

    The item comes from the stage's name in the environment and never through a shell, whatever `resolutions` says.

    Raises:
        ParamsError: there is neither, or it is no side that a variant can have.
    """
    item = stage_item() if px is None else str(px)
    if item is None:
        raise ParamsError(
            "--px is missing; it must be one of resolutions. Give it, such as --px 128: only dvc does without."
        )
    if not _DIGITS.fullmatch(item) or not _LEAST_PX <= int(item) <= _MOST_PX:
        raise ParamsError(
            f"resolutions ({brief(item)}) must be whole numbers from {_LEAST_PX} to {_MOST_PX}. Correct the list."
        )
    return int(item)


def source_names(path: Path = Path("params.yaml")) -> list[str]:
    """Return the names of the sources of a params file, in order; what they hold is not looked at.

    Raises:
        ParamsError: the file is missing or no params file, or lists no source.
    """
    return sorted(map(str, _sources(path)))


def excluded_subjects(path: Path = Path("params.yaml")) -> dict[str, list[str] | Literal["all"]]:
    """Return who of each source is excluded, by its prefix: subjects with that prefix, or `all`.

    Raises:
        ParamsError: the file is missing or no params file, or a source is none.
    """
    found: dict[str, list[str] | Literal["all"]] = {}
    for name, source in _sources(path).items():
        stated = (source.get("prefix"), source.get("excluded")) if isinstance(source, dict) else None
        match stated:
            case (str() as prefix, "all"):
                found[prefix] = "all"
            case (str() as prefix, list() as excluded):
                found[prefix] = [prefix + normalize("NFC", str(one)) for one in excluded]
            case _:
                raise ParamsError(
                    f"{path}: sources.{name} must have a prefix and excluded, a list of subjects or `all`. Write them."
                )
    return found


def _sources(path: Path) -> Mapping[object, object]:
    sources = read_document(path)["sources"]
    if not isinstance(sources, dict) or not sources:
        raise ParamsError(
            f"{path}: sources ({brief(sources)}) must be a map from names to sources. List one."
        )
    return sources


def dataset_task(path: Path = Path("params.yaml")) -> str:
    """Return `dataset.task` of a params file, which the check of the whole file holds to be one.

    Raises:
        ParamsError: the file is missing or no params file, or has none.
    """
    return _of_dataset(path, "task", "name a task, such as expression")


def same_person_file(path: Path = Path("params.yaml")) -> Path:
    """Return `dataset.same_person` of a params file: where pairs of subjects stand who are one person.

    Raises:
        ParamsError: the file is missing or no params file, or has none.
    """
    return Path(_of_dataset(path, "same_person", "name a file, such as same_person.csv"))


def _of_dataset(path: Path, key: str, rule: str) -> str:
    dataset = read_document(path)["dataset"]
    value = dataset.get(key) if isinstance(dataset, dict) else None
    if not isinstance(value, str):
        raise ParamsError(f"{path}: dataset.{key} ({brief(value)}) must {rule}. Write one.")
    return value
