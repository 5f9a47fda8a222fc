"""Which frames of a training subject say nothing new: the picture, the labels and the head are as before."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Image, Mask
from fer_data.core.vision.consistency import landmark_change

__all__ = ["MAX_POSE_CHANGE", "MAX_VALUE_CHANGE", "FrameLabels", "redundant"]

MAX_VALUE_CHANGE = 0.1
"""Of valence and arousal, on their scale from -1 to 1: a twentieth of it. Annotators who steer a joystick change both
in nearly every frame."""

MAX_POSE_CHANGE = 0.07
"""Of `landmark_change` between landmarks of one spread. Measured on the rendered sample (1,842 faces, CenterFace, the
truth's head rotation): above it lie 1 % of the pairs of frames between which the head turned by less than 5 degrees,
16 % of those with 5 to 10, 68 % of those with 10 to 15, and all with more.
A mouth that opens counts too, since two of the points are its corners."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameLabels:
    """What all tasks say of n frames.

    Attributes:
        classes: (n, k) classes and action units, -1 for none.
        values: (n, v) valence and arousal, NaN for none.
    """

    classes: NDArray[np.int16]
    values: Float32

    def take(self, rows: NDArray[np.intp]) -> "FrameLabels":
        """Return those of some frames."""
        return FrameLabels(self.classes[rows], self.values[rows])

    def differ(self, index: int, other: int) -> bool:
        """Say whether two frames have other labels: of any task, one that only one of them has included."""
        if (self.classes[index] != self.classes[other]).any():
            return True
        ours, theirs = self.values[index], self.values[other]
        apart = np.abs(ours - theirs) > MAX_VALUE_CHANGE
        return bool((apart | (np.isnan(ours) != np.isnan(theirs))).any())


def redundant(
    images: NDArray[np.uint8],
    min_difference: float,
    *,
    labels: FrameLabels | None = None,
    landmarks: Float32 | None = None,
) -> Mask:
    """Mark the frames that differ too little from the last unmarked one before them, in all that is known of them.

    Images are small RGB thumbnails of shape (n, height, width, 3) in time order; their difference is the mean absolute
    one of their grey values, 0-255. A frame is marked where that is below `min_difference`, no label differs, and the
    landmarks, (n, 5, 2), turned or changed shape by `MAX_POSE_CHANGE` at most; landmarks that are NaN changed by
    nothing. The first is never marked; a `min_difference` of 0 marks none. The comparison with the last frame that was
    kept, not with the one before, ends a slow drift as well::

        difference from the last one kept    0  2  4  1  3  5  2  1     min_difference 4
        label                                a  a  a  a  a  a  a  b
        marked                               .  x  .  x  x  .  x  .
    """
    marked = np.zeros(len(images), bool)
    greys = [_grey(image) for image in images]
    shapes = None if landmarks is None else _of_one_spread(landmarks)
    last: int | None = None
    for index, grey in enumerate(greys):
        if (
            last is not None
            and float(np.abs(grey - greys[last]).mean()) < min_difference
            and not (labels is not None and labels.differ(index, last))
            and not (shapes is not None and _turned(shapes, index, last))
        ):
            marked[index] = True
        else:
            last = index
    return marked


def _grey(image: Image) -> NDArray[np.int16]:
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.int16)


def _of_one_spread(landmarks: Float32) -> Float32:
    """Return landmarks about their centroid, in units of their spread: a face that came closer did not turn."""
    centred = landmarks - landmarks.mean(1, keepdims=True)
    spread = np.sqrt(np.square(centred).sum(2).mean(1))
    return np.asarray(centred / np.maximum(spread, 1e-6)[:, None, None], np.float32)


def _turned(shapes: Float32, index: int, other: int) -> bool:
    change = landmark_change(shapes[index : index + 1], shapes[other : other + 1])
    return bool(change[0] > MAX_POSE_CHANGE)
