"""Faces of one frame, as every detector returns them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Mask

__all__ = ["LANDMARK_NAMES", "Faces"]

LANDMARK_NAMES = ("left_eye", "right_eye", "nose", "left_mouth_corner", "right_mouth_corner")
"""Left and right as seen in the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Faces of one frame, best score first, in source pixels.

    Those are pixels of the frame as it is shown: upright, and square unless `align.pixel_aspect` says otherwise.

    Attributes:
        boxes: (n, 4) float32: x_min, y_min, x_max, y_max.
        scores: (n,) float32 in [0, 1].
        landmarks: (n, 5, 2) float32, in the order of `LANDMARK_NAMES`.
    """

    boxes: Float32
    scores: Float32
    landmarks: Float32

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def none(cls) -> "Faces":
        """Return the faces of a frame that shows none."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 5, 2), np.float32))

    def take(self, index: NDArray[np.intp] | Mask) -> "Faces":
        """Return the faces at the given indices, in that order."""
        return Faces(self.boxes[index], self.scores[index], self.landmarks[index])
