"""The lines of a table of videos, column by column: some forty bytes a line."""

import math
from array import array
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fer_data.core.labels.tasks import SplitName
from fer_data.corpora.given import GivenLabels, LabelScope

__all__ = ["NOT_CODED", "SeriesKey", "VideoLines"]

NOT_CODED = -1

SeriesKey = tuple[str, str, str]
"""One person in one video: the video as the table names it, the person, and the side; empty where it says nothing."""


@dataclass(slots=True)
class VideoLines:
    """The lines of a table.

    Attributes:
        scope: what a line is about.
        units: the action units that it has columns of.
        series: index of each person in each video, in the order of their first lines.
        words: the expressions, in the order in which they are met; the first is none.
        of: index into `series`, by line of the table.
        line: its number in the file.
        first: frame from 0, or first second; 0 of clips.
        last: second before which a segment ends; 0 without segments.
        split: where the line puts the video.
        word: index into `words`.
        affect: valence and arousal of each line, one after another; NaN without.
        codes: 1 or 0 of each unit of each line, one after another; `NOT_CODED` without.
        rejected: numbers of the lines with a value that the format does not know, by the column's parameter.
    """

    scope: LabelScope
    units: tuple[str, ...] = ()
    series: dict[SeriesKey, int] = field(default_factory=dict)
    words: list[str] = field(default_factory=lambda: [""])
    of: "array[int]" = field(default_factory=lambda: array("i"))
    line: "array[int]" = field(default_factory=lambda: array("q"))
    first: "array[float]" = field(default_factory=lambda: array("d"))
    last: "array[float]" = field(default_factory=lambda: array("d"))
    split: "list[SplitName]" = field(default_factory=list)
    word: "array[int]" = field(default_factory=lambda: array("h"))
    affect: "array[float]" = field(default_factory=lambda: array("d"))
    codes: "array[int]" = field(default_factory=lambda: array("b"))
    rejected: dict[str, list[int]] = field(default_factory=dict)

    def order(self) -> NDArray[np.int64]:
        """Return the lines by series and by what they begin at, those that begin alike as they stand in the file."""
        return np.lexsort((np.asarray(self.first), np.asarray(self.of))).astype(np.int64)

    def classes(self) -> tuple[str, ...]:
        """Return the expressions that occur, sorted."""
        return tuple(sorted(filter(None, self.words)))

    def says(self, index: int) -> tuple[int | float | None, ...]:
        """Return what a line says, by which it can be compared with another."""
        return self.word[index], *self._affect(index), *self._codes(index)

    def labels(self, index: int) -> GivenLabels:
        """Return what a line says as labels."""
        word = self.words[self.word[index]]
        valence, arousal = self._affect(index)
        units = {
            unit: code for unit, code in zip(self.units, self._codes(index), strict=True) if code != NOT_CODED
        }
        return GivenLabels(word or None, valence=valence, arousal=arousal, units=units)

    def _affect(self, index: int) -> list[float | None]:
        return [None if math.isnan(value) else value for value in self.affect[2 * index : 2 * index + 2]]

    def _codes(self, index: int) -> "array[int]":
        return self.codes[len(self.units) * index : len(self.units) * (index + 1)]
