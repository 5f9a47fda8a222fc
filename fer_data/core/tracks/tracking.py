"""Multi-face tracking by detection: join the faces of consecutive frames into tracks, each of which shows one person.

Greedy matching, best pair first, by IoU times similarity of appearance; boxes are predicted at a constant velocity,
which exponential smoothing estimates::

    frame          7         8         9          10
    box           [A]       [A]       lost       (A) predicted from velocity; matched if IoU and appearance agree

An ambiguous match ends the track: `core/tracks/linking.py` joins the tracks of one person with the whole video in view,
while a track that changed persons is split only at a sudden step (`core/tracks/leaps.py`) or a dissolve
(`core/tracks/dissolves.py`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.core.tracks.appearance import DESCRIPTOR_LENGTH, descriptor_distance
from fer_data.core.tracks.thresholds import TRACKING
from fer_data.core.vision.boxes import box_iou

__all__ = ["Tracker"]


@dataclass(slots=True)
class _Track:
    """The newest state of one track; `velocity` is in px a frame for each side of the box."""

    track_id: int
    frame_index: int
    box: Float32
    velocity: Float32
    descriptor: Float32

    def predicted(self, frame_index: int) -> Float32:
        return self.box + self.velocity * np.float32(frame_index - self.frame_index)

    def move(self, frame_index: int, box: Float32, descriptor: Float32) -> None:
        step = (box - self.box) / np.float32(frame_index - self.frame_index)
        newest = TRACKING.smoothing
        self.velocity = self.velocity * np.float32(1 - newest) + step * np.float32(newest)
        self.frame_index, self.box, self.descriptor = frame_index, box, descriptor


class Tracker:
    """Give each face of each frame the number of its track.

    A face continues the track whose predicted box it overlaps by at least `min_iou`, if its descriptor is close and no
    other pair is nearly as good. Within a shot motion alone holds the track of a face that nobody else is near, since
    the descriptor of a head that nods or turns is far off for a moment. A track that is not seen for more than
    `max_gap_frames` has ended, and so has one whose place a new track takes.
    """

    def __init__(self, min_iou: float, max_gap_frames: int) -> None:
        self._min_iou = min_iou
        self._max_gap_frames = max_gap_frames
        self._tracks: list[_Track] = []
        self._next_id = 0
        self._cut_frame = -1

    def update(
        self, frame_index: int, boxes: Float32, descriptors: Float32, *, goes_on: bool = True
    ) -> NDArray[np.int32]:
        """Return the track numbers of a later frame's faces, shape (n,).

        `goes_on` says that the shot goes on from the frame before; after a cut descriptors must agree closely.
        """
        self._tracks = [t for t in self._tracks if frame_index - t.frame_index <= self._max_gap_frames + 1]
        if not goes_on:
            self._cut_frame = frame_index
        ids = np.full(len(boxes), -1, np.int32)
        if not len(boxes):
            return ids
        shared = self._shared(frame_index, boxes)
        fit = self._fit(frame_index, shared, descriptors)
        for row, face in _matches(fit, self._ages(frame_index) == 1):
            self._tracks[row].move(frame_index, boxes[face], descriptors[face])
            ids[face] = self._tracks[row].track_id
        new = np.flatnonzero(ids < 0)
        replaced = (shared[:, new] >= TRACKING.near_iou).any(1) & (self._ages(frame_index) > 0)
        self._tracks = [track for track, gone in zip(self._tracks, replaced, strict=True) if not gone]
        for found in new:
            ids[found] = self._begin(frame_index, boxes[found], descriptors[found])
        return ids

    def _begin(self, frame_index: int, box: Float32, descriptor: Float32) -> int:
        self._tracks.append(_Track(self._next_id, frame_index, box, np.zeros(4, np.float32), descriptor))
        self._next_id += 1
        return self._next_id - 1

    def _ages(self, frame_index: int) -> NDArray[np.int64]:
        return np.array([frame_index - track.frame_index for track in self._tracks], np.int64)

    def _shared(self, frame_index: int, boxes: Float32) -> Float32:
        """Return the IoU of each track's last or predicted box, the higher one, with each face, (tracks, faces)."""
        ahead = np.array([track.predicted(frame_index) for track in self._tracks], np.float32)
        last = np.array([track.box for track in self._tracks], np.float32)
        shared = (box_iou(known_boxes.reshape(-1, 4), boxes) for known_boxes in (ahead, last))
        return np.maximum(*shared)

    def _fit(self, frame_index: int, shared: Float32, descriptors: Float32) -> Float32:
        """Return how well each face continues each track, shape (tracks, faces); 0 where it does not."""
        known = np.array([track.descriptor for track in self._tracks], np.float32).reshape(
            -1, 1, DESCRIPTOR_LENGTH
        )
        apart = descriptor_distance(known, descriptors[None])
        ages = self._ages(frame_index)[:, None]
        limits = np.where(ages == 1, TRACKING.descriptor_step, TRACKING.descriptor_after_gap)
        over_cut = ages > frame_index - self._cut_frame
        held = (ages == 1) & ~over_cut & _alone(shared)
        limits = np.where(
            held, TRACKING.descriptor_held, np.where(over_cut, TRACKING.descriptor_over_cut, limits)
        )
        likeness = np.clip(1 - apart / limits, 0, 1)
        least = np.where(held, self._min_iou * TRACKING.held_share, self._min_iou)
        return np.asarray(np.where(shared >= least, shared * likeness, 0), np.float32)


def _alone(shared: Float32) -> NDArray[np.bool_]:
    """Return which pairs of track and face have no third one near, of either kind."""
    near = shared >= TRACKING.near_iou
    return np.asarray(near & (near.sum(0) == 1)[None] & (near.sum(1) == 1)[:, None], bool)


def _matches(fit: Float32, newest: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return pairs of track and face; first of tracks seen in the frame before, then of older ones for what is left.

    A face is ambiguous, and begins a new track, where another pair is nearly as good.
    """
    first, doubtful = _unambiguous_pairs(np.where(newest[:, None], fit, 0))
    left = np.ones(fit.shape[1], bool)
    left[[column for _, column in first] + doubtful] = False
    if not left.any():
        return first
    second, _ = _unambiguous_pairs(np.where(newest[:, None] | ~left, 0, fit))
    return first + second


def _unambiguous_pairs(fit: NDArray[np.floating]) -> tuple[list[tuple[int, int]], list[int]]:
    """Return pairs of row and column, best first, without a rival nearly as good, and the columns of the others."""
    pairs: list[tuple[int, int]] = []
    doubtful: list[int] = []
    left = fit.astype(np.float64)
    while left.size and left.max() > 0:
        row, column = (int(index) for index in np.unravel_index(int(left.argmax()), left.shape))
        best = left[row, column]
        left[row, column] = 0
        if max(left[row].max(), left[:, column].max()) < TRACKING.ambiguous * best:
            pairs.append((row, column))
        else:
            doubtful.append(column)
        left[row], left[:, column] = 0, 0
    return pairs, doubtful
