"""Join the faces of consecutive frames into tracks, each of which shows one person.

A track is rather ended than continued in doubt: `core/assignment.py` joins the tracks of one person with the whole
video in view, but nothing splits a track that changed persons.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.core.appearance import look_distance
from fer_data.core.faces import Float32
from fer_data.core.suppression import overlaps

__all__ = ["Tracker"]

_MAX_LOOK_DISTANCE = 4.5
_MAX_LOOK_STEP = 3.5
_AMBIGUOUS = 0.7
_SMOOTHING = 0.5


@dataclass(slots=True)
class _Track:
    """The newest state of one track; `velocity` is in px a frame for each side of the box."""

    track_id: int
    frame_index: int
    box: Float32
    velocity: Float32
    look: Float32

    def predicted(self, frame_index: int) -> Float32:
        return self.box + self.velocity * np.float32(frame_index - self.frame_index)

    def move(self, frame_index: int, box: Float32, look: Float32) -> None:
        step = (box - self.box) / np.float32(frame_index - self.frame_index)
        self.velocity = self.velocity * np.float32(1 - _SMOOTHING) + step * np.float32(_SMOOTHING)
        self.frame_index, self.box, self.look = frame_index, box, look


class Tracker:
    """Give each face of each frame the number of its track.

    A face continues the track whose predicted box it overlaps by at least `min_iou`, if it looks like it and no other
    pair is nearly as good. A track that is not seen for more than `max_gap_frames` has ended.
    """

    def __init__(self, min_iou: float, max_gap_frames: int) -> None:
        self._min_iou = min_iou
        self._max_gap_frames = max_gap_frames
        self._tracks: list[_Track] = []
        self._next_id = 0

    def update(self, frame_index: int, boxes: Float32, face_looks: Float32) -> NDArray[np.int32]:
        """Return the track numbers of a later frame's faces, shape (n,)."""
        self._tracks = [t for t in self._tracks if frame_index - t.frame_index <= self._max_gap_frames + 1]
        ids = np.full(len(boxes), -1, np.int32)
        for place, face in self._matches(frame_index, boxes, face_looks):
            self._tracks[place].move(frame_index, boxes[face], face_looks[face])
            ids[face] = self._tracks[place].track_id
        for new in np.flatnonzero(ids < 0):
            ids[new] = self._begin(frame_index, boxes[new], face_looks[new])
        return ids

    def _begin(self, frame_index: int, box: Float32, look: Float32) -> int:
        self._tracks.append(_Track(self._next_id, frame_index, box, np.zeros(4, np.float32), look))
        self._next_id += 1
        return self._next_id - 1

    def _matches(self, frame_index: int, boxes: Float32, face_looks: Float32) -> list[tuple[int, int]]:
        """Return pairs of track and face, best first; a track in doubt is ended instead."""
        if not self._tracks or not len(boxes):
            return []
        predicted = np.stack([track.predicted(frame_index) for track in self._tracks])
        last = np.stack([track.box for track in self._tracks])
        shared = np.maximum(overlaps(predicted, boxes), overlaps(last, boxes))
        apart = look_distance(np.stack([track.look for track in self._tracks])[:, None], face_looks[None])
        ages = np.array([frame_index - track.frame_index for track in self._tracks])
        limits = np.where(ages == 1, _MAX_LOOK_STEP, _MAX_LOOK_DISTANCE)[:, None]
        fit = np.where(shared >= self._min_iou, shared * np.clip(1 - apart / limits, 0, 1), 0)
        return _unambiguous_pairs(fit)


def _unambiguous_pairs(fit: NDArray[np.floating]) -> list[tuple[int, int]]:
    """Return the pairs of row and column with the best fits, without those that have a rival nearly as good."""
    pairs: list[tuple[int, int]] = []
    left = fit.astype(np.float64)
    while left.max() > 0:
        row, column = (int(place) for place in np.unravel_index(int(left.argmax()), left.shape))
        best = left[row, column]
        left[row, column] = 0
        if max(left[row].max(), left[:, column].max()) < _AMBIGUOUS * best:
            pairs.append((row, column))
        left[row], left[:, column] = 0, 0
    return pairs
