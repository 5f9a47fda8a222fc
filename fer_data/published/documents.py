"""The JSON documents of a published dataset, read in their strict form."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from fer_data.core.network import GEOMETRIES
from fer_data.errors import DatasetError
from fer_data.shell.files.sealed import PRINTABLE, SEAL, check_seal, read_json

__all__ = [
    "Balance",
    "Documents",
    "FileRecord",
    "Provenance",
    "SplitDocuments",
    "made_for",
    "read_balance",
    "read_documents",
    "read_provenance",
]


def _plain_name(name: str) -> str:
    if name in {"", ".", ".."} or "/" in name or "\\" in name or "\0" in name:
        raise ValueError(f"{name!r} must be a plain file name")
    return name


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name or not path.parts:
        raise ValueError(f"{name!r} must lie inside the dataset")
    return name


def _geometry(name: str) -> str:
    if name not in GEOMETRIES:
        raise ValueError(f"{name!r} must be one of {', '.join(GEOMETRIES)}")
    return name


class _Strict(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, strict=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=BaseModel)
Name = Annotated[str, Field(pattern=PRINTABLE, max_length=200)]
ShardName = Annotated[str, AfterValidator(_plain_name)]


class _DatasetDict(_Strict):
    splits: Annotated[list[Literal["train", "validation", "test"]], Field(min_length=1, max_length=3)]


class _DataFile(_Strict):
    filename: ShardName


class _State(_Strict):
    data_files: Annotated[list[_DataFile], Field(min_length=1, alias="_data_files")]


class _ClassLabel(_Strict):
    names: Annotated[list[Name], Field(min_length=1)]
    type: Literal["ClassLabel"] = Field(alias="_type")


class _Features(_Strict):
    expression: _ClassLabel


class _DatasetInfo(_Strict):
    features: _Features


class FileRecord(_Strict):
    """What provenance states of one file; `rows` of a shard alone."""

    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    rows: Annotated[int, Field(ge=0)] | None = None


class Balance(_Strict):
    """What `balance.json` says, as far as anybody here reads it."""

    strategy: Name
    classes: list[Name] | None = None
    class_weights: list[float] | None = None
    corpus_classes: dict[Name, list[Name]] | None = None


class _Origin(_Strict):
    """What provenance states of the corpus: its kind, and whether its faces are rendered."""

    corpus: Name
    rendered: bool


class Provenance(_Strict):
    """What `provenance.json` says, as far as anybody here reads it."""

    name: str | None = None
    version: str | None = None
    dataset_sha256: str | None = None
    resolution: Annotated[int, Field(ge=1, le=4096)] | None = None
    params: dict[str, dict[str, Any]] = {}
    geometry: Annotated[str, AfterValidator(_geometry)] | None = None
    detector: dict[str, str | None] = {}
    origin: _Origin | None = None
    files: dict[Annotated[str, AfterValidator(_inside)], FileRecord] = {}


@dataclass(frozen=True, slots=True)
class SplitDocuments:
    """What the documents of one split say: its shards in their order, its columns and its classes."""

    shards: tuple[Path, ...]
    columns: frozenset[str]
    classes: tuple[str, ...]


def read_balance(path: Path) -> Balance:
    """Return a `balance.json` in its strict form.

    Raises:
        DatasetError: it is missing or damaged.
    """
    return _read(path, Balance)


def read_provenance(folder: Path) -> Provenance:
    """Return `provenance.json` of a dataset in its strict form, without what it states of a `.gitignore`.

    That is no data: DVC brings none back with a dataset, and uploads leave it out.

    Raises:
        DatasetError: it is missing or damaged.
    """
    found = _read(folder / "provenance.json", Provenance)
    files = {name: stated for name, stated in found.files.items() if name != ".gitignore"}
    return found.model_copy(update={"files": files})


def _split(folder: Path) -> SplitDocuments:
    state = _read(folder / "state.json", _State)
    shards = tuple(folder / entry.filename for entry in state.data_files)
    if len(set(shards)) < len(shards):
        raise DatasetError(f"{folder / 'state.json'} lists a shard twice.")
    features = _read(folder / "dataset_info.json", _DatasetInfo).features
    columns = frozenset({"expression", *(features.model_extra or {})})
    return SplitDocuments(shards, columns, tuple(features.expression.names))


@dataclass(frozen=True, slots=True)
class Documents:
    """What the documents of a published dataset say.

    Attributes:
        splits: by name, in the order of `dataset_dict.json`.
        classes: names of the expression classes, in label order.
        balance: `balance.json`.
        provenance: `provenance.json`.
        files: what provenance states of each file; empty for a dataset that states nothing.
    """

    splits: dict[str, SplitDocuments]
    classes: tuple[str, ...]
    balance: dict[str, Any]
    provenance: dict[str, Any]
    files: dict[str, FileRecord]


def read_documents(folder: Path) -> Documents:
    """Return the documents of a published dataset; shards are named, and not opened.

    Raises:
        DatasetError: a document is missing, damaged, or does not fit the others.
    """
    names = _read(folder / "dataset_dict.json", _DatasetDict).splits
    if len(set(names)) < len(names):
        raise DatasetError(f"{folder / 'dataset_dict.json'}: splits {names} must not repeat.")
    balance = read_balance(folder / "balance.json")
    provenance = read_provenance(folder)
    splits: dict[str, SplitDocuments] = {name: _split(folder / name) for name in names}
    stated = {split.classes for split in splits.values()}
    if balance.classes is not None:
        stated.add(tuple(balance.classes))
    classes = next(iter(stated))
    if len(stated) > 1 or len(set(classes)) < len(classes):
        raise DatasetError(
            f"{folder}: splits and balance.json must name the same classes, each once: {stated}."
        )
    return Documents(
        splits=splits,
        classes=classes,
        balance=read_json(folder / "balance.json"),
        provenance={
            key: value for key, value in read_json(folder / "provenance.json").items() if key != SEAL
        },
        files=provenance.files,
    )


def _read(path: Path, model: type[Model]) -> Model:
    document = read_json(path)
    if isinstance(document, dict) and (SEAL in document or "files" in document):
        check_seal(document, path)
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "it"
        raise DatasetError(f"{path}: {key}: {first['msg']}.") from error


def made_for(provenance: Mapping[str, Any]) -> str | None:
    """Return the task that a dataset was published for; None where its provenance does not say.

    Versions before 0.2.0 stated it in section `source`.
    """
    params = provenance.get("params", {})
    task = (params.get("dataset") or params.get("source") or {}).get("task")
    return None if task is None else str(task)
