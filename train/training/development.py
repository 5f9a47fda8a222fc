"""Loss and scores on the development subjects, which choose the checkpoint."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from fer_data.core.answers import units_present, within_range
from fer_data.core.scores import action_unit_f1, class_scores, valence_arousal_score
from train.targets import Targets
from train.training.objective import Objective

__all__ = ["development_scores"]

Outputs = NDArray[np.float32]

_SCORES = ("macro_f1", "accuracy", "ccc_valence", "ccc_arousal", "unit_f1")


def development_scores(outputs: Outputs, targets: Targets, objective: Objective) -> dict[str, Any]:
    """Return the figures of an `EpochRecord` from the outputs of a network, (n, outputs), for labelled rows.

    The loss is that of training without label smoothing and without weights of classes and units. None stands for the
    scores of tasks that the network has no head for.
    """
    of_task = {
        "expression": _expression,
        "valence_arousal": lambda found, labels: _valence_arousal(found, labels, objective),
        "action_units": _action_units,
    }
    loss, total, scores = 0.0, 0.0, dict.fromkeys(_SCORES)
    for task, place in objective.columns.items():
        rows = np.flatnonzero(targets.labelled(task))
        part, score, named = of_task[task](np.ascontiguousarray(outputs[rows][:, place]), targets.take(rows))
        loss, total = loss + objective.task_weights[task] * part, total + score
        scores |= named
    figures = {f"development_{name}": value for name, value in scores.items()}
    return {"development_loss": loss, **figures, "development_score": total}


Figures = tuple[float, float, dict[str, Any]]
"""Loss, the task's part of the development score, and its scores by name."""


def _expression(logits: Outputs, targets: Targets) -> Figures:
    loss = cross_entropy(torch.from_numpy(logits), torch.from_numpy(targets.expression)).item()
    scores = class_scores(targets.expression, logits.argmax(axis=1), logits.shape[1])
    return loss, scores.macro_f1, {"macro_f1": scores.macro_f1, "accuracy": scores.accuracy}


def _valence_arousal(found: Outputs, targets: Targets, objective: Objective) -> Figures:
    error = (found - targets.valence_arousal).astype(np.float64)
    loss = float((error**2 / objective.spread.double().cpu().numpy()).mean())
    valence, arousal, mean = valence_arousal_score(targets.valence_arousal, within_range(found))
    return loss, mean, {"ccc_valence": valence, "ccc_arousal": arousal}


def _action_units(logits: Outputs, targets: Targets) -> Figures:
    known = torch.from_numpy(targets.action_units) >= 0
    labels = torch.from_numpy(targets.action_units).clamp(min=0).float()
    loss = binary_cross_entropy_with_logits(torch.from_numpy(logits)[known], labels[known]).item()
    mean = float(np.nanmean(action_unit_f1(targets.action_units, units_present(logits))))
    return loss, mean, {"unit_f1": mean}
