"""Which frames say nothing new."""

import numpy as np
import pytest

from fer_data.core.vision.redundancy import FrameLabels, redundant

PLAIN = np.zeros((3, 4, 4, 3), np.uint8)
FACE = np.array([[30, 50], [70, 50], [50, 70], [36, 90], [64, 90]], np.float32)


def labels(classes: list[list[int]], values: list[list[float]] | None = None) -> FrameLabels:
    """Return the labels of frames; without values none has any."""
    known = values or [[np.nan, np.nan]] * len(classes)
    return FrameLabels(np.array(classes, np.int16), np.array(known, np.float32))


def test_a_picture_is_held_against_the_last_one_that_stayed() -> None:
    """A slow drift is not lost: steps below the limit add up until one exceeds it."""
    pictures = np.stack([np.full((4, 4, 3), value, np.uint8) for value in (10, 12, 14, 16, 16)])
    assert redundant(pictures, 5).tolist() == [False, True, True, False, True]


def test_a_limit_of_zero_marks_nothing() -> None:
    """Zero turns the rule off, even for equal pictures; no pictures give no marks."""
    assert not redundant(np.zeros((3, 4, 4, 3), np.uint8), 0).any()
    assert redundant(np.zeros((0, 4, 4, 3), np.uint8), 5).shape == (0,)


def test_a_label_that_changed_is_news() -> None:
    """Of whatever task, and one that begins or ends; the frame after it is held against it."""
    changing = labels([[1, 0], [1, 1], [1, 1]])
    assert redundant(PLAIN, 5, labels=changing).tolist() == [False, False, True]
    assert redundant(PLAIN, 5, labels=labels([[1, 0], [1, -1], [1, -1]])).tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("values", "marked"),
    [([0.0, 0.09, 0.15], [False, True, False]), ([0.0, np.nan, np.nan], [False, False, True])],
    ids=["a drift that adds up", "none from here on"],
)
def test_valence_and_arousal_may_change_a_little(values: list[float], marked: list[bool]) -> None:
    """By a twentieth of their scale from the last frame that stayed; they change in nearly every frame."""
    drifting = labels([[1]] * 3, [[value, 0.5] for value in values])
    assert redundant(PLAIN, 5, labels=drifting).tolist() == marked


def turned(yaw_degrees: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """Return the landmarks of a head that turned, seen from afar: depths in px, the nose before the eyes."""
    depths = np.array([0, 0, 25, 5, 5], np.float32)
    angle = np.deg2rad(yaw_degrees)
    across = (FACE[:, 0] - 50) * np.cos(angle) + depths * np.sin(angle)
    return np.stack([across + 50, FACE[:, 1]], 1).astype(np.float32)


def test_a_head_that_turned_is_news() -> None:
    """A few degrees are none; where the face stands in the picture and how large it is does not matter."""
    small, large = (np.stack([FACE, 2 * turned(angle) + 100, FACE]) for angle in (3, 20))
    assert redundant(PLAIN, 5, landmarks=small).tolist() == [False, True, True]
    assert redundant(PLAIN, 5, landmarks=large).tolist() == [False, False, False]


def test_landmarks_that_nobody_knows_say_nothing() -> None:
    """Crops that came aligned have none; the picture alone decides."""
    unknown = np.full((3, 5, 2), np.nan, np.float32)
    assert redundant(PLAIN, 5, landmarks=unknown).tolist() == [False, True, True]
