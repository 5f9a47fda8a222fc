"""The five-point similarity, the box crop and the anti-aliased warp."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.vision.geometry import (
    apply_matrix,
    box_matrix,
    estimate_similarity,
    eye_distance,
    landmark_template,
    similarity_matrix,
    warp_crop,
)

deprecated_in_skimage = pytest.mark.filterwarnings("ignore:`estimate` is deprecated:FutureWarning")

LANDMARKS = np.array([[70, 80], [111, 74], [93, 101], [78, 125], [112, 121]], np.float32)


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Return a picture of random pixels."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


angles = st.floats(-3.1, 3.1)
scales = st.floats(0.1, 10)
shifts = st.floats(-500, 500)


@given(angles, scales, shifts, shifts)
def test_alignment_undoes_any_similarity(angle: float, scale: float, x: float, y: float) -> None:
    """However a face is turned, scaled and moved, its landmarks come to lie on the same pixels of the crop."""
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = (LANDMARKS @ turn.T + (x, y)).astype(np.float32)
    straight = apply_matrix(similarity_matrix(LANDMARKS, 256, 0.2), LANDMARKS)
    np.testing.assert_allclose(apply_matrix(similarity_matrix(moved, 256, 0.2), moved), straight, atol=0.02)


@deprecated_in_skimage
@pytest.mark.parametrize("size", [112, 128, 224, 256])
def test_the_similarity_is_insightfaces(size: int) -> None:
    """Without a margin the map is the one that InsightFace estimates."""
    from insightface.utils.face_align import estimate_norm

    ours = similarity_matrix(LANDMARKS, size, 0.0)
    np.testing.assert_allclose(ours, estimate_norm(LANDMARKS, size), atol=1e-4)


@deprecated_in_skimage
@pytest.mark.parametrize("size", [112, 256])
def test_an_enlarging_crop_is_insightfaces_norm_crop(size: int) -> None:
    """Where nothing is reduced, pixels are those of `norm_crop` but for rounding."""
    from insightface.utils.face_align import norm_crop

    face = np.ascontiguousarray(np.kron(noise(30, 30), np.ones((6, 6, 1), np.uint8)))
    small = LANDMARKS / 2
    crop = warp_crop(face, similarity_matrix(small, size, 0.0), size)
    assert np.abs(crop.astype(int) - norm_crop(face, small, size)).max() <= 1


def test_the_256_px_crop_holds_the_224_px_crop() -> None:
    """InsightFace's 256 px template is its 224 px one moved by 16 px."""
    moved = landmark_template(224) + np.array([16, 0])
    np.testing.assert_allclose(landmark_template(256), moved)


@given(angles, scales, shifts, shifts)
def test_a_similarity_is_found_exactly(angle: float, scale: float, x: float, y: float) -> None:
    """Points that a similarity moved give back that similarity."""
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = estimate_similarity(LANDMARKS, LANDMARKS @ turn.T + (x, y))
    np.testing.assert_allclose(found, np.column_stack([turn, (x, y)]), atol=1e-3)


def test_points_in_one_place_keep_their_scale() -> None:
    """Five equal landmarks do not divide by zero."""
    found = estimate_similarity(np.ones((5, 2)), landmark_template(112))
    np.testing.assert_allclose(found[:, :2], np.eye(2))


def test_the_margin_widens_the_view_about_the_crops_centre() -> None:
    """A margin of 0.25 shows 1.25 times the length around the same middle."""
    plain, wide = similarity_matrix(LANDMARKS, 256, 0.0), similarity_matrix(LANDMARKS, 256, 0.25)
    np.testing.assert_allclose(wide[:, :2] * 1.25, plain[:, :2])
    middle = np.array([[127.5, 127.5]])
    source = (middle - plain[:, 2]) @ np.linalg.inv(plain[:, :2]).T
    np.testing.assert_allclose(apply_matrix(wide, source), middle)


def test_a_box_becomes_a_square_grown_by_the_margin() -> None:
    """A box of 40 x 80 px with margin 0.5 fills the crop with the 120 px square around it."""
    image = np.zeros((200, 200, 3), np.uint8)
    image[40:160, 40:160] = 255
    crop = warp_crop(image, box_matrix(np.array([80, 60, 120, 140], np.float32), 60, 0.5), 60)
    assert crop[1:-1, 1:-1].min() == 255
    wider = warp_crop(image, box_matrix(np.array([80, 60, 120, 140], np.float32), 60, 0.7), 60)
    assert wider[0].max() < 200
    assert wider[:, -1].max() < 200


