"""Section `publish`: how the dataset is written and called."""

from typing import Annotated

from pydantic import Field

from fer_data.params.load import Section

__all__ = ["PublishParams"]


class PublishParams(Section):
    """Name, version and shard size of the published dataset."""

    name: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]*$")]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    licence: Annotated[str, Field(min_length=1)]
    shard_mb: Annotated[int, Field(ge=1)]
