"""How often each label occurs, a line each, for `dvc plots`: what balancing was for and what it did."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from fer_data.core.labels.published_splits import evaluated_tasks
from fer_data.core.labels.tasks import LABELS
from fer_data.publish.card_tables import CardSplit
from fer_data.publish.label_counts import BINS, ValueCounts
from fer_data.shell.files.atomic import atomic_file

__all__ = ["LabelBar", "label_bars", "write_label_bars"]

_BINS_EACH = 4
"""Bins of a histogram that make one bar: five bars are enough to see that most frames are calm."""


class LabelBar(NamedTuple):
    """A bar or a part of it: rows of a split that have a label, of their own or as augmented copies."""

    label: str
    split: str
    kind: str
    rows: int


def label_bars(splits: Sequence[CardSplit], classes: Sequence[str], task: str) -> list[LabelBar]:
    """Return the counts of the labels that a dataset is made for, in label order, without what nobody labelled.

    Classes count originals and copies; units the originals in which they are present; values the originals by range.
    """
    return [bar for one in evaluated_tasks(task) for split in splits for bar in _bars(one, split, classes)]


def _bars(task: str, split: CardSplit, classes: Sequence[str]) -> Iterator[LabelBar]:
    kind = LABELS[task].kind
    if kind == "classes" and any(split.originals):
        for name, own, copies in zip(
            classes, split.originals, split.copies or [0] * len(classes), strict=True
        ):
            yield LabelBar(name, split.name, "own", own)
            if copies:
                yield LabelBar(name, split.name, "copies", copies)
    elif kind == "units":
        for name, (present, _) in split.labels.units.items():
            yield LabelBar(name, split.name, "own", present)
    elif kind == "values":
        for label, rows in _ranges(split.labels.values):
            yield LabelBar(label, split.name, "own", rows)


def _ranges(values: Mapping[str, ValueCounts]) -> Iterator[tuple[str, int]]:
    """Yield each range of each dimension with its rows.

    >>> [label for label, _ in _ranges({"valence": ValueCounts((1,) * 20, 0.0, 0.0)})][:2]
    ['valence -1.0 to -0.6', 'valence -0.6 to -0.2']
    """
    for name, counts in values.items():
        for first in range(0, BINS, _BINS_EACH):
            low, high = (-1 + 2 * place / BINS for place in (first, first + _BINS_EACH))
            yield f"{name} {low:.1f} to {high:.1f}", sum(counts.histogram[first : first + _BINS_EACH])


def write_label_bars(path: Path, bars: Sequence[LabelBar]) -> None:
    """Write the bars as a table that DVC draws; where nothing is labelled, its header alone."""
    with atomic_file(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([LabelBar._fields, *bars])
