"""Decide who is who in one video: by tracks over the whole video, then by the organisers' crops, if any."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fer_data.alignment.face_log import FaceLog, FaceTable
from fer_data.alignment.organisers import Evidence, Ours, compare_crops
from fer_data.alignment.requests import VideoRequest
from fer_data.alignment.stand_ins import stand_in_choice, stands_in
from fer_data.core.assignment import Choice, assign
from fer_data.core.settlement import Settled, settle
from fer_data.detectors import Detector
from fer_data.params.align import AlignParams

__all__ = ["WhoIsWho", "decide", "nobody"]


@dataclass(frozen=True, slots=True, eq=False)
class WhoIsWho:
    """The decisions of a video, by subject_id.

    Attributes:
        settled: what holds.
        evidence: what the organisers' crops say, of the subjects that have some.
    """

    settled: Mapping[str, Settled]
    evidence: Mapping[str, Evidence] = field(default_factory=dict)

    @property
    def choices(self) -> dict[str, Choice]:
        """Return the choice that holds for each subject."""
        return {name: found.choice for name, found in self.settled.items()}


def decide(
    request: VideoRequest,
    faces: FaceTable,
    log: FaceLog,
    *,
    width: int,
    params: AlignParams,
    detector: Detector,
) -> WhoIsWho:
    """Return who is who in a video of `width` px whose faces are known."""
    names = [subject.subject_id for subject in request.subjects]
    if stands_in(request):
        chosen = [stand_in_choice(place, subject) for place, subject in enumerate(request.subjects)]
        return _unasked(dict(zip(names, chosen, strict=True)))
    if request.path is None:
        return nobody(request, "no video")
    sides = [subject.side for subject in request.subjects]
    choices = dict(zip(names, assign(faces.track_summaries(), sides, max(1, width)), strict=True))
    asked = {s.subject_id: s.crops for s in request.subjects if s.crops and len(s.crops.frames)}
    if not asked or not len(faces.frames):
        return _unasked(choices)
    ours = Ours(faces, log, params)
    evidence = {name: compare_crops(files, ours, detector) for name, files in asked.items()}
    owners = {name: found.owner for name, found in evidence.items()}
    lengths = {track.track_id: len(track.frames) for track in ours.tracks}
    return WhoIsWho(settle(choices, owners, lengths), evidence)


def nobody(request: VideoRequest, reason: str) -> WhoIsWho:
    """Return the decisions of a video of which nothing is known."""
    return _unasked({s.subject_id: Choice(s.side, (), 0.0, reason) for s in request.subjects})


def _unasked(choices: Mapping[str, Choice]) -> WhoIsWho:
    return WhoIsWho({name: Settled(choice, None, None) for name, choice in choices.items()})
