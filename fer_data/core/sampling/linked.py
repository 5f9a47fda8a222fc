"""Rows that share a person or a video, over any number of others: what no split and no fold may part."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["linked"]


def linked(people: NDArray[np.str_], videos: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return what stays together with each row, (n,): rows that share a person or a video, over any number of others.

    It bears the name of its first video by name.

    >>> linked(np.array(["ann", "bob", "ann", "eve"]), np.array(["v1", "v1", "v2", "v3"])).tolist()
    ['v1', 'v1', 'v1', 'v3']
    """
    names, video = np.unique(videos, return_inverse=True)
    _, person = np.unique(people, return_inverse=True)
    group = np.asarray(video, np.int64)
    while True:
        joined = group
        for index in (person, video):
            lowest = np.full(int(index.max(initial=-1)) + 1, len(names))
            np.minimum.at(lowest, index, joined)
            joined = lowest[index]
        if (joined == group).all():
            return np.asarray(names[group], np.str_)
        group = joined
