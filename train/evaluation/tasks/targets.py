"""The labels that rows of a published dataset carry, task by task, with what is missing marked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import datasets
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Int64
from fer_data.core.labels.tasks import LABELS, NO_LABEL, TASKS, LabelSpec
from fer_data.published.dataset import column

__all__ = ["Labels", "Targets", "read_targets"]

Labels = NDArray[Any]
"""Of one task, by the kind of its labels: (n,) index of a class, -1 is none; (n, k) values, NaN is none, for all where
any is missing; (n, units) 1 present, 0 absent, -1 none. What training aims at may be (n, classes) shares of classes,
NaN for those that the corpus lacks and for all of a row without a label."""


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """Labels of rows in one order; a row may lack those of any task.

    Attributes:
        labels: by task.
        names: of the outputs of each task, as far as its labels state them.
    """

    labels: Mapping[str, Labels]
    names: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(next(iter(self.labels.values())))

    def labelled(self, task: str) -> NDArray[np.bool_]:
        """Return which rows have a label of the task; of action units one is enough."""
        labels = self.labels[task]
        known = ~np.isnan(labels) if labels.dtype.kind == "f" else labels >= 0
        return np.asarray(known if known.ndim == 1 else known.any(axis=1))

    def take(self, rows: Int64) -> "Targets":
        """Return the labels of chosen rows, in their order."""
        return replace(self, labels={task: labels[rows] for task, labels in self.labels.items()})

    def learnt_from(self, rows: Int64) -> "Targets":
        """Return the labels of those units alone that at least one of the rows has a label of."""
        chosen = self
        for task in _tasks_of_units():
            known = np.asarray((self.labels[task][rows] >= 0).any(axis=0))
            named = zip(self.names[task], known, strict=True)
            chosen = chosen.of_units(task, [unit for unit, one in named if one])
        return chosen

    def named(self, names: Mapping[str, tuple[str, ...]]) -> "Targets":
        """Return the labels with the names of some tasks' outputs, which the dataset states."""
        return replace(self, names={**self.names, **names})

    def of_units(self, task: str, units: Collection[str]) -> "Targets":
        """Return the labels with those of other units of a task left out."""
        indices = [self.names[task].index(unit) for unit in units]
        return Targets(
            {**self.labels, task: self.labels[task][:, indices]}, {**self.names, task: tuple(units)}
        )


def read_targets(split: datasets.Dataset, tasks: Collection[str]) -> Targets:
    """Return the labels of all rows of a split, copies included; those of other tasks count as missing."""
    labels: dict[str, Labels] = {}
    for task in TASKS:
        stated = LABELS[task]
        labels[task] = _read(split, stated) if task in tasks and len(split) else _missing(stated, len(split))
    return Targets(labels, {task: LABELS[task].names for task in TASKS})


def _tasks_of_units() -> list[str]:
    return [task for task in TASKS if LABELS[task].kind == "units"]


def _missing(stated: LabelSpec, rows: int) -> Labels:
    """Return the labels of rows that have none."""
    if stated.kind == "classes":
        return np.full(rows, NO_LABEL, np.int64)
    if stated.kind == "values":
        return np.full((rows, len(stated.columns)), np.nan, np.float32)
    return np.full((rows, len(stated.names)), NO_LABEL, np.int64)


def _read(split: datasets.Dataset, stated: LabelSpec) -> Labels:
    first = stated.columns[0]
    if stated.kind == "classes":
        return column(split, first).astype(np.int64)
    if stated.kind == "values":
        found = np.stack([column(split, name) for name in stated.columns], axis=1)
        labels = _missing(stated, len(split))
        known = ~np.isnan(found).any(axis=1)
        labels[known] = found[known]
        return labels
    structs = split.select_columns(first)[:][first].combine_chunks()
    return np.stack([structs.field(unit).to_numpy() for unit in stated.names], axis=1).astype(np.int64)
