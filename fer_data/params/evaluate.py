"""Section `evaluate`: what the model is scored on."""

from typing import Annotated, Literal

from pydantic import Field

from fer_data.params.load import Section

__all__ = ["EvaluateParams"]


class EvaluateParams(Section):
    """How the model is run over the validation rows."""

    batch_size: Annotated[int, Field(ge=1)]
    device: Literal["cpu", "cuda"]
    cpu_threads: Annotated[int, Field(ge=1)]
