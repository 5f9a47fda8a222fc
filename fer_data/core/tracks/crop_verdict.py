"""Let what pictures from elsewhere show decide who is who, where the places in the picture said something else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from fer_data.core.tracks.assignment import TrackChoice
from fer_data.core.tracks.crop_matching import Owner

__all__ = ["ResolvedChoice", "Verdict", "settle"]

_SAME_PERSON = 0.5
_SETTLED = "the organisers' crops show these tracks"
_LEFT_OVER = "whom the organisers' crops leave for this side"


class Verdict(StrEnum):
    """What the pictures make of a choice.

    `agreed`: the same tracks. `corrected`: the same person, but other tracks of theirs. `overruled`: another person.
    `unclear`: too few pictures show a face of the video, so the choice stands. `swapped`: a person without pictures
    makes way for one who has some.
    """

    AGREED = "agreed"
    CORRECTED = "corrected"
    OVERRULED = "overruled"
    UNCLEAR = "unclear"
    SWAPPED = "swapped"


@dataclass(frozen=True, slots=True)
class ResolvedChoice:
    """A choice after the pictures were asked.

    Attributes:
        choice: what holds now.
        verdict: what the pictures made of it; None for a person without pictures whose choice stands.
        shows: side whose first choice the pictures show, `other` for somebody who was not chosen; None where unclear.
    """

    choice: TrackChoice
    verdict: Verdict | None
    shows: str | None


def settle(
    choices: Mapping[str, TrackChoice], owners: Mapping[str, Owner], lengths: Mapping[int, int]
) -> dict[str, ResolvedChoice]:
    """Return what holds for each subject; `owners` are those with pictures, `lengths` the frames of each track.

    No track is given to two subjects: it goes to the one with more matching pictures.
    """
    sure = [name for name, owner in owners.items() if owner.track_ids]
    sure.sort(key=lambda name: (-owners[name].matches, name))
    settled: dict[str, ResolvedChoice] = {}
    taken: set[int] = set()
    for name in sure:
        tracks = tuple(track for track in owners[name].track_ids if track not in taken)
        taken.update(tracks)
        choice = TrackChoice(choices[name].side, tracks, owners[name].margin if tracks else 0.0, _SETTLED)
        shows = _side_shown(name, tracks, choices, lengths)
        settled[name] = ResolvedChoice(choice, _verdict(choices[name], choice, shows), shows)
    for name in (name for name in choices if name not in settled):
        settled[name] = _unsettled(name, choices, settled, asked=name in owners)
    return {name: settled[name] for name in choices}


def _verdict(before: TrackChoice, after: TrackChoice, shows: str) -> Verdict:
    if after.track_ids == before.track_ids:
        return Verdict.AGREED
    return Verdict.CORRECTED if shows == before.side else Verdict.OVERRULED


def _side_shown(
    name: str, tracks: tuple[int, ...], choices: Mapping[str, TrackChoice], lengths: Mapping[int, int]
) -> str:
    """Return the side whose choice has most of the tracks' frames, one's own first; `other` for nobody's."""
    total = sum(lengths[track] for track in tracks)
    for other in (name, *(key for key in choices if key != name)):
        shared = sum(lengths[track] for track in tracks if track in choices[other].track_ids)
        if total and shared >= _SAME_PERSON * total:
            return choices[other].side
    return "other"


def _unsettled(
    name: str, choices: Mapping[str, TrackChoice], settled: Mapping[str, ResolvedChoice], *, asked: bool
) -> ResolvedChoice:
    """Return the choice of a subject whom no pictures settle; it loses tracks that others were found to own.

    One who loses them to a sibling gets what the sibling had before: the two were taken for each other.
    """
    own = choices[name]
    verdict = Verdict.UNCLEAR if asked else None
    taken = {track for other in settled.values() for track in other.choice.track_ids}
    if not taken & set(own.track_ids):
        return ResolvedChoice(own, verdict, None)
    left = tuple(track for track in own.track_ids if track not in taken)
    for other, found in settled.items():
        if found.verdict is Verdict.OVERRULED and found.shows == own.side:
            left = tuple(track for track in choices[other].track_ids if track not in taken)
            return ResolvedChoice(
                TrackChoice(own.side, left, found.choice.margin, _LEFT_OVER), Verdict.SWAPPED, None
            )
    return ResolvedChoice(replace(own, track_ids=left), Verdict.CORRECTED, None)
