"""Outliers in a person's tracks: faces that show somebody else, as where a track switches people at a crossing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.core.tracks.appearance import appearance_descriptors, descriptor_distance
from fer_data.tracking.face_store import FaceTable

__all__ = ["without_identity_outliers"]

_CLEARLY = 3.0
"""A face is somebody else's if its descriptor is this many times closer to theirs; turned heads reach 2."""
_MIN_FACES = 5
_BATCH_FACES = 512


def without_identity_outliers(
    faces: FaceTable, indices: NDArray[np.intp], track_ids: Sequence[int]
) -> NDArray[np.intp]:
    """Return the indices, (n,), of faces that do not show somebody else who was seen beside the person.

    `track_ids` are the person's. Others are the tracks of at least five faces that share a frame with one of them.
    """
    own = np.isin(faces.track_ids, track_ids)
    others = _beside(faces, own)
    if not len(others) or not len(indices):
        return indices
    person = faces.descriptor(np.flatnonzero(own))
    rivals = np.stack([faces.descriptor(np.flatnonzero(faces.track_ids == track)) for track in others])
    parts = [indices[start : start + _BATCH_FACES] for start in range(0, len(indices), _BATCH_FACES)]
    return np.concatenate(
        [part[~_others(appearance_descriptors(faces.thumbnails[part]), person, rivals)] for part in parts]
    )


def _beside(faces: FaceTable, own: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the tracks, not the person's, that are long enough and share a frame with the person."""
    shared = ~own & np.isin(faces.frames, faces.frames[own])
    tracks, counts = np.unique(faces.track_ids[~own], return_counts=True)
    return tracks[(counts >= _MIN_FACES) & np.isin(tracks, faces.track_ids[shared])]


def _others(shown: Float32, person: Float32, rivals: Float32) -> NDArray[np.bool_]:
    nearest = descriptor_distance(shown[:, None], rivals[None]).min(1)
    return np.asarray(descriptor_distance(shown, person[None]) > _CLEARLY * nearest, bool)
