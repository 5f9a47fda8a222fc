"""What a video shows of people that stays still: values that do not flicker, and a place for each person.

A person keeps a place from the first to the last frame, and another one takes it afterwards::

    frame     0 1 2 3 4 5 6 7 8
    person 0  * * * *             place 0
    person 1    * * * * . * *     place 1   (. not found: the last values stay for a moment, dimmed)
    person 2            * * * *   place 0
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Int64, Mask
from fer_data.predict.recognise import SourceFaces, smoothed

__all__ = ["Places", "most_at_once", "places_of", "steadied", "window_of"]

_STEADY_SECONDS = 0.12
"""To either side that drawn values are averaged over where no smoothing is asked for; measured: digits can be read."""

_HELD_SECONDS = 0.5
"""That the values of a person who is not found are still shown."""

_USUAL_STEP = 0.04


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Who stands where, frame by frame.

    Attributes:
        rows: (frames, places): row of the face whose values are shown; -1 where there is none.
        fresh: (frames, places): whether that face is in this frame.
        people: (frames, places): who has the place, or had it last; -1 before anybody.
        without: numbers of the people for whom there is no place.
    """

    rows: Int64
    fresh: Mask
    people: Int64
    without: frozenset[int]


def window_of(found: SourceFaces, smoothing_frames: int) -> int:
    """Return over how many frames to either side drawn values are averaged: as asked for, else about 0.1 s."""
    if smoothing_frames or found.decoded_frames < 2:
        return smoothing_frames
    return max(1, round(_STEADY_SECONDS / _step(found.pts_seconds)))


def steadied(found: SourceFaces, window: int, smoothing_frames: int) -> SourceFaces:
    """Return the faces with values for drawing, which are averaged already where smoothing was asked for."""
    return found if smoothing_frames else smoothed(found, window)


def most_at_once(found: SourceFaces) -> int:
    """Return how many places it takes so that everybody has one, counting from a person's first frame to the last."""
    lives = _lives(found.person_id, found.frame_index)
    ends = sorted([(first, 1) for _, first, _ in lives] + [(last + 1, -1) for _, _, last in lives])
    return max(np.cumsum([change for _, change in ends]).tolist(), default=0)


def places_of(found: SourceFaces, count: int) -> Places:
    """Return who stands in which of so many places; where they are too few, those who are seen longest."""
    frames = len(found.pts_seconds)
    lives = _lives(found.person_id, found.frame_index)
    chosen = _chosen(lives, dict(zip(*map(list, _counts(found.person_id)), strict=True)), count)
    rows = np.full((frames, count), -1, np.int64)
    people = np.full((frames, count), -1, np.int64)
    free = [0] * count
    for person, first, last in sorted(chosen, key=lambda life: (life[1], life[0])):
        place = next(index for index, since in enumerate(free) if since <= first)
        free[place] = last + 1
        own = np.flatnonzero(found.person_id == person)
        rows[found.frame_index[own], place] = own
        people[first:, place] = person
    fresh = rows >= 0
    return Places(
        _held(rows, fresh, people, _held_frames(found)),
        fresh,
        people,
        frozenset(person for person, _, _ in lives) - {person for person, _, _ in chosen},
    )


def _held(rows: Int64, fresh: Mask, people: Int64, frames: int) -> Int64:
    """Return the rows with those of people who are not found carried on for so many frames."""
    held = rows.copy()
    for place in range(rows.shape[1]):
        seen = np.where(fresh[:, place], np.arange(len(rows)), -1)
        last = np.maximum.accumulate(seen) if len(seen) else seen
        same = (last >= 0) & (np.arange(len(rows)) - last <= frames)
        same[same] &= people[same, place] == people[last[same], place]
        held[same, place] = rows[last[same], place]
    return held


def _held_frames(found: SourceFaces) -> int:
    return round(_HELD_SECONDS / _step(found.pts_seconds))


def _step(pts_seconds: NDArray[np.float64]) -> float:
    """Return the usual time from a frame to the next."""
    steps = np.diff(pts_seconds)
    sound = steps[np.isfinite(steps) & (steps > 0)]
    return float(np.median(sound)) if len(sound) else _USUAL_STEP


Life = tuple[int, int, int]
"""A person's number, first and last frame."""


def _lives(people: Int64, frames: Int64) -> list[Life]:
    numbers, first = np.unique(people, return_index=True)
    lasts = len(people) - 1 - np.unique(people[::-1], return_index=True)[1]
    return [
        (int(number), int(frames[start]), int(frames[end]))
        for number, start, end in zip(numbers, first, lasts, strict=True)
    ]


def _counts(people: Int64) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.unique(people, return_counts=True)


def _chosen(lives: Sequence[Life], counts: dict[int, int], room: int) -> list[Life]:
    """Return the people, most faces first, for whom there is room in every frame of theirs."""
    chosen: list[Life] = []
    for life in sorted(lives, key=lambda one: (-counts[one[0]], one[0])):
        _, first, last = life
        others = [one for one in chosen if one[1] <= last and one[2] >= first]
        starts = [first, *(one[1] for one in others if one[1] > first)]
        if all(sum(one[1] <= at <= one[2] for one in others) < room for at in starts):
            chosen.append(life)
    return chosen
