"""What an evaluation says of all tasks together: the headlines, and the tables at its end."""

from collections.abc import Mapping
from typing import Any

from fer_data.terminal.show import show
from train.evaluation.tasks.evaluation import EVALUATION

__all__ = ["challenge_sum", "headlines", "print_scores"]


def challenge_sum(at: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sum of the tasks' scores at one side, where a model has all that the challenge counts.

    Source: ABAW, multi-task track.
    """
    parts = [task.headline(at) for task in EVALUATION.values() if task.in_challenge]
    known = [part for part in parts if part is not None]
    return {"multi_task": {"score": sum(known)}} if len(known) == len(parts) else {}


def headlines(scores: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scores at the side that training read; `scores.json` of the report has all.

    An interval that is not given is left out.
    """
    at = scores["resolutions"][str(scores["headline_px"])]
    found = {
        "corpus": scores["corpus"],
        "dataset": str(scores["dataset"]["dataset_sha256"] or "unknown")[:12],
    }
    for task in EVALUATION.values():
        found |= task.headlines(at)
    if "multi_task" in at:
        found["multi_task"] = at["multi_task"]["score"]
    return found


def print_scores(metrics: Mapping[str, Any]) -> None:
    """Print the tables of each task that the model has, a column a side; the last that the sum counts ends with it."""
    columns = metrics["resolutions"].values()
    tables = {name: list(task.tables(metrics)) for name, task in EVALUATION.items()}
    if all("multi_task" in at for at in columns):
        last = [name for name, task in EVALUATION.items() if task.in_challenge][-1]
        tables[last][-1].add("multi-task sum", *(f"{at['multi_task']['score']:.3f}" for at in columns))
    show(*(table for own in tables.values() for table in own))
