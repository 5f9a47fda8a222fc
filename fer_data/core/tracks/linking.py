"""Link the tracks of a video into people, over gaps, cuts and crossings.

Agglomerative linking, the closest pair first, by the distance of appearance descriptors (or the cosine similarity of
embeddings); two tracks that share a frame are never joined. Tracks 0 and 2 of one appearance, over two cuts::

    shot      first    |  second   |  third
    tracks    0 -----  |           |  2 ------
                       |  1 -----  |
    people    A        |  B        |  A           (0, 2) and (1,)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.core.tracks.appearance import descriptor_distance
from fer_data.core.tracks.cuts import all_change, changes_over, goes_on
from fer_data.core.tracks.identity import Embedded, Likeness, likeness_of
from fer_data.core.tracks.pairing import pairing
from fer_data.core.tracks.thresholds import LINKING
from fer_data.core.vision.boxes import box_iou

__all__ = ["LinkedTracks", "TrackSummary", "join_tracks", "may_be_one"]


@dataclass(frozen=True, slots=True, eq=False)
class TrackSummary:
    """Summary of one track.

    Attributes:
        track_id: number in the video.
        frames: (n,) frame indices, ascending.
        boxes: (n, 4), in source pixels.
        scores: (n,), in [0, 1].
        descriptor: (198,), the median of its faces' appearance descriptors; NaN where it lies beyond the frame.
        landmarks: (n, 5, 2), in source pixels; NaN where the detector gives none.
        embedded: embeddings of a few of its faces; None without `align.identity`.
    """

    track_id: int
    frames: NDArray[np.int32]
    boxes: Float32
    scores: Float32
    descriptor: Float32
    landmarks: Float32
    embedded: Embedded | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Video:
    """What is known of the whole video: its cuts, and how similar the embedded faces of one person are.

    Tracks of a few frames show no cut: a face that moves fast loses its track in every frame.
    """

    cuts: NDArray[np.int32]
    likeness: Likeness


@dataclass(frozen=True, slots=True, eq=False)
class LinkedTracks:
    """Tracks that show one person, joined in time order; `doubt` is the highest cost of a join, in [0, 1].

    `unproven_frames` were joined to the others by appearance alone.
    """

    track_ids: tuple[int, ...]
    frames: NDArray[np.int32]
    boxes: Float32
    weights: Float32
    descriptor: Float32
    shapes: Float32
    eyes_px: float
    doubt: float
    video: _Video = field(repr=False)
    unproven_frames: int = 0

    @property
    def salience(self) -> float:
        """Return size x duration x score x how much the face moves."""
        return float(self.weights.sum(dtype=np.float64)) * self.liveness

    @property
    def liveness(self) -> float:
        """Return how much the landmarks move against each other, from 0, a printed face, to 1; 1 without any."""
        spread = float(self.shapes.std(0, dtype=np.float64).mean())
        still = LINKING.still_shape + LINKING.still_px / max(self.eyes_px, 1.0)
        power = 4 * min(1.0, len(self.shapes) / LINKING.judged_frames)
        return 1.0 if np.isnan(spread) else min(1.0, spread / still) ** power

    @property
    def centre_x(self) -> float:
        """Return the median of the horizontal centre, in px."""
        return float(np.median((self.boxes[:, 0] + self.boxes[:, 2]) / 2))


def join_tracks(tracks: Sequence[TrackSummary]) -> list[LinkedTracks]:
    """Return the people that the tracks show, the most salient first.

    Five passes, from the strongest evidence to the weakest; tracks whose embeddings show two people are never joined:

    1. `_join_known`: embeddings show one person.
    2. `_match_pairs`: two people seen together in two shots are matched by how they differ from each other, in clothes
       first, which does not change with the light.
    3. `_join_alike`: close descriptors, the closest pair first, within a shot; over a cut only if they are very close,
       or far closer than anybody else: two people dressed alike, filmed by turns, are not joined.
    4. `_join_in_shot`: one track ends and another begins while somebody else stays in view.
    5. `_join_likest`: mutual nearest neighbours that are far closer than everybody else.

    Of a crowd the most salient tracks count.
    """
    video = _video(tracks)
    people = _by_salience([_person(track, video) for track in tracks])[: LINKING.max_people]
    people = _by_salience(_join_known(people))
    people = _by_salience(_match_pairs(people[: LINKING.max_paired]) + people[LINKING.max_paired :])
    people = _by_salience(_join_alike(people))
    people = _by_salience(_join_in_shot(people[: LINKING.max_compared]) + people[LINKING.max_compared :])
    return _by_salience(_join_likest(people[: LINKING.max_compared]) + people[LINKING.max_compared :])


def _by_salience(people: Sequence[LinkedTracks]) -> list[LinkedTracks]:
    return sorted(people, key=lambda person: (-person.salience, person.track_ids))


def _video(tracks: Sequence[TrackSummary]) -> _Video:
    embedded = {track.track_id: track.embedded for track in tracks if track.embedded is not None}
    likeness = likeness_of(embedded, {track.track_id: track.frames for track in tracks})
    shots = [track.frames for track in tracks if len(track.frames) >= LINKING.min_faces]
    return _Video(all_change(shots), likeness)


def _join_known(people: list[LinkedTracks]) -> list[LinkedTracks]:
    """Return the people with those joined whose embeddings show one person, the most similar first."""
    while True:
        found = [
            (people[a].video.likeness.similarity(people[a].track_ids, people[b].track_ids) or 0.0, -a, -b)
            for a, b in combinations(range(len(people)), 2)
            if _one_person(people[a], people[b]) and not _seen_together(people[a], people[b])
        ]
        if not found:
            return people
        first, second = (-index for index in max(found)[1:])
        joined = _join(people[first], people[second], 0.0)
        people = [person for index, person in enumerate(people) if index not in (first, second)] + [joined]


def _one_person(a: LinkedTracks, b: LinkedTracks) -> bool | None:
    return a.video.likeness.one_person(a.track_ids, b.track_ids)


def _match_pairs(people: list[LinkedTracks]) -> list[LinkedTracks]:
    """Return the people with the pairs of two shots matched and joined, the clearest match first."""
    while True:
        pairs = [pair for pair in combinations(people, 2) if _seen_together(*pair)]
        found = [match for one, two in combinations(pairs, 2) for match in _pair_matches(one, two)]
        if not found:
            return people
        doubt, one, two = min(found, key=lambda match: match[0])
        gone = {id(person) for person in (*one, *two)}
        joined = [_join(*one, doubt), _join(*two, doubt)]
        people = [person for person in people if id(person) not in gone] + joined


_Pair = tuple[LinkedTracks, LinkedTracks]


def _pair_matches(one: _Pair, two: _Pair) -> list[tuple[float, _Pair, _Pair]]:
    """Return the match of one pair with another, with its doubt; nothing where ambiguous or of other people."""
    if any(_seen_together(a, b) or a is b for a in one for b in two):
        return []
    found = pairing(one[0].descriptor - one[1].descriptor, two[0].descriptor - two[1].descriptor)
    if found is None:
        return []
    doubt, order = found
    if any(_one_person(one[index], two[order[index]]) is False for index in (0, 1)):
        return []
    return [(doubt, (one[0], two[order[0]]), (one[1], two[order[1]]))]


def _join_alike(people: list[LinkedTracks]) -> list[LinkedTracks]:
    costs = np.full((len(people), len(people)), np.inf)
    alive, gone = list(people), set[int]()
    for a, b in combinations(range(len(people)), 2):
        costs[a, b] = _alike_cost(people[a], people[b], people)
    while costs.size and costs.min() < 1.0:
        a, b = (int(index) for index in np.unravel_index(int(costs.argmin()), costs.shape))
        unproven = _unproven_frames(alive[a], alive[b])
        alive[a] = _join(alive[a], alive[b], float(costs[a, b]), unproven)
        costs[b], costs[:, b] = np.inf, np.inf
        for other in np.flatnonzero(np.isfinite(costs[a])):
            costs[a, other] = _alike_cost(alive[a], alive[other], people)
        for other in np.flatnonzero(np.isfinite(costs[:, a])):
            costs[other, a] = _alike_cost(alive[other], alive[a], people)
        gone.add(b)
    return [person for index, person in enumerate(alive) if index not in gone]


def _alike_cost(a: LinkedTracks, b: LinkedTracks, people: Sequence[LinkedTracks]) -> float:
    """Return the cost of joining two of close descriptors; infinite where they may be two people dressed alike."""
    cost = _join_cost(a, b)
    if cost >= 1.0 or goes_on(a.frames, b.frames, a.video.cuts):
        return cost
    apart = float(descriptor_distance(a.descriptor, b.descriptor))
    told = apart < LINKING.one_descriptor or apart < LINKING.far_clearer * _nearest_other(a, b, people)
    return cost if told else float("inf")


def _unproven_frames(a: LinkedTracks, b: LinkedTracks) -> int:
    """Return of how many frames of two, to be joined over a cut, appearance is the only evidence."""
    known = goes_on(a.frames, b.frames, a.video.cuts) or _one_person(a, b)
    alike = float(descriptor_distance(a.descriptor, b.descriptor)) < LINKING.proven_descriptor
    return 0 if known or alike else min(len(a.frames), len(b.frames))


def _nearest_other(a: LinkedTracks, b: LinkedTracks, people: Sequence[LinkedTracks]) -> float:
    """Return the distance of either to the nearest person who resembles neither; 0 without any."""
    others = [person for person in people if len(person.frames) >= LINKING.min_faces]
    if not others:
        return 0.0
    values = np.stack([person.descriptor for person in others])
    nearer = np.minimum(
        descriptor_distance(values, a.descriptor[None]), descriptor_distance(values, b.descriptor[None])
    )
    strange = nearer[nearer >= LINKING.same_descriptor]
    return float(strange.min()) if strange.size else 0.0


def _join_in_shot(people: list[LinkedTracks]) -> list[LinkedTracks]:
    """Return the people with mutual nearest neighbours joined of which one leaves and one enters within a shot."""
    while True:
        costs = np.full((len(people), len(people)), np.inf)
        for a, b in combinations(range(len(people)), 2):
            costs[a, b] = costs[b, a] = _join_cost(people[a], people[b])
        found = [
            (float(costs[a, b]), a, b)
            for a, b in combinations(range(len(people)), 2)
            if costs[a, b] < LINKING.likest
            and costs[a, b] <= min(costs[a].min(), costs[b].min())
            and _in_one_shot(people[a], people[b], people)
        ]
        if not found:
            return people
        cost, first, second = min(found)
        joined = _join(people[first], people[second], min(1.0, cost / LINKING.likest))
        people = [person for index, person in enumerate(people) if index not in (first, second)] + [joined]


def _in_one_shot(a: LinkedTracks, b: LinkedTracks, people: Sequence[LinkedTracks]) -> bool:
    """Return whether somebody else stays in view, without a jump, from the end of one to the start of the other."""
    earlier, later = sorted((a, b), key=lambda person: int(person.frames[0]))
    first, last = int(earlier.frames[-1]), int(later.frames[0])
    return first < last and any(_stays(c, first, last) for c in people if c is not a and c is not b)


def _stays(person: LinkedTracks, first: int, last: int) -> bool:
    start, end = np.searchsorted(person.frames, [first, last + 1])
    if end - start < LINKING.stays_share * (last + 1 - first):
        return False
    before, after = person.boxes[start : end - 1], person.boxes[start + 1 : end]
    low, high = np.maximum(before[:, :2], after[:, :2]), np.minimum(before[:, 2:], after[:, 2:])
    shared = np.clip(high - low, 0, None).prod(-1)
    areas = (before[:, 2:] - before[:, :2]).prod(-1) + (after[:, 2:] - after[:, :2]).prod(-1)
    return bool((shared >= LINKING.same_place_iou * (areas - shared)).all())


def _join_likest(people: list[LinkedTracks]) -> list[LinkedTracks]:
    """Return the people with mutual nearest neighbours joined that are far closer than everybody else.

    Not two of whom one follows the other at a cut: in a shot of somebody else the light is often the same.
    """
    while len(people) > 2:
        values = np.stack([person.descriptor for person in people])
        apart = descriptor_distance(values[:, None], values[None]) / LINKING.same_descriptor
        found = []
        for a, b in combinations(range(len(people)), 2):
            others = np.delete(apart[[a, b]], [a, b], axis=1)
            cost = _join_cost(people[a], people[b])
            changes = cost >= 1.0 and changes_over(people[a].frames, people[b].frames, people[a].video.cuts)
            if cost < min(LINKING.likest, LINKING.clearly * float(others.min())) and not changes:
                found.append((cost, a, b))
        if not found:
            return people
        cost, first, second = min(found)
        joined = _join(people[first], people[second], min(1.0, cost / LINKING.likest))
        people = [person for index, person in enumerate(people) if index not in (first, second)] + [joined]
    return people


def _person(track: TrackSummary, video: _Video) -> LinkedTracks:
    area = np.clip(track.boxes[:, 2:] - track.boxes[:, :2], 0, None).prod(-1)
    weights: Float32 = np.power(area, np.float32(LINKING.size_power)) * track.scores
    eyes = np.hypot(*(track.landmarks[:, 1] - track.landmarks[:, 0]).T)
    shapes = _shapes(track.landmarks, eyes)
    eyes_px = float(np.median(eyes))
    return LinkedTracks(
        (track.track_id,), track.frames, track.boxes, weights, track.descriptor, shapes, eyes_px, 0.0, video
    )


def _shapes(landmarks: Float32, eyes: Float32) -> Float32:
    """Return landmarks about their centroid, in eye distances."""
    shapes = (landmarks - landmarks.mean(1, keepdims=True)) / np.maximum(eyes, 1.0)[:, None, None]
    return np.asarray(shapes, np.float32)


def _join(a: LinkedTracks, b: LinkedTracks, cost: float, unproven_frames: int = 0) -> LinkedTracks:
    frames = np.concatenate([a.frames, b.frames])
    order = np.argsort(frames, kind="stable")
    share = np.float32(len(a.frames) / len(frames))
    return LinkedTracks(
        tuple(sorted(a.track_ids + b.track_ids)),
        frames[order],
        np.concatenate([a.boxes, b.boxes])[order],
        np.concatenate([a.weights, b.weights])[order],
        _mixed(a.descriptor, b.descriptor, share),
        np.concatenate([a.shapes, b.shapes]),
        a.eyes_px * float(share) + b.eyes_px * float(1 - share),
        max(a.doubt, b.doubt, cost),
        a.video,
        a.unproven_frames + b.unproven_frames + unproven_frames,
    )


def _mixed(a: Float32, b: Float32, share: np.float32) -> Float32:
    """Return the weighted mean of two descriptors; a cell that one of them does not show is the other's."""
    mixed = a * share + b * (1 - share)
    return np.where(np.isnan(a), b, np.where(np.isnan(b), a, mixed))


