"""Whose face pictures show, and from which frame they come."""

import cv2
import numpy as np
import pytest

from fer_data.core.arrays import Image
from fer_data.core.tracks.crop_matching import (
    OFFSETS,
    best_offset,
    find_owner,
    portrait,
    portraits,
    similarity,
    template_landmarks,
)
from fer_data.core.vision.geometry import landmark_template

TRACKS = np.array([3, 5, 8], np.int32)
FRAMES = [
    np.arange(0, 20, dtype=np.int32),
    np.arange(0, 40, dtype=np.int32),
    np.arange(20, 40, dtype=np.int32),
]
PEOPLE = [(3, 8), (5,)]
WHOLE = np.array([0, 0, 112, 112], np.float32)


def face(seed: int) -> Image:
    """Return a smooth picture of 112 px with detail that a seed decides."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (14, 14, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (112, 112), interpolation=cv2.INTER_CUBIC), np.uint8)


def agreement(rows: list[tuple[float, float, float]]) -> np.ndarray:
    """Return a table of agreement by picture and track."""
    return np.array(rows, np.float32)


@pytest.mark.parametrize("light", [0.5, 1.6], ids=["darker", "brighter"])
@pytest.mark.parametrize("scale", [0.7, 1.5], ids=["smaller", "larger"])
def test_one_picture_agrees_with_itself_however_it_was_cropped(scale: float, light: float) -> None:
    """Another size, place and brightness hardly lower the agreement."""
    image, marks = face(1), landmark_template(112)
    matrix = np.array([[scale, 0, 7.0], [0, scale, -4.0]])
    other = cv2.warpAffine(image, matrix, (160, 160), borderValue=(90, 90, 90))
    other = np.clip(other * light, 0, 255).astype(np.uint8)
    moved = marks @ matrix[:, :2].T + matrix[:, 2]
    assert similarity(portraits(image, WHOLE, marks), portrait(other, WHOLE, moved)) > 0.8


@pytest.mark.parametrize("wide", [0.88, 1.15], ids=["narrow", "wide"])
def test_landmarks_may_be_placed_otherwise(wide: float) -> None:
    """A detector that sees a tight crop puts the same landmarks closer or farther apart."""
    image, marks = face(1), landmark_template(112)
    other = marks.mean(0) + (marks - marks.mean(0)) * wide
    assert similarity(portraits(image, WHOLE, other), portrait(image, WHOLE, marks)) > 0.8


def test_two_faces_do_not_agree() -> None:
    """Other detail under the same landmarks is another picture."""
    marks = landmark_template(112)
    assert similarity(portraits(face(1), WHOLE, marks), portrait(face(2), WHOLE, marks)) < 0.4


def test_a_crop_without_landmarks_is_taken_as_insightface_makes_it() -> None:
    """The template of a crop that is not square lies in its largest middle square."""
    assert template_landmarks(112, 112) == pytest.approx(landmark_template(112), abs=1e-4)
    assert template_landmarks(144, 112) == pytest.approx(landmark_template(112) + np.array([16, 0]), abs=1e-4)


def test_pictures_name_the_person_with_most_voices() -> None:
    """The person's tracks all count, also one that no picture happened to fall into."""
    owner = find_owner(agreement([(0.9, 0.2, np.nan)] * 10), TRACKS, FRAMES, PEOPLE)
    assert owner.track_ids == (3, 8)
    assert (owner.matches, owner.others, owner.margin) == (10, 0, 1.0)
    assert owner.similarity == pytest.approx(0.9)


def test_a_track_that_pictures_speak_against_is_taken_away() -> None:
    """Where the pictures in a track's frames look like another track, the join of the two was wrong."""
    rows = [(0.9, np.nan, np.nan)] * 10 + [(np.nan, 0.8, 0.1)] * 4
    owner = find_owner(agreement(rows), TRACKS, [FRAMES[0], FRAMES[2], FRAMES[2]], PEOPLE)
    assert owner.track_ids == (3, 5)
    assert owner.matches == 14


def test_nobody_is_in_two_places() -> None:
    """Of two tracks that share a frame the one with more voices stays."""
    rows = [(0.9, 0.2, np.nan)] * 10 + [(np.nan, 0.8, np.nan)] * 14
    owner = find_owner(agreement(rows), TRACKS, FRAMES, PEOPLE)
    assert owner.track_ids == (5,)
    assert (owner.matches, owner.others) == (14, 10)
    assert owner.margin == pytest.approx(4 / 24)


@pytest.mark.parametrize(
    "rows",
    [[], [(0.9, 0.1, 0.1)] * 4, [(0.3, 0.1, 0.2)] * 40, [(0.8, 0.75, 0.1)] * 40],
    ids=["no pictures", "too few", "nobody alike", "two alike"],
)
def test_pictures_that_do_not_say_it_name_nobody(rows: list[tuple[float, float, float]]) -> None:
    """Without enough clear voices there is no owner."""
    owner = find_owner(agreement(rows).reshape(-1, 3), TRACKS, FRAMES, PEOPLE)
    assert (owner.track_ids, owner.matches, owner.similarity) == ((), 0, 0.0)


@pytest.mark.parametrize("offset", OFFSETS)
def test_the_offset_is_where_pictures_agree_best(offset: int) -> None:
    """Agreement that falls with distance from an offset names it, surely."""
    random = np.random.default_rng(3)
    apart = np.abs(np.array(OFFSETS) - offset)
    found = best_offset((0.9 - 0.1 * apart + random.normal(0, 0.02, (40, 7))).astype(np.float32))
    assert (found.frames, found.compared) == (offset, 40)
    assert found.confidence > 0.8


def test_a_still_face_leaves_the_offset_open() -> None:
    """Agreement that does not depend on the offset names none, and pictures without all offsets do not count."""
    noise = np.random.default_rng(4).normal(0.9, 0.02, (40, 7)).astype(np.float32)
    assert best_offset(noise).frames is None
    noise[:, 0] = np.nan
    assert best_offset(noise).frames is None
