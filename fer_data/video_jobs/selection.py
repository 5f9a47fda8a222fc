"""From a decision on tracks to one state and at most one face for each row of a subject."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fer_data.assignment.by_hand import ByHand
from fer_data.assignment.identity_outliers import without_identity_outliers
from fer_data.assignment.reference_crops import Evidence, crops_moved
from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.assignment.states import ChosenFaces, States, states_of_faces, states_without_faces
from fer_data.core.arrays import Mask
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.core.labels.rows import RowState
from fer_data.core.tracks.appearance import face_part
from fer_data.core.tracks.assignment import TrackChoice
from fer_data.core.vision.face_quality import CropMeasures
from fer_data.params.align import AlignParams
from fer_data.shell.files.findings import Finding
from fer_data.tracking.face_store import FaceTable
from fer_data.video_jobs.observe import Observation

__all__ = ["SubjectRows", "chosen_faces", "select_rows", "with_damaged", "without_faces"]

_OF_FACES = [str(state) for state in (RowState.KEPT, RowState.LOW_QUALITY, RowState.REDUNDANT)]


@dataclass(frozen=True, slots=True, eq=False)
class SubjectRows:
    """The rows of one subject, decided.

    Attributes:
        subject: the request.
        states: (n,) final states.
        faces: (n,) index of each row's face in the video's table of faces, -1 for none.
        pts_seconds: (n,), NaN without a frame.
        findings: about the numbers of frames and lines.
        placed: frames that are missing inside the video were given lines of their own.
        slots: (n,) the decoded frame of each row, -1 for none.
        measures: (n,) each, by name: what the gates of `align.quality` look at.
    """

    subject: SubjectRequest
    states: States
    faces: NDArray[np.intp]
    pts_seconds: NDArray[np.float64]
    findings: tuple[Finding, ...]
    placed: bool
    slots: NDArray[np.int64]
    measures: Mapping[str, NDArray[np.floating]] = field(default_factory=dict)

    @property
    def cropped(self) -> NDArray[np.bool_]:
        """Return which rows get a crop."""
        return (self.faces >= 0) & np.isin(self.states, [str(RowState.KEPT), str(RowState.UNLABELLED)])


def select_rows(
    video: VideoRequest,
    subject: SubjectRequest,
    choice: TrackChoice,
    faces: FaceTable,
    *,
    seen: Observation,
    params: AlignParams,
    rule: FrameRule,
    evidence: Evidence | None = None,
    by_hand: ByHand | None = None,
) -> SubjectRows:
    """Return the final states and faces of a subject's rows; `choice` names the tracks that show it.

    `evidence` is what the organisers' crops say, if there are any, and `by_hand` what lines written by hand say.
    """
    moved = evidence is not None and crops_moved(evidence, seen.decoded.shows())
    rows = states_without_faces(video, subject, seen.decoded, rule, crops_moved=moved)
    states, usable = rows.states, rows.states == ""
    if params.rows == "all" and not (states == RowState.QUARANTINED).any():
        usable |= ~subject.needed
    chosen = np.where(usable, _faces_of(choice, faces, rows.slots, by_hand), -1)
    known = chosen_faces(faces, chosen)
    states = states_of_faces(states, subject, known, params.quality)
    times = _times(seen, rows.slots)
    return SubjectRows(subject, states, chosen, times, rows.findings, rows.placed, rows.slots, known.measures)


def without_faces(rows: SubjectRows, among: Mask | None = None) -> SubjectRows:
    """Return the rows with none of their faces, or of those `among` (n,): what had one ends as `no_face`."""
    chosen = np.ones(len(rows.states), np.bool_) if among is None else among
    states = rows.states.copy()
    states[chosen & np.isin(states, _OF_FACES)] = str(RowState.NO_FACE)
    return replace(rows, states=states, faces=np.where(chosen, -1, rows.faces))


def with_damaged(rows: SubjectRows, frames: Sequence[int]) -> SubjectRows:
    """Return the rows with those of frames whose picture cannot be read in state `decode_error`."""
    states = rows.states.copy()
    states[np.isin(rows.subject.frames, frames) & (states == RowState.NO_FACE)] = str(RowState.DECODE_ERROR)
    return replace(rows, states=states)


def _faces_of(
    choice: TrackChoice, faces: FaceTable, frames: NDArray[np.int64], by_hand: ByHand | None
) -> NDArray[np.intp]:
    """Return the index of the cropped face of the chosen tracks in each frame, -1 for none or somebody else's."""
    candidates = _candidates(choice, faces, by_hand)
    if not candidates.size:
        return np.full(len(frames), -1, np.intp)
    at = np.minimum(np.searchsorted(faces.frames[candidates], frames), candidates.size - 1)
    return np.where(faces.frames[candidates[at]] == frames, candidates[at], -1).astype(np.intp)


def _candidates(choice: TrackChoice, faces: FaceTable, by_hand: ByHand | None) -> NDArray[np.intp]:
    """Return the indices of the faces that may be the subject's, ascending; what a line gives is not doubted."""
    chosen = np.isin(faces.track_ids, choice.track_ids) & (faces.lengths > 0)
    if by_hand is None:
        return without_identity_outliers(faces, np.flatnonzero(chosen), choice.track_ids)
    free = without_identity_outliers(
        faces, np.flatnonzero(chosen & ~by_hand.others & ~by_hand.faces), choice.track_ids
    )
    given = np.flatnonzero(by_hand.faces & (faces.lengths > 0))
    return np.sort(np.concatenate([free, given]))


def chosen_faces(faces: FaceTable, chosen: NDArray[np.intp]) -> ChosenFaces:
    """Return what is known of the faces that rows have, given by their index in the table, -1 for none."""
    found = chosen >= 0
    indices = chosen[found]
    eyes = faces.landmarks[indices, 1] - faces.landmarks[indices, 0]
    measured = {"eye_distance_px": np.hypot(eyes[:, 0], eyes[:, 1])}
    measured |= {name: getattr(faces, name)[indices] for name in CropMeasures._fields}
    measures = {name: np.zeros(len(chosen)) for name in measured}
    for name, values in measured.items():
        measures[name][found] = values
    shown = face_part(faces.thumbnails[indices])
    thumbnails = np.zeros((len(chosen), *shown.shape[1:]), np.uint8)
    thumbnails[found] = shown
    landmarks = np.zeros((len(chosen), 5, 2), np.float32)
    landmarks[found] = faces.landmarks[indices]
    return ChosenFaces(found, measures, thumbnails, landmarks)


def _times(seen: Observation, frames: NDArray[np.int64]) -> NDArray[np.float64]:
    times = np.full(len(frames), np.nan)
    inside = (frames >= 0) & (frames < len(seen.pts_seconds))
    times[inside] = seen.pts_seconds[frames[inside]]
    return times
