"""Votes of several raters: the rules that make one label of them, and how many raters are behind it."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32

__all__ = ["FERPLUS", "PLURALITY", "agreement", "ferplus_majority", "plurality", "vote_counts"]

PLURALITY: Final = "most votes, a tie is none"
"""What `label_rule` says of `plurality`."""

FERPLUS: Final = "FER+: single votes removed, more than half of the rest"
"""What `label_rule` says of `ferplus_majority`."""


def plurality(votes: Mapping[str, int]) -> str | None:
    """Return the name with the most votes; None where several have as many, or nobody voted.

    >>> plurality({"Anger": 3, "Fear": 1}), plurality({"Anger": 2, "Fear": 2}), plurality({})
    ('Anger', None, None)
    """
    most = max(votes.values(), default=0)
    first = [name for name, count in votes.items() if count == most]
    return first[0] if most > 0 and len(first) == 1 else None


def ferplus_majority(votes: Mapping[str, int], unknown: str) -> str:
    """Return the label that FER+ takes by majority, `unknown` without one; `votes` has unknown and no face as well.

    A name with a single vote counts as an outlier and leaves; the rest needs more than half of what is left.

    >>> ferplus_majority({"Anger": 5, "Fear": 4, "unknown": 1}, "unknown")
    'Anger'
    >>> ferplus_majority({"Anger": 5, "Fear": 3, "Sadness": 2}, "unknown")
    'unknown'

    Source: Barsoum et al. 2016, "Training deep networks for facial expression recognition with crowd-sourced label
    distribution"; mode `majority` of https://github.com/microsoft/FERPlus.
    """
    left = {name: count for name, count in votes.items() if count > 1}
    name, most = max(left.items(), key=lambda one: one[1], default=(unknown, 0))
    return name if 2 * most > sum(left.values()) else unknown


def vote_counts(
    votes: Sequence[Mapping[str, int] | None], places: Mapping[str, int], columns: int
) -> NDArray[np.int64]:
    """Return votes by column, (n, columns): those of a name in `places` there, all others in the last column.

    A row without votes has zeros.

    >>> vote_counts([{"Anger": 2, "bored": 1}, None], {"Anger": 0}, 3).tolist()
    [[2, 0, 1], [0, 0, 0]]
    """
    cells: list[int] = []
    counts: list[int] = []
    last = columns - 1
    for row, given in enumerate(votes):
        if given:
            start = row * columns
            cells += [start + places.get(name, last) for name in given]
            counts += given.values()
    found = np.zeros(len(votes) * columns, np.int64)
    np.add.at(found, cells, counts)
    return found.reshape(len(votes), columns)


def agreement(counts: NDArray[np.int64], label: NDArray[np.int8], raters: NDArray[np.int64]) -> Float32:
    """Return the share of raters behind each label, (n,); NaN without a label or raters.

    `counts` are votes by class, (n, k), in the order of the labels.

    >>> agreement(np.array([[3, 1], [2, 2]]), np.array([0, -1], np.int8), np.array([4, 4])).tolist()
    [0.75, nan]
    """
    found = np.full(len(label), np.nan, np.float32)
    known = np.flatnonzero((label >= 0) & (raters > 0))
    found[known] = counts[known, label[known]] / raters[known]
    return found
