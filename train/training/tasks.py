"""What stage `train` knows of each task."""

from collections.abc import Mapping

from train.evaluation.tasks.action_units.learning import ActionUnitLearning
from train.evaluation.tasks.expression.learning import ExpressionLearning
from train.evaluation.tasks.valence_arousal.learning import ValenceArousalLearning
from train.training.learning import Learning

__all__ = ["LEARNING"]

LEARNING: Mapping[str, Learning] = {
    "expression": ExpressionLearning(),
    "valence_arousal": ValenceArousalLearning(),
    "action_units": ActionUnitLearning(),
}
"""By task, in the order of `TASKS`."""
