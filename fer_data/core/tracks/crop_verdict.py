"""Resolve who is annotated when the organisers' crops disagree with the choice by position in the frame.

The crops decide. Of a video with two annotated people::

    choice by position     left: track 1     right: track 2
    crops of left show     track 2       ->  left: track 2  (overruled)
    crops of right         none          ->  right: track 1 (swapped: left's first choice was meant for right)
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from fer_data.core.tracks.assignment import TrackChoice
from fer_data.core.tracks.crop_matching import Owner

__all__ = ["ResolvedChoice", "Verdict", "settle"]

_SAME_PERSON = 0.5
"""Share of the crops' tracks, in frames, from which they are a choice's person. Not measured by itself: a majority."""

_SETTLED = "the organisers' crops show these tracks"
_LEFT_OVER = "whom the organisers' crops leave for this side"


class Verdict(StrEnum):
    """How the crops change a choice.

    `agreed`: the same tracks. `corrected`: the same person, but other tracks of theirs. `overruled`: another person.
    `unclear`: too few crops match a face of the video, so the choice stands. `swapped`: a person without crops takes
    the tracks of the one whose crops took theirs.
    """

    AGREED = "agreed"
    CORRECTED = "corrected"
    OVERRULED = "overruled"
    UNCLEAR = "unclear"
    SWAPPED = "swapped"


@dataclass(frozen=True, slots=True)
class ResolvedChoice:
    """A choice after the crops were compared.

    Attributes:
        choice: the final one.
        verdict: how the crops changed it; None for a person without crops whose choice stands.
        shows: side whose first choice the crops show, `other` for somebody who was not chosen; None where unclear.
    """

    choice: TrackChoice
    verdict: Verdict | None
    shows: str | None


def settle(
    choices: Mapping[str, TrackChoice], owners: Mapping[str, Owner], lengths: Mapping[int, int]
) -> dict[str, ResolvedChoice]:
    """Return the final choice of each subject; `owners` are those with crops, `lengths` the frames of each track.

    No track is given to two subjects: it goes to the one with more matching crops.
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
    """Return the side whose choice has at least half of the tracks' frames, one's own first; `other` for nobody's."""
    total = sum(lengths[track] for track in tracks)
    for other in (name, *(key for key in choices if key != name)):
        shared = sum(lengths[track] for track in tracks if track in choices[other].track_ids)
        if total and shared >= _SAME_PERSON * total:
            return choices[other].side
    return "other"


def _unsettled(
    name: str, choices: Mapping[str, TrackChoice], settled: Mapping[str, ResolvedChoice], *, asked: bool
) -> ResolvedChoice:
    """Return the choice of a subject without decisive crops; it loses tracks that the crops give to others.

    One who loses them to a sibling gets the sibling's former tracks: the two had been swapped.
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
