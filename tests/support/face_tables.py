"""Tables of faces without a video."""

from collections.abc import Sequence

import numpy as np

from fer_data.core.tracks.appearance import THUMBNAIL_PX
from fer_data.core.vision.face_quality import CropMeasures
from fer_data.tracking.face_store import FaceTable


def table(tracks: Sequence[tuple[int, tuple[float, ...], range]]) -> FaceTable:
    """Return a table of tracks at one place each: number, box, frames; every face has a crop, all look alike."""
    faces = sorted((frame, track, box) for track, box, frames in tracks for frame in frames)
    count = len(faces)
    boxes = np.array([box for _, _, box in faces], np.float32).reshape(count, 4)
    return FaceTable(
        frames=np.array([frame for frame, _, _ in faces], np.int32),
        track_ids=np.array([track for _, track, _ in faces], np.int32),
        boxes=boxes,
        scores=np.full(count, 0.9, np.float32),
        landmarks=np.repeat(boxes[:, None, :2], 5, axis=1),
        **dict.fromkeys(CropMeasures._fields, np.ones(count, np.float32)),
        thumbnails=np.full((count, THUMBNAIL_PX, THUMBNAIL_PX, 3), 90, np.uint8),
        offsets=np.arange(count, dtype=np.int64),
        lengths=np.ones(count, np.int64),
    )
