"""Intersection over union (IoU) of boxes, and greedy non-maximum suppression (NMS), plain and weighted.

Source: Neubeck and Van Gool, Efficient non-maximum suppression, 2006; for the weighted kind, which averages the answers
for one face, Bazarevsky et al., BlazeFace, 2019 (blending).
"""

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.core.vision.faces import Faces

__all__ = ["SAME_ANSWER_IOU", "box_iou", "nms", "weighted_nms"]

SAME_ANSWER_IOU = 0.5
"""Boxes from neighbouring cells of a network that overlap at least this much are answers for one face."""


def box_iou(boxes: Float32, others: Float32) -> Float32:
    """Return the intersection over union of every box with every other one, shape (n, m), in [0, 1]."""
    one = boxes[:, None]
    shared = _product(np.minimum(one[..., 2:], others[:, 2:]) - np.maximum(one[..., :2], others[:, :2]))
    union = _product(one[..., 2:] - one[..., :2]) + _product(others[:, 2:] - others[:, :2]) - shared
    result: Float32 = np.divide(shared, union, out=np.zeros(shared.shape, shared.dtype), where=union > 0)
    return result


def _product(sides: Float32) -> Float32:
    """Return width x height of sides (..., 2), 0 where either is negative."""
    sides = np.maximum(sides, np.float32(0))
    return np.asarray(sides[..., 0] * sides[..., 1], np.float32)


def nms(faces: Faces, max_iou: float) -> Faces:
    """Return the faces best score first, without those that overlap a better one by more than `max_iou`.

    Equal scores keep the order they came in. No faces give no faces.
    """
    return faces.take(_not_suppressed(faces.scores, box_iou(faces.boxes, faces.boxes), max_iou))


def _not_suppressed(scores: Float32, shared: Float32, max_iou: float) -> NDArray[np.intp]:
    """Return the indices of the faces that are kept, best score first; `shared` is how they overlap each other."""
    rivals = shared.astype(np.float64) > max_iou
    left, kept = np.ones(len(scores), bool), []
    for index in np.argsort(-scores, kind="stable").tolist():
        if left[index]:
            kept.append(index)
            left &= ~rivals[index]
    return np.array(kept, np.intp)


def weighted_nms(faces: Faces, max_iou: float, same_iou: float) -> Faces:
    """Return the faces that `nms` keeps, each with the mean box and landmarks of all answers for it.

    Answers that overlap a kept one by at least `same_iou` count for it, weighted by score. Answers of neighbouring
    cells err independently, so their mean varies less from frame to frame than the best one. No faces give no faces.
    """
    shared = box_iou(faces.boxes, faces.boxes)
    kept = _not_suppressed(faces.scores, shared, max_iou)
    weights = np.where(shared[kept] >= same_iou, faces.scores, np.float32(0))
    weights /= np.maximum(weights.sum(1, keepdims=True), np.float32(1e-9))
    return Faces(
        np.einsum("nm,mk->nk", weights, faces.boxes),
        faces.scores[kept],
        np.einsum("nm,mkd->nkd", weights, faces.landmarks),
    )
