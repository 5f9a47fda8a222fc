"""Reasons to review the assignment of a subject."""

import numpy as np

from fer_data.core.arrays import Mask
from fer_data.core.labels.rows import RowState
from fer_data.core.tracks.assignment import DOUBTFUL_MARGIN, TrackChoice
from fer_data.tracking.face_store import FaceTable
from fer_data.video_jobs.selection import SubjectRows

__all__ = ["doubts_about"]


_WANTED = frozenset({"kept", "no_face", "low_quality", "redundant"})
_SURE_SCORE = 0.7
_MANY_ROWS, _MANY_SHARE = 8, 0.02
_MANY_TRACKS, _SHORT_TRACK_FRAMES = 8, 15.0


def doubts_about(
    rows: SubjectRows, choice: TrackChoice, faces: FaceTable, *, mine: Mask, taken: Mask
) -> tuple[str, ...]:
    """Return in a few words each why the choice is doubtful; nothing where no row wants a face.

    `mine` are the faces of the table, (n,), that were taken for the subject, `taken` those of any subject.
    """
    wanted = sum(state in _WANTED for state in rows.states)
    if not wanted:
        return ()
    if not choice.track_ids:
        return (f"no face was taken for this person ({choice.reason})",)
    found = []
    if choice.margin < DOUBTFUL_MARGIN:
        found.append(f"margin {choice.margin:.2f} is below {DOUBTFUL_MARGIN} ({choice.reason})")
    many = max(_MANY_ROWS, _MANY_SHARE * wanted)
    if choice.unproven_frames >= many:
        found.append(
            f"{choice.unproven_frames} frames were joined over cuts or gaps by looks alone (a merge without evidence)"
        )
    missed = _missed(rows, mine, taken, faces)
    if missed >= many:
        found.append(f"{missed} of {wanted} rows have no face though one that may be theirs is in view")
    tracks = len(choice.track_ids)
    if tracks >= _MANY_TRACKS and int(mine.sum()) < _SHORT_TRACK_FRAMES * tracks:
        found.append(f"joined from {tracks} tracks of {mine.sum() / tracks:.0f} frames on average")
    return tuple(found)


def _missed(rows: SubjectRows, mine: Mask, taken: Mask, faces: FaceTable) -> int:
    """Return how many rows are without a face though one of high score is in view that may be the person's.

    That is nobody who is ever seen beside the person, and nobody whose embedded faces are another person's.
    """
    beside = _tracks(faces, np.isin(faces.frames, faces.frames[mine]) & ~mine)
    open_to = ~taken & (faces.scores >= _SURE_SCORE) & ~np.isin(faces.track_ids, beside)
    if faces.embedded:
        likeness, own = faces.likeness(), _tracks(faces, mine)
        for track in _tracks(faces, open_to):
            if likeness.one_person(own, [track]) is False:
                open_to &= faces.track_ids != track
    without = rows.slots[rows.states == str(RowState.NO_FACE)]
    return int(np.isin(without, faces.frames[open_to]).sum())


def _tracks(faces: FaceTable, indices: Mask) -> list[int]:
    return [int(track) for track in np.unique(faces.track_ids[indices])]
