"""The one state in which each row of a subject ends."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.alignment.requests import SubjectRequest, VideoRequest
from fer_data.core.frame_policy import reconcile
from fer_data.core.quality import redundant
from fer_data.core.rows import RowState
from fer_data.findings import Finding, Severity
from fer_data.params.align import QualityParams

__all__ = ["ChosenFaces", "Decoded", "states_of_faces", "states_without_faces"]

States = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Decoded:
    """How far a video could be decoded.

    Attributes:
        frames: number of frames.
        error: why decoding stopped early; null when it did not.
    """

    frames: int
    error: str | None


@dataclass(frozen=True, slots=True, eq=False)
class ChosenFaces:
    """What is known of the faces chosen for a subject's rows; rows without one hold zeros.

    Attributes:
        found: (n,) which rows have a face.
        eye_distances: (n,) in source px, NaN without landmarks.
        sharpness: (n,) of the base crop.
        thumbnails: (n, 16, 16, 3) of the face alone.
    """

    found: NDArray[np.bool_]
    eye_distances: NDArray[np.floating]
    sharpness: NDArray[np.floating]
    thumbnails: NDArray[np.uint8]


def states_without_faces(
    video: VideoRequest, subject: SubjectRequest, decoded: Decoded, tolerance_frames: int
) -> tuple[States, list[Finding]]:
    """Return the states that follow from the decoded frames alone, with an empty text where a face is wanted.

    After a decoding error the frames before it are sure and used, whatever their number. Where the organisers' crops
    stand in for the video, every frame may have a face.
    """
    states: States = np.full(len(subject.frames), "", object)
    missing = subject.frames >= decoded.frames
    findings: list[Finding] = []
    if not subject.needed.any():
        return np.full(len(states), str(RowState.UNLABELLED), object), []
    if video.path is None and subject.crops is None:
        states[:] = str(RowState.NO_VIDEO)
    elif decoded.error is not None:
        states[missing] = str(RowState.DECODE_ERROR)
    elif video.path is None:
        findings = _reconcile_crops(video, subject, tolerance_frames)
    else:
        states[missing] = str(RowState.NO_FRAME)
        findings = _reconcile(video, subject, decoded.frames, tolerance_frames)
    if any(finding.severity is Severity.ERROR for finding in findings):
        states[:] = str(RowState.QUARANTINED)
    states[~subject.needed] = str(RowState.UNLABELLED)
    return states, findings


def _reconcile(
    video: VideoRequest, subject: SubjectRequest, decoded_frames: int, tolerance_frames: int
) -> list[Finding]:
    lines = int(subject.frames[-1]) + 1
    result = reconcile(decoded_frames, lines, tolerance_frames, sparse=subject.sparse or subject.trusted)
    if result.rule is None or result.message is None:
        return []
    quarantined = result.quarantined and not subject.trusted
    severity = Severity.ERROR if quarantined else Severity.INFO
    if result.quarantined and subject.trusted:
        message = (
            f"{decoded_frames} decoded frames for {lines} test rows: those beyond the video end as no_frame."
        )
        return [_finding("frames-differ", Severity.WARNING, message, video=video, subject=subject)]
    return [_finding(result.rule, severity, result.message, video=video, subject=subject)]


def _reconcile_crops(video: VideoRequest, subject: SubjectRequest, tolerance_frames: int) -> list[Finding]:
    """Return a finding where crops that stand in for a video are numbered beyond the label lines.

    Fewer crops say nothing, because frames without a face have none.
    """
    lines = int(subject.frames[-1]) + 1
    spare = subject.crops.last + 1 - lines if subject.crops else 0
    if spare <= 0 or subject.sparse or subject.trusted:
        return []
    counts = f"source.crops numbers its pictures up to {lines + spare}, against {lines} label lines"
    if spare <= tolerance_frames:
        message = f"{counts}, within the tolerance of {tolerance_frames}: those beyond are left out."
        return [_finding("frames-differ", Severity.INFO, message, video=video, subject=subject)]
    message = (
        f"{counts}: they may differ by {tolerance_frames} (source.frame_policy.tolerance_frames). "
        "No row of the subject is used; check that crops and labels belong together and are complete."
    )
    return [_finding("frames-quarantined", Severity.ERROR, message, video=video, subject=subject)]


def _finding(
    rule: str, severity: Severity, message: str, *, video: VideoRequest, subject: SubjectRequest
) -> Finding:
    return Finding(rule, severity, message, subject_id=subject.subject_id, video_id=video.video_id)


def states_of_faces(
    states: States, subject: SubjectRequest, faces: ChosenFaces, quality: QualityParams
) -> States:
    """Return the final states: rows that want a face are kept, without a face, or too poor for training."""
    result = states.copy()
    open_rows = states == ""
    result[open_rows & faces.found] = str(RowState.KEPT)
    result[open_rows & ~faces.found] = str(RowState.NO_FACE)
    train = open_rows & faces.found & subject.train
    poor = train & (
        (faces.eye_distances < quality.min_eye_distance_px) | (faces.sharpness < quality.min_sharpness)
    )
    result[poor] = str(RowState.LOW_QUALITY)
    if quality.min_difference > 0:
        rows = np.flatnonzero(train & ~poor)
        marked = redundant(faces.thumbnails[rows], quality.min_difference)
        result[rows[marked]] = str(RowState.REDUNDANT)
    return result
