"""Embeddings join people only where the video shows how alike one person's faces are."""

from dataclasses import replace

import numpy as np
import pytest
from core.tracks.test_assignment import track

from fer_data.core.tracks.identity import Embedded, Likeness
from fer_data.core.tracks.linking import TrackSummary, join_tracks

FACES = 6


def embedded(towards: int, *, seconds: float = 4.0, spread: float = 0.3) -> Embedded:
    """Return faces that all lie near one axis, by turns to either side of it, over some seconds."""
    vectors = np.zeros((FACES, 8), np.float32)
    vectors[:, towards] = 1.0
    vectors[:, -1] = spread * np.where(np.arange(FACES) % 2, 1, -1)
    return Embedded(np.linspace(0, seconds, FACES), vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def shown(number: int, frames: range, *, colour: float, face: Embedded | None) -> TrackSummary:
    """Return a track in the middle of the picture."""
    return replace(track(number, frames, x=300, colour=colour), embedded=face)


def people_of(*tracks: TrackSummary) -> set[tuple[int, ...]]:
    """Return the tracks of each person."""
    return {person.track_ids for person in join_tracks(tracks)}


def test_one_face_in_other_clothes_is_one_person() -> None:
    """Looks that differ by far do not matter where embedded faces are as alike as those of one track."""
    tracks = [
        shown(0, range(100), colour=20, face=embedded(0)),
        shown(1, range(100, 200), colour=60, face=embedded(0)),
    ]
    assert people_of(*tracks) == {(0, 1)}
    assert people_of(*(replace(one, embedded=None) for one in tracks)) == {(0,), (1,)}


def test_two_faces_in_one_colour_are_two_people() -> None:
    """Looks that hardly differ join nobody whose embedded faces are less alike than those of one track."""
    tracks = [
        shown(0, range(100), colour=20, face=embedded(0)),
        shown(1, range(100, 200), colour=20.5, face=embedded(1)),
    ]
    assert people_of(*tracks) == {(0,), (1,)}
    assert people_of(*(replace(one, embedded=None) for one in tracks)) == {(0, 1)}


@pytest.mark.parametrize("missing", ["seconds", "faces"])
def test_without_evidence_looks_decide(missing: str) -> None:
    """Faces within one second, or of one track alone, say neither that two are one nor that they are not."""
    short = embedded(1, seconds=0.8) if missing == "seconds" else None
    near = embedded(0, seconds=0.8) if missing == "seconds" else embedded(0)
    alike = [shown(0, range(100), colour=20, face=near), shown(1, range(100, 200), colour=20.5, face=short)]
    assert people_of(*alike) == {(0, 1)}
    same = None if missing == "faces" else near
    others = [shown(0, range(100), colour=20, face=near), shown(1, range(100, 200), colour=60, face=same)]
    assert people_of(*others) == {(0,), (1,)}


@pytest.mark.parametrize(
    ("degrees", "verdict"),
    [(35.0, True), (55.0, None), (80.0, False)],
    ids=["another shot", "open", "somebody else"],
)
def test_another_shot_may_differ_more_than_a_second_within_one(degrees: float, verdict: bool | None) -> None:
    """One person's shots reach the square of one shot's likeness; under its fourth power they are two people's."""
    turned = embedded(0)
    angle = np.deg2rad(degrees)
    vectors = turned.vectors.copy()
    vectors[:, 1], vectors[:, 0] = vectors[:, 0] * np.sin(angle), vectors[:, 0] * np.cos(angle)
    other = replace(turned, vectors=vectors)
    assert Likeness({0: turned, 1: other}, []).one_person([0], [1]) is verdict


def test_a_network_that_takes_people_seen_together_for_one_joins_nobody() -> None:
    """Where two people of one picture are as alike as two others, that these are alike is no evidence."""
    faces = {number: embedded(0) for number in range(3)}
    assert Likeness(faces, [(0, 1)]).one_person([0], [2]) is None
    assert Likeness(faces, []).one_person([0], [2]) is True
    assert Likeness({**faces, 1: embedded(1)}, [(0, 1)]).one_person([0], [2]) is True


def test_one_track_that_changed_persons_does_not_widen_the_distribution() -> None:
    """What one person's faces have in common is the median over the tracks."""
    mixed = Embedded(
        np.linspace(0, 4, FACES), np.concatenate([embedded(0).vectors[:3], embedded(1).vectors[:3]])
    )
    known = Likeness({0: embedded(0), 1: embedded(1), 2: mixed}, [])
    assert known.one_person([0], [1]) is False


def test_nothing_embedded_says_nothing() -> None:
    """Without any vector there is no similarity, and no verdict."""
    assert Likeness({}, []).similarity([0], [1]) is None
    assert Likeness({}, []).one_person([0], [1]) is None
