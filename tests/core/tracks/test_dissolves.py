"""A track is split where one face is faded into another one, and not where a head or the light moves."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fer_data.core.tracks.appearance import THUMBNAIL_PX, appearance_descriptors
from fer_data.core.tracks.dissolves import dissolves

Thumbnails = NDArray[np.uint8]

SHAPE = (THUMBNAIL_PX, THUMBNAIL_PX, 3)
RANDOM = np.random.default_rng(5)
FIRST, SECOND = (
    cv2.resize(RANDOM.uniform(20, 235, (6, 6, 3)), SHAPE[:2], interpolation=cv2.INTER_CUBIC) for _ in range(2)
)


def faded(weights: list[float]) -> Thumbnails:
    """Return thumbnails that are the second picture to some shares, with a little noise."""
    noise = np.random.default_rng(1).normal(0, 3, (len(weights), *SHAPE))
    mixed = np.array([FIRST * (1 - weight) + SECOND * weight for weight in weights]).reshape(-1, *SHAPE)
    return np.clip(mixed + noise, 0, 255).astype(np.uint8)


def slid(steps: list[int]) -> Thumbnails:
    """Return thumbnails over which a picture of both slides by some px, as where a head turns."""
    both = np.concatenate([FIRST, SECOND], 1)
    return np.array([both[:, step : step + THUMBNAIL_PX] for step in steps]).clip(0, 255).astype(np.uint8)


RISE = np.linspace(0, 1, 14)[1:-1].tolist()


@pytest.mark.parametrize(
    ("thumbnails", "expected"),
    [
        (faded([0.0] * 10 + RISE + [1.0] * 10), [16]),
        (faded([0.0] * 10 + RISE + [1.0] * 10 + RISE[::-1] + [0.0] * 10), [16, 38]),
        (faded([0.0] * 40), []),
        (faded([0.0] * 10 + RISE + [1.0] * 2), []),
        (slid([0] * 10 + list(range(0, 48, 4)) + [48] * 10), []),
        (faded([0.0]), []),
        (faded([]), []),
    ],
    ids=[
        "fade",
        "there-and-back",
        "still",
        "too-short",
        "slides",
        "one-face",
        "none",
    ],
)
def test_a_face_that_is_faded_into_another_one_is_two(thumbnails: Thumbnails, expected: list[int]) -> None:
    """The first face that is rather the second picture is returned, for each dissolve."""
    found = dissolves(thumbnails, appearance_descriptors(thumbnails)).tolist()
    assert len(found) == len(expected)
    assert np.allclose(found, expected, atol=1)
