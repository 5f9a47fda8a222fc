"""How action units are learnt: by binary cross-entropy over the annotated units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from fer_data.core.arrays import Int64
from fer_data.core.metrics.head_outputs import units_present
from fer_data.core.metrics.scores import action_unit_f1
from train.training.learning import Figures, LossSettings, unqualified

__all__ = ["MOST_UNIT_WEIGHT", "ActionUnitLearning", "ActionUnitLoss", "unit_weights"]


MOST_UNIT_WEIGHT = 10.0
"""A unit that is seen a few times must not rule the loss."""


@dataclass(frozen=True, slots=True, eq=False)
class ActionUnitLoss:
    """Binary cross-entropy of every annotated unit.

    Attributes:
        unit_weights: (units,) of a present unit; an absent one weighs 1.
    """

    unit_weights: Tensor

    def total(self, labels: Int64) -> float:
        """Return the number of annotated units of all rows."""
        return float((labels >= 0).sum())

    def sum(self, outputs: Tensor, labels: Int64) -> Tensor:
        """Return the summed cross-entropy of annotated units."""
        stated = torch.from_numpy(labels).to(outputs.device)
        return binary_cross_entropy_with_logits(
            outputs,
            stated.clamp(min=0).float(),
            weight=(stated >= 0).float(),
            pos_weight=self.unit_weights.to(outputs.device),
            reduction="sum",
        )

    def development(self, outputs: NDArray[np.float32], labels: Int64) -> Figures:
        """Return the mean cross-entropy of annotated units, and mean F1 over units."""
        known = torch.from_numpy(labels) >= 0
        stated = torch.from_numpy(labels).clamp(min=0).float()
        loss = binary_cross_entropy_with_logits(torch.from_numpy(outputs)[known], stated[known]).item()
        mean = float(np.nanmean(action_unit_f1(labels, units_present(outputs))))
        return Figures(loss, mean, {"unit_f1": mean})


class ActionUnitLearning:
    """What stage `train` needs to know of action units."""

    scores: Mapping[str, str] = MappingProxyType({"unit_f1": "mean F1 of the action units"})
    hub_metrics: Sequence[str] = ("f1",)

    def loss(self, labels: Int64, settings: LossSettings) -> ActionUnitLoss:
        """Return binary cross-entropy with the units weighted as `train.unit_weights` says."""
        balanced = settings.params.unit_weights == "balance"
        weights = unit_weights(labels) if balanced else np.ones(labels.shape[1])
        return ActionUnitLoss(torch.tensor(weights, dtype=torch.float32))

    def summary(self, labels: Int64, names: Sequence[str]) -> dict[str, Any]:
        """Return `train_unit_counts`: frames without and with each unit."""
        absent, present = ((labels == value).sum(axis=0).tolist() for value in (0, 1))
        counts = {
            unit: {"absent": without, "present": with_}
            for unit, without, with_ in zip(names, absent, present, strict=True)
        }
        return {"train_unit_counts": counts}

    qualify = staticmethod(unqualified)  # F1 is the mean over the units that are annotated.

    def says(self, names: Sequence[str]) -> str:
        """Return which units are looked for."""
        return f"says which of {', '.join(names)} are present"


def unit_weights(labels: Int64) -> NDArray[np.float64]:
    """Return absent over present for each unit of (n, units) labels, at most `MOST_UNIT_WEIGHT`; -1 counts as neither.

    >>> unit_weights(np.array([[1, 0], [0, 0], [0, -1]])).tolist()
    [2.0, 10.0]
    """
    present, absent = (labels == 1).sum(axis=0), (labels == 0).sum(axis=0)
    return np.asarray(np.minimum(absent / np.maximum(present, 1), MOST_UNIT_WEIGHT), np.float64)
