"""The labels that rows of a published dataset carry, task by task, with what is missing marked."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import datasets
import numpy as np
from numpy.typing import NDArray

from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.published import column

__all__ = ["Targets", "read_targets"]

Int64 = NDArray[np.int64]
Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """Labels of rows in one order; a row may lack those of any task.

    Attributes:
        expression: (n,) class; -1 is none.
        valence_arousal: (n, 2) in [-1, 1]; NaN is none, for both where either is missing.
        action_units: (n, units) 1 present, 0 absent, -1 none.
        units: names of the units.
    """

    expression: Int64
    valence_arousal: Float32
    action_units: Int64
    units: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.expression)

    def labelled(self, task: str) -> NDArray[np.bool_]:
        """Return which rows have a label of the task; of action units one is enough."""
        match task:
            case "expression":
                return self.expression >= 0
            case "valence_arousal":
                return ~np.isnan(self.valence_arousal[:, 0])
            case _:
                return np.asarray((self.action_units >= 0).any(axis=1))

    def take(self, rows: Int64) -> "Targets":
        """Return the labels of chosen rows, in their order."""
        return Targets(self.expression[rows], self.valence_arousal[rows], self.action_units[rows], self.units)

    def learnt_from(self, rows: Int64) -> "Targets":
        """Return the labels of those units alone that at least one of the rows has a label of."""
        known = np.asarray((self.action_units[rows] >= 0).any(axis=0))
        return self.of_units([unit for unit, one in zip(self.units, known, strict=True) if one])

    def of_units(self, units: Collection[str]) -> "Targets":
        """Return the labels with those of other units left out."""
        places = [self.units.index(unit) for unit in units]
        return Targets(self.expression, self.valence_arousal, self.action_units[:, places], tuple(units))

    def summary(self, tasks: Collection[str], classes: int) -> dict[str, Any]:
        """Return what the last resort of a prediction follows from.

        `train_counts`: frames by class; `train_means` of valence and arousal; `train_unit_counts`: frames without and
        with each unit. Only those of the tasks.
        """
        seen: dict[str, Any] = {}
        if "expression" in tasks:
            seen["train_counts"] = np.bincount(
                self.expression[self.expression >= 0], minlength=classes
            ).tolist()
        if "valence_arousal" in tasks:
            known = self.valence_arousal[self.labelled("valence_arousal")].astype(np.float64)
            seen["train_means"] = dict(zip(("valence", "arousal"), known.mean(axis=0).tolist(), strict=True))
        if "action_units" in tasks:
            absent, present = ((self.action_units == value).sum(axis=0).tolist() for value in (0, 1))
            seen["train_unit_counts"] = {
                unit: {"absent": without, "present": with_}
                for unit, without, with_ in zip(self.units, absent, present, strict=True)
            }
        return seen


def read_targets(split: datasets.Dataset, tasks: Collection[str]) -> Targets:
    """Return the labels of all rows of a split, copies included; those of other tasks count as missing."""
    n = len(split)
    expression = np.full(n, -1, np.int64)
    valence_arousal = np.full((n, 2), np.nan, np.float32)
    units = np.full((n, len(ACTION_UNITS)), -1, np.int64)
    if "expression" in tasks:
        expression = column(split, "expression").astype(np.int64)
    if "valence_arousal" in tasks:
        found = np.stack([column(split, name) for name in ("valence", "arousal")], axis=1)
        known = ~np.isnan(found).any(axis=1)
        valence_arousal[known] = found[known]
    if "action_units" in tasks and n:
        structs = split.select_columns("action_units")[:]["action_units"].combine_chunks()
        units = np.stack([structs.field(unit).to_numpy() for unit in ACTION_UNITS], axis=1).astype(np.int64)
    return Targets(expression, valence_arousal, units, ACTION_UNITS)
