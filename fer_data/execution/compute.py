"""Section `compute`: where the work runs; no stage lists it, because it must not change a byte."""

from typing import Annotated, Literal

from pydantic import Field

from fer_data.shell.sections.load import Section

__all__ = ["ComputeParams"]


class ComputeParams(Section):
    """Engine, worker count (0 means one per core), Ray's address, and the folder of the resume store."""

    engine: Literal["local", "ray"]
    workers: Annotated[int, Field(ge=0, le=4096)]
    address: str | None
    store: Annotated[str, Field(min_length=1)]
