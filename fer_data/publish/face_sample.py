"""Some faces of an open dataset, drawn beside its card: of each class some people, or of people one after another."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fer_data.core.arrays import Image
from fer_data.core.labels.tasks import DIMENSIONS, EXPRESSION, UNITS, VALENCE_AROUSAL
from fer_data.pictures.images import decode
from fer_data.pictures.sheet import Tile, contact_sheet

__all__ = ["FaceSample"]

_COLUMNS, _TILE_PX = 8, 96
_MOST_GROUPS = 16
_ROWS = 4
"""Of pictures that have no class."""

_LOOKED_AT = 64
"""Rows of a batch and group, at most, among which people are looked for who are not shown yet."""

_Found = tuple[bytes, tuple[str, ...]]


@dataclass(eq=False)
class FaceSample:
    """The first originals of each class of different people, in the order in which rows are published.

    Attributes:
        task: of the dataset: faces of one without expressions are not grouped.
        classes: in label order.
    """

    task: str
    classes: Sequence[str]
    found: dict[int, list[_Found]] = field(default_factory=dict)
    people: dict[int, set[str]] = field(default_factory=dict)

    @property
    def _by_class(self) -> bool:
        return self.task in {EXPRESSION, "multi_task"}

    def add(self, batch: pa.RecordBatch, copied: NDArray[np.bool_]) -> None:
        """Take what published rows have that is not shown yet."""
        if not self._by_class:
            self._take(batch, 0, np.flatnonzero(~copied), _COLUMNS * _ROWS)
            return
        labels = batch["expression"].to_numpy()
        for group in range(min(len(self.classes), _MOST_GROUPS)):
            self._take(batch, group, np.flatnonzero((labels == group) & ~copied), _COLUMNS)

    def _take(self, batch: pa.RecordBatch, group: int, rows: NDArray[np.intp], most: int) -> None:
        found, people = self.found.setdefault(group, []), self.people.setdefault(group, set())
        for row in rows[:_LOOKED_AT].tolist():
            if len(found) >= most:
                return
            person = batch["person_id"][row].as_py()
            if person not in people:
                people.add(person)
                found.append((batch["image"].field("bytes")[row].as_py(), self._caption(batch, row, group)))

    def _caption(self, batch: pa.RecordBatch, row: int, group: int) -> tuple[str, ...]:
        if self._by_class:
            return (self.classes[group],)
        if self.task == VALENCE_AROUSAL:
            values = [batch[name][row].as_py() for name in DIMENSIONS]
            return (" ".join("none" if np.isnan(value) else f"{value:+.2f}" for value in values),)
        present = [name for name, code in batch[UNITS][row].as_py().items() if code == 1]
        lines = [" ".join(present[start : start + 2]) for start in range(0, len(present), 2)]
        return tuple(lines or ["no unit"])

    def sheet(self, split: str) -> Image | None:
        """Return the faces, a row a class; None where there is none."""
        rows = [faces for _, faces in sorted(self.found.items()) if faces]
        if not rows:
            return None
        blank = Tile(np.full((1, 1, 3), 255, np.uint8))
        tiles = [
            tile
            for faces in rows
            for tile in [
                *(Tile(decode(image), caption) for image, caption in faces),
                *[blank] * (-len(faces) % _COLUMNS),
            ]
        ]
        return contact_sheet(tiles, columns=_COLUMNS, tile_px=_TILE_PX, note=self._note(split))

    def _note(self, split: str) -> str:
        if self._by_class:
            more = "" if len(self.classes) <= _MOST_GROUPS else f" (the first {_MOST_GROUPS} classes)"
            return f"{split}: a row a class{more}, each face of another person"
        what = "valence and arousal" if self.task == VALENCE_AROUSAL else "the units that are present"
        return f"{split}: each face of another person, with {what}"
