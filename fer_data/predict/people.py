"""Who goes on as whom in a source: tracks are joined over cuts and gaps by the rules of `align`."""

import numpy as np
from numpy.typing import NDArray

from fer_data.core.tracks.linking import join_tracks
from fer_data.tracking.face_store import FaceTable

__all__ = ["person_ids"]


def person_ids(faces: FaceTable) -> NDArray[np.int64]:
    """Return the number of each face's person, shape (n,), from 0 as they are first seen, from left to right.

    Tracks of one person share a number where `core.people.join_tracks` joins them; faces of one frame never do.
    """
    if not len(faces.frames):
        return np.zeros(0, np.int64)
    joined = faces.track_ids.astype(np.int64)
    if faces.frames[0] < faces.frames[-1]:
        for person in join_tracks(faces.track_summaries()):
            joined[np.isin(faces.track_ids, person.track_ids)] = person.track_ids[0]
    _, first, index = np.unique(joined, return_index=True, return_inverse=True)
    number = np.empty(len(first), np.int64)
    number[np.lexsort((faces.boxes[first, 0], faces.frames[first]))] = np.arange(len(first))
    return np.asarray(number[index], np.int64)
