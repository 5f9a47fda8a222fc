"""Labels that are valid but implausible: single-frame flips, and an expression against its valence."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["disagreements", "happy_but_unpleasant", "single_frame_flips"]

UNPLEASANT = -0.5
"""Valence below this beside Happiness is implausible."""

Expressions = NDArray[np.int8]
"""(n,) class by frame, -1 where a frame is not annotated."""


def single_frame_flips(expression: Expressions) -> NDArray[np.intp]:
    """Return the frames whose expression differs from both neighbours while those agree.

    >>> single_frame_flips(np.array([0, 0, 3, 0, 1, 1], np.int8)).tolist()
    [2]
    """
    if len(expression) < 3:
        return np.zeros(0, np.intp)
    before, here, after = expression[:-2], expression[1:-1], expression[2:]
    return np.flatnonzero((before == after) & (here != before) & (before >= 0) & (here >= 0)) + 1


def happy_but_unpleasant(
    expression: Expressions, valence: NDArray[np.float32], happiness: int
) -> NDArray[np.intp]:
    """Return the frames that are labelled `happiness` with strongly negative valence; NaN is no valence.

    >>> happy_but_unpleasant(np.array([4, 4], np.int8), np.array([-0.9, 0.4], np.float32), 4).tolist()
    [0]
    """
    return np.flatnonzero((expression == happiness) & (valence < UNPLEASANT))


def disagreements(first: Expressions, second: Expressions) -> NDArray[np.intp]:
    """Return the frames that both annotate, and differently.

    >>> disagreements(np.array([0, 1, -1], np.int8), np.array([0, 2, 2], np.int8)).tolist()
    [1]
    """
    return np.flatnonzero((first >= 0) & (second >= 0) & (first != second))
