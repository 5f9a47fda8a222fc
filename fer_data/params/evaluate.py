"""Section `evaluate`: what the model is scored on."""

from typing import Annotated

from pydantic import Field

from fer_data.params.load import Section

__all__ = ["EvaluateParams"]


class EvaluateParams(Section):
    """Batch size and calibration of the evaluation."""

    batch_size: Annotated[int, Field(ge=1)]
