"""Align one video: all that comes of it lies in one folder, so that a store can keep it and a run can go on."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from fer_data.alignment.columns import face_columns
from fer_data.alignment.face_log import FaceLog, FaceTable
from fer_data.alignment.observe import Observation, observe
from fer_data.alignment.requests import SubjectRequest, VideoRequest
from fer_data.alignment.selection import SubjectRows, select_rows
from fer_data.alignment.sheets import Snapshots, assignment_sheet
from fer_data.alignment.states import Decoded
from fer_data.core.assignment import DOUBTFUL_MARGIN, Choice, assign
from fer_data.core.rows import row_id
from fer_data.detectors import Detector
from fer_data.errors import DatasetError
from fer_data.files import write_json
from fer_data.findings import Finding, Severity
from fer_data.params.align import AlignParams
from fer_data.tables import CROPS, write_arrow, write_table

__all__ = [
    "PARTS",
    "PARTS_FILE",
    "SHEET_FILE",
    "VideoSummary",
    "align_video",
    "read_summary",
    "write_failure",
]

PARTS_FILE = "rows.parquet"
SHEET_FILE = "assignment.jpg"
_SUMMARY_FILE = "summary.json"
_BATCH_ROWS = 512

PARTS = pa.schema(
    [
        pa.field("subject_id", pa.string(), nullable=False),
        pa.field("frame_index", pa.int32(), nullable=False),
        pa.field("state", pa.string(), nullable=False),
        *list(CROPS)[3:],
    ]
)
"""`rows.parquet` of one video: the states and faces of its subjects' rows, subject by subject."""


@dataclass(frozen=True, slots=True)
class VideoSummary:
    """What became of one video.

    Attributes:
        video_id: the video.
        decoded_frames: number of frames that could be decoded.
        faces: found in them.
        tracks: that these faces were joined into.
        error: why decoding stopped early; null when it did not.
        margins: by subject_id, how sure the choice of the person is, in [0, 1]; nothing where nobody was chosen.
        findings: what a person should know.
    """

    video_id: str
    decoded_frames: int
    faces: int
    tracks: int
    error: str | None
    margins: Mapping[str, float]
    findings: tuple[Finding, ...]


def align_video(
    request: VideoRequest,
    folder: Path,
    params: AlignParams,
    detector: Detector,
    *,
    tolerance_frames: int,
    report: Callable[[int], None],
) -> VideoSummary:
    """Write the crops, row states, summary and picture of one video into an empty folder, and return the summary.

    A video that cannot be decoded, or only in part, gives rows in state `decode_error` and a finding. `report` is
    called with the number of frames done since the last call.

    Raises:
        DetectorError: the geometry needs landmarks and the detector gives none.
    """
    with closing(FaceLog(folder)) as log:
        seen = observe(request, params, detector, log, report=report)
        faces = log.table()
        choices = assign(faces.track_summaries(), [s.side for s in request.subjects], max(1, seen.width))
        decided = [
            select_rows(
                request, subject, choice, faces, seen=seen, params=params, tolerance_frames=tolerance_frames
            )
            for subject, choice in zip(request.subjects, choices, strict=True)
        ]
        for rows in decided:
            _write_crops(folder, rows, faces, log)
    by_subject = dict(zip((s.subject_id for s in request.subjects), choices, strict=True))
    _write_sheet(folder, seen.snapshots, faces, by_subject)
    findings = _undecodable(request, seen.decoded) + [f for rows in decided for f in rows.findings]
    findings += [f for rows in decided for f in _doubts(request, rows, by_subject[rows.subject.subject_id])]
    summary = _summary(request, seen, faces, choices=by_subject, findings=findings)
    _write_result(folder, [_part(rows, faces) for rows in decided], summary)
    return summary


def write_failure(request: VideoRequest, folder: Path, error: str, params: AlignParams) -> VideoSummary:
    """Write the result of a video whose worker died, with the rows in state `decode_error`, and return its summary."""
    with closing(FaceLog(folder)) as log:
        faces = log.table()
    seen = Observation(Decoded(0, error), np.zeros(0), 0, 0, Snapshots(0))
    nobody = {s.subject_id: Choice(s.side, (), 0.0, "not decoded") for s in request.subjects}
    decided = [
        select_rows(
            request, subject, nobody[subject.subject_id], faces, seen=seen, params=params, tolerance_frames=0
        )
        for subject in request.subjects
    ]
    summary = _summary(request, seen, faces, choices=nobody, findings=_undecodable(request, seen.decoded))
    _write_result(folder, [_part(rows, faces) for rows in decided], summary)
    return summary


