"""How expressions are learnt: by cross-entropy over the classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from fer_data.core.arrays import Int64
from fer_data.core.labels.tasks import NO_LABEL
from fer_data.core.metrics.scores import class_scores
from train.training.learning import Figures, LossSettings

__all__ = ["ExpressionLearning", "ExpressionLoss"]


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionLoss:
    """Cross-entropy.

    Attributes:
        label_smoothing: of the classes.
        class_weights: (classes,), or None.
    """

    label_smoothing: float
    class_weights: Tensor | None

    def total(self, labels: Int64) -> float:
        """Return the weight of the labelled rows' classes, without weights their number."""
        known = labels[labels >= 0]
        if self.class_weights is None:
            return float(len(known))
        return float(self.class_weights.double().cpu().numpy()[known].sum())

    def sum(self, outputs: Tensor, labels: Int64) -> Tensor:
        """Return the summed cross-entropy of logits."""
        return cross_entropy(
            outputs,
            torch.from_numpy(labels).to(outputs.device),
            weight=None if self.class_weights is None else self.class_weights.to(outputs.device),
            label_smoothing=self.label_smoothing,
            reduction="sum",
            ignore_index=NO_LABEL,
        )

    def development(self, outputs: NDArray[np.float32], labels: Int64) -> Figures:
        """Return mean cross-entropy, macro F1 and accuracy."""
        loss = cross_entropy(torch.from_numpy(outputs), torch.from_numpy(labels)).item()
        scores = class_scores(labels, outputs.argmax(axis=1), outputs.shape[1])
        return Figures(loss, scores.macro_f1, {"macro_f1": scores.macro_f1, "accuracy": scores.accuracy})


class ExpressionLearning:
    """What stage `train` needs to know of expression."""

    scores: Mapping[str, str] = MappingProxyType(
        {
            "macro_f1": "macro F1",
            "macro_f1_present": "macro F1 over the classes present",
            "accuracy": "accuracy",
        }
    )
    hub_metrics: Sequence[str] = ("f1", "accuracy")

    def loss(self, labels: Int64, settings: LossSettings) -> ExpressionLoss:
        """Return cross-entropy with the run's class weights and label smoothing."""
        del labels
        weights = settings.class_weights
        stated = None if weights is None else torch.tensor(weights, dtype=torch.float32)
        return ExpressionLoss(settings.params.label_smoothing, stated)

    def summary(self, labels: Int64, names: Sequence[str]) -> dict[str, Any]:
        """Return `train_counts`, the frames by class."""
        return {"train_counts": np.bincount(labels[labels >= 0], minlength=len(names)).tolist()}

    def qualify(self, figures: Mapping[str, Any], labels: Int64, names: Sequence[str]) -> dict[str, Any]:
        """Return macro F1 over the classes that development rows have, and the names of the others."""
        counts = np.bincount(labels[labels >= 0], minlength=len(names))
        absent = [name for name, count in zip(names, counts, strict=True) if not count]
        if len(absent) == len(names):
            return {}
        # An absent class has F1 0, so the sum over classes is that of the others.
        present = figures["development_macro_f1"] * len(names) / (len(names) - len(absent))
        return {"development_macro_f1_present": present, "development_absent": absent}

    def says(self, names: Sequence[str]) -> str:
        """Return which classes are told apart."""
        return f"tells {', '.join(names)} apart"
