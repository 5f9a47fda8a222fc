"""Loss and scores on the development subjects, which choose the checkpoint."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from train.evaluation.tasks.targets import Targets
from train.training.objective import Objective

__all__ = ["development_scores"]


def development_scores(
    outputs: NDArray[np.float32], targets: Targets, objective: Objective
) -> dict[str, Any]:
    """Return the figures of an `EpochRecord` from the outputs of a network, (n, outputs), for labelled rows.

    The loss is that of training without label smoothing and without weights of classes and units.
    """
    loss, total, scores = 0.0, 0.0, dict[str, float]()
    for task, part in objective.columns.items():
        rows = np.flatnonzero(targets.labelled(task))
        own = np.ascontiguousarray(outputs[rows][:, part])
        found = objective.losses[task].development(own, targets.labels[task][rows])
        loss, total = loss + objective.task_weights[task] * found.loss, total + found.score
        scores |= found.named
    return {"development_loss": loss, "scores": scores, "development_score": total}
