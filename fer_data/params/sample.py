"""Section `sample`: the rendered corpus."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from fer_data.shell.sections.load import Section, Seed

__all__ = ["SampleParams"]


class SampleParams(Section):
    """How many people and frames to render, and whether to plant the known troubles."""

    seed: Seed
    train_subjects: Annotated[int, Field(ge=1, le=100_000)]
    other_subjects: Annotated[int, Field(ge=2, le=100_000)]
    min_frames: Annotated[int, Field(ge=7, le=1_000_000)]
    max_frames: Annotated[int, Field(ge=7, le=1_000_000)]
    supersampling: Annotated[int, Field(ge=1, le=4)]
    faults: bool

    @model_validator(mode="after")
    def _frames_make_a_range(self) -> Self:
        if self.min_frames > self.max_frames:
            raise ValueError(f"min_frames ({self.min_frames}) must be at most max_frames ({self.max_frames})")
        return self
