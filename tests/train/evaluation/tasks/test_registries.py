"""Each task is known to training, to evaluation and to the tables of predictions, and to each of them alone."""

from fer_data.core.labels.tasks import TASKS
from fer_data.execution.source_hash import source_closure
from fer_data.predictions.schemas import TABLES
from train.evaluation.tasks.evaluation import EVALUATION
from train.training.tasks import LEARNING


def test_each_task_is_known_everywhere() -> None:
    """A task that a dataset can be made for trains, is evaluated and has a table; the order is that of its columns."""
    assert tuple(LEARNING) == tuple(EVALUATION) == tuple(TABLES) == TASKS


def test_training_follows_from_no_report() -> None:
    """A changed plot, table or score of an evaluation trains nothing again."""
    parts = [name for name in source_closure("train.finetune") if name.startswith("train.evaluation.")]
    known = ("learning", "targets")
    packages = {"train.evaluation.tasks", *(f"train.evaluation.tasks.{task}" for task in TASKS)}
    assert {name for name in parts if name.rpartition(".")[2] not in known} == packages


def test_no_score_of_two_tasks_has_one_name() -> None:
    """The history of a run has a column a score."""
    names = [name for task in LEARNING.values() for name in task.scores]
    assert len(set(names)) == len(names)
