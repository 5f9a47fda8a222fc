"""Embed a few faces of every track of a video: spread over the track, sharp, and of high detector score.

Embeddings are made from the base crops and held in memory alone. Where a track's descriptor steps, a face before and
one after are embedded as well, and a track that goes on with another person is split.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Image
from fer_data.core.tracks.identity import Embedded
from fer_data.core.tracks.leaps import WINDOW_FACES, suspects
from fer_data.core.vision.geometry import apply_matrix, eye_distance, similarity_matrix, warp_crop
from fer_data.identity.network import FACE_PX, IdentityNetwork
from fer_data.params.align import AlignParams
from fer_data.pictures.images import decode
from fer_data.tracking.face_store import Crops, FaceTable, descriptors_of
from fer_data.tracking.recorder import crop_matrix

__all__ = ["EMBEDDED_FILE", "embed_tracks", "write_embedded"]

EMBEDDED_FILE = "embedded.npz"

_FACES_OF_TRACK = 8
_MAX_FACES = 512
"""Of one video, those of the longest tracks: half a minute on one thread of a processor."""

_MAX_SUSPECTS = 32
"""Of one track: four faces are embedded for each."""

_OTHER = 0.7
"""Another face's likeness, as a share of that on either side: 0.2 on real clips, up to 0.69 on rendered ones."""

_MIN_SCORE = 0.6
_MIN_EYES_PX = 10.0
"""Smaller faces have similar embeddings whoever they show."""


def embed_tracks(
    faces: FaceTable,
    crops: Crops,
    params: AlignParams,
    network: IdentityNetwork | None,
    *,
    pts_seconds: NDArray[np.float64],
) -> FaceTable:
    """Return the table with up to 8 embedded faces of each track, or as it is without a network.

    Tracks of small, uncertain or uncropped faces have none. `pts_seconds` are those of the frames.
    """
    if network is None or not len(pts_seconds):
        return faces
    good = _good(faces)
    faces = _parted(faces, good, lambda index: network.embed(_face(index, faces, crops, params)))
    indices = _chosen(faces, good)
    vectors = np.array([network.embed(_face(index, faces, crops, params)) for index in indices], np.float32)
    tracks, seconds = faces.track_ids[indices], pts_seconds[faces.frames[indices]]
    found = {
        int(track): Embedded(seconds[tracks == track], vectors[tracks == track])
        for track in np.unique(tracks)
    }
    return replace(faces, embedded=found)


def write_embedded(folder: Path, faces: FaceTable) -> None:
    """Write the embeddings of a table into a folder: a row for each face, with its track and its time in seconds."""
    tracks = [np.full(len(one.seconds), track, np.int32) for track, one in faces.embedded.items()]
    np.savez(
        folder / EMBEDDED_FILE,
        track_ids=np.concatenate([*tracks, np.zeros(0, np.int32)]),
        seconds=np.concatenate([*(one.seconds for one in faces.embedded.values()), np.zeros(0)]),
        vectors=np.concatenate(
            [one.vectors for one in faces.embedded.values()] or [np.zeros((0, 0), np.float32)]
        ),
    )


def _good(faces: FaceTable) -> NDArray[np.bool_]:
    """Return which faces, (n,), are cropped, of high score and large enough to be embedded."""
    eyes = np.array([eye_distance(marks) for marks in faces.landmarks])
    return np.asarray((faces.lengths > 0) & (faces.scores >= _MIN_SCORE) & (eyes >= _MIN_EYES_PX), bool)


def _parted(faces: FaceTable, good: NDArray[np.bool_], embed: Callable[[int], Float32]) -> FaceTable:
    """Return the table with each track split where another person begins, the parts numbered after the others."""
    track_ids = faces.track_ids.copy()
    for track_id in np.unique(track_ids[track_ids >= 0]):
        own = np.flatnonzero(faces.track_ids == track_id)
        for begins in suspects(descriptors_of(faces.thumbnails, own))[:_MAX_SUSPECTS].tolist():
            before, after = own[max(0, begins - WINDOW_FACES) : begins], own[begins : begins + WINDOW_FACES]
            if _another(before[good[before]], after[good[after]], embed):
                track_ids[own[begins:]] = track_ids.max() + 1
    return replace(faces, track_ids=track_ids)


def _another(before: NDArray[np.intp], after: NDArray[np.intp], embed: Callable[[int], Float32]) -> bool:
    """Return whether faces after a step are far less similar to those before than to each other: another person's."""
    if min(len(before), len(after)) < 2:
        return False
    ends = [[embed(int(side[index])) for index in (0, -1)] for side in (before, after)]
    within = min(float(one @ two) for one, two in ends)
    across = max(float(one @ two) for one in ends[0] for two in ends[1])
    return across < _OTHER * within


def _chosen(faces: FaceTable, good: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the indices of the faces to embed, those of the longest tracks first."""
    tracks, counts = np.unique(faces.track_ids[good], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    found = [_spread(np.flatnonzero(good & (faces.track_ids == track)), faces) for track in tracks[order]]
    return np.concatenate([*found, np.zeros(0, np.intp)])[:_MAX_FACES]


def _spread(indices: NDArray[np.intp], faces: FaceTable) -> NDArray[np.intp]:
    """Return the sharpest face of each of 8 equal parts of a track."""
    parts = np.array_split(indices, _FACES_OF_TRACK)
    return np.array([part[np.argmax(faces.sharpness[part])] for part in parts if part.size], np.intp)


def _face(index: int, faces: FaceTable, crops: Crops, params: AlignParams) -> Image:
    """Return a face aligned to the networks' template, out of its base crop."""
    crop = decode(crops.crop(int(faces.offsets[index]), int(faces.lengths[index])))
    marks: Float32 = apply_matrix(
        crop_matrix(faces.boxes[index], faces.landmarks[index], params), faces.landmarks[index]
    ).astype(np.float32)
    return warp_crop(crop, similarity_matrix(marks, FACE_PX, 0.0), FACE_PX)
