"""Hold faces back until the frames behind them are known, and smooth their landmarks over their tracks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.core.tracks.smoothing import steady
from fer_data.core.vision.faces import Faces
from fer_data.params.align import SmoothingParams

__all__ = ["LandmarkSmoother"]

_Points = tuple[int, Float32]


class LandmarkSmoother:
    """Landmarks and boxes of tracks, smoothed over `window_frames` on either side."""

    def __init__(self, params: SmoothingParams) -> None:
        self._params = params
        self._tracks: dict[int, list[_Points]] = {}
        self._newest = -1

    def add(self, frame_index: int, faces: Faces, track_ids: Sequence[int] | NDArray[np.int32]) -> None:
        """Take in the faces of the next frame."""
        self._newest = frame_index
        for box, marks, track in zip(faces.boxes, faces.landmarks, track_ids, strict=True):
            self._tracks.setdefault(int(track), []).append(
                (frame_index, np.concatenate([marks, box.reshape(2, 2)]))
            )

    def knows_enough(self, frame_index: int) -> bool:
        """Return whether all frames that count for this one have been added."""
        return frame_index + self._params.window_frames <= self._newest

    def smoothed(self, frame_index: int, faces: Faces, track_ids: Sequence[int] | NDArray[np.int32]) -> Faces:
        """Return the faces of a frame, smoothed, and forget what no later frame needs; frames come in their order."""
        if not self._params.window_frames or not len(faces):
            return faces
        points = np.stack([self._points(frame_index, int(track)) for track in track_ids])
        return Faces(points[:, 5:].reshape(-1, 4), faces.scores, points[:, :5])

    def _points(self, frame_index: int, track: int) -> Float32:
        """Return five landmarks and two corners of the box; as they were where smoothing would move them far."""
        window = self._params.window_frames
        known = [entry for entry in self._tracks[track] if entry[0] >= frame_index - window]
        self._tracks[track] = known
        near = [entry for entry in known if entry[0] <= frame_index + window]
        frames = np.array([index for index, _ in near])
        before = next(points for index, points in near if index == frame_index)
        after = steady(frames, np.stack([points for _, points in near]), frame_index)
        side = float((before[6] - before[5]).max())
        moved = float(np.nanmax(np.hypot(*(after - before).T)))
        return before if moved > self._params.max_shift * side else after
