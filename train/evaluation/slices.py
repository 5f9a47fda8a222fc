"""The rows in each slice by a property of the picture, alike for every task."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fer_data.core.arrays import Float64, Mask
from fer_data.core.metrics.slices import (
    eye_distance,
    name_slices,
    quantile_slices,
    threshold_slices,
    yaw_degrees,
)
from fer_data.params.evaluate import EvaluateParams

__all__ = ["face_slices"]


def face_slices(faces: pa.Table, params: EvaluateParams) -> dict[str, dict[str, Mask]]:
    """Return the rows in each slice by eye distance, sharpness, brightness, yaw and side.

    Args:
        faces: `FACE_ROWS`; values are null without a face.
        params: number of quantiles, edges of the yaw.
    """
    landmarks = _landmarks(faces)
    count = params.slice_quantiles
    return {
        "eye distance (source px)": quantile_slices(eye_distance(landmarks), count),
        "sharpness (variance of the Laplacian)": quantile_slices(_floats(faces, "sharpness"), count),
        "brightness (grey value)": quantile_slices(_floats(faces, "brightness"), count),
        "yaw (degrees)": threshold_slices(yaw_degrees(landmarks), params.yaw_edges_degrees),
        "side": name_slices(faces["side"].to_pylist()),
    }


def _floats(faces: pa.Table, name: str) -> Float64:
    return np.asarray(faces[name].to_numpy(zero_copy_only=False), np.float64)


def _landmarks(faces: pa.Table) -> NDArray[np.float32]:
    """Return landmarks (n, 5, 2), NaN where there is no face."""
    found = faces["landmarks"].combine_chunks()
    landmarks = np.full((len(found), 5, 2), np.nan, np.float32)
    known = found.is_valid().to_numpy(zero_copy_only=False)
    values = found.drop_null().flatten().flatten().to_numpy(zero_copy_only=False)
    landmarks[known] = values.reshape(-1, 5, 2)
    return landmarks
