"""Square regions of interest around faces: where a detector runs again, and the map of its answers back to the frame.

Between two keyframes, K, each face is detected in a region, r, around the box that the last frames predict::

    frame     0  1  2  3  4  5  6  7  8
    searched  K  r  r  r  r  r  r  r  K
"""

from collections.abc import Sequence

import cv2
import numpy as np

from fer_data.core.arrays import Float32, Image
from fer_data.core.vision.boxes import box_iou
from fer_data.core.vision.faces import Faces
from fer_data.core.vision.geometry import Matrix, apply_matrix, roll_degrees

__all__ = [
    "PREVIEW_STEP_PX",
    "differs",
    "face_side_px",
    "from_region",
    "join_faces",
    "largest",
    "mean_difference",
    "pick",
    "pick_by_iou",
    "preview",
    "refined",
    "region_maps",
    "region_matrix",
    "region_turn",
    "shifted",
    "velocity",
]

_EXTENT_OF_BOX = 0.5
"""The landmarks' extent as a share of the box's longer side, about."""

_SMALL_ROLL_DEGREES, _LARGE_ROLL_DEGREES = 15.0, 45.0
"""Measured on rendered heads with CenterFace: an upright region costs as much at 30 degrees of roll as a yaw of 30
does. A turn that grows quicker than this feeds back on itself: complete at 25 degrees, it made the roll of heads about
15 vary by 9 degrees (95th percentile of second differences) instead of 5."""

PREVIEW_STEP_PX = 20
_SAME_FACE_IOU = 0.3


def region_matrix(box: Float32, landmarks: Float32, *, region_px: int, margin: float) -> Matrix:
    """Return the map from frame pixels to the pixels of a region of `region_px` about a face, turned by `region_turn`.

    The region's side is `margin` times the longer side of the rectangle around the landmarks in the region, and its
    middle that rectangle's; without landmarks the box's, and half its longer side.
    """
    known = not np.isnan(landmarks).any()
    points = (landmarks if known else box.reshape(2, 2)).astype(np.float64)
    turn = float(np.deg2rad(region_turn(landmarks)))
    cosine, sine = float(np.cos(turn)), float(np.sin(turn))
    turned = points @ np.array([[cosine, -sine], [sine, cosine]]) if turn else points
    low, high = turned.min(0), turned.max(0)
    extent = max(1.0, float((high - low).max()) * (1.0 if known else _EXTENT_OF_BOX))
    scale = region_px / (margin * extent)
    shift = (region_px - 1) / 2 - scale * (low + high) / 2
    return np.array([[scale * cosine, scale * sine, shift[0]], [-scale * sine, scale * cosine, shift[1]]])


def region_turn(landmarks: Float32) -> float:
    """Return by how many degrees the region of a face is turned, clockwise, so that its head stands upright there.

    Detectors place landmarks best on upright heads. The turn grows from nothing at 15 degrees of roll to all of it at
    45, so that landmarks do not jump while a head rolls slowly. Without landmarks it is 0.
    """
    if np.isnan(landmarks).any():
        return 0.0
    roll = roll_degrees(landmarks)
    share = (abs(roll) - _SMALL_ROLL_DEGREES) / (_LARGE_ROLL_DEGREES - _SMALL_ROLL_DEGREES)
    return float(np.copysign(min(abs(roll), max(0.0, share * _LARGE_ROLL_DEGREES)), roll))


def face_side_px(region_px: int, margin: float) -> float:
    """Return about how many px of a region the longer side of its face's box has.

    >>> face_side_px(128, 3.2)
    80.0
    """
    return region_px / (margin * _EXTENT_OF_BOX)


def region_maps(faces: Faces, region_px: int, margin: float) -> list[Matrix]:
    """Return the map from frame to region of each face."""
    return [
        region_matrix(box, marks, region_px=region_px, margin=margin)
        for box, marks in zip(faces.boxes, faces.landmarks, strict=True)
    ]


def from_region(faces: Faces, matrix: Matrix, size_wh: tuple[int, int]) -> Faces:
    """Return faces found in a region in the frame's pixels, their boxes cut at the edges of a frame of that size."""
    back = 1 / complex(matrix[0, 0], matrix[1, 0])
    moved = -complex(matrix[0, 2], matrix[1, 2]) * back
    inverse = np.array([[back.real, -back.imag, moved.real], [back.imag, back.real, moved.imag]])
    count = len(faces)
    limits = np.array([*size_wh, *size_wh], np.float32)
    boxes = _turned_boxes(apply_matrix(inverse, faces.boxes.reshape(-1, 2)).reshape(count, 2, 2), inverse)
    landmarks = apply_matrix(inverse, faces.landmarks.reshape(-1, 2)).reshape(count, 5, 2).astype(np.float32)
    return Faces(np.clip(boxes, 0, limits), faces.scores, landmarks)


