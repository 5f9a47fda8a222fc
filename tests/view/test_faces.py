"""Pictures on pages: none where they may not be, few and small where they may."""

from base64 import b64decode

import cv2
import numpy as np
import pytest

from fer_data.core.arrays import Image
from fer_data.view.faces import BLUR_CELLS, Faces


def decoded(text: str) -> Image:
    """Return what a browser shows of a picture of a page."""
    found = cv2.imdecode(np.frombuffer(b64decode(text), np.uint8), cv2.IMREAD_COLOR_RGB)
    return np.asarray(found, np.uint8)


def noise(height: int, width: int, seed: int = 0) -> Image:
    """Return a picture of noise."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("height", "width", "expected"), [(200, 100, (96, 48)), (16, 16, (16, 16)), (1, 300, (1, 96))]
)
def test_a_picture_is_reduced_and_never_enlarged(height: int, width: int, expected: tuple[int, int]) -> None:
    """The longest side is what was asked for, or its own where that is less."""
    assert decoded(Faces().encoded(noise(height, width), side_px=96)).shape[:2] == expected


def test_a_tiny_picture_is_shown_as_it_is() -> None:
    """Every pixel of 16 px is itself: it is shown enlarged."""
    image = noise(16, 16)
    np.testing.assert_array_equal(decoded(Faces().encoded(image, side_px=96)), image)


def test_a_page_takes_no_more_than_its_room() -> None:
    """Once a picture does not fit there is none, and what was given counts."""
    faces = Faces(left=9000)
    given = [faces.encoded(noise(96, 96, seed), side_px=96) for seed in range(6)]
    taken = [len(text) for text in given if faces.takes(text)]
    assert 0 < sum(taken) == 9000 - faces.left
    assert len(taken) < len(given)
    assert "no room" in faces.figure(noise(96, 96), "a sheet", side_px=96)


@pytest.mark.parametrize("side", [16, 112, 256])
def test_a_blur_leaves_a_few_grey_cells(side: int) -> None:
    """Two pictures whose cells have the same mean grey become one: whatever told them apart is not in the file."""
    cell = side // BLUR_CELLS
    coarse = noise(BLUR_CELLS, BLUR_CELLS)[..., :1].repeat(3, axis=2) // 2 + 64
    flat = np.kron(coarse, np.ones((cell, cell, 1), np.uint8)).astype(np.uint8)
    fine = flat.copy()
    fine[::2, :, :] += 40
    fine[1::2, :, :] -= 40
    first, second = (decoded(Faces(blurred=True).encoded(one, side_px=96)) for one in (flat, fine))
    assert first.shape == (BLUR_CELLS, BLUR_CELLS, 3)
    np.testing.assert_array_equal(first, second)
    assert (first[..., 0] == first[..., 1]).all()


def test_a_sheet_is_blurred_face_by_face() -> None:
    """Of a sheet of three faces each has its own cells, and no more of them than a face by itself."""
    sheet = np.concatenate([np.full((64, 64, 3), grey, np.uint8) for grey in (20, 120, 220)], axis=1)
    shown = decoded(Faces(blurred=True).encoded(sheet, side_px=192, face_px=64))
    assert shown[0, ::BLUR_CELLS, 0].tolist() == [20, 120, 220]
