"""The face columns of our tables, from arrays."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.core.vision.face_quality import CropMeasures
from fer_data.core.vision.geometry import reduction_of
from fer_data.params.align import AlignParams
from fer_data.tables.schemas import CROPS
from fer_data.tracking.face_store import FaceTable
from fer_data.tracking.recorder import crop_matrix

__all__ = ["FACE_COLUMNS", "face_columns"]

FACE_COLUMNS = tuple(CROPS.names[3:])
"""The columns that tell of a face: its time, box, landmarks, score, track, measures, native side and hash."""


def face_columns(
    faces: FaceTable,
    chosen: NDArray[np.intp],
    pts_seconds: NDArray[np.float64],
    params: AlignParams,
    *,
    hashes: pa.Array | None = None,
) -> dict[str, pa.Array]:
    """Return the face columns of rows: `chosen` holds the index of each row's face in the table, -1 for none.

    `pts_seconds` is each row's time, NaN for a row without a frame. Score and track are null where nobody was detected
    or tracked: a score that is NaN, a track below 0. `native_px` is the side that the crop has in source pixels, or in
    those of the given picture that it was made of. `hashes` are the perceptual hashes of the rows' crops; frames of
    videos have none.
    """
    missing = chosen < 0
    indices = np.where(missing, 0, chosen)

    def column(values: NDArray[Any]) -> NDArray[Any]:
        return values[indices] if len(values) else np.zeros((len(indices), *values.shape[1:]), values.dtype)

    scores, tracks = column(faces.scores), column(faces.track_ids)
    columns = {
        "pts_seconds": pa.array(pts_seconds, pa.float64(), mask=np.isnan(pts_seconds)),
        "box": _lists(column(faces.boxes), missing),
        "landmarks": _points(column(faces.landmarks), missing),
        "detector_score": pa.array(scores, pa.float32(), mask=missing | np.isnan(scores)),
        "track_id": pa.array(tracks, pa.int32(), mask=missing | (tracks < 0)),
        **{name: _measures(column(getattr(faces, name)), missing) for name in CropMeasures._fields},
        "native_px": pa.array(_native_sides(faces, chosen, params), pa.int32(), mask=missing),
        "perceptual_hash": pa.nulls(len(chosen), pa.int64()) if hashes is None else hashes,
    }
    return {name: columns[name] for name in FACE_COLUMNS}


def _native_sides(faces: FaceTable, chosen: NDArray[np.intp], params: AlignParams) -> NDArray[np.int32]:
    """Return the side in source px of what the crops of some faces show; 0 where the index is -1."""
    sides = np.zeros(len(chosen), np.int32)
    for row in np.flatnonzero(chosen >= 0):
        box, marks = faces.boxes[chosen[row]], faces.landmarks[chosen[row]]
        if np.isnan(faces.scores[chosen[row]]):  # nobody was detected: the box is the whole given picture
            sides[row] = (box[2:] - box[:2]).max()
        else:
            reduction = reduction_of(crop_matrix(box, marks, params))
            sides[row] = max(1, round(params.size * reduction))
    return sides


def _measures(values: Float32, missing: NDArray[np.bool_]) -> pa.Array:
    return pa.array(values, pa.float32(), mask=missing | np.isnan(values))


def _lists(values: Float32, missing: NDArray[np.bool_]) -> pa.Array:
    flat = pa.array(values.reshape(-1), pa.float32())
    return pa.FixedSizeListArray.from_arrays(flat, values.shape[1], mask=pa.array(missing))


def _points(values: Float32, missing: NDArray[np.bool_]) -> pa.Array:
    flat = pa.array(values.reshape(-1), pa.float32())
    pairs = pa.FixedSizeListArray.from_arrays(flat, 2)
    absent = missing | np.isnan(values).any((1, 2))
    return pa.FixedSizeListArray.from_arrays(pairs, 5, mask=pa.array(absent))
