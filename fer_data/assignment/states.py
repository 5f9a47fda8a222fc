"""The one state in which each row of a subject ends."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.core.arrays import Float32
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.core.frames.line_frames import Footage, LineFrames, frames_of_lines
from fer_data.core.labels.rows import RowState
from fer_data.core.vision.face_quality import failed_gates
from fer_data.core.vision.redundancy import redundant
from fer_data.media.frame_findings import line_findings
from fer_data.media.video import Damage
from fer_data.params.align import QualityParams
from fer_data.shell.files.findings import Finding, Severity

__all__ = ["ChosenFaces", "Decoded", "RowFrames", "states_of_faces", "states_without_faces"]

States = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """How far a video could be decoded.

    Attributes:
        frames: number of decoded frames.
        error: why decoding stopped early; null when it did not.
        footage: what the video shows; null: so many frames without a time.
        damage: what went wrong on the way.
    """

    frames: int
    error: str | None
    footage: Footage | None = None
    damage: Damage | None = None

    def shows(self) -> Footage:
        """Return what the video shows."""
        return self.footage or Footage(self.frames, ended=self.error is not None)


@dataclass(frozen=True, slots=True, eq=False)
class RowFrames:
    """Which frame each row of a subject belongs to.

    Attributes:
        states: (n,) what follows from the frames alone; an empty text where a face is wanted.
        slots: (n,) the frame of each row, -1 for none.
        placed: frames that are missing inside the video were given lines of their own.
        findings: about the numbers of frames and lines.
    """

    states: States
    slots: NDArray[np.int64]
    placed: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ChosenFaces:
    """What is known of the faces chosen for a subject's rows; rows without one hold zeros.

    Attributes:
        found: (n,) which rows have a face.
        measures: (n,) each, by name: `eye_distance_px` of the source, NaN without landmarks, and those of the crop.
        thumbnails: (n, 16, 16, 3) of the face alone.
        landmarks: (n, 5, 2) in source pixels, NaN without any.
    """

    found: NDArray[np.bool_]
    measures: Mapping[str, NDArray[np.floating]]
    thumbnails: NDArray[np.uint8]
    landmarks: Float32


def states_without_faces(
    video: VideoRequest,
    subject: SubjectRequest,
    decoded: Decoded,
    rule: FrameRule,
    *,
    crops_moved: bool = False,
) -> RowFrames:
    """Return the frames of a subject's rows, and the states that follow from them alone.

    Where the organisers' crops stand in for the video, every frame may have a face. `crops_moved` as in
    `core.line_frames.frames_of_lines`.
    """
    if video.path is None and decoded.error is None:
        return _without_video(video, subject, rule)
    lines = int(subject.frames[-1]) + 1
    listed = subject.sparse or subject.trusted
    found = frames_of_lines(decoded.shows(), lines, rule, listed=listed, crops_moved=crops_moved)
    states: States = np.full(len(subject.frames), "", object)
    states[found.slots[subject.frames] < 0] = str(RowState.NO_FRAME)
    states[found.damaged[subject.frames]] = str(RowState.DECODE_ERROR)
    if found.quarantined and not subject.trusted:
        states[:] = str(RowState.QUARANTINED)
    states[~subject.needed] = str(RowState.UNLABELLED)
    findings = _findings(video, subject, found) if subject.needed.any() else ()
    return RowFrames(states, found.slots[subject.frames], found.placed, findings)


def _findings(video: VideoRequest, subject: SubjectRequest, found: LineFrames) -> tuple[Finding, ...]:
    where = _finding("", Severity.INFO, "", video=video, subject=subject)
    return tuple(line_findings(found, trusted=subject.trusted, where=where))


def _without_video(video: VideoRequest, subject: SubjectRequest, rule: FrameRule) -> RowFrames:
    states: States = np.full(len(subject.frames), "", object)
    findings: list[Finding] = []
    if subject.crops is None:
        states[:] = str(RowState.NO_VIDEO)
    elif subject.needed.any():
        findings = _reconcile_crops(video, subject, rule.tolerance_frames)
        if any(finding.severity is Severity.ERROR for finding in findings):
            states[:] = str(RowState.QUARANTINED)
    states[~subject.needed] = str(RowState.UNLABELLED)
    return RowFrames(states, subject.frames.astype(np.int64), placed=False, findings=tuple(findings))


def _reconcile_crops(video: VideoRequest, subject: SubjectRequest, tolerance_frames: int) -> list[Finding]:
    """Return a finding where crops that stand in for a video are numbered beyond the label lines.

    Fewer crops say nothing, because frames without a face have none.
    """
    lines = int(subject.frames[-1]) + 1
    spare = subject.crops.last + 1 - lines if subject.crops else 0
    if spare <= 0 or subject.sparse or subject.trusted:
        return []
    counts = f"The folder of crops numbers its pictures up to {lines + spare}, against {lines} label lines"
    if spare <= tolerance_frames:
        message = f"{counts}, within the tolerance of {tolerance_frames}: those beyond are left out."
        return [_finding("frames-differ", Severity.INFO, message, video=video, subject=subject)]
    message = (
        f"{counts}: they may differ by {tolerance_frames} (frame_policy.tolerance_frames). "
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
    failed = failed_gates(faces.measures, quality.model_dump())
    poor = train & np.any([np.zeros_like(train), *failed.values()], axis=0)
    result[poor] = str(RowState.LOW_QUALITY)
    if quality.min_difference > 0:
        rows = np.flatnonzero(train & ~poor)
        labels = subject.labels.take(rows) if subject.labels is not None else None
        thumbnails, landmarks = faces.thumbnails[rows], faces.landmarks[rows]
        marked = redundant(thumbnails, quality.min_difference, labels=labels, landmarks=landmarks)
        result[rows[marked]] = str(RowState.REDUNDANT)
    return result
