"""Sections `resolutions` and `multires`: which variants are built and how."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from fer_data.shell.sections.axis import Side
from fer_data.shell.sections.load import Section, read_document, validate_section

__all__ = ["MultiresParams", "Resolutions", "load_resolutions"]

Resolutions = Annotated[list[Side], Field(min_length=1)]


class MultiresParams(Section):
    """How a variant is reduced from the base crop and encoded."""

    method: Literal["area"]
    png_up_to_px: Annotated[int, Field(ge=0, le=1024)]
    jpeg_quality: Annotated[int, Field(ge=50, le=100)]


class _Axis(Section):
    """The matrix axis alone."""

    resolutions: Resolutions


def load_resolutions(path: Path = Path("params.yaml")) -> list[int]:
    """Read the list `resolutions` of a params file, sides in px.

    Raises:
        ParamsError: the file or the list is wrong.
    """
    document = {"resolutions": read_document(path)["resolutions"]}
    return validate_section(str(path), _Axis, document).resolutions
