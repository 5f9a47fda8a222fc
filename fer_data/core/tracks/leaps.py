r"""Change points in a track at which one face turns into another from one frame to the next: an unnoticed cut.

The distances between descriptors of neighbouring faces are searched for one step that stands out and lasts::

    descriptor    ______                            another person: one step, and it stays
            ______|

                      __
            _________/  \_____                      a nod: two steps of a size, and it returns

    faces   | window | window |
"""

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.core.tracks.appearance import descriptor_distance

__all__ = ["WINDOW_FACES", "leaps", "suspects"]

WINDOW_FACES = 6
"""Faces on either side against which a step is judged."""

_FAR, _NEAR = 2.0, 0.5
"""Distances from which a step is a change of person, and from which it is worth a comparison of embeddings."""

_ALONE = 2.0
"""A step is this many times the largest step around it."""

_STAYS = 0.75
"""Share of the step by which the medians before and after still differ."""

_MIN_FACES = 4
"""Faces on either side, at least.

The limits were measured on 47 rendered scenes and 25 real clips: at three cuts within a track descriptors step by 2.8
to 4.0, where no other step within six faces reaches half of it, and stay so; at two cuts between men in grey clothes
before one wall by 1.2. Heads that nod, turn or are lit otherwise return, make several steps of a size, or step by at
most 1.7.
"""


def leaps(descriptors: Float32) -> NDArray[np.intp]:
    """Return the indices of faces at which another person begins, from a track's descriptors in order, (n, 198).

    There descriptors step once, by far more than around it, and stay different.
    """
    steps = _steps(descriptors)
    indices = suspects(descriptors).tolist()
    kept = [
        index
        for index in indices
        if steps[index - 1] >= _FAR and _stays(descriptors, index, steps[index - 1])
    ]
    return np.array(kept, np.intp)


def suspects(descriptors: Float32) -> NDArray[np.intp]:
    """Return the indices of faces at which another person may begin: descriptors step once, by more than around it."""
    steps = _steps(descriptors)
    found = []
    for index in np.flatnonzero(steps >= _NEAR).tolist():
        begins = index + 1
        # The steps right beside are left out: a face's first box may come from the whole frame, its next from a region.
        around = (
            steps[max(0, index - WINDOW_FACES) : max(0, index - 1)],
            steps[begins + 1 : begins + WINDOW_FACES],
        )
        alone = steps[index] >= _ALONE * max(float(side.max(initial=0.0)) for side in around)
        largest = steps[index] >= steps[max(0, index - 1) : begins + 1].max()
        if alone and largest and min(begins, len(descriptors) - begins) >= _MIN_FACES:
            found.append(begins)
    return np.array(found, np.intp)


def _steps(descriptors: Float32) -> Float32:
    return descriptor_distance(descriptors[:-1], descriptors[1:])


def _stays(descriptors: Float32, begins: int, step: float) -> bool:
    """Say whether the faces before and after differ, on the whole, by most of the step between them."""
    before = descriptors[max(0, begins - WINDOW_FACES) : begins]
    after = descriptors[begins : begins + WINDOW_FACES]
    return float(descriptor_distance(np.median(before, 0), np.median(after, 0))) >= _STAYS * step
