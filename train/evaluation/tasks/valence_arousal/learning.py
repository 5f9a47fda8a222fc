"""How valence and arousal are learnt: by the squared error over twice the variance of the training labels.

Lin's concordance is 1 minus the mean squared error over `var(x) + var(y) + (mean(x) - mean(y))^2`; where predictions
have the mean and variance of the labels, this loss is 1 - CCC. The concordance of a batch itself is no sum over rows:
its value would depend on how batches are shared out.

Source: Lin, A Concordance Correlation Coefficient to Evaluate Reproducibility, 1989.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fer_data.core.arrays import Float32
from fer_data.core.metrics.head_outputs import within_range
from fer_data.core.metrics.scores import valence_arousal_score
from train.training.learning import Figures, LossSettings, unqualified

__all__ = ["ValenceArousalLearning", "ValenceArousalLoss", "valence_arousal_spread"]


_LEAST_SPREAD = 1.0e-4


@dataclass(frozen=True, slots=True, eq=False)
class ValenceArousalLoss:
    """Squared error over the spread of each dimension, their mean.

    Attributes:
        spread: (2,) what the squared errors are divided by.
    """

    spread: Tensor

    def total(self, labels: Float32) -> float:
        """Return the number of labelled rows."""
        return float((~np.isnan(labels[:, 0])).sum())

    def sum(self, outputs: Tensor, labels: Float32) -> Tensor:
        """Return the summed error of labelled rows."""
        wanted = torch.from_numpy(labels).to(outputs.device)
        known = ~wanted.isnan()
        error = torch.where(known, outputs - wanted.nan_to_num(), 0.0)
        return (error**2 / self.spread.to(outputs.device)).mean(dim=1).sum()

    def development(self, outputs: Float32, labels: Float32) -> Figures:
        """Return the mean error, and the concordance of each dimension."""
        error = (outputs - labels).astype(np.float64)
        loss = float((error**2 / self.spread.double().cpu().numpy()).mean())
        valence, arousal, mean = valence_arousal_score(labels, within_range(outputs))
        return Figures(loss, mean, {"ccc_valence": valence, "ccc_arousal": arousal})


class ValenceArousalLearning:
    """What stage `train` needs to know of valence and arousal."""

    scores: Mapping[str, str] = MappingProxyType(
        {"ccc_valence": "concordance of valence", "ccc_arousal": "concordance of arousal"}
    )
    hub_metrics: Sequence[str] = ("ccc",)

    def loss(self, labels: Float32, settings: LossSettings) -> ValenceArousalLoss:
        """Return the squared error over the spread of the training labels."""
        del settings
        return ValenceArousalLoss(torch.tensor(valence_arousal_spread(labels), dtype=torch.float32))

    def summary(self, labels: Float32, names: Sequence[str]) -> dict[str, Any]:
        """Return `train_means` of the labelled rows."""
        known = labels[~np.isnan(labels[:, 0])].astype(np.float64)
        return {"train_means": dict(zip(names, known.mean(axis=0).tolist(), strict=True))}

    qualify = staticmethod(unqualified)  # Every labelled row has both dimensions.

    def says(self, names: Sequence[str]) -> str:
        """Return what is read, and its range."""
        return f"reads {' and '.join(names)} in [-1, 1]"


def valence_arousal_spread(labels: Float32) -> NDArray[np.float64]:
    """Return twice the population variance of valence and of arousal, (2,), of (n, 2) labels; rows of NaN are none.

    It is never below 1e-4, so that constant labels divide nothing by zero; without any label it is 1.
    """
    known = labels[~np.isnan(labels).any(axis=1)].astype(np.float64)
    return np.maximum(2 * known.var(axis=0), _LEAST_SPREAD) if len(known) else np.ones(labels.shape[1])
