"""Carry tracks over the seam between two spans of a video, in frames that both have seen.

The span before tracks on through the first frames of the next, by the rules of everywhere, so that it only has to be
said which of their tracks are the same faces of the same frames::

    frame            k ............ k+w
    span before      7 7 7 7 7 7 7 7 |           its track 7
    span behind      0 0 0 0 0 0 0 0 | 0 0 0     is the other's track 0
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.core.vision.boxes import box_iou

__all__ = ["SeenFaces", "carried_tracks"]

_SAME_FACE_IOU = 0.5
"""Two looks at one face in one frame overlap by more, two faces by less: regions move a box by a few px."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenFaces:
    """The faces of the frames that two spans have seen, as one of them saw them.

    Attributes:
        frames: (n,) frame indices.
        track_ids: (n,).
        boxes: (n, 4), in source pixels.
    """

    frames: NDArray[np.int32]
    track_ids: NDArray[np.int32]
    boxes: Float32


def carried_tracks(before: SeenFaces, behind: SeenFaces) -> dict[int, int]:
    """Return the track of the span before for each track of the span behind that shows the same face last.

    No two tracks of one span are carried to the same one: the one that is seen later is.

    >>> box = np.array([[0, 0, 9, 9]], np.float32)
    >>> one, two = (SeenFaces(np.array([5]), np.array([track]), box) for track in (7, 0))
    >>> carried_tracks(one, two)
    {0: 7}
    """
    carried: dict[int, int] = {}
    for frame in np.unique(behind.frames)[::-1]:
        for own, other in _same_faces(before, behind, int(frame)):
            if own not in carried and other not in carried.values():
                carried[own] = other
    return carried


def _same_faces(before: SeenFaces, behind: SeenFaces, frame: int) -> list[tuple[int, int]]:
    """Return the tracks, behind and before, of the faces of a frame that are each other's closest."""
    there, here = np.flatnonzero(before.frames == frame), np.flatnonzero(behind.frames == frame)
    if not there.size or not here.size:
        return []
    shared = box_iou(behind.boxes[here], before.boxes[there])
    best = shared.argmax(1)
    return [
        (int(behind.track_ids[here[index]]), int(before.track_ids[there[other]]))
        for index, other in enumerate(best)
        if shared[index, other] >= _SAME_FACE_IOU and shared[:, other].argmax() == index
    ]