def _turned_boxes(corners: Matrix, inverse: Matrix) -> Float32:
    """Return upright boxes (n, 4) around the ellipses in turned ones, given two of their corners (n, 2, 2).

    A face is about an ellipse: the upright box around the turned box itself would grow with every degree.
    """
    if not inverse[1, 0]:
        return corners.reshape(-1, 4).astype(np.float32)
    turn = inverse[:, :2] / np.hypot(inverse[0, 0], inverse[1, 0])
    half = (corners[:, 1] - corners[:, 0]) @ turn / 2
    middle, reach = corners.mean(1), np.sqrt(half**2 @ (turn**2).T)
    return np.concatenate([middle - reach, middle + reach], 1).astype(np.float32)


def pick(faces: Faces, box: Float32, min_iou: float) -> Faces:
    """Return the one face of highest IoU with a box, or none where all are below `min_iou`."""
    return pick_by_iou(faces, box_iou(faces.boxes, box[None])[:, 0], min_iou)


def pick_by_iou(faces: Faces, shared: Float32, min_iou: float) -> Faces:
    """Return the one face of highest IoU, given for each, shape (n,), or none where all are below `min_iou`."""
    if not len(faces):
        return faces
    best = int(shared.argmax())
    return faces.take(np.array([best] if float(shared[best]) >= min_iou else [], np.intp))


def refined(faces: Faces, views: Sequence[Faces], min_iou: float) -> Faces:
    """Return each face as detected in its region, best score first; as it was where nothing is found there.

    A view holds what was found in the region of the face of the same index, in the frame's pixels.
    """
    parts = [faces.take(np.zeros(0, np.intp))]
    for index, view in enumerate(views):
        again = pick(view, faces.boxes[index], min_iou)
        parts.append(again if len(again) else faces.take(np.array([index])))
    return join_faces(*parts)


def join_faces(*parts: Faces) -> Faces:
    """Return the faces of all parts, best score first; equal scores keep their order."""
    joined = Faces(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.landmarks for part in parts]),
    )
    return joined.take(np.argsort(-joined.scores, kind="stable"))


def largest(faces: Faces, count: int) -> Faces:
    """Return at most `count` faces, those with the largest boxes, in the order they came in."""
    if len(faces) <= count:
        return faces
    areas = (faces.boxes[:, 2:] - faces.boxes[:, :2]).prod(-1)
    return faces.take(np.sort(np.argsort(-areas, kind="stable")[:count]))


def velocity(faces: Faces, before: Faces) -> Float32:
    """Return by how many px each face's box moved since the frame before, shape (n, 2); 0 for a face that is new."""
    result = np.zeros((len(faces), 2), np.float32)
    if not len(before) or not len(faces):
        return result
    shared = box_iou(faces.boxes, before.boxes)
    same = shared.argmax(1)
    moved = _centres(faces.boxes) - _centres(before.boxes)[same]
    known = shared.max(1) >= _SAME_FACE_IOU
    result[known] = moved[known]
    return result


def shifted(faces: Faces, by: Float32) -> Faces:
    """Return the faces moved by (n, 2) px each."""
    boxes = faces.boxes + np.concatenate([by, by], 1)
    return Faces(boxes, faces.scores, faces.landmarks + by[:, None])


def _centres(boxes: Float32) -> Float32:
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2, np.float32)


def preview(frame: Image) -> Image:
    """Return every 20th pixel of a frame, shape (h, w, 3): enough to see a cut, at next to no cost."""
    return np.ascontiguousarray(frame[::PREVIEW_STEP_PX, ::PREVIEW_STEP_PX])


def mean_difference(preview_a: Image, preview_b: Image) -> float:
    """Return by how many grey levels two previews of one shape differ on average."""
    return cv2.norm(preview_a, preview_b, cv2.NORM_L1) / preview_a.size


def differs(preview_a: Image, preview_b: Image, max_difference: float) -> bool:
    """Return whether two frames differ by more than `max_difference` grey levels on average, or in size."""
    if preview_a.shape != preview_b.shape:
        return True
    return mean_difference(preview_a, preview_b) > max_difference
