"""Section `publish`: how the dataset is written and called."""

from typing import Annotated

from pydantic import Field

from fer_data.shell.sections.load import Section

__all__ = ["PublishParams"]

LicenceText = Annotated[str, Field(pattern=r"^[^\p{C}\p{Zl}\p{Zp}]+$", max_length=200)]


class PublishParams(Section):
    """Name, version, licences and shard size of the published dataset.

    Attributes:
        licence: of the whole; it may only tighten what follows from all that the dataset is made of.
        licences: those of a user's own folders, by source; of a corpus the licence is known, or restricted.
    """

    name: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]*$", max_length=100)]
    version: Annotated[str, Field(pattern=r"^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}(\.dev[0-9]{1,9})?$")]
    licence: LicenceText
    licences: dict[str, LicenceText]
    shard_mb: Annotated[int, Field(ge=1, le=100_000)]
