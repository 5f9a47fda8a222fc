"""What is counted of the labels that are no classes: action units and values, for a card's tables and its picture."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa

from fer_data.core.arrays import Int64
from fer_data.core.labels.tasks import LABELS, TASKS

__all__ = ["BINS", "LabelCounts", "LabelTally", "ValueCounts"]

BINS = 20
"""Of the histogram of values, over the whole range of labels."""

_UNITS = [name for task in TASKS if LABELS[task].kind == "units" for name in LABELS[task].columns]
_VALUES = {
    name: LABELS[task].limits or (-1.0, 1.0)
    for task in TASKS
    if LABELS[task].kind == "values"
    for name in LABELS[task].columns
}


@dataclass(frozen=True)
class ValueCounts:
    """How the values of one column are spread.

    Attributes:
        histogram: rows by bin.
        total: sum of the values.
        squares: sum of their squares.
    """

    histogram: tuple[int, ...]
    total: float
    squares: float

    @cached_property
    def count(self) -> int:
        """Return how many rows have a value."""
        return sum(self.histogram)

    @property
    def mean(self) -> float:
        """Return the mean of the values."""
        return self.total / self.count

    @property
    def deviation(self) -> float:
        """Return the standard deviation of the values.

        >>> ValueCounts((1, 1), 0.0, 2.0).deviation
        1.0
        """
        return math.sqrt(max(self.squares / self.count - self.mean**2, 0.0))


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """What is known of the originals of a split; what no row has a label of is not in it.

    Attributes:
        units: rows in which a unit is present, and rows that are coded for it, by its name.
        values: how each dimension is spread, by its name.
    """

    units: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    values: Mapping[str, ValueCounts] = field(default_factory=dict)


@dataclass(eq=False)
class LabelTally:
    """The same while rows come in."""

    present: Counter[str] = field(default_factory=Counter)
    coded: Counter[str] = field(default_factory=Counter)
    histograms: dict[str, Int64] = field(default_factory=dict)
    sums: dict[str, tuple[float, float]] = field(default_factory=dict)

    def add(self, originals: pa.RecordBatch) -> None:
        """Count published rows that are no copies."""
        for name in _UNITS:
            for part, values in zip(originals[name].type, originals[name].flatten(), strict=True):
                codes = values.to_numpy(zero_copy_only=False)
                self.present[part.name] += int((codes == 1).sum())
                self.coded[part.name] += int((codes >= 0).sum())
        for name, limits in _VALUES.items():
            values = originals[name].to_numpy(zero_copy_only=False).astype(np.float64)
            known = values[~np.isnan(values)]
            bins, _ = np.histogram(known, BINS, limits)
            self.histograms[name] = self.histograms.get(name, np.zeros(BINS, np.int64)) + bins
            total, squares = self.sums.get(name, (0.0, 0.0))
            self.sums[name] = (total + float(known.sum()), squares + float((known**2).sum()))

    def counts(self) -> LabelCounts:
        """Return what was counted."""
        values = {
            name: ValueCounts(tuple(bins.tolist()), *self.sums[name])
            for name, bins in self.histograms.items()
            if bins.any()
        }
        return LabelCounts({name: (self.present[name], n) for name, n in self.coded.items() if n}, values)
