"""Training pictures brought down in resolution and back up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from train.training.multi_resolution import LOWERED_SIDES, drawn_side, lowered


def triangle(length: int, target: int) -> NDArray[np.float64]:
    """Return the (target, length) weights of a bilinear resize whose filter grows with the reduction."""
    scale = length / target
    reach = max(1.0, scale)
    centres = (np.arange(target) + 0.5) * scale
    distance = np.abs(np.arange(length)[None, :] + 0.5 - centres[:, None]) / reach
    weights = np.clip(1 - distance, 0, None)
    return weights / weights.sum(axis=1, keepdims=True)


def by_definition(image: NDArray[np.uint8], side: int) -> NDArray[np.float64]:
    """Return the picture brought down and up by matrices, rounded where a picture of bytes is."""
    shape = image.shape[:2]
    small = [length * side // min(shape) for length in shape]
    values = image.astype(np.float64)
    for lengths in (small, shape):
        matrices = [triangle(now, then) for now, then in zip(values.shape[:2], lengths, strict=True)]
        values = np.rint(np.einsum("ah,hwc,bw->abc", matrices[0], values, matrices[1], optimize=True))
    return values


@pytest.mark.parametrize("side", LOWERED_SIDES)
@pytest.mark.parametrize("shape", [(112, 112), (150, 130)], ids=str)
def test_a_picture_goes_down_and_up_as_defined(shape: tuple[int, int], side: int) -> None:
    """Within two grey levels of the triangle filter computed by matrices, for squares and others."""
    image = np.random.default_rng(side).integers(0, 256, (*shape, 3), dtype=np.uint8)
    expected = by_definition(image, side) if side < min(shape) else image
    assert np.abs(lowered(image, side) - expected).max() <= 2


def test_fine_detail_is_averaged_and_not_sampled() -> None:
    """A chessboard of single pixels becomes grey; plain bilinear sampling would keep black or white."""
    board = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    grey = lowered(np.repeat(board[..., None], 3, axis=2), 8)
    assert np.abs(grey[8:-8, 8:-8].astype(int) - 127).max() <= 2


@given(st.integers(1, 200), st.integers(1, 200), st.sampled_from(LOWERED_SIDES))
def test_a_picture_that_is_not_larger_comes_back_unchanged(height: int, width: int, side: int) -> None:
    """The shape always stays; the pixels do where the shorter side is no longer than that."""
    image = np.random.default_rng(height * 251 + width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    result = lowered(image, side)
    assert result.shape == image.shape
    if side >= min(height, width):
        np.testing.assert_array_equal(result, image)


def test_each_side_has_the_same_chance() -> None:
    """A fifth of the draws each."""
    sides, counts = np.unique(
        [drawn_side(u) for u in np.linspace(0, 1, 5000, endpoint=False)], return_counts=True
    )
    assert sides.tolist() == list(LOWERED_SIDES)
    assert counts.tolist() == [1000] * 5
