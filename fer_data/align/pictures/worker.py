"""Align one shard of pictures: all that comes of it lies in one folder, so that a store can keep it.

A picture is looked at on its own: searched in full, then each face again in its region, as a frame after a cut is.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from fer_data.align.pictures.finding import Looked, look
from fer_data.align.pictures.shards import PictureRecipe, Shard
from fer_data.assignment.requests import SubjectRequest
from fer_data.assignment.states import states_of_faces
from fer_data.core.labels.rows import RowState
from fer_data.detectors import Detector
from fer_data.params.align import AlignParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.tracking.face_finder import OpenFaceFinder, open_face_finder
from fer_data.tracking.face_store import FaceStore, FaceTable
from fer_data.video_jobs.columns import face_columns
from fer_data.video_jobs.crop_writing import write_crops, write_sheet
from fer_data.video_jobs.gates import gate_counts, gate_findings, gate_sheet
from fer_data.video_jobs.selection import SubjectRows, chosen_faces, without_faces
from fer_data.video_jobs.worker import GATE_SHEET_FILE, SHEET_FILE, VideoSummary, write_result

__all__ = ["align_shard", "write_lost_shard"]


def align_shard(
    shard: Shard,
    folder: Path,
    recipe: PictureRecipe,
    detector: Detector | None,
    *,
    report: Callable[[int], None],
    open_finder: OpenFaceFinder = open_face_finder,
) -> VideoSummary:
    """Write the crops, row states, summary and pictures of doubt of a shard into an empty folder.

    Without a detector pictures are crops that were given, and are taken as they are. A picture that cannot be decoded
    gives rows in state `decode_error`. `report` is called with the number of rows done since the last call.

    Raises:
        DetectorError: the geometry needs landmarks and the detector gives none.
    """
    params = recipe.params
    with closing(FaceStore(folder)) as log:
        looked = look(shard, recipe, detector, log, report=report, open_finder=open_finder)
        table = log.unsplit()
        rows = _decided(shard, looked, table, params)
        hashes = looked.hashes(rows.faces)
        ids = shard.rows.select(["row_id", "frame_index"])
        write_crops(folder, rows, ids, faces=table, crops=log, params=params, hashes=hashes)
        write_sheet(folder / GATE_SHEET_FILE, gate_sheet([rows], table, log, params.quality))
    write_sheet(folder / SHEET_FILE, looked.sheet.encoded())
    summary = _summary(shard, looked, rows, params)
    write_result(folder, [_part(shard, rows, table, params, hashes=hashes)], summary)
    return summary


def _summary(shard: Shard, looked: Looked, rows: SubjectRows, params: AlignParams) -> VideoSummary:
    return VideoSummary(
        video_id=shard.series_id,
        decoded_frames=looked.decoded,
        faces=looked.detected,
        tracks=0,
        error=None,
        decisions=(),
        findings=tuple(_findings(shard, looked, rows, params)),
        low_quality=gate_counts([rows], params.quality),
        doubtful_rows=int(looked.doubtful.sum()),
    )


def write_lost_shard(shard: Shard, folder: Path, recipe: PictureRecipe) -> None:
    """Write the result of a shard whose worker died twice: what needs a face ends as `decode_error`."""
    with closing(FaceStore(folder)) as log:
        table = log.unsplit()
    needed = shard.rows["needed"].to_numpy()
    states = np.where(needed, str(RowState.DECODE_ERROR), str(RowState.UNLABELLED)).astype(object)
    states[np.asarray(shard.rows["withdrawn"].to_numpy(), np.bool_)] = str(RowState.WITHDRAWN)
    looked = Looked(states, np.full(len(shard), -1, np.intp), np.zeros(len(shard), np.bool_))
    rows = _decided(shard, looked, table, recipe.params)
    message = (
        f"{int(needed.sum()):,} rows end as decode_error: the worker process died twice. Run `align` again with fewer "
        "workers, or find the picture that does it."
    )
    finding = Finding("worker-died", Severity.ERROR, message, video_id=shard.series_id)
    summary = VideoSummary(shard.series_id, 0, 0, 0, message, (), (finding,))
    write_result(
        folder, [_part(shard, rows, table, recipe.params, hashes=looked.hashes(rows.faces))], summary
    )


def _decided(shard: Shard, looked: Looked, faces: FaceTable, params: AlignParams) -> SubjectRows:
    """Return the final states: pictures stand alone, so that none is redundant."""
    needed, train = (np.asarray(shard.rows[name].to_numpy(), np.bool_) for name in ("needed", "train"))
    numbers = np.arange(len(shard), dtype=np.int32)
    request = SubjectRequest(
        shard.series_id, shard.series_id, "only", numbers, needed, train, sparse=True, trusted=False
    )
    known = chosen_faces(faces, looked.faces)
    quality = params.quality.model_copy(update={"min_difference": 0.0})
    states = states_of_faces(looked.states, request, known, quality)
    times = np.full(len(shard), np.nan)
    slots = np.zeros(len(shard), np.int64)
    rows = SubjectRows(request, states, looked.faces, times, (), False, slots, known.measures)
    return without_faces(rows, looked.doubtful) if params.doubtful == "exclude" else rows


def _findings(shard: Shard, looked: Looked, rows: SubjectRows, params: AlignParams) -> Iterator[Finding]:
    series = shard.series_id
    for finding in looked.oddities.findings():
        yield replace(finding, line=None, subject_id=None, video_id=series)
    paths = shard.rows["path"]
    without = np.flatnonzero(rows.states == RowState.NO_FACE)
    if without.size:
        message = (
            f"No face was found for {without.size:,} of {len(shard):,} rows, here first; they end as no_face."
        )
        yield Finding(
            "picture-without-face", Severity.INFO, message, paths[int(without[0])].as_py(), video_id=series
        )
    doubtful = np.flatnonzero(looked.doubtful)
    if doubtful.size:
        ends = (
            "they end as no_face"
            if params.doubtful == "exclude"
            else "align.doubtful: exclude leaves them out"
        )
        message = (
            f"{doubtful.size:,} of {len(shard):,} rows may be about another face than the one taken, here first: "
            f"{ends}. Look at reports/assignment/NAME/{series}.jpg."
        )
        yield Finding(
            "face-doubtful", Severity.WARNING, message, paths[int(doubtful[0])].as_py(), video_id=series
        )
    for finding in gate_findings(series, rows, params.quality):
        first = paths[int(np.flatnonzero(rows.states == RowState.LOW_QUALITY)[0])].as_py()
        yield replace(finding, file=first, line=None, subject_id=None, video_id=series)


def _part(
    shard: Shard, rows: SubjectRows, faces: FaceTable, params: AlignParams, *, hashes: pa.Array
) -> pa.Table:
    return pa.table(
        {
            "subject_id": shard.rows["subject_id"],
            "frame_index": shard.rows["frame_index"],
            "state": pa.array(rows.states.tolist(), pa.string()),
            **face_columns(faces, rows.faces, rows.pts_seconds, params, hashes=hashes),
        }
    )
