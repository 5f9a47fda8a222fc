"""Sections `resolutions` and `multires`: which variants are built and how."""

from typing import Annotated, Literal

from pydantic import Field

from fer_data.params.load import Section

__all__ = ["MultiresParams", "Resolutions"]

Resolutions = Annotated[list[Annotated[int, Field(ge=4, le=1024)]], Field(min_length=1)]


class MultiresParams(Section):
    """How a variant is reduced from the base crop and encoded."""

    method: Literal["area"]
    png_up_to_px: Annotated[int, Field(ge=0)]
    jpeg_quality: Annotated[int, Field(ge=50, le=100)]
