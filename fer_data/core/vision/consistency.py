"""Whether two detections of one face agree on its landmarks, and the score of those that do not.

Landmarks are compared as shapes: both sets about their centroids and relative to their spread, as in a Procrustes
analysis that leaves rotation in, because a head that turned is to be told as well.

Source: Goodall, Procrustes methods in the statistical analysis of shape, 1991.
"""

import numpy as np

from fer_data.core.arrays import Float32
from fer_data.core.vision.boxes import box_iou
from fer_data.core.vision.faces import Faces
from fer_data.core.vision.regions import join_faces

__all__ = ["changed", "landmark_change", "lower_confidence"]

_MAX_CHANGE_OF_DETECTIONS = 0.05
"""Of repeated detections in one frame. Measured on 286 rendered heads (yaw to 60, roll to 45 degrees), CenterFace:
after four passes 4 % lie above it. Their landmarks are a third further from the truth than the others', and their roll
is off by 13 degrees against 7."""

_MAX_CHANGE_OF_FRAMES = 0.12
"""From one frame to the next. Measured on 20 real clips: of neighbouring frames 0 to 1 % lie above it, in the clips of
quickest motion 7 %."""


def landmark_change(landmarks: Float32, others: Float32) -> Float32:
    """Return by how much landmarks (n, 5, 2) turned or changed shape against others, shape (n,).

    It is the mean distance of the points, both sets about their centroids, over the root mean square distance of the
    points from theirs. NaN without landmarks.
    """
    centred, other = (points - points.mean(1, keepdims=True) for points in (landmarks, others))
    moved = centred - other
    apart = np.hypot(moved[..., 0], moved[..., 1]).mean(1)
    spread = np.sqrt(np.square(centred).sum(2).mean(1))
    return np.asarray(apart / np.maximum(spread, 1e-6), np.float32)


def _against(faces: Faces, before: Faces) -> Float32:
    """Return the change of each face against the earlier one of highest IoU; 0 where there is none."""
    if not len(faces) or not len(before):
        return np.zeros(len(faces), np.float32)
    if len(before) == 1:
        return landmark_change(faces.landmarks, before.landmarks)
    same = box_iou(faces.boxes, before.boxes).argmax(1)
    return landmark_change(faces.landmarks, before.landmarks[same])


def changed(faces: Faces, before: Faces) -> bool:
    """Return whether a face turned or changed shape by more than faces do from one frame to the next."""
    return bool((_against(faces, before) > _MAX_CHANGE_OF_FRAMES).any())


def lower_confidence(faces: Faces, before: Faces) -> Faces:
    """Return the faces of the last pass, best score first, with half the score where the pass before disagrees.

    Half a score is at most 0.5, the demo's `align.detector.min_score`, which every other face reaches.
    """
    scores = np.where(_against(faces, before) > _MAX_CHANGE_OF_DETECTIONS, faces.scores / 2, faces.scores)
    return join_faces(Faces(faces.boxes, scores.astype(np.float32), faces.landmarks))
