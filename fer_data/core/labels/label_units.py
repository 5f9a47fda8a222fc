"""What one label is about: a picture, a segment or clip, or a run of frames that carry the same label.

::

    frame       3    4    5    6    7    8      one person in one video
    label       Sad  Sad  Sad  Joy  Joy  Sad
    unit        0    0    0    1    1    2

Whoever labels video frame by frame decides a few times a video, not once a frame.
"""

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Int64

__all__ = ["label_units", "spread_over"]


def label_units(people: NDArray[np.str_], frames: Int64, labels: Int64, segments: NDArray[np.str_]) -> Int64:
    """Return the unit of each row, (n,), counted from 0 in the order of their first rows.

    Args:
        people: what a person in one video shares, and nobody else.
        frames: 0-based; of a single picture 0.
        labels: -1 for none. Such a row ends a run, and is a unit of its own.
        segments: what rows share whose label is about a segment or clip; empty for a label of a frame.

    >>> units = label_units(np.array(["a"] * 4), np.arange(4), np.array([1, 1, 0, 0]), np.array(["", "", "", "s"]))
    >>> units.tolist()
    [0, 0, 1, 2]
    """
    order = np.lexsort((frames, segments, people))
    new = np.ones(len(order), np.bool_)
    if len(order) > 1:
        one, two = order[:-1], order[1:]
        same = (people[one] == people[two]) & (segments[one] == segments[two])
        alike = (labels[one] == labels[two]) & (labels[one] >= 0)
        new[1:] = ~(same & (alike | (segments[one] != "")))
    found = np.empty(len(order), np.int64)
    found[order] = np.cumsum(new) - 1
    _, first, index = np.unique(found, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.asarray(rank[index])


def spread_over(units: Int64, frames: Int64, most: int) -> Int64:
    """Return the places of at most `most` rows of each unit, evenly spread over its frames; sorted by unit and frame.

    >>> spread_over(np.array([0, 0, 0, 0, 1]), np.array([4, 3, 2, 1, 0]), 2).tolist()
    [2, 0, 4]
    """
    order = np.lexsort((frames, units))
    counts = np.bincount(units)
    place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    whole = np.repeat(counts, counts)
    taken = np.minimum(whole, most)
    # The middle of each of `taken` equal parts: part k of n rows begins at row k * n / taken.
    chosen = (place * taken) // whole
    middle = ((2 * chosen + 1) * whole) // (2 * taken)
    return np.asarray(order[place == middle])
