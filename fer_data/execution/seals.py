"""The seal of a stage: the code, the parameters and the libraries that made its output, in a small file of its own.

::

    stage:  ingest@NAME  align@NAME  multires@PX  balance@PX      publish@PX            train
    its seal:     +----------+------------+------------+-------------> provenance.json
    its data:  catalog -> faces ------> variant ----> copies --------> shards, balance.json -> model

`publish` alone reads seals, and copies them into a dataset's provenance: that says what made the crops, and not what
lies on disk when they are published. Code that makes the same bytes as before so re-runs no stage between.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fer_data.errors import DatasetError
from fer_data.execution.libraries import installed_versions
from fer_data.execution.source_hash import source_hash
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.sealed import SEAL, check_seal, read_json, sealed
from fer_data.shell.garbage import look_from_now

__all__ = [
    "BEFORE_PUBLISH",
    "CODE",
    "LIBRARIES",
    "Seal",
    "read_seal",
    "read_seals",
    "seal_file",
    "seal_of",
    "sealing",
]

CODE = {
    "sample": "fer_data.sample.corpus",
    "ingest": "fer_data.ingest.stage",
    "align": "fer_data.align.stage",
    "multires": "fer_data.multires.stage",
    "balance": "fer_data.balance.stage",
    "publish": "fer_data.publish.stage",
    "train": "train.finetune",
    "evaluate": "train.evaluate",
}
"""The module whose code, with all that it imports, makes the output of a stage."""

LIBRARIES = {
    "sample": ("av", "numba", "numpy", "opencv-python", "pyarrow"),
    "ingest": ("av", "numpy", "opencv-python", "pyarrow"),
    "align": ("av", "numpy", "opencv-python", "pyarrow"),
    "multires": ("numpy", "opencv-python", "pyarrow"),
    "balance": ("albumentations", "numpy", "opencv-python", "pyarrow"),
    "publish": ("numpy", "opencv-python", "pyarrow"),
    "train": ("datasets", "numpy", "opencv-python", "pillow", "pyarrow", "torch"),
    "evaluate": ("datasets", "numpy", "opencv-python", "pyarrow", "torch"),
}
"""The libraries whose output ends up in that of a stage. `align` adds its engine; these are then those of the keys of
the resume store (`video_jobs/keys.py`), so that they are true of what was taken from there as well."""

BEFORE_PUBLISH = ("ingest", "align", "multires", "balance")
"""The stages whose seals a published dataset is made with, in their order."""

_PER_SOURCE = ("ingest", "align")
_PATHS = {"crops", "weights", "decisions", "same_person"}
"""Parameters that hold a path, relative ones included."""


class Seal(BaseModel):
    """What made the output of a stage.

    Attributes:
        stage: its name, without the item of a matrix.
        code_sha256: `source_hash` of the code that ran.
        params: the values that it ran with, by section of params.yaml, without where things lie on this machine.
        libraries: the versions of the libraries that it ran with.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    stage: str
    code_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    params: dict[str, Any]
    libraries: dict[str, str]


SealedSection = BaseModel | Mapping[str, Any] | list[int]
"""A section of params.yaml, as its model or as plain values."""


def seal_of(stage: str, **sections: SealedSection) -> Seal:
    """Return the seal of a stage that would run now, in this process, with these sections of params.yaml.

    `compute` never changes a byte and is no part of it; roots and the folders of files say where, not what.
    """
    params = {name: _portable(name, section) for name, section in sections.items()}
    engine = (params["align"]["engine"],) if stage == "align" else ()
    versions = installed_versions((*LIBRARIES[stage], *engine))
    return Seal(stage=stage, code_sha256=source_hash(CODE[stage]), params=params, libraries=versions)


@contextmanager
def sealing(path: Path, stage: str, **sections: SealedSection) -> Iterator[None]:
    """Write the seal of a stage when the block, which makes its output, ends well.

    The code is hashed before the block, as it is when it is loaded: what is edited while a stage works did not run. An
    older seal is removed first, so that output that was cut short is never taken for what that one tells of. What a
    stage works with is loaded by now.
    """
    seal = seal_of(stage, **sections)
    look_from_now()
    path.unlink(missing_ok=True)
    yield
    write_json(path, sealed(seal.model_dump()))


def seal_file(folder: Path, stage: str, item: str | int | None = None) -> Path:
    """Return where the seal of a stage lies in the folder of all seals; `item` is a side, or the name of a source.

    >>> seal_file(Path("data/seals"), "multires", 128).as_posix(), seal_file(Path("seals"), "align", "own").as_posix()
    ('data/seals/multires@128.json', 'seals/align/own.json')
    """
    if (
        stage in _PER_SOURCE
    ):  # in folders of their own, on which `publish` depends, whatever sources there are
        return folder / stage / f"{item}.json"
    return folder / (f"{stage}.json" if item is None else f"{stage}@{item}.json")


def read_seals(folder: Path, px: int, sources: Iterable[str]) -> dict[str, Seal]:
    """Return the seals of the stages before `publish@px`, by stage, such as `ingest@sample` and `multires`.

    Raises:
        DatasetError: one is missing, damaged, or of another stage.
    """
    names = list(sources)
    of_sources = {
        f"{stage}@{name}": read_seal(folder, stage, name) for stage in _PER_SOURCE for name in names
    }
    others = [stage for stage in BEFORE_PUBLISH if stage not in _PER_SOURCE]
    return of_sources | {stage: read_seal(folder, stage, px) for stage in others}


def read_seal(folder: Path, stage: str, item: str | int | None = None) -> Seal:
    """Return the seal of a stage out of the folder of all seals; `item` is a side, or the name of a source.

    Raises:
        DatasetError: it is missing, damaged, or of another stage.
    """
    path = seal_file(folder, stage, item)
    address = stage if item is None else f"{stage}@{item}"
    remedy = f"Run `dvc repro {address}` to build it."
    if not path.exists():
        raise DatasetError(f"{path} is missing, which says what made the output of stage {stage}. {remedy}")
    try:
        document = read_json(path)
        document = document if isinstance(document, dict) else {}
        check_seal(document, path)
        seal = Seal.model_validate({key: value for key, value in document.items() if key != SEAL})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "it"
        raise DatasetError(f"{path}: {key}: {first['msg']}. {remedy}") from error
    except DatasetError as error:
        raise DatasetError(f"{error} {remedy}") from error
    if seal.stage != stage:
        raise DatasetError(f"{path} is the seal of stage {seal.stage!r}, expected {stage!r}. {remedy}")
    return seal


def _portable(name: str, section: SealedSection) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(section, list):
        return section
    values = section.model_dump(mode="json") if isinstance(section, BaseModel) else dict(section)
    if name == "sources":
        values = {one: {key: v for key, v in of.items() if key != "root"} for one, of in values.items()}
    return _without_folders(values)


def _without_folders(value: object, key: str = "") -> Any:  # noqa: ANN401 - any JSON value in, the same kind out
    """Return a value with the paths in it cut to their last name: folders may name a person."""
    if isinstance(value, Mapping):
        return {key: _without_folders(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_folders(item) for item in value]
    if isinstance(value, str) and (key in _PATHS or PureWindowsPath(value).root or value.startswith("~")):
        return PureWindowsPath(value).name
    return value
