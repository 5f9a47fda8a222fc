"""Which face of a single picture a row is about: by the corpus' box, else the largest near the middle.

Nothing before or after a picture tells who is meant, as it does in a video; what is in doubt is said.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Mask
from fer_data.core.vision.boxes import box_iou
from fer_data.core.vision.faces import Faces

__all__ = ["PictureChoice", "choose_faces"]

_RIVAL = 0.6
"""Share of the best face's weight from which another one could be meant as well. Not measured on a corpus."""

_LOOSE_IOU = 0.1
"""A box and the face that it picks overlap more, however loosely a corpus draws its boxes."""


@dataclass(frozen=True, slots=True, eq=False)
class PictureChoice:
    """The faces of the rows of one picture.

    Attributes:
        faces: (n,) index of each row's face, -1 for none.
        doubtful: (n,) whether another face could be meant as well.
    """

    faces: NDArray[np.intp]
    doubtful: Mask


def choose_faces(faces: Faces, boxes: Float32, size_wh: tuple[int, int]) -> PictureChoice:
    """Return the face of each row of a picture of a size; `boxes` (n, 4) are the corpus', NaN where it has none.

    No face is two rows'. A box picks the face that it overlaps most, of those with their middle in it or around its
    middle. Without one it is the face with the largest side, reduced by its distance from the middle of the picture
    as a share of half the diagonal; several rows without boxes take the largest in turn, and all are doubtful.
    """
    rows = len(boxes)
    chosen, doubtful = np.full(rows, -1, np.intp), np.zeros(rows, np.bool_)
    boxed = ~np.isnan(boxes).any(1)
    shared = (
        np.where(_meant(faces, boxes), box_iou(faces.boxes, boxes), 0).T
        if len(faces)
        else np.zeros((rows, 0))
    )
    free = np.ones(len(faces), np.bool_)
    for row in sorted(np.flatnonzero(boxed), key=lambda row: -shared[row].max(initial=0)):
        own = np.where(free, shared[row], 0)
        if own.max(initial=0) > 0:
            chosen[row] = own.argmax()
            free[chosen[row]] = False
            best, *others = sorted(shared[row], reverse=True)
            doubtful[row] = own.max() < max(_LOOSE_IOU, best) or any(
                other > _RIVAL * best for other in others
            )
    weights = _weights(faces, size_wh)
    for row in np.flatnonzero(~boxed):
        own = np.where(free, weights, -1)
        if own.max(initial=-1) >= 0:
            chosen[row] = own.argmax()
            free[chosen[row]] = False
            rivals = np.delete(weights, chosen[row])
            doubtful[row] = bool((rivals > _RIVAL * weights[chosen[row]]).any()) or rows > 1
    return PictureChoice(chosen, doubtful)


def _meant(faces: Faces, boxes: Float32) -> Mask:
    """Return (faces, boxes) whether the middle of either lies in the other."""
    return _holds(faces.boxes, boxes) | _holds(boxes, faces.boxes).T


def _holds(boxes: Float32, others: Float32) -> Mask:
    """Return (boxes, others) whether the middle of the other lies in the box."""
    middles = (others[:, :2] + others[:, 2:]) / 2
    inside = (middles[None] >= boxes[:, None, :2]) & (middles[None] <= boxes[:, None, 2:])
    return np.asarray(inside.all(2), np.bool_)


def _weights(faces: Faces, size_wh: tuple[int, int]) -> Float32:
    size = np.array(size_wh, np.float32)
    sides = (faces.boxes[:, 2:] - faces.boxes[:, :2]).max(1, initial=0)
    middles = (faces.boxes[:, 2:] + faces.boxes[:, :2]) / 2
    away = np.hypot(*(middles - size / 2).T) / (np.hypot(*size) / 2)
    return np.asarray(sides * (1 - np.minimum(away, 1)), np.float32)
