"""Reduction without aliasing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.vision.reduction import reduce_by_area
from fer_data.errors import DatasetError


def noise(side: int, seed: int = 0) -> np.ndarray:
    """Return a random picture."""
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [128, 64, 32, 16, 8])
def test_an_integer_ratio_is_the_box_mean(size: int) -> None:
    """256 px come down by exact halvings: every pixel is the rounded mean of its square."""
    image = noise(256)
    side = 256 // size
    mean = image.reshape(size, side, size, side, 3).mean(axis=(1, 3))
    assert np.abs(reduce_by_area(image, size) - mean).max() <= 0.5


def test_a_fractional_ratio_weighs_the_border_pixels() -> None:
    """At 3 to 2 the outer pixels count fully and the middle ones by half."""
    column = np.array([0, 90, 210], np.uint8)
    image = np.repeat(np.repeat(column[:, None, None], 3, axis=1), 3, axis=2)
    assert reduce_by_area(image, 2)[:, 0, 0].tolist() == [30, 170]


def test_a_fine_pattern_becomes_grey_and_not_another_pattern() -> None:
    """Stripes too fine for 112 px do not come back as coarser ones."""
    image = np.zeros((256, 256, 3), np.uint8)
    image[:, ::2] = 255
    reduced = reduce_by_area(image, 112)
    assert np.ptp(reduced.astype(int)) < 120
    assert abs(float(reduced.mean()) - 127.5) < 1


@given(st.integers(1, 64), st.integers(0, 255))
def test_an_even_picture_stays_even(size: int, value: int) -> None:
    """No resolution changes the colour of a picture that has one colour."""
    assert (reduce_by_area(np.full((64, 64, 3), value, np.uint8), size) == value).all()


def test_its_own_side_is_unchanged() -> None:
    """A picture at its own side comes back as it is."""
    image = noise(32)
    assert reduce_by_area(image, 32) is image


@pytest.mark.parametrize(
    ("shape", "size", "message"),
    [
        ((64, 64, 3), 65, r"resolution \(65\) must be at most"),
        ((64, 32, 3), 16, r"crop \(32x64\) must be square"),
    ],
    ids=["enlarged", "not square"],
)
def test_what_cannot_be_reduced_is_refused(shape: tuple[int, ...], size: int, message: str) -> None:
    """Crops are square and never enlarged."""
    with pytest.raises(DatasetError, match=message):
        reduce_by_area(np.zeros(shape, np.uint8), size)
