"""Assign tracks to the annotated people of one video: by the whole video, the organisers' crops, and lines by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from fer_data.assignment.by_hand import ByHand, settle_by_hand
from fer_data.assignment.crop_fallback import fallback_choice, stands_in
from fer_data.assignment.reference_crops import Evidence, FacePortraits, compare_crops
from fer_data.assignment.requests import VideoRequest
from fer_data.core.arrays import Mask
from fer_data.core.tracks.assignment import TrackChoice, assign
from fer_data.core.tracks.crop_verdict import ResolvedChoice, settle
from fer_data.detectors import Detector
from fer_data.params.align import AlignParams
from fer_data.tracking.face_store import Crops, FaceTable

__all__ = ["Assignments", "decide", "nobody", "taken_faces"]


_LEFT_OVER = "whom the lines written by hand leave for this side"


@dataclass(frozen=True, slots=True, eq=False)
class Assignments:
    """The decisions of a video, by subject_id.

    Attributes:
        settled: the final choices.
        evidence: of the organisers' crops, by subject that has some.
        by_hand: from lines of `decisions`, in a video that has some.
    """

    settled: Mapping[str, ResolvedChoice]
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    by_hand: Mapping[str, ByHand] = field(default_factory=dict)

    @property
    def choices(self) -> dict[str, TrackChoice]:
        """Return the final choice of each subject."""
        return {name: found.choice for name, found in self.settled.items()}

    def taken(self, name: str, faces: FaceTable) -> tuple[Mask, Mask]:
        """Return which faces of the table, (n,), are taken for a subject, and which for any."""
        masks = {own: taken_faces(c, faces, self.by_hand.get(own)) for own, c in self.choices.items()}
        return masks[name], np.asarray(np.any(list(masks.values()), axis=0), bool)

    def sides(self, faces: FaceTable) -> list[str | None]:
        """Return for each face the side of the subject that it is taken for; None for nobody's."""
        sides: list[str | None] = [None] * len(faces.frames)
        for name, choice in self.choices.items():
            for index in np.flatnonzero(taken_faces(choice, faces, self.by_hand.get(name))):
                sides[index] = choice.side
        return sides


def taken_faces(choice: TrackChoice, faces: FaceTable, by_hand: ByHand | None) -> Mask:
    """Return which faces of the table, (n,), are taken for a subject."""
    taken = np.isin(faces.track_ids, choice.track_ids)
    return np.asarray(taken if by_hand is None else (taken & ~by_hand.others) | by_hand.faces, bool)


def decide(
    request: VideoRequest,
    faces: FaceTable,
    crops: Crops,
    *,
    width: int,
    params: AlignParams,
    detector: Detector,
) -> Assignments:
    """Return the assignments in a video of `width` px whose faces are known."""
    names = [subject.subject_id for subject in request.subjects]
    if stands_in(request):
        chosen = [fallback_choice(index, subject) for index, subject in enumerate(request.subjects)]
        return _unasked(dict(zip(names, chosen, strict=True)))
    if request.path is None:
        return nobody(request, "no video")
    sides = [subject.side for subject in request.subjects]
    choices = dict(zip(names, assign(faces.track_summaries(), sides, max(1, width)), strict=True))
    asked = {s.subject_id: s.crops for s in request.subjects if s.crops and len(s.crops.frames)}
    found = _unasked(choices)
    if asked and len(faces.frames):
        own = FacePortraits(faces, crops, params)
        evidence = {name: compare_crops(files, own, detector) for name, files in asked.items()}
        owners = {name: found.owner for name, found in evidence.items()}
        lengths = {track.track_id: len(track.frames) for track in own.tracks}
        found = Assignments(settle(choices, owners, lengths), evidence)
    by_hand = settle_by_hand(request.by_hand, faces, names)
    return (
        replace(found, settled=_obeying(found.settled, by_hand, faces), by_hand=by_hand) if by_hand else found
    )


def _obeying(
    settled: Mapping[str, ResolvedChoice], by_hand: Mapping[str, ByHand], faces: FaceTable
) -> dict[str, ResolvedChoice]:
    """Return the choices beside lines written by hand: a person whose faces they give away gets those of the other."""
    result = dict(settled)
    for name, found in settled.items():
        own = np.isin(faces.track_ids, found.choice.track_ids)
        if by_hand[name].lines or not own.any():
            continue
        takers = [other for other in settled if other != name and by_hand[other].lines]
        if takers and (own & by_hand[takers[0]].faces).sum() * 2 > own.sum():
            left = replace(settled[takers[0]].choice, side=found.choice.side, reason=_LEFT_OVER)
            result[name] = replace(found, choice=left)
    return result


def nobody(request: VideoRequest, reason: str) -> Assignments:
    """Return the decisions of a video of which nothing is known."""
    return _unasked({s.subject_id: TrackChoice(s.side, (), 0.0, reason) for s in request.subjects})


def _unasked(choices: Mapping[str, TrackChoice]) -> Assignments:
    return Assignments({name: ResolvedChoice(choice, None, None) for name, choice in choices.items()})
