"""What training lowers: one loss a task, each a sum over its labelled rows, so that any share of rows adds up.

Expression: cross-entropy. Valence and arousal: the squared error over twice the variance of the training labels. Lin's
concordance is 1 minus the mean squared error over `var(x) + var(y) + (mean(x) - mean(y))^2`; where predictions have the
mean and variance of the labels, this loss is 1 - CCC. The concordance of a batch itself is no sum over rows: its value
would depend on how batches are shared out. Action units: binary cross-entropy over the annotated units.

Source: Lin, A Concordance Correlation Coefficient to Evaluate Reproducibility, 1989.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from train.targets import Targets

__all__ = ["MOST_UNIT_WEIGHT", "Objective", "unit_weights", "valence_arousal_spread"]

MOST_UNIT_WEIGHT = 10.0
"""A unit that is seen a few times must not rule the loss."""

_NO_CLASS = -1
_LEAST_SPREAD = 1.0e-4


@dataclass(frozen=True, slots=True, eq=False)
class Objective:
    """The losses of the tasks that a network has heads for.

    Attributes:
        columns: the outputs of each task.
        task_weights: of each loss in the sum.
        label_smoothing: of the classes.
        class_weights: (classes,), or None.
        spread: (2,) what the squared errors of valence and arousal are divided by.
        unit_weights: (units,) of a present unit; an absent one weighs 1.
    """

    columns: Mapping[str, slice]
    task_weights: Mapping[str, float]
    label_smoothing: float
    class_weights: Tensor | None
    spread: Tensor
    unit_weights: Tensor

    def loss(self, outputs: Tensor, targets: Targets, totals: Mapping[str, float]) -> Tensor:
        """Return the part of a step's loss that comes from some of its rows.

        Args:
            outputs: (n, outputs) of the network.
            targets: labels of those rows.
            totals: what each task's sum is divided by: `totals` of all rows behind the step.
        """
        sums = self._sums(outputs.float(), targets)
        return torch.stack(
            [self.task_weights[task] * part / (totals[task] or 1.0) for task, part in sums.items()]
        ).sum()

    def totals(self, targets: Targets) -> dict[str, float]:
        """Return the weight of the labels of each task: of classes their sum, else their number."""
        counts = {
            "expression": self._class_weight(targets.expression[targets.expression >= 0]),
            "valence_arousal": float(targets.labelled("valence_arousal").sum()),
            "action_units": float((targets.action_units >= 0).sum()),
        }
        return {task: counts[task] for task in self.columns}

    def _class_weight(self, labels: NDArray[np.int64]) -> float:
        if self.class_weights is None:
            return float(len(labels))
        return float(self.class_weights.double().cpu().numpy()[labels].sum())

    def _sums(self, outputs: Tensor, targets: Targets) -> dict[str, Tensor]:
        made = {
            "expression": self._expression,
            "valence_arousal": self._valence_arousal,
            "action_units": self._action_units,
        }
        return {task: made[task](outputs[:, place], targets) for task, place in self.columns.items()}

    def _expression(self, logits: Tensor, targets: Targets) -> Tensor:
        return cross_entropy(
            logits,
            torch.from_numpy(targets.expression).to(logits.device),
            weight=None if self.class_weights is None else self.class_weights.to(logits.device),
            label_smoothing=self.label_smoothing,
            reduction="sum",
            ignore_index=_NO_CLASS,
        )

    def _valence_arousal(self, found: Tensor, targets: Targets) -> Tensor:
        labels = torch.from_numpy(targets.valence_arousal).to(found.device)
        known = ~labels.isnan()
        error = torch.where(known, found - labels.nan_to_num(), 0.0)
        return (error**2 / self.spread.to(found.device)).mean(dim=1).sum()

    def _action_units(self, logits: Tensor, targets: Targets) -> Tensor:
        labels = torch.from_numpy(targets.action_units).to(logits.device)
        return binary_cross_entropy_with_logits(
            logits,
            labels.clamp(min=0).float(),
            weight=(labels >= 0).float(),
            pos_weight=self.unit_weights.to(logits.device),
            reduction="sum",
        )


def valence_arousal_spread(labels: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return twice the population variance of valence and of arousal, (2,), of (n, 2) labels; rows of NaN are none.

    It is never below 1e-4, so that constant labels divide nothing by zero; without any label it is 1.
    """
    known = labels[~np.isnan(labels).any(axis=1)].astype(np.float64)
    return np.maximum(2 * known.var(axis=0), _LEAST_SPREAD) if len(known) else np.ones(2)


def unit_weights(labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return absent over present for each unit of (n, units) labels, at most `MOST_UNIT_WEIGHT`; -1 counts as neither.

    >>> unit_weights(np.array([[1, 0], [0, 0], [0, -1]])).tolist()
    [2.0, 10.0]
    """
    present, absent = (labels == 1).sum(axis=0), (labels == 0).sum(axis=0)
    return np.asarray(np.minimum(absent / np.maximum(present, 1), MOST_UNIT_WEIGHT), np.float64)
