"""Read one section of params.yaml, so that a stage depends on its own section alone."""

from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fer_data.errors import ParamsError, ReadingError
from fer_data.shell.files.plain_yaml import MAX_BYTES, PlainYamlError, load_plain
from fer_data.shell.files.reading import read_regular
from fer_data.shell.sections.complaints import complaint
from fer_data.shell.suggestions import did_you_mean, quoted

__all__ = ["SECTIONS", "Section", "Seed", "load_section", "read_document", "read_text", "validate_section"]

SECTIONS = (
    "sources", "dataset", "sample", "align", "resolutions", "multires", "balance", "publish", "train", "evaluate",
    "compute",
)  # fmt: skip

_ONE_SOURCE = (
    "section 'source' is now 'sources', a map from a name to what it was. Write `sources:`, below it a name such as "
    '`affwild2:`, below that the keys of source, and `prefix: ""` beside root; move task and classes to a section '
    "`dataset:`. `fer-data init PROFILE --root DIR --force` writes such a file."
)
"""What a params file of version 0.1.0 is told."""

Seed = Annotated[int, Field(ge=0, le=(1 << 63) - 1)]
"""Of everything random in a stage."""


class Section(BaseModel):
    """A frozen group of parameters that refuses unknown keys and has no defaults.

    Every whole number has an upper bound: above it no machine could do what it asks for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=BaseModel)


def read_document(path: Path) -> dict[str, Any]:
    """Return params.yaml as plain values.

    Raises:
        ParamsError: the file is missing or not regular, is no UTF-8 or no YAML within the bounds of `plain_yaml`, is no
            mapping, or has unknown or missing sections.
    """
    try:
        document = load_plain(read_text(path))
    except PlainYamlError as error:
        raise ParamsError(f"{path} {error}") from error
    if not isinstance(document, dict):
        raise ParamsError(f"{path} must be a mapping of sections; expected {', '.join(SECTIONS)}.")
    if "source" in document and "sources" not in document:
        raise ParamsError(f"{path}: {_ONE_SOURCE}")
    unknown, missing = sorted(set(document) - set(SECTIONS)), [s for s in SECTIONS if s not in document]
    if unknown:
        raise ParamsError(
            f"{path}: unknown section {quoted(unknown[0])}. {did_you_mean(unknown[0], SECTIONS)}"
        )
    if missing:
        raise ParamsError(
            f"{path}: section {missing[0]!r} is missing. Copy it from the params.yaml of this version."
        )
    return document


def read_text(path: Path) -> str:
    """Return the text of a params file or a profile.

    Raises:
        ParamsError: it is missing, no regular file or no UTF-8.
    """
    try:
        return read_regular(path, MAX_BYTES).decode("utf-8")
    except ReadingError as error:
        absent = f"{path} does not exist. Run from the repository's root or name a params file."
        raise ParamsError(absent if isinstance(error.__cause__, FileNotFoundError) else str(error)) from error
    except UnicodeDecodeError as error:
        raise ParamsError(
            f"{path} must be UTF-8 text; byte {error.start} is none. Save it as UTF-8."
        ) from error


def validate_section(name: str, model: type[Model], value: object) -> Model:
    """Return the section as its model; `name` is "" for the whole of params.yaml.

    Raises:
        ParamsError: naming the first wrong key in full, the value, the rule, and how many more are wrong.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise ParamsError(complaint(name, model, error)) from error


def load_section(name: str, model: type[Model], path: Path = Path("params.yaml")) -> Model:
    """Read section `name` of a params file as its model.

    Raises:
        ParamsError: the file or the section is wrong; the message names the key in full.
    """
    return validate_section(name, model, read_document(path)[name])