def _join_cost(a: LinkedTracks, b: LinkedTracks) -> float:
    """Return the distance of descriptors over `same_descriptor`; infinite for two people.

    Those are two people who are seen together, or whose embeddings show it.
    """
    if _seen_together(a, b) or _one_person(a, b) is False:
        return float("inf")
    cost = float(descriptor_distance(a.descriptor, b.descriptor)) / LINKING.same_descriptor
    return cost * LINKING.same_place_bonus if _same_place(a, b) else cost


def may_be_one(a: LinkedTracks, b: LinkedTracks) -> bool:
    """Return whether two people may be one after all: never seen together, and not too far apart in appearance."""
    return _join_cost(a, b) < LINKING.likest


def _seen_together(a: LinkedTracks, b: LinkedTracks) -> bool:
    if a.frames[-1] < b.frames[0] or b.frames[-1] < a.frames[0]:
        return False
    return bool(np.intersect1d(a.frames, b.frames, assume_unique=True).size)


def _same_place(a: LinkedTracks, b: LinkedTracks) -> bool:
    """Return whether one begins shortly after the other ends, in the same place.

    Not from one frame to the next: there the tracker would have continued the track, unless at a cut.
    """
    for before, after in ((a, b), (b, a)):
        earlier = int(np.searchsorted(before.frames, after.frames[0])) - 1
        gap = int(after.frames[0] - before.frames[earlier]) if earlier >= 0 else 0
        if 1 < gap <= LINKING.same_place_gap_frames:
            shared = box_iou(before.boxes[earlier : earlier + 1], after.boxes[:1])
            if float(shared[0, 0]) >= LINKING.same_place_iou:
                return True
    return False
