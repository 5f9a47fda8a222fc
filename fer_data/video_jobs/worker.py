"""Align one video: all that comes of it lies in one folder, so that a store can keep it and a run can go on."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from fer_data.assignment.assign import Assignments, decide, nobody
from fer_data.assignment.crop_fallback import log_crops, stands_in
from fer_data.assignment.embedding import embed_tracks, write_embedded
from fer_data.assignment.requests import VideoRequest
from fer_data.assignment.states import Decoded
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.core.labels.rows import row_id
from fer_data.detectors import Detector
from fer_data.errors import DatasetError
from fer_data.identity.network import IdentityNetwork
from fer_data.params.align import AlignParams, QualityParams
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.findings import Finding, Severity
from fer_data.tables.schemas import CROPS, write_table
from fer_data.tracking.face_store import Crops, FaceStore, FaceTable
from fer_data.tracking.thumbnails import assignment_sheet
from fer_data.video_jobs.columns import face_columns
from fer_data.video_jobs.crop_sheets import crop_sheet
from fer_data.video_jobs.crop_writing import write_crops, write_sheet
from fer_data.video_jobs.decisions import Decision, decision_findings, decision_of
from fer_data.video_jobs.gates import gate_counts, gate_findings, gate_sheet
from fer_data.video_jobs.media_findings import media_findings
from fer_data.video_jobs.observe import UNSEEN, Observation, observe
from fer_data.video_jobs.observed import open_observed
from fer_data.video_jobs.selection import SubjectRows, select_rows, with_damaged, without_faces

__all__ = [
    "CROP_SHEET_FILE",
    "GATE_SHEET_FILE",
    "PARTS",
    "PARTS_FILE",
    "SHEET_FILE",
    "VideoSummary",
    "align_video",
    "read_summary",
    "write_failure",
    "write_result",
]

PARTS_FILE = "rows.parquet"
SHEET_FILE = "assignment.jpg"
CROP_SHEET_FILE = "crops.jpg"
GATE_SHEET_FILE = "low_quality.jpg"
_SUMMARY_FILE = "summary.json"

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
        decisions: who was taken for each subject, and how sure that is.
        findings: what a person should know.
        low_quality: the training rows that each gate of `align.quality` took, by its name.
        doubtful_rows: of a shard of pictures: those that may be about another face.
    """

    video_id: str
    decoded_frames: int
    faces: int
    tracks: int
    error: str | None
    decisions: tuple[Decision, ...]
    findings: tuple[Finding, ...]
    low_quality: dict[str, int] = field(default_factory=dict)
    doubtful_rows: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What is known of a video before anybody is taken for anybody; `damaged` are crops that cannot be read."""

    observation: Observation
    faces: FaceTable
    crops: Crops
    damaged: Mapping[str, list[int]]


def align_video(
    request: VideoRequest,
    folder: Path,
    params: AlignParams,
    detector: Detector,
    *,
    rule: FrameRule,
    report: Callable[[int], None],
    observed: Path | None = None,
    identity: IdentityNetwork | None = None,
) -> VideoSummary:
    """Write the crops, row states, summary and pictures of one video into an empty folder, and return the summary.

    The organisers' crops of a subject settle who it is, and stand in for a missing video. What cannot be decoded gives
    rows in state `decode_error` and a finding. `observed` is a folder in which `observe_into` has kept what the video
    shows: it is not decoded then. `report` is called with the number of frames done since the last call. Of people who
    withdrew nothing is written: they count where tracks are told apart alone.

    Raises:
        DatasetError: what was kept of the video is damaged.
        DetectorError: the geometry needs landmarks and the detector gives none.
    """
    with _seen(request, folder, params, detector, report=report, observed=observed) as seen:
        kept = None if request.shared else folder
        faces, observation = _embedded(seen, kept, params, identity), seen.observation
        decided = decide(
            request, faces, seen.crops, width=observation.width, params=params, detector=detector
        )
        chosen = _select(request, decided, faces, observation, params=params, rule=rule)
        rows = [with_damaged(part, seen.damaged.get(part.subject.subject_id, [])) for part in chosen]
        decisions = [decision_of(request.video_id, part, decided, faces) for part in rows]
        rows = _sure(rows, decisions, params)
        _write_rows(folder, rows, faces, seen.crops, params=params)
    _write_images(folder, request, observation, faces, decided=decided, decisions=decisions)
    found = media_findings(request, observation.decoded, seen.damaged)
    findings = [*found, *_findings(rows, decisions, decided, params.quality)]
    summary = _summary(request, observation, faces, decisions=decisions, findings=findings)
    summary = replace(summary, low_quality=gate_counts(rows, params.quality))
    write_result(folder, [_part(part, faces, params) for part in rows], summary)
    return summary


def _sure(rows: list[SubjectRows], decisions: Sequence[Decision], params: AlignParams) -> list[SubjectRows]:
    """Return the rows, those of doubtful decisions without faces where `align.doubtful` says so."""
    if params.doubtful != "exclude":
        return rows
    pairs = zip(rows, decisions, strict=True)
    return [without_faces(part) if decision.doubtful else part for part, decision in pairs]


def _embedded(
    seen: _Seen, folder: Path | None, params: AlignParams, identity: IdentityNetwork | None
) -> FaceTable:
    """Return the faces, a few of each track embedded where there is a network.

    These stay in `folder` where they are to be kept, and none does without one.
    """
    times = seen.observation.pts_seconds
    faces = embed_tracks(seen.faces, seen.crops, params, identity, pts_seconds=times)
    if params.identity.keep and folder is not None:
        write_embedded(folder, faces)
    return faces


@contextmanager
def _seen(
    request: VideoRequest,
    folder: Path,
    params: AlignParams,
    detector: Detector,
    *,
    report: Callable[[int], None],
    observed: Path | None,
) -> Iterator[_Seen]:
    if observed is not None and not stands_in(request):
        with open_observed(observed) as (observation, faces, crops):
            yield _Seen(observation, faces, crops, {})
        return
    with closing(FaceStore(folder)) as log:
        damaged: Mapping[str, list[int]] = {}
        if stands_in(request):
            damaged, observation = log_crops(request, params, log, report=report), UNSEEN
        else:
            observation = observe(request, params, detector, log, report=report)
        yield _Seen(observation, log.table(), log, damaged)


def _findings(
    rows: Sequence[SubjectRows], decisions: Sequence[Decision], decided: Assignments, quality: QualityParams
) -> Iterator[Finding]:
    for part in rows:
        yield from part.findings
    for part, decision in zip(rows, decisions, strict=True):
        evidence = decided.evidence.get(decision.subject_id)
        yield from decision_findings(decision, evidence, placed=part.placed)
        yield from gate_findings(decision.video_id, part, quality)


def write_failure(request: VideoRequest, folder: Path, error: str, params: AlignParams) -> VideoSummary:
    """Write the result of a video whose worker died, with the rows in state `decode_error`, and return its summary."""
    with closing(FaceStore(folder)) as log:
        faces = log.table()
    seen = replace(UNSEEN, decoded=Decoded(0, error))
    decided = nobody(request, "not decoded")
    rows = _select(request, decided, faces, seen, params=params, rule=FrameRule(0, "end"))
    decisions = [decision_of(request.video_id, part, decided, faces) for part in rows]
    summary = _summary(
        request, seen, faces, decisions=decisions, findings=media_findings(request, seen.decoded, {})
    )
    write_result(folder, [_part(part, faces, params) for part in rows], summary)
    return summary


def read_summary(folder: Path) -> VideoSummary:
    """Return the summary that `align_video` wrote into a folder.

    Raises:
        DatasetError: there is none, or it is damaged.
    """
    try:
        value = json.loads((folder / _SUMMARY_FILE).read_text(encoding="utf-8"))
        findings = [Finding(**{**row, "severity": Severity(row["severity"])}) for row in value["findings"]]
        decisions = [Decision(**{**row, "track_ids": tuple(row["track_ids"])}) for row in value["decisions"]]
        return VideoSummary(**{**value, "decisions": tuple(decisions), "findings": tuple(findings)})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{folder / _SUMMARY_FILE} cannot be read: {error}. Run align again.") from error


def write_result(folder: Path, parts: list[pa.Table], summary: VideoSummary) -> None:
    """Write the states of rows (`PARTS`) and the summary of a video, or of a shard of pictures, into its folder."""
    write_table(folder / PARTS_FILE, parts, PARTS)
    write_json(folder / _SUMMARY_FILE, asdict(summary))


def _summary(
    request: VideoRequest,
    seen: Observation,
    faces: FaceTable,
    *,
    decisions: Sequence[Decision],
    findings: Sequence[Finding],
) -> VideoSummary:
    return VideoSummary(
        video_id=request.video_id,
        decoded_frames=seen.decoded.frames,
        faces=seen.faces,
        tracks=int((np.unique(faces.track_ids) >= 0).sum()),
        error=seen.decoded.error,
        decisions=tuple(decisions),
        findings=tuple(findings),
    )


def _part(rows: SubjectRows, faces: FaceTable, params: AlignParams) -> pa.Table:
    count = len(rows.states)
    return pa.table(
        {
            "subject_id": pa.array([rows.subject.subject_id] * count, pa.string()),
            "frame_index": pa.array(rows.subject.frames),
            "state": pa.array(rows.states.tolist(), pa.string()),
            **face_columns(faces, rows.faces, rows.pts_seconds, params),
        }
    )


def _write_rows(
    folder: Path, rows: Sequence[SubjectRows], faces: FaceTable, crops: Crops, *, params: AlignParams
) -> None:
    """Write the crops of every subject, and a picture of what the gates took."""
    for part in rows:
        series, frames = part.subject.series_id, part.subject.frames
        ids = pa.table(
            {"row_id": [row_id(series, frame) for frame in frames.tolist()], "frame_index": frames}
        )
        write_crops(folder, part, ids, faces=faces, crops=crops, params=params)
    write_sheet(folder / GATE_SHEET_FILE, gate_sheet(rows, faces, crops, params.quality))


def _write_images(
    folder: Path,
    request: VideoRequest,
    seen: Observation,
    faces: FaceTable,
    *,
    decided: Assignments,
    decisions: Sequence[Decision],
) -> None:
    """Write a picture of who was taken for whom where that was to be chosen or is doubtful, and one of the crops.

    Of a video in which somebody withdrew none is written: it would show that person.
    """
    if request.shared:
        return
    choices = decided.choices
    shown = len(choices) > 1 or any(d.side != "only" or d.doubtful for d in decisions)
    people = assignment_sheet(seen.snapshots, faces, choices, decided.sides(faces)) if shown else None
    write_sheet(folder / SHEET_FILE, people)
    write_sheet(folder / CROP_SHEET_FILE, crop_sheet(decisions, decided.evidence))


def _select(
    request: VideoRequest,
    decided: Assignments,
    faces: FaceTable,
    seen: Observation,
    *,
    params: AlignParams,
    rule: FrameRule,
) -> list[SubjectRows]:
    choices = decided.choices
    return [
        select_rows(
            request,
            subject,
            choices[subject.subject_id],
            faces,
            seen=seen,
            params=params,
            rule=rule,
            evidence=decided.evidence.get(subject.subject_id),
            by_hand=decided.by_hand.get(subject.subject_id),
        )
        for subject in request.shown
    ]
