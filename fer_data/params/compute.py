"""Section `compute`: where the work runs; no stage lists it, because it must not change a byte."""

from typing import Annotated, Literal

from pydantic import Field

from fer_data.params.load import Section

__all__ = ["ComputeParams"]


class ComputeParams(Section):
    """Engine and worker count; 0 workers means one per core."""

    engine: Literal["local", "ray"]
    workers: Annotated[int, Field(ge=0)]
    address: str | None