def read_summary(folder: Path) -> VideoSummary:
    """Return the summary that `align_video` wrote into a folder.

    Raises:
        DatasetError: there is none, or it is damaged.
    """
    try:
        value = json.loads((folder / _SUMMARY_FILE).read_text(encoding="utf-8"))
        findings = [Finding(**{**row, "severity": Severity(row["severity"])}) for row in value["findings"]]
        return VideoSummary(**{**value, "findings": tuple(findings)})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{folder / _SUMMARY_FILE} cannot be read: {error}. Run align again.") from error


def _write_result(folder: Path, parts: list[pa.Table], summary: VideoSummary) -> None:
    write_table(folder / PARTS_FILE, parts, PARTS)
    write_json(folder / _SUMMARY_FILE, asdict(summary))


def _summary(
    request: VideoRequest,
    seen: Observation,
    faces: FaceTable,
    *,
    choices: Mapping[str, Choice],
    findings: list[Finding],
) -> VideoSummary:
    return VideoSummary(
        video_id=request.video_id,
        decoded_frames=seen.decoded.frames,
        faces=seen.faces,
        tracks=len(np.unique(faces.track_ids)),
        error=seen.decoded.error,
        margins={name: round(choice.margin, 4) for name, choice in choices.items() if choice.track_ids},
        findings=tuple(findings),
    )


def _part(rows: SubjectRows, faces: FaceTable) -> pa.Table:
    count = len(rows.states)
    return pa.table(
        {
            "subject_id": pa.array([rows.subject.subject_id] * count, pa.string()),
            "frame_index": pa.array(rows.subject.frames),
            "state": pa.array(rows.states.tolist(), pa.string()),
            **face_columns(faces, rows.faces, rows.pts_seconds),
        }
    )


def _write_crops(folder: Path, rows: SubjectRows, faces: FaceTable, log: FaceLog) -> None:
    """Write a subject's crops, if it has any, a few hundred in memory at a time."""
    cropped = np.flatnonzero(rows.cropped)
    if not cropped.size:
        return

    def batches() -> Iterator[pa.Table]:
        for start in range(0, len(cropped), _BATCH_ROWS):
            part = cropped[start : start + _BATCH_ROWS]
            places, frames = rows.faces[part], rows.subject.frames[part]
            yield pa.table(
                {
                    "row_id": [row_id(rows.subject.subject_id, int(frame)) for frame in frames],
                    "frame_index": pa.array(frames),
                    "image": [log.crop(int(faces.offsets[p]), int(faces.lengths[p])) for p in places],
                    **face_columns(faces, places, rows.pts_seconds[part]),
                }
            )

    write_arrow(folder / f"{rows.subject.subject_id}.arrow", batches(), CROPS)


def _write_sheet(folder: Path, snapshots: Snapshots, faces: FaceTable, choices: Mapping[str, Choice]) -> None:
    sheet = assignment_sheet(snapshots, faces, choices)
    if sheet is not None:
        (folder / SHEET_FILE).write_bytes(sheet)


def _undecodable(request: VideoRequest, decoded: Decoded) -> list[Finding]:
    if request.path is None:
        message = "The corpus has no file for this video: its rows end as no_video."
        return [Finding("no-video", Severity.WARNING, message, video_id=request.video_id)]
    if decoded.error is None:
        return []
    message = f"{decoded.error} Frames from there on end as decode_error; replace the file if you can."
    return [Finding("decode-error", Severity.ERROR, message, video_id=request.video_id)]


def _doubts(request: VideoRequest, rows: SubjectRows, choice: Choice) -> list[Finding]:
    """Return a finding where a face was wanted and the choice of the person is doubtful, or nobody was found."""
    subject: SubjectRequest = rows.subject
    wanted = np.isin(rows.states, ["kept", "no_face", "low_quality", "redundant"])
    if not wanted.any() or (choice.track_ids and choice.margin >= DOUBTFUL_MARGIN):
        return []
    if choice.track_ids:
        rule, what = "doubtful-assignment", f"margin {choice.margin:.2f} is below {DOUBTFUL_MARGIN}"
    else:
        rule, what = "nobody-assigned", "no face was taken for this person"
    message = f"{what} ({choice.reason}). Look at the picture of this video in reports/assignment."
    return [
        Finding(rule, Severity.WARNING, message, subject_id=subject.subject_id, video_id=request.video_id)
    ]
