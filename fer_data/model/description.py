"""`model.json`: the strict form of what a stored network says of itself, checked before anything is allocated."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fer_data.core.labels.tasks import ACTION_UNITS, EXPRESSION, TASKS, UNITS, AnnotatedTask
from fer_data.core.network import MAX_BASE_WIDTH, MAX_CLASSES
from fer_data.errors import DatasetError, WeightsError
from fer_data.shell.files.places import must_be
from fer_data.shell.files.sealed import PRINTABLE, check_seal, read_json

__all__ = [
    "DESCRIPTION_FILE",
    "REMEDY",
    "WEIGHTS_FILE",
    "Architecture",
    "ModelDocument",
    "check_model",
    "read_description",
]

DESCRIPTION_FILE = "model.json"
WEIGHTS_FILE = "model.safetensors"
REMEDY = "Train the model again with `dvc repro --force train`, or copy it again from where it came from."

Name = Annotated[str, Field(pattern=PRINTABLE, max_length=100)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=1 << 53)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Architecture(_Strict):
    """Which network; `tasks` and `action_units` may be absent from a model of expression alone."""

    name: Literal["senet50"]
    base_width: Annotated[int, Field(ge=16, le=MAX_BASE_WIDTH, multiple_of=16)]
    tasks: Annotated[list[AnnotatedTask], Field(min_length=1, max_length=len(TASKS))] = ["expression"]
    action_units: Annotated[list[Name], Field(max_length=len(ACTION_UNITS))] = []


class Data(_Strict):
    """The published dataset that a model was trained on: `dataset_sha256` says which rows and pictures.

    Models of earlier versions lack the origin, and state a hash of another definition (`content_sha256`), or one of
    `provenance.json`, which changes with code as well.
    """

    name: str | None
    version: str | None
    dataset_sha256: str | None = None
    content_sha256: str | None = None
    resolution: Annotated[int, Field(ge=1, le=4096)]
    provenance_sha256: Sha256 | None = None
    corpus: str | None = None
    rendered: bool | None = None


class UnitCounts(_Strict):
    """Training frames without and with one action unit."""

    absent: Count
    present: Count


class TrainMeans(_Strict):
    """Means of the training labels."""

    valence: Annotated[float, Field(ge=-1.0, le=1.0)]
    arousal: Annotated[float, Field(ge=-1.0, le=1.0)]


class PartDocument(_Strict):
    """A corpus or weights that a model is made of, with its licence, as `published.licence_parts.Part` has them."""

    role: str
    name: str
    kind: Literal["open", "research"]
    title: str
    licence: str
    holder: str
    covers: list[str]
    read: str | None
    where: str


class LicenceDocument(_Strict):
    """What may be done with the model, as it is stated; our records may tighten it."""

    kind: Literal["open", "research"]
    reasons: list[str]
    parts: list[PartDocument]


class AugmentedCopies(_Strict):
    """The augmented copies that were learnt from, and how many of them each transform made; None: not known which."""

    count: Count
    operations: dict[Name, Count] | None


class ModelDocument(_Strict):
    """The whole of `model.json`; what training adds may be absent.

    `train_usual` is the answer of tasks without an entry of their own for a subject that has no crop.
    """

    architecture: Architecture
    classes: Annotated[list[Name], Field(max_length=MAX_CLASSES)]
    input_contract: dict[str, Any]
    input_contract_sha256: Sha256
    weights_sha256: Sha256
    started_from: Literal["scratch"] | dict[str, str | None] | None = None
    data: Data | None = None
    train_counts: list[Count] | None = None
    train_means: TrainMeans | None = None
    train_unit_counts: dict[str, UnitCounts] | None = None
    train_usual: dict[AnnotatedTask, list[Annotated[float, Field(allow_inf_nan=False)]]] | None = None
    development_subjects: list[str] | None = None
    augmented_copies: AugmentedCopies | None = None
    train: dict[str, Any] | None = None
    licence: LicenceDocument | None = None
    seal_sha256: Sha256

    @model_validator(mode="after")
    def _check(self) -> Self:
        tasks, units = self.architecture.tasks, self.architecture.action_units
        for name, values in (("classes", self.classes), ("tasks", tasks), ("action_units", units)):
            if len(set(values)) < len(values):
                raise ValueError(f"{name} must not repeat a value")
        if unknown := sorted(set(units) - set(ACTION_UNITS)):
            raise ValueError(f"action_units has the unknown {unknown[0]!r}")
        if bool(self.classes) != (EXPRESSION in tasks) or bool(units) != (UNITS in tasks):
            raise ValueError(
                f"tasks {tasks} must fit the outputs: {len(self.classes)} classes, {len(units)} units"
            )
        if self.train_counts is not None and len(self.train_counts) != len(self.classes):
            raise ValueError("train_counts must give one count a class")
        if self.train_unit_counts is not None and set(self.train_unit_counts) != set(units):
            raise ValueError("train_unit_counts must give the counts of each unit")
        return self


def read_description(folder: Path) -> tuple[ModelDocument, Mapping[str, Any]]:
    """Return the description of a stored model, checked, and the same as plain values.

    Raises:
        WeightsError: it is missing, altered, or breaks a rule; the message names the key.
    """
    path = folder / DESCRIPTION_FILE
    if not path.exists():
        raise WeightsError(must_be(folder, "a model", made_by="dvc repro train"))
    try:
        document = read_json(path)
        if not isinstance(document, dict):
            raise WeightsError(f"{path} must be a mapping, got a {type(document).__name__}. {REMEDY}")
        checked = ModelDocument.model_validate(document)
        check_seal(document, path)
    except DatasetError as error:
        raise WeightsError(f"{error} {REMEDY}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or DESCRIPTION_FILE
        raise WeightsError(
            f"{path} is damaged or of another version: {key}: {first['msg']}. {REMEDY}"
        ) from error
    return checked, document


def check_model(folder: Path) -> None:
    """Refuse a folder that holds no model, before torch is loaded: its weights are only looked for.

    Raises:
        WeightsError: it is missing, or its description is damaged.
    """
    read_description(folder)
    if not (folder / WEIGHTS_FILE).is_file():
        raise WeightsError(f"{folder / WEIGHTS_FILE} is missing or no regular file. {REMEDY}")
