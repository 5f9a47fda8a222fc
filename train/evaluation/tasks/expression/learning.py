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

from fer_data.core.arrays import Float32, Int64
from fer_data.core.labels.tasks import NO_LABEL
from fer_data.core.metrics.scores import class_scores
from train.evaluation.tasks.targets import Labels
from train.training.class_targets import hard_labels
from train.training.learning import Figures, LossSettings

__all__ = ["ExpressionLearning", "ExpressionLoss"]


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionLoss:
    """Cross-entropy.

    Of a row whose target is shares p of the classes (`train/training/class_targets.py`) it is, over the k classes that
    its corpus has, -sum w ((1 - e) p + e / k) log q: e smooths the shares, votes too; w weighs each class' part, so a
    row weighs what its shares weigh on average; q is the softmax over those k alone. Of one share of 1 and all classes
    that is what `cross_entropy` computes from a class index.

    Attributes:
        label_smoothing: of the classes, e.
        class_weights: (classes,), w, or None.
    """

    label_smoothing: float
    class_weights: Tensor | None

    def total(self, labels: Labels) -> float:
        """Return the weight of the labelled rows' classes, without weights their number."""
        if labels.ndim == 2:
            shares = np.nan_to_num(labels.astype(np.float64)).sum(axis=0)
            weights = 1.0 if self.class_weights is None else self.class_weights.double().cpu().numpy()
            return float((shares * weights).sum())
        known = labels[labels >= 0]
        if self.class_weights is None:
            return float(len(known))
        return float(self.class_weights.double().cpu().numpy()[known].sum())

    def sum(self, outputs: Tensor, labels: Labels) -> Tensor:
        """Return the summed cross-entropy of logits."""
        if labels.ndim == 2:
            return _share_entropy(outputs, labels, self.label_smoothing, self.class_weights)
        return cross_entropy(
            outputs,
            torch.from_numpy(labels).to(outputs.device),
            weight=None if self.class_weights is None else self.class_weights.to(outputs.device),
            label_smoothing=self.label_smoothing,
            reduction="sum",
            ignore_index=NO_LABEL,
        )

    def development(self, outputs: NDArray[np.float32], labels: Labels) -> Figures:
        """Return mean cross-entropy, macro F1 and accuracy; every class may be answered."""
        if labels.ndim == 2:
            loss = _share_entropy(torch.from_numpy(outputs), labels, 0.0, None).item() / len(labels)
            labels = hard_labels(labels)
        else:
            loss = cross_entropy(torch.from_numpy(outputs), torch.from_numpy(labels)).item()
        scores = class_scores(labels, outputs.argmax(axis=1), outputs.shape[1])
        return Figures(loss, scores.macro_f1, {"macro_f1": scores.macro_f1, "accuracy": scores.accuracy})


def _share_entropy(
    outputs: Tensor, shares: Float32, label_smoothing: float, class_weights: Tensor | None
) -> Tensor:
    """Return the summed cross-entropy of logits with shares of the classes; rows of NaN alone count nothing."""
    wanted = torch.from_numpy(shares).to(outputs.device)
    labelled = (~wanted.isnan()).any(dim=1, keepdim=True)
    possible = ~wanted.isnan() | ~labelled
    smoothed = (1 - label_smoothing) * wanted.nan_to_num() + label_smoothing / possible.sum(
        dim=1, keepdim=True
    )
    logarithms = torch.where(possible, outputs.masked_fill(~possible, -torch.inf).log_softmax(dim=1), 0.0)
    weights = torch.ones(()) if class_weights is None else class_weights
    return -(weights.to(outputs.device) * smoothed * labelled * logarithms).sum()


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
