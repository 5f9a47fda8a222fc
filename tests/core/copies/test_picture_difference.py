"""Pixels tell a copy from another expression of one person."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from benchmarks.near_duplicates import CHANGES, rendered
from fer_data.core.arrays import Image
from fer_data.core.copies.picture_difference import (
    BEYOND,
    MAX_DIFFERENCE,
    SKETCH_PX,
    picture_difference,
    sketch,
)


@pytest.fixture(scope="module")
def person() -> list[Image]:
    """Return seven expressions of one person in one pose, place and light."""
    return list(next(rendered(1, first=210)))


COPIES = {name: change for name, change in CHANGES.items() if "5 % a side" not in name}


@pytest.mark.parametrize("change", COPIES.values(), ids=COPIES)
def test_a_copy_differs_little(person: list[Image], change: Callable[[Image], Image]) -> None:
    """Compressed, resized, relit, mirrored, and aligned again or cut a little."""
    assert picture_difference(sketch(person[0]), sketch(change(person[0]))) <= MAX_DIFFERENCE


def test_another_expression_differs_more(person: list[Image]) -> None:
    """Every pair of the seven, and the mirror image of another one."""
    small = [sketch(crop) for crop in person]
    pairs = [picture_difference(small[0], other) for other in small[1:]]
    assert min(pairs) > MAX_DIFFERENCE
    turned = np.ascontiguousarray(small[1][:, ::-1])
    assert picture_difference(small[0], turned) == pytest.approx(pairs[0])


def test_one_spot_that_differs_is_seen(person: list[Image]) -> None:
    """A mouth of a tenth of the side counts, however alike the rest is: no mean over the picture hides it."""
    other = person[0].copy()
    other[180:205, 105:150] = cv2.GaussianBlur(255 - other[180:205, 105:150], (0, 0), 2)
    assert picture_difference(sketch(person[0]), sketch(other)) > MAX_DIFFERENCE


@pytest.mark.parametrize("side", [8, 64, 300])
def test_crops_of_any_side_have_a_sketch(side: int) -> None:
    """Given crops are as large as they are."""
    image = np.random.default_rng(1).integers(0, 256, (side, side, 3), dtype=np.uint8)
    assert sketch(image).shape == (SKETCH_PX, SKETCH_PX)
    assert picture_difference(sketch(image), sketch(image)) == 0


def test_pictures_of_nothing_in_common_differ_much() -> None:
    """Noise against noise, and against nothing: a number all the same."""
    rng = np.random.default_rng(1)
    first, second = rng.integers(0, 256, (2, SKETCH_PX, SKETCH_PX), dtype=np.uint8)
    for other in (second, np.zeros_like(first), np.full_like(first, 255)):
        assert MAX_DIFFERENCE < picture_difference(first, other) <= BEYOND
