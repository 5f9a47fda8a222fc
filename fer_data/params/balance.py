"""Section `balance`: the one switch against class imbalance."""

from typing import Annotated, Literal

from pydantic import Field

from fer_data.shell.sections.load import Section, Seed

__all__ = ["BalanceParams"]


class BalanceParams(Section):
    """How class imbalance is met, once: by copies, loss weights, a sampler or not at all."""

    strategy: Literal["augment", "weights", "sampler", "none"]
    seed: Seed
    target_ratio: Annotated[float, Field(gt=0.0, le=1.0)]
    max_copies: Annotated[int, Field(ge=0, le=1000)]
