"""Which pictures are changed, and what intervals draw: as many of each video or person as there may be."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Int64
from fer_data.core.metrics.units import Drawn, drawn_units
from fer_data.core.sampling.seeds import seed_from
from fer_data.errors import DatasetError
from fer_data.published.dataset import Published, column, copy_mask
from fer_data.published.row_facts import persons, texts

__all__ = ["Chosen", "chosen_pictures"]

MOST_PICTURES = 4096
"""Pictures that are changed, at most: more of the same people and videos make an interval hardly narrower."""

SHOWN = 6
"""Pictures on a contact sheet, each of another video or person."""


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The pictures that are changed, in the order of the split.

    Attributes:
        rows: (n,) places in the split.
        row_ids: (n,) their names.
        units: (n,) number of the video or person of each.
        names: of the units.
        drawn: what they are.
        shown: places among the n of those on the sheets.
        of: originals of the split.
    """

    rows: Int64
    row_ids: NDArray[np.str_]
    units: Int64
    names: NDArray[np.str_]
    drawn: Drawn
    shown: Int64
    of: int

    @property
    def counts(self) -> Int64:
        """Return how many pictures there are of each unit."""
        return np.bincount(self.units, minlength=len(self.names))


def chosen_pictures(published: Published, name: str) -> Chosen:
    """Return originals of a split, all of them or `MOST_PICTURES`: as evenly from each video or person as there are.

    Which they are follows from their names, not from their order.

    Raises:
        DatasetError: the split is not there or has no original.
    """
    split = published.split(name)
    rows = np.flatnonzero(~copy_mask(split)) if len(split) else np.zeros(0, np.int64)
    if not len(rows):
        raise DatasetError(
            f"{published.folder} has no pictures in its split {name}. Name another with --split."
        )
    row_ids, videos = (column(split, key).astype(np.str_)[rows] for key in ("row_id", "video_id"))
    people = persons(split)[rows]
    sources = texts(split, "subject_source")[rows]
    labels, drawn = drawn_units(sources.tolist(), people.tolist(), videos.tolist())
    order = _in_turns(labels, row_ids)
    taken = np.sort(order[:MOST_PICTURES])
    names, units = np.unique(labels[taken], return_inverse=True)
    return Chosen(
        rows=rows[taken],
        row_ids=row_ids[taken],
        units=units.astype(np.int64),
        names=names,
        drawn=drawn,
        shown=np.searchsorted(taken, np.sort(order[: min(SHOWN, len(names))])),
        of=len(rows),
    )


def _in_turns(units: NDArray[np.str_], row_ids: NDArray[np.str_]) -> Int64:
    """Return rows in turns: one of every unit before a second of any, in an order that their names alone draw.

    >>> _in_turns(np.array(["a", "a", "b"]), np.array(["a/1", "a/2", "b/1"])).tolist()
    [2, 0, 1]
    """
    drawn = np.array([seed_from("sensitivity", row) for row in row_ids.tolist()], np.int64)
    order = np.lexsort((row_ids, drawn, units))
    begins = np.append(True, units[order][1:] != units[order][:-1]) if len(order) else np.zeros(0, np.bool_)
    places = np.arange(len(order))
    turns = np.empty(len(order), np.int64)
    turns[order] = places - np.maximum.accumulate(np.where(begins, places, 0))
    return np.asarray(np.lexsort((row_ids, drawn, turns)))
