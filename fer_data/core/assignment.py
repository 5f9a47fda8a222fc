"""Decide, over a whole video, which tracks show which annotated person."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from fer_data.core.appearance import look_distance
from fer_data.core.faces import Float32
from fer_data.core.suppression import overlaps

__all__ = ["DOUBTFUL_MARGIN", "Choice", "TrackSummary", "assign", "join_tracks"]

DOUBTFUL_MARGIN = 0.2
"""Choices below this margin are recorded as findings."""

_SAME_LOOK = 7.0
_SAME_PLACE_BONUS = 0.5
_SAME_PLACE_GAP_FRAMES = 30
_SAME_PLACE_IOU = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class TrackSummary:
    """What a whole track says of its person.

    Attributes:
        track_id: number in the video.
        frames: (n,) frame indices, ascending.
        boxes: (n, 4), in source pixels.
        scores: (n,), in [0, 1].
        look: (192,), the median of its faces' looks.
    """

    track_id: int
    frames: NDArray[np.int32]
    boxes: Float32
    scores: Float32
    look: Float32


@dataclass(frozen=True, slots=True)
class Choice:
    """The tracks chosen for one annotated person.

    Attributes:
        side: `only`, `left` or `right`.
        track_ids: ascending; empty when nobody fits.
        margin: how far the second-best answer was, in [0, 1]; 0 is a guess or nobody.
        reason: what decided, in a few words.
    """

    side: str
    track_ids: tuple[int, ...]
    margin: float
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class _Person:
    """Tracks that show one person, joined in time order."""

    track_ids: tuple[int, ...]
    frames: NDArray[np.int32]
    boxes: Float32
    weights: Float32
    look: Float32

    @property
    def salience(self) -> float:
        """Return size x duration x score."""
        return float(self.weights.sum(dtype=np.float64))

    @property
    def centre_x(self) -> float:
        return float(np.median((self.boxes[:, 0] + self.boxes[:, 2]) / 2))


def assign(tracks: Sequence[TrackSummary], sides: Sequence[str], width: int) -> list[Choice]:
    """Return a choice of tracks for each side, in the order of `sides`.

    `only` is the most salient person, by size, duration and score. `left` and `right` are the two people who are seen
    together most, by their places in the picture over the whole video; a person alone takes the side of the picture
    of `width` px that they are on.
    """
    people = sorted(join_tracks(tracks), key=lambda person: (-person.salience, person.track_ids))
    if not people:
        return [Choice(side, (), 0.0, "no face in the video") for side in sides]
    if list(sides) == ["only"]:
        return [_main_person(people)]
    pair = _best_pair(people)
    if pair is None:
        return _lone_person(people[0], sides, width)
    choices = dict(zip(("left", "right"), _ordered_pair(pair, people), strict=True))
    return [choices[side] for side in sides]


def join_tracks(tracks: Sequence[TrackSummary]) -> list[_Person]:
    """Return the people that the tracks show: tracks never seen together that look alike, likest first."""
    people = [_person(track) for track in tracks]
    while len(people) > 1:
        costs = [(_join_cost(people[a], people[b]), a, b) for a, b in combinations(range(len(people)), 2)]
        cost, first, second = min(costs)
        if cost >= 1.0:
            break
        joined = _join(people[first], people[second])
        people = [person for place, person in enumerate(people) if place not in (first, second)] + [joined]
    return people


def _person(track: TrackSummary) -> _Person:
    area = np.clip(track.boxes[:, 2:] - track.boxes[:, :2], 0, None).prod(-1)
    weights: Float32 = np.sqrt(area) * track.scores
    return _Person((track.track_id,), track.frames, track.boxes, weights, track.look)


def _join(a: _Person, b: _Person) -> _Person:
    frames = np.concatenate([a.frames, b.frames])
    order = np.argsort(frames, kind="stable")
    share = np.float32(len(a.frames) / len(frames))
    return _Person(
        tuple(sorted(a.track_ids + b.track_ids)),
        frames[order],
        np.concatenate([a.boxes, b.boxes])[order],
        np.concatenate([a.weights, b.weights])[order],
        a.look * share + b.look * (1 - share),
    )


def _join_cost(a: _Person, b: _Person) -> float:
    """Return the difference in looks as a share of what one person may differ; infinite when seen together."""
    if np.intersect1d(a.frames, b.frames).size:
        return float("inf")
    cost = float(look_distance(a.look, b.look)) / _SAME_LOOK
    return cost * _SAME_PLACE_BONUS if _same_place(a, b) else cost


def _same_place(a: _Person, b: _Person) -> bool:
    """Say whether one goes on shortly after the other, where the other was last seen."""
    for before, after in ((a, b), (b, a)):
        earlier = int(np.searchsorted(before.frames, after.frames[0])) - 1
        if earlier >= 0 and int(after.frames[0] - before.frames[earlier]) <= _SAME_PLACE_GAP_FRAMES:
            shared = overlaps(before.boxes[earlier : earlier + 1], after.boxes[:1])
            if float(shared[0, 0]) >= _SAME_PLACE_IOU:
                return True
    return False


def _main_person(people: Sequence[_Person]) -> Choice:
    rival = people[1].salience if len(people) > 1 else 0.0
    margin = 1.0 - rival / people[0].salience if people[0].salience else 0.0
    return Choice("only", people[0].track_ids, margin, "largest, longest and surest face")


def _best_pair(people: Sequence[_Person]) -> tuple[_Person, _Person] | None:
    """Return the two people who are seen together most, else the two most salient; null for a person alone."""
    if len(people) < 2:
        return None
    pairs = list(combinations(people, 2))
    together = [_weight_together(*pair) for pair in pairs]
    return pairs[int(np.argmax(together))]


def _weight_together(a: _Person, b: _Person) -> float:
    _, in_a, in_b = np.intersect1d(a.frames, b.frames, assume_unique=True, return_indices=True)
    return float(np.minimum(a.weights[in_a], b.weights[in_b]).sum(dtype=np.float64))


def _ordered_pair(pair: tuple[_Person, _Person], people: Sequence[_Person]) -> tuple[Choice, Choice]:
    """Return the choices for left and right, with the margin that place in the picture and a third person leave."""
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
    rivals = [person.salience for person in people if person is not left and person is not right]
    weaker = min(left.salience, right.salience)
    margin *= max(0.0, 1.0 - max(rivals, default=0.0) / weaker) if weaker else 0.0
    return Choice("left", left.track_ids, margin, reason), Choice("right", right.track_ids, margin, reason)


def _lone_person(person: _Person, sides: Sequence[str], width: int) -> list[Choice]:
    """Give the one person of a video to the side of the picture that they are on, with at most half a margin."""
    offset = person.centre_x / width - 0.5
    taken = "left" if offset < 0 else "right"
    margin = min(0.5, abs(offset))
    return [
        Choice(side, person.track_ids, margin, "the only person, by their half of the picture")
        if side == taken
        else Choice(side, (), 0.0, "nobody on this side")
        for side in sides
    ]
