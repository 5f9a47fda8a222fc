"""Assign the faces of a video by lines written by hand, in the frames that the lines are about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_data.assignment.hand_lines import HandLine
from fer_data.core.arrays import Mask
from fer_data.core.tracks.linking import join_tracks
from fer_data.errors import CorpusError
from fer_data.tracking.face_store import FaceTable

__all__ = ["ByHand", "faces_at", "settle_by_hand"]


@dataclass(frozen=True, slots=True, eq=False)
class ByHand:
    """Faces of one annotated person by hand.

    Attributes:
        faces: (n,) which faces of the video's table are the person's in the frames that the lines are about.
        others: (n,) which faces are not, whatever the whole video says: those of other lines, and all in these frames.
        lines: the lines about the person.
    """

    faces: Mask
    others: Mask
    lines: tuple[HandLine, ...]

    def about(self, frames: NDArray[np.integer[Any]]) -> Mask:
        """Return which frames the lines are about."""
        masks = [(frames >= line.first_frame) & (frames <= line.last_frame) for line in self.lines]
        return np.asarray(np.any(masks, axis=0), bool) if masks else np.zeros(len(frames), bool)


def settle_by_hand(
    lines: Sequence[HandLine], faces: FaceTable, subjects: Sequence[str]
) -> Mapping[str, ByHand]:
    """Return by subject_id what a video's lines say; nothing without any.

    A line gives its person the face at its point, that face's whole track, and the tracks that are joined with it, each
    within the frames of the line, but for tracks that another line names.

    Raises:
        CorpusError: a point lies on no face or on two, or two lines give one face to two people.
    """
    if not lines:
        return {}
    named = {line: _track_at(line, faces) for line in lines if line.point is not None}
    joined = {
        track: person.track_ids
        for person in join_tracks(faces.track_summaries())
        for track in person.track_ids
    }
    others = set(named.values())
    given = {line: _faces_of(line, (track, joined[track]), others, faces) for line, track in named.items()}
    _check_shared(given)
    found = {}
    for name in subjects:
        own = tuple(line for line in lines if line.subject_id == name)
        mine = _any(faces, [given[line] for line in own if line in given])
        theirs = _any(faces, [mask for line, mask in given.items() if line.subject_id != name])
        about = _any(faces, [_within(line, faces) for line in own])
        found[name] = ByHand(mine, theirs | (about & ~mine), own)
    return found


def faces_at(faces: FaceTable, frame: int | None, point: tuple[float, float]) -> NDArray[np.intp]:
    """Return the indices of the faces of a frame on which a point (x, y) lies, in source pixels."""
    boxes, here = faces.boxes, np.array(point, np.float64)
    inside = (boxes[:, :2] <= here).all(1) & (here <= boxes[:, 2:]).all(1)
    return np.flatnonzero(inside & (faces.frames == frame))


def _track_at(line: HandLine, faces: FaceTable) -> int:
    """Return the track of the one face that a line's point lies on."""
    x, y = line.point or (np.nan, np.nan)
    indices = faces_at(faces, line.at_frame, (x, y))
    if len(indices) == 1:
        return int(faces.track_ids[indices[0]])
    count = "no face" if not len(indices) else f"{len(indices)} faces"
    raise CorpusError(
        f"{line.where}: the point ({x:g}, {y:g}) must lie on one face of frame {line.at_frame} of {line.video_id}, "
        f"and lies on {count}. `fer-data decide {line.video_id}` shows them; choose another point or frame."
    )


def _faces_of(line: HandLine, shown: tuple[int, Sequence[int]], named: set[int], faces: FaceTable) -> Mask:
    """Return the faces that a line gives its person: of the track at its point and of those joined with that."""
    track, joined = shown
    tracks = [other for other in joined if other == track or other not in named]
    return np.isin(faces.track_ids, tracks) & _within(line, faces)


def _within(line: HandLine, faces: FaceTable) -> Mask:
    return np.asarray((faces.frames >= line.first_frame) & (faces.frames <= line.last_frame), bool)


def _any(faces: FaceTable, masks: Sequence[Mask]) -> Mask:
    return np.asarray(np.any(masks, axis=0), bool) if masks else np.zeros(len(faces.frames), bool)


def _check_shared(given: Mapping[HandLine, Mask]) -> None:
    lines = list(given)
    for index, line in enumerate(lines):
        for other in lines[:index]:
            if line.subject_id != other.subject_id and (given[line] & given[other]).any():
                raise CorpusError(
                    f"{line.where} gives {line.subject_id} a face that {other.where} gives to {other.subject_id}. "
                    "Give each of them frames of their own, or another point."
                )
