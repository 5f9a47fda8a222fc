"""Write the crops of a series, and the pictures beside them that a person looks at."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from fer_data.params.align import AlignParams
from fer_data.tables.schemas import CROPS, write_arrow
from fer_data.tracking.face_store import Crops, FaceTable
from fer_data.video_jobs.columns import face_columns
from fer_data.video_jobs.selection import SubjectRows

__all__ = ["write_crops", "write_sheet"]

_BATCH_ROWS = 512


def write_crops(
    folder: Path,
    rows: SubjectRows,
    ids: pa.Table,
    *,
    faces: FaceTable,
    crops: Crops,
    params: AlignParams,
    hashes: pa.Array | None = None,
) -> None:
    """Write `<series_id>.arrow` of a series' crops, if it has any, a few hundred in memory at a time.

    `ids` holds `row_id` and `frame_index` of every row; `hashes` are the perceptual hashes of their crops.
    """
    cropped = np.flatnonzero(rows.cropped)
    if not cropped.size:
        return

    def batches() -> Iterator[pa.Table]:
        for start in range(0, len(cropped), _BATCH_ROWS):
            part = cropped[start : start + _BATCH_ROWS]
            own, indices = ids.take(pa.array(part)), rows.faces[part]
            hashed = None if hashes is None else hashes.take(pa.array(part))
            yield pa.table(
                {
                    "row_id": own["row_id"],
                    "frame_index": own["frame_index"],
                    "image": [crops.crop(int(faces.offsets[p]), int(faces.lengths[p])) for p in indices],
                    **face_columns(faces, indices, rows.pts_seconds[part], params, hashes=hashed),
                }
            )

    write_arrow(folder / f"{rows.subject.series_id}.arrow", batches(), CROPS)


def write_sheet(path: Path, sheet: bytes | None) -> None:
    """Write a picture, if there is one."""
    if sheet is not None:
        path.write_bytes(sheet)
