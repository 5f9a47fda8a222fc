"""Where a face's marks are on the mesh: its surface, and the vertices of the five landmarks."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.sample.rig import EYE, SKIN, load_rig

__all__ = ["FaceMarks", "face_marks"]

_LID_REACH = 0.165
"""Skin this near the eyeball's centre, in decimetres, is the edge of a lid."""
_FACE_FROM, _FACE_TO, _FACE_HALF_WIDTH, _FACE_FRONT = 6.25, 8.0, 0.78, 0.75
_MOUTH_CORNER = np.array([0.2545, 6.621, 1.437], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class FaceMarks:
    """Vertex indices of the marks.

    Attributes:
        face: (k,) vertices of the face from chin to forehead.
        eyes: (2, 2) corners of the person's left and right eye.
        nose: the tip.
        mouth: (2,) the person's left and right corner.
    """

    face: NDArray[np.intp]
    eyes: NDArray[np.intp]
    nose: int
    mouth: NDArray[np.intp]

    def landmarks(self, points: Float32) -> Float32:
        """Return the five landmarks (5, 2) in the order of `LANDMARK_NAMES`, left and right as seen in the picture."""
        left_eye, right_eye = points[self.eyes, :2].mean(1)
        left_mouth, right_mouth = points[self.mouth, :2]
        # The person's right is on the picture's left.
        return np.stack([right_eye, left_eye, points[self.nose, :2], right_mouth, left_mouth]).astype(
            np.float32
        )


@lru_cache(maxsize=1)
def face_marks() -> FaceMarks:
    """Return the marks, found by their place on the average head."""
    rig = load_rig()
    base, skin = rig.vertices, rig.vertices_of(SKIN)
    x, y, z = base[skin].T
    front = (y > _FACE_FROM) & (y < _FACE_TO) & (z > _FACE_FRONT) & (np.abs(x) < _FACE_HALF_WIDTH)
    ridge = skin[(np.abs(x) < 0.05) & (y > 6.7) & (y < 7.2)]
    mouth = [_nearest(base, skin, _MOUTH_CORNER * np.array([side, 1, 1], np.float32)) for side in (1, -1)]
    eyes = [_eye_corners(base, skin, side) for side in (1, -1)]
    return FaceMarks(skin[front], np.array(eyes), int(ridge[base[ridge, 2].argmax()]), np.array(mouth))


def _nearest(base: Float32, among: NDArray[np.intp], point: Float32) -> int:
    return int(among[np.square(base[among] - point).sum(1).argmin()])


def _eye_corners(base: Float32, skin: NDArray[np.intp], side: int) -> tuple[int, int]:
    """Return the inner and outer corner of the eye on one side (1 is the person's left)."""
    eyes = load_rig().vertices_of(EYE)
    centre = base[eyes[base[eyes, 0] * side > 0]].mean(0)
    lids = skin[np.square(base[skin] - centre).sum(1) < _LID_REACH**2]
    outwards = base[lids, 0] * side
    return int(lids[outwards.argmin()]), int(lids[outwards.argmax()])
