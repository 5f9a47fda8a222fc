"""Section `evaluate`: what the model is scored on."""

from typing import Annotated, Literal

from pydantic import Field

from fer_data.params.load import Section

__all__ = ["EvaluateParams"]


class EvaluateParams(Section):
    """How the model is run over the validation rows, and how sure its scores are made."""

    batch_size: Annotated[int, Field(ge=1)]
    device: Literal["cpu", "cuda"]
    cpu_threads: Annotated[int, Field(ge=1)]
    flip: bool
    extra_sides: list[Annotated[int, Field(ge=4, le=1024)]]
    seed: Annotated[int, Field(ge=0)]
    bootstrap_draws: Annotated[int, Field(ge=100)]
    smoothing_frames: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]
    slice_quantiles: Annotated[int, Field(ge=1)]
    yaw_edges_degrees: list[Annotated[float, Field(gt=-90.0, lt=90.0)]]
