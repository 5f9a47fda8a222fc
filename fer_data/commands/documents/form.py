"""What documents of several commands are made of; every model refuses keys that it does not have."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = [
    "Data", "Difference", "Document", "Finding", "Interval", "Licence", "Model", "ModelData", "Restriction", "Score",
]  # fmt: skip


class Document(BaseModel):
    """A JSON object whose keys are known, each with a value of its type; a key with a default may be absent."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Interval(Document):
    """A 95 % interval."""

    low: float
    high: float


class Score(Document):
    """A score of one or several evaluations."""

    mean: float
    interval: Interval | None
    standard_deviation: float | None
    runs: list[float]


class Difference(Document):
    """Two scores on the same rows, and what the second gains."""

    first: float
    second: float
    difference: float
    interval: Interval | None
    p_value: float | None


class Data(Document):
    """The dataset that something was made from."""

    name: str | None
    version: str | None
    dataset_sha256: str | None
    resolution: int | None


class Model(Document):
    """The model that answered."""

    weights_sha256: str
    input_contract_sha256: str
    trained_on: str


class Part(Document):
    """One thing that a licence comes from."""

    role: str
    name: str
    kind: Literal["open", "research"]
    title: str
    licence: str
    holder: str
    covers: list[str]
    read: str | None
    where: str


class Restriction(Document):
    """What licences come to."""

    kind: Literal["open", "research"]
    reasons: list[str]
    parts: list[Part]


class Licence(Restriction):
    """The licence of a dataset: what was stated for the whole, and what its parts come to."""

    pictures: str = ""


class Finding(Document):
    """One thing that is wrong or odd, and where."""

    rule: str
    severity: Literal["error", "warning", "info"]
    message: str
    file: str | None
    line: int | None
    subject_id: str | None
    video_id: str | None


class ModelData(Document):
    """What features, suspects and audits are made of."""

    output: str
    model: Model
    note: str | None
    data: Data
    licence: Restriction
