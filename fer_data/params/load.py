"""Read one section of params.yaml, so that a stage depends on its own section alone."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from fer_data.errors import ParamsError

__all__ = ["SECTIONS", "Section", "load_section", "read_document", "validate_section"]

SECTIONS = (
    "source", "sample", "align", "resolutions", "multires", "balance", "publish", "train", "evaluate", "compute",
)  # fmt: skip


class Section(BaseModel):
    """A frozen group of parameters that refuses unknown keys and has no defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=BaseModel)


def read_document(path: Path) -> dict[str, Any]:
    """Return params.yaml as plain values.

    Raises:
        ParamsError: the file is missing or not YAML, is no mapping, or has unknown or missing sections.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ParamsError(
            f"{path} does not exist. Run from the repository's root or name a params file."
        ) from error
    except yaml.YAMLError as error:
        raise ParamsError(f"{path} is not valid YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(document, dict):
        raise ParamsError(f"{path} must be a mapping of sections; expected {', '.join(SECTIONS)}.")
    unknown, missing = sorted(set(document) - set(SECTIONS)), [s for s in SECTIONS if s not in document]
    if unknown:
        raise ParamsError(f"{path}: unknown section {unknown[0]!r}. Expected {', '.join(SECTIONS)}.")
    if missing:
        raise ParamsError(
            f"{path}: section {missing[0]!r} is missing. Copy it from the params.yaml of this version."
        )
    return document


def validate_section(name: str, model: type[Model], value: object) -> Model:
    """Return the section as its model.

    Raises:
        ParamsError: naming the key in full, the value and the rule.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in (name, *first["loc"]))
        match first["type"]:
            case "extra_forbidden":
                message = f"{key} is an unknown key. Remove it or correct its spelling."
            case "missing":
                message = f"{key} is missing. Copy it from the params.yaml of this version."
            case "value_error":
                message = f"{key}: {first['msg'].removeprefix('Value error, ')}."
            case _:
                message = f"{key} ({first['input']!r}) is wrong: {first['msg']}."
        raise ParamsError(message) from error


def load_section(name: str, model: type[Model], path: Path = Path("params.yaml")) -> Model:
    """Read section `name` of a params file as its model.

    Raises:
        ParamsError: the file or the section is wrong; the message names the key in full.
    """
    return validate_section(name, model, read_document(path)[name])
