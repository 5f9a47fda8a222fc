"""What stage `evaluate` knows of each task."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from fer_data.params.evaluate import EvaluateParams
from fer_data.terminal.table import TextTable
from train.evaluation.measured import MeasuredEvaluation
from train.evaluation.outputs import Outputs
from train.evaluation.tasks.action_units.evaluation import ActionUnits
from train.evaluation.tasks.expression.evaluation import ExpressionEvaluation
from train.evaluation.tasks.valence_arousal.evaluation import ValenceArousal

__all__ = ["EVALUATION", "Evaluation"]


class Evaluation(Protocol):
    """What stage `evaluate` needs to know of a task: its predictions, assessment and report."""

    @property
    def in_challenge(self) -> bool:
        """Return whether the multi-task sum of the challenge counts it."""

    def evaluate(self, folder: Path, outputs: Outputs, params: EvaluateParams) -> dict[str, Any]:
        """Write what is said of the task into the folder of the report, and return its scores.

        `resolutions` has the scores by side, which are merged with those of other tasks; what else there is goes
        beside them.
        """

    def headline(self, at: Mapping[str, Any]) -> float | None:
        """Return the score of one side that the challenge ranks by; None where the model lacks the task."""

    def headlines(self, at: Mapping[str, Any]) -> dict[str, Any]:
        """Return the few scores of one side that DVC's tables show; none where the model lacks the task."""

    def tables(self, metrics: Mapping[str, Any]) -> Iterable[TextTable]:
        """Yield what is printed of all sides; nothing where the model lacks the task."""


EVALUATION: Mapping[str, Evaluation] = {
    "expression": ExpressionEvaluation(),
    "valence_arousal": MeasuredEvaluation(ValenceArousal()),
    "action_units": MeasuredEvaluation(ActionUnits()),
}
"""By task, in the order of `TASKS`."""
