"""See where one track's face turns into another one from one frame to the next: at a cut that nothing else showed."""

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.core.tracks.appearance import descriptor_distance

__all__ = ["WINDOW_FACES", "leaps", "suspects"]

WINDOW_FACES = 6
_FAR, _NEAR = 2.0, 0.5
_ALONE = 2.0
_STAYS = 0.75
_MIN_FACES = 4
"""Measured on 47 rendered scenes and 25 real clips: at three cuts within a track looks step by 2.8 to 4.0, where no
other step within six faces reaches half of it, and stay so; at two cuts between men in grey clothes before one wall by
1.2. Heads that nod, turn or are lit otherwise return, make several steps of a size, or step by at most 1.7.
"""


def leaps(descriptors: Float32) -> NDArray[np.intp]:
    """Return the places in a track, by the looks of its faces in order, (n, 198), at which another face begins.

    There looks step once, by far more than at the steps around, and stay so.
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
    """Return the places in a track at which another face may begin: looks step once, by more than around."""
    steps = _steps(descriptors)
    found = []
    for index in np.flatnonzero(steps >= _NEAR).tolist():
        begins = index + 1
        # The steps right beside are left out: a face may be found otherwise in its first frame.
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
