"""What a task must tell training of itself.

Training and evaluation have a Protocol each, because DVC runs stages again file by file: `Learning` is all that stage
`train` needs of a task, so that a changed table or plot trains nothing again, and `Evaluation` is what stage `evaluate`
needs on top of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from fer_data.params.train import TrainParams
from train.evaluation.tasks.targets import Labels

__all__ = ["Figures", "Learning", "Loss", "LossSettings", "unqualified"]


@dataclass(frozen=True, slots=True, eq=False)
class LossSettings:
    """What the losses of a run follow from beside its labels.

    Attributes:
        params: the recipe.
        class_weights: (classes,) of expression, or None.
    """

    params: TrainParams
    class_weights: NDArray[np.float64] | None


class Figures(NamedTuple):
    """What development rows say of one task.

    Attributes:
        loss: mean over its labels, without label smoothing and without weights of classes and units.
        score: its part of the score that chooses the checkpoint.
        named: its scores by name.
    """

    loss: float
    score: float
    named: dict[str, float]


class Loss(Protocol):
    """The loss of one task: a sum over labelled rows, so that any share of rows adds up."""

    def total(self, labels: Labels) -> float:
        """Return what the sum over these rows is divided by: the weight of their labels."""

    def sum(self, outputs: Tensor, labels: Labels) -> Tensor:
        """Return the sum of the losses of rows, from the outputs of the task's head, (n, outputs)."""

    def development(self, outputs: NDArray[np.float32], labels: Labels) -> Figures:
        """Return loss and scores of labelled development rows."""


def unqualified(figures: Mapping[str, Any], labels: Labels, names: Sequence[str]) -> dict[str, Any]:
    """Return nothing: no label that development rows lack makes their scores mean another thing."""
    del figures, labels, names
    return {}


class Learning(Protocol):
    """What stage `train` needs to know of a task."""

    @property
    def scores(self) -> Mapping[str, str]:
        """Return how the model card calls each development score."""

    @property
    def hub_metrics(self) -> Sequence[str]:
        """Return the Hub's names of the scores."""

    def loss(self, labels: Labels, settings: LossSettings) -> Loss:
        """Return the loss of a run whose training rows have these labels."""

    def summary(self, labels: Labels, names: Sequence[str]) -> dict[str, Any]:
        """Return the entries of `model.json` that the last resort of a prediction follows from.

        Args:
            labels: of training and development rows.
            names: of the outputs.
        """

    def qualify(self, figures: Mapping[str, Any], labels: Labels, names: Sequence[str]) -> dict[str, Any]:
        """Return what a reader of the development scores must know, as entries of the summary of training.

        Args:
            figures: the summary so far.
            labels: of development rows.
            names: of the outputs.
        """

    def says(self, names: Sequence[str]) -> str:
        """Return what a head with these outputs does, as the model card puts it."""
