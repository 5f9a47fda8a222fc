"""Section `evaluate`: what the model is scored on."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fer_data.shell.sections.load import Section, Seed

__all__ = ["EvaluateParams"]


class EvaluateParams(Section):
    """How the model is run over the validation rows, and how sure its scores are made."""

    batch_size: Annotated[int, Field(ge=1, le=65_536)]
    device: Literal["cpu", "cuda"]
    cpu_threads: Annotated[int, Field(ge=1, le=1024)]
    flip: bool
    extra_sides: list[Annotated[int, Field(ge=4, le=1024)]]
    seed: Seed
    bootstrap_draws: Annotated[int, Field(ge=100, le=100_000)]
    smoothing_frames: Annotated[
        list[Annotated[int, Field(ge=0, le=100_000)]], Field(min_length=1, max_length=64)
    ]
    slice_quantiles: Annotated[int, Field(ge=1, le=100)]
    yaw_edges_degrees: list[Annotated[float, Field(gt=-90.0, lt=90.0)]]

    @model_validator(mode="after")
    def _edges_ascend(self) -> Self:
        edges = self.yaw_edges_degrees
        if any(float(f"{low:.6g}") >= float(f"{high:.6g}") for low, high in pairwise(edges)):
            raise ValueError(f"yaw_edges_degrees {edges} must ascend, by more than their sixth digit")
        return self
