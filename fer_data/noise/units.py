"""The labels of a split, one a picture, segment or run of frames, and the features that each is judged by."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Int64, Mask
from fer_data.core.labels.label_units import label_units, spread_over
from fer_data.core.metrics.units import VIDEOS, Drawn, drawn_units
from fer_data.published.dataset import Published, column, copy_mask
from fer_data.published.row_facts import class_mask, held_together, possible_classes, row_segments, texts

__all__ = ["ROWS_LOOKED_AT", "Units", "read_units", "unit_features"]

ROWS_LOOKED_AT = 8
"""Rows of a unit that are looked at, spread evenly over it. On the rendered sample, whose runs have 3 to 6 frames, one,
four and all of them find planted labels equally well: average precision 0.75, 0.74 and 0.74."""

_ROWS_AT_A_TIME = 16_384


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """The labels of a split, in the order of their first rows.

    Attributes:
        split: its name.
        labels: (u,) class.
        first: (u,) place in the split of the unit's first row by frame.
        last: (u,) of its last.
        counts: (u,) rows.
        looked: (r,) places in the split of the rows that are looked at, unit after unit.
        looked_unit: (r,) the unit of each.
        people: (u,) what never stands on two sides of a fold: the person, or a group of nearly equal pictures.
        videos: (u,) video.
        possible: (u, classes) which classes its corpus can give.
        segments: (u,) segment or clip; empty for a run of frames, and for a picture.
        sources: (u,) who made the label.
        drawn: (u,) what intervals draw it with: its video, its person where the corpus names people, or itself.
        draws: what those are, in words.
    """

    split: str
    labels: Int64
    first: Int64
    last: Int64
    counts: Int64
    looked: Int64
    looked_unit: Int64
    people: NDArray[np.str_]
    videos: NDArray[np.str_]
    possible: Mask
    segments: NDArray[np.str_]
    sources: NDArray[np.str_]
    drawn: NDArray[np.str_]
    draws: Drawn

    def __len__(self) -> int:
        return len(self.labels)


def read_units(published: Published, name: str) -> Units:
    """Return the labels of a split; augmented copies have none of their own. One without labels gives no units."""
    split = published.splits.get(name)
    rows = np.zeros(0, np.int64)
    if split is not None and len(split):
        rows = np.flatnonzero(~copy_mask(split) & (column(split, "expression") >= 0))
    if split is None or not len(rows):
        return _no_units(name, len(published.classes))
    frames, labels = (column(split, key)[rows].astype(np.int64) for key in ("frame_index", "expression"))
    videos, subjects = (column(split, key)[rows].astype(np.str_) for key in ("video_id", "subject_id"))
    segments = row_segments(split, rows)
    unit = label_units(np.char.add(np.char.add(subjects, " "), videos), frames, labels, segments)
    order = np.lexsort((frames, unit))
    counts = np.bincount(unit)
    ends = np.cumsum(counts)
    first, last = order[ends - counts], order[ends - 1]
    looked = spread_over(unit, frames, ROWS_LOOKED_AT)
    corpora, classes = texts(split, "corpus")[rows][first], len(published.classes)
    possible = class_mask(corpora, possible_classes(published), classes)
    origins = texts(split, "subject_source")[rows][first]
    drawn, draws = drawn_units(origins.tolist(), subjects[first].tolist(), videos[first].tolist())
    return Units(
        split=name,
        labels=labels[first],
        first=rows[first],
        last=rows[last],
        counts=counts,
        looked=rows[looked],
        looked_unit=unit[looked],
        people=held_together(split)[rows][first],
        videos=videos[first],
        possible=np.ones((len(first), classes), np.bool_) if possible is None else possible,
        segments=segments[first],
        sources=texts(split, "label_source")[rows][first],
        drawn=drawn,
        draws=draws,
    )


def _no_units(name: str, classes: int) -> Units:
    none, nobody = np.zeros(0, np.int64), np.zeros(0, np.str_)
    possible = np.zeros((0, classes), np.bool_)
    return Units(
        name, none, none, none, none, none, none, nobody, nobody, possible, nobody, nobody, nobody, VIDEOS
    )


def unit_features(units: Units, run: Callable[[Int64], Float32]) -> Float32:
    """Return the mean features of the rows that are looked at, (u, d); `run` gives those of rows of the split."""
    sums: NDArray[np.float32] | None = None
    for start in range(0, len(units.looked), _ROWS_AT_A_TIME):
        part = slice(start, start + _ROWS_AT_A_TIME)
        features = run(units.looked[part])
        if sums is None:
            sums = np.zeros((len(units), features.shape[1]), np.float32)
        np.add.at(sums, units.looked_unit[part], features)
    if sums is None:
        return np.zeros((0, 0), np.float32)
    return np.asarray(sums / np.bincount(units.looked_unit)[:, None], np.float32)
