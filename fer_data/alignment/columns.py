"""The face columns of our tables, from arrays."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fer_data.alignment.face_log import FaceTable
from fer_data.core.faces import Float32
from fer_data.tables import CROPS

__all__ = ["FACE_COLUMNS", "face_columns"]

FACE_COLUMNS = tuple(CROPS.names[3:])
"""The columns that tell of a face: its time, box, landmarks, score, track, sharpness and brightness."""


def face_columns(
    faces: FaceTable, chosen: NDArray[np.intp], pts_seconds: NDArray[np.float64]
) -> dict[str, pa.Array]:
    """Return the face columns of rows: `chosen` holds each row's place in the table, -1 for none.

    `pts_seconds` is each row's time, NaN for a row without a frame. Score and track are null where nobody was detected
    or tracked: a score that is NaN, a track below 0.
    """
    missing = chosen < 0
    places = np.where(missing, 0, chosen)

    def column(values: NDArray[Any]) -> NDArray[Any]:
        return values[places] if len(values) else np.zeros((len(places), *values.shape[1:]), values.dtype)

    scores, tracks = column(faces.scores), column(faces.track_ids)
    columns = {
        "pts_seconds": pa.array(pts_seconds, pa.float64(), mask=np.isnan(pts_seconds)),
        "box": _lists(column(faces.boxes), missing),
        "landmarks": _points(column(faces.landmarks), missing),
        "detector_score": pa.array(scores, pa.float32(), mask=missing | np.isnan(scores)),
        "track_id": pa.array(tracks, pa.int32(), mask=missing | (tracks < 0)),
        "sharpness": pa.array(column(faces.sharpness), pa.float32(), mask=missing),
        "brightness": pa.array(column(faces.brightness), pa.float32(), mask=missing),
    }
    return {name: columns[name] for name in FACE_COLUMNS}


def _lists(values: Float32, missing: NDArray[np.bool_]) -> pa.Array:
    flat = pa.array(values.reshape(-1), pa.float32())
    return pa.FixedSizeListArray.from_arrays(flat, values.shape[1], mask=pa.array(missing))


def _points(values: Float32, missing: NDArray[np.bool_]) -> pa.Array:
    flat = pa.array(values.reshape(-1), pa.float32())
    pairs = pa.FixedSizeListArray.from_arrays(flat, 2)
    absent = missing | np.isnan(values).any((1, 2))
    return pa.FixedSizeListArray.from_arrays(pairs, 5, mask=pa.array(absent))
