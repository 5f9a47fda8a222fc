"""Embed a few faces of every track of a video: spread over the track, sharp, and surely faces.

They are made from the base crops and held in memory alone.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_data.alignment.face_log import Crops, FaceTable
from fer_data.alignment.scribe import crop_matrix
from fer_data.core.faces import Float32, Image
from fer_data.core.geometry import apply_matrix, eye_distance, similarity_matrix, warp_crop
from fer_data.core.identity import Embedded
from fer_data.identity_network import FACE_PX, IdentityNetwork
from fer_data.images import decode
from fer_data.params.align import AlignParams

__all__ = ["EMBEDDED_FILE", "embed_tracks", "write_embedded"]

EMBEDDED_FILE = "embedded.npz"

_FACES_OF_TRACK = 8
_MAX_FACES = 512
"""Of one video, those of the longest tracks: half a minute on one thread of a processor."""

_MIN_SCORE = 0.6
_MIN_EYES_PX = 10.0
"""Smaller faces look alike to every network of this kind."""


def embed_tracks(
    faces: FaceTable,
    crops: Crops,
    params: AlignParams,
    network: IdentityNetwork | None,
    *,
    pts_seconds: NDArray[np.float64],
) -> FaceTable:
    """Return the table with up to 8 embedded faces of each track, or as it is without a network.

    Tracks of small, unsure or uncropped faces have none. `pts_seconds` are those of the frames.
    """
    if network is None or not len(pts_seconds):
        return faces
    places = _chosen(faces)
    vectors = np.array([network.embed(_face(place, faces, crops, params)) for place in places], np.float32)
    tracks, seconds = faces.track_ids[places], pts_seconds[faces.frames[places]]
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


def _chosen(faces: FaceTable) -> NDArray[np.intp]:
    """Return the places of the faces to embed, those of the longest tracks first."""
    eyes = np.array([eye_distance(marks) for marks in faces.landmarks])
    good = (faces.lengths > 0) & (faces.scores >= _MIN_SCORE) & (eyes >= _MIN_EYES_PX)
    tracks, counts = np.unique(faces.track_ids[good], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    found = [_spread(np.flatnonzero(good & (faces.track_ids == track)), faces) for track in tracks[order]]
    return np.concatenate([*found, np.zeros(0, np.intp)])[:_MAX_FACES]


def _spread(places: NDArray[np.intp], faces: FaceTable) -> NDArray[np.intp]:
    """Return the sharpest face of each of 8 equal parts of a track."""
    parts = np.array_split(places, _FACES_OF_TRACK)
    return np.array([part[np.argmax(faces.sharpness[part])] for part in parts if part.size], np.intp)


def _face(place: int, faces: FaceTable, crops: Crops, params: AlignParams) -> Image:
    """Return a face where the networks' template has it, out of its base crop."""
    crop = decode(crops.crop(int(faces.offsets[place]), int(faces.lengths[place])))
    marks: Float32 = apply_matrix(
        crop_matrix(faces.boxes[place], faces.landmarks[place], params), faces.landmarks[place]
    ).astype(np.float32)
    return warp_crop(crop, similarity_matrix(marks, FACE_PX, 0.0), FACE_PX)