@pytest.mark.parametrize("factor", [2, 4, 8], ids=str)
def test_a_reducing_crop_averages_areas(factor: int) -> None:
    """A crop of an upright square is its area average, not a sample of it."""
    image = noise(256, 256)
    matrix = np.array([[1 / factor, 0, (1 / factor - 1) / 2], [0, 1 / factor, (1 / factor - 1) / 2]])
    size = 256 // factor
    expected = image.reshape(size, factor, size, factor, 3).mean((1, 3))
    assert np.abs(warp_crop(image, matrix, size) - expected).max() <= 1


@given(st.floats(0.12, 0.95), st.floats(-20, 20))
def test_a_reducing_crop_stays_in_place(scale: float, shift: float) -> None:
    """Reduction before the warp does not move the picture: a linear ramp keeps its values."""
    ramp = np.repeat(np.tile(np.arange(250, dtype=np.uint8), (250, 1))[..., None], 3, 2)
    matrix = np.array([[scale, 0, shift * scale], [0, scale, 0]])
    crop = warp_crop(ramp, matrix, 24)
    source = np.arange(24) / scale - shift
    inside = (source > 12) & (source < 236) & (np.arange(24) / scale < 236)
    assert np.abs(crop[2, inside, 0] - source[inside]).max(initial=0) <= 1.5


@pytest.mark.parametrize("channels", [(3,), ()], ids=["colour", "grey"])
def test_a_crop_outside_the_image_is_black(channels: tuple[int, ...]) -> None:
    """A face beyond the picture's edge gives a black crop instead of an error."""
    image = noise(50, 50)[(..., *([0] if not channels else []))]
    crop = warp_crop(image, np.array([[0.5, 0, 900], [0, 0.5, 900.0]]), 32)
    assert crop.shape == (32, 32, *channels)
    assert not crop.any()


@given(angles, st.floats(0.85, 4.0), st.floats(-100, 200), st.floats(-100, 200))
def test_an_enlarging_crop_is_opencvs_own(angle: float, scale: float, x: float, y: float) -> None:
    """Where nothing is reduced the crop is what one warp of the whole picture gives, also at its edges."""
    image, turn = (
        noise(120, 160),
        scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]),
    )
    matrix = np.column_stack([turn, 32 - turn @ (x, y)])
    plain = cv2.warpAffine(image, matrix, (64, 64), flags=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(warp_crop(image, matrix, 64), plain)


def test_eye_distance_is_in_source_pixels() -> None:
    """The distance runs between the first two landmarks; without landmarks it is NaN."""
    points = np.zeros((5, 2), np.float32)
    points[1] = (3, 4)
    assert eye_distance(points) == 5
    assert np.isnan(eye_distance(np.full((5, 2), np.nan, np.float32)))


@pytest.mark.parametrize("scale", [0.9, 0.55, 0.45, 0.3, 0.08], ids=str)
def test_a_crop_shows_what_is_there(scale: float) -> None:
    """Slow waves come out where they are and as high as they are, to a few grey levels, whatever the reduction."""
    rows, columns = np.mgrid[0:720, 0:720].astype(np.float32)
    waves = 128 + 60 * np.sin(columns / 40) + 60 * np.cos(rows / 55)
    image = np.repeat(waves[..., None], 3, 2).astype(np.uint8)
    matrix = np.array([[scale, 0.0, 3.0 - 200 * scale], [0.0, scale, 2.0 - 180 * scale]])
    size = int(350 * scale)
    expected = (
        128
        + 60 * np.sin((200 + (np.arange(size) - 3) / scale) / 40)[None]
        + (60 * np.cos((180 + (np.arange(size) - 2) / scale) / 55)[:, None])
    )
    shown = warp_crop(image, matrix, size).astype(int)
    assert np.abs(shown[4:-4, 4:-4, 0] - expected[4:-4, 4:-4]).mean() < 3


@pytest.mark.parametrize("scale", [0.79, 0.65, 0.55, 0.45, 0.3, 0.13], ids=str)
def test_what_a_crop_cannot_show_is_averaged_away(scale: float) -> None:
    """Of the finest stripes, which alias when only sampled, no more is left than an average of areas leaves."""
    image = np.zeros((720, 720, 3), np.uint8)
    image[:, ::2] = 200
    matrix = np.array([[scale, 0.0, -100 * scale], [0.0, scale, -100 * scale]])
    size = int(400 * scale)
    part = image[100:500, 100:500]
    ours, averaged, sampled = (
        picture[5, 2:-2, 0].astype(float).std()
        for picture in (
            warp_crop(image, matrix, size),
            cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA),
            cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR),
        )
    )
    assert ours < averaged * 1.1 + 1
    assert ours < sampled * 0.85
