"""Section `publish`: how the dataset is written and called."""

from typing import Annotated

from pydantic import Field

from fer_data.shell.sections.load import Section

__all__ = ["PublishParams"]


class PublishParams(Section):
    """Name, version and shard size of the published dataset."""

    name: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]*$", max_length=100)]
    version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$", max_length=100)]
    licence: Annotated[str, Field(pattern=r"^[^\p{C}\p{Zl}\p{Zp}]+$", max_length=200)]
    shard_mb: Annotated[int, Field(ge=1, le=100_000)]
