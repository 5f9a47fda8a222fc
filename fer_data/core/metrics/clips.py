"""One person in one video: the frames among which neighbours are looked for, never across two clips of a person."""

from collections.abc import Hashable, Iterable

import numpy as np

from fer_data.core.arrays import Int64

__all__ = ["clip_numbers", "have_neighbours"]


def clip_numbers(subjects: Iterable[Hashable], videos: Iterable[Hashable]) -> Int64:
    """Return the number of each row's clip, counted from 0 in the order in which clips first occur.

    >>> clip_numbers(["a", "a", "b", "a"], ["v", "w", "w", "v"]).tolist()
    [0, 1, 2, 0]
    """
    known: dict[tuple[Hashable, Hashable], int] = {}
    numbers = (known.setdefault(clip, len(known)) for clip in zip(subjects, videos, strict=True))
    return np.fromiter(numbers, np.int64)


def have_neighbours(clips: Int64) -> bool:
    """Return whether any clip has two rows; of single pictures none has, so smoothing over frames says nothing.

    >>> have_neighbours(np.array([0, 1, 1])), have_neighbours(np.array([0, 1, 2]))
    (True, False)
    """
    return len(np.unique(clips)) < len(clips)
