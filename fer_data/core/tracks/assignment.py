"""Decide, over a whole video, which tracks show which annotated person."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from fer_data.core.tracks.linking import LinkedTracks, TrackSummary, join_tracks, may_be_one

__all__ = ["DOUBTFUL_MARGIN", "TrackChoice", "assign"]

DOUBTFUL_MARGIN = 0.2
"""Choices below this margin are recorded as findings. Not measured by itself."""

_LEAST_SIDE = 0.1
"""Below this margin two people are left of each other for nearly the same time: a guess would be wrong for both. Not
measured by itself."""

_EITHER_SIDE = "each of two people is as long left as right of the other"
_MAX_PAIRED = 24


@dataclass(frozen=True, slots=True)
class TrackChoice:
    """The tracks chosen for one annotated person.

    Attributes:
        side: `only`, `left` or `right`.
        track_ids: ascending; empty when nobody fits.
        margin: distance to the second-best answer, in [0, 1]; 0 is a guess or nobody.
        reason: what decided, in a few words.
        unproven_frames: frames of tracks that were joined over a cut by appearance alone.
    """

    side: str
    track_ids: tuple[int, ...]
    margin: float
    reason: str
    unproven_frames: int = 0


def assign(tracks: Sequence[TrackSummary], sides: Sequence[str], width: int) -> list[TrackChoice]:
    """Return a choice of tracks for each side, in the order of `sides`.

    `only` is the most salient person, by size, duration and score. `left` and `right` are the two people who are seen
    together most, by their positions over the whole video: with A to the left of B in 9 of 10 frames, A is left with a
    margin of 2 * 0.9 - 1. A person alone takes the half of the frame, `width` px wide, that they are on. Where `only`
    stands beside sides, it is the most salient person all the same, who may be one of those two.
    """
    people = join_tracks(tracks)
    if not people:
        return [TrackChoice(side, (), 0.0, "no face in the video") for side in sides]
    choices: dict[str, TrackChoice] = {}
    if "only" in sides:
        choices["only"] = _main_person(people)
    if {"left", "right"} & {*sides}:
        pair = _best_pair(people)
        found = _lone_person(people[0], width) if pair is None else _ordered_pair(pair, people)
        choices |= zip(("left", "right"), found, strict=True)
    return [choices[side] for side in sides]


def _choice(side: str, person: LinkedTracks, margin: float, reason: str) -> TrackChoice:
    return TrackChoice(side, person.track_ids, margin, reason, person.unproven_frames)


def _main_person(people: Sequence[LinkedTracks]) -> TrackChoice:
    rival = _strongest(people[1:_MAX_PAIRED])
    margin = max(0.0, 1.0 - rival / people[0].salience) if people[0].salience else 0.0
    margin = min(margin, 1.0 - people[0].doubt)
    return _choice("only", people[0], margin, "largest, longest and surest face")


def _strongest(others: Sequence[LinkedTracks]) -> float:
    """Return the salience of the strongest rival, with those who may be the same person after all; 0 without any."""
    together = (
        sum(other.salience for other in others if other is one or may_be_one(one, other)) for one in others
    )
    return max(together, default=0.0)


def _best_pair(people: Sequence[LinkedTracks]) -> tuple[LinkedTracks, LinkedTracks] | None:
    """Return the two people who are seen together most, else the two most salient; null for a person alone."""
    if len(people) < 2:
        return None
    pairs = list(combinations(people[:_MAX_PAIRED], 2))
    together = [_weight_together(*pair) for pair in pairs]
    return pairs[int(np.argmax(together))]


def _weight_together(a: LinkedTracks, b: LinkedTracks) -> float:
    _, in_a, in_b = np.intersect1d(a.frames, b.frames, assume_unique=True, return_indices=True)
    return float(np.minimum(a.weights[in_a] * a.liveness, b.weights[in_b] * b.liveness).sum(dtype=np.float64))


def _ordered_pair(
    pair: tuple[LinkedTracks, LinkedTracks], people: Sequence[LinkedTracks]
) -> tuple[TrackChoice, TrackChoice]:
    """Return the choices for left and right, with a margin from their positions and from the next salient person."""
    left, right = sorted(pair, key=lambda person: (person.centre_x, person.track_ids))
    _, in_left, in_right = np.intersect1d(left.frames, right.frames, assume_unique=True, return_indices=True)
    if in_left.size:
        gaps = (
            right.boxes[in_right, 0]
            + right.boxes[in_right, 2]
            - left.boxes[in_left, 0]
            - left.boxes[in_left, 2]
        )
        if float(np.median(gaps)) < 0:
            left, right, gaps = right, left, -gaps
        margin, reason = max(0.0, 2 * float((gaps > 0).mean()) - 1), "places of the two while seen together"
    else:
        apart = (right.centre_x - left.centre_x) / max(
            float((p.boxes[:, 2] - p.boxes[:, 0]).mean()) for p in pair
        )
        margin, reason = min(1.0, apart) / 2, "places of two people never seen together"
    if margin < _LEAST_SIDE:
        return TrackChoice("left", (), 0.0, _EITHER_SIDE), TrackChoice("right", (), 0.0, _EITHER_SIDE)
    rivals = [person.salience for person in people if person is not left and person is not right]
    weaker = min(left.salience, right.salience)
    margin *= max(0.0, 1.0 - max(rivals, default=0.0) / weaker) if weaker else 0.0
    margin = min(margin, 1.0 - left.doubt, 1.0 - right.doubt)
    return _choice("left", left, margin, reason), _choice("right", right, margin, reason)


def _lone_person(person: LinkedTracks, width: int) -> tuple[TrackChoice, TrackChoice]:
    """Give the one person of a video to the half of the frame that they are on, with a margin of at most 0.5."""
    offset = person.centre_x / width - 0.5
    taken = "left" if offset < 0 else "right"
    margin = min(0.5, abs(offset), 1.0 - person.doubt)
    left, right = (
        _choice(side, person, margin, "the only person, by their half of the picture")
        if side == taken
        else TrackChoice(side, (), 0.0, "nobody on this side")
        for side in ("left", "right")
    )
    return left, right
