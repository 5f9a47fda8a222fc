"""What training lowers: the weighted sum of one loss a task, each a sum over its labelled rows."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from train.evaluation.tasks.targets import Targets
from train.training.learning import Loss, LossSettings
from train.training.tasks import LEARNING

__all__ = ["Objective", "build_objective"]


@dataclass(frozen=True, slots=True, eq=False)
class Objective:
    """The losses of the tasks that a network has heads for.

    Attributes:
        columns: the outputs of each task.
        task_weights: of each loss in the sum.
        losses: of each task.
    """

    columns: Mapping[str, slice]
    task_weights: Mapping[str, float]
    losses: Mapping[str, Loss]

    def loss(self, outputs: Tensor, targets: Targets, totals: Mapping[str, float]) -> Tensor:
        """Return the part of a step's loss that comes from some of its rows.

        Args:
            outputs: (n, outputs) of the network.
            targets: labels of those rows.
            totals: what each task's sum is divided by: `totals` of all rows behind the step.
        """
        outputs = outputs.float()
        sums = {
            task: self.losses[task].sum(outputs[:, own], targets.labels[task])
            for task, own in self.columns.items()
        }
        return torch.stack(
            [self.task_weights[task] * part / (totals[task] or 1.0) for task, part in sums.items()]
        ).sum()

    def totals(self, targets: Targets) -> dict[str, float]:
        """Return the weight of the labels of each task."""
        return {task: self.losses[task].total(targets.labels[task]) for task in self.columns}


def build_objective(columns: Mapping[str, slice], targets: Targets, settings: LossSettings) -> Objective:
    """Return the losses of a run whose training rows have these labels."""
    return Objective(
        columns=columns,
        task_weights=settings.params.task_weights.model_dump(),
        losses={task: LEARNING[task].loss(targets.labels[task], settings) for task in columns},
    )
