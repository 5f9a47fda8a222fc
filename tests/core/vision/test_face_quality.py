"""What is measured of a face does not depend on its size in the picture, on noise, skin, background or borders."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from rendered_faces import rendered_face

from fer_data.core.arrays import Float32, Image
from fer_data.core.vision.face_quality import CropMeasures, failed_gates, inside_image, measure_crop
from fer_data.core.vision.geometry import apply_matrix, box_matrix, reduction_of, similarity_matrix, warp_crop
from fer_data.params.document import load_params

SIZE = 256
DARK = 11
"""Seed of a person of dark skin."""

SIDES = (64, 96, 128, 192, 256, 384, 512)
Change = Callable[[Image], NDArray[np.floating]]


def sized(side: float, seed: int = 5) -> tuple[Image, Float32]:
    """Return the face with a crop that shows `side` source pixels."""
    picture, marks = rendered_face(seed)
    factor = side / (SIZE * reduction_of(similarity_matrix(marks, SIZE, 0.0)))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    small = np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=method), np.uint8)
    return small, ((marks + 0.5) * factor - 0.5).astype(np.float32)


def measured(picture: NDArray[np.floating] | Image, marks: Float32, *, margin: float = 0.0) -> CropMeasures:
    """Return the measures of the base crop of a face in a picture."""
    picture = np.clip(np.round(picture), 0, 255).astype(np.uint8)
    matrix = similarity_matrix(marks, SIZE, margin)
    return measure_crop(warp_crop(picture, matrix, SIZE), marks, matrix, (picture.shape[1], picture.shape[0]))


def poor(found: CropMeasures) -> list[str]:
    """Return the gates of the parameters in force that a crop fails."""
    measures = {name: np.array([value]) for name, value in found._asdict().items()}
    failed = failed_gates(measures, load_params().align.quality.model_dump())
    return [name for name, mask in failed.items() if mask.any()]


@pytest.mark.parametrize("seed", [5, 8])
def test_measures_do_not_depend_on_the_size_of_the_face(seed: int) -> None:
    """From 64 to 512 source pixels blur lies within 0.02 eye distances, brightness within 3 and contrast within 8 %."""
    found = [measured(*sized(side, seed)) for side in SIDES]
    assert np.ptp([one.face_blur for one in found]) < 0.02
    assert np.ptp([one.face_brightness for one in found]) < 3
    contrasts = [one.face_contrast for one in found]
    assert np.ptp(contrasts) < 0.08 * np.mean(contrasts)
    assert not any(poor(one) for one in found)


@pytest.mark.parametrize("side", SIDES)
def test_the_same_blur_of_the_face_is_the_same_at_every_size(side: int) -> None:
    """A blur by a tenth of the eye distance is found as 0.055 to 0.10, and taken by the gate."""
    picture, marks = sized(side)
    eyes = float(np.hypot(*(marks[1] - marks[0])))
    found = measured(cv2.GaussianBlur(picture, (0, 0), 0.1 * eyes), marks)
    assert 0.055 < found.face_blur < 0.10
    assert poor(found) == ["max_face_blur"]


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        (lambda image: cv2.GaussianBlur(image, (0, 0), 10), "max_face_blur"),
        (lambda image: image * 0.08, "min_face_contrast"),
        (lambda image: image * 5.0, "max_face_brightness"),
        (lambda image: np.full_like(image, 128), "max_face_blur"),
    ],
    ids=["blur of sigma 10", "8 % brightness", "overexposed", "plain"],
)
@pytest.mark.parametrize("side", [128, 256])
def test_what_cannot_be_learnt_from_is_taken(change: Change, gate: str, side: int) -> None:
    """A face blurred by sigma 10, at 8 % of its brightness, blown out or gone fails a gate of the parameters."""
    picture, marks = sized(side)
    assert gate in poor(measured(change(picture), marks))


@pytest.mark.parametrize("sigma", [5, 15])
@pytest.mark.parametrize("side", [128, 256])
def test_noise_is_no_sharpness(sigma: int, side: int) -> None:
    """A blurred face with noise stays a blurred one, and noise does not hide a sharp one."""
    picture, marks = sized(side)
    noise = np.random.default_rng(4).normal(0, sigma, picture.shape)
    blurred = cv2.GaussianBlur(picture, (0, 0), 0.12 * float(np.hypot(*(marks[1] - marks[0]))))
    assert poor(measured(blurred + noise, marks)) == ["max_face_blur"]
    assert poor(measured(picture + noise, marks)) == []


def test_dark_skin_is_not_darkness() -> None:
    """A face of dark skin, as it is and in deep shade, is kept: eyes and light on the skin give it contrast."""
    picture, marks = sized(192, DARK)
    for shown in (picture, 255 * (picture / 255.0) ** 2.2):
        assert poor(measured(shown, marks)) == []
    assert measured(shown, marks).face_brightness < 30


@pytest.mark.parametrize("grey", [0, 255], ids=["black", "white"])
def test_the_background_does_not_count(grey: int) -> None:
    """Whatever is around a face, its measures stay: within 0.002 eye distances and 1 grey value."""
    picture, marks = sized(192)
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    middle, eyes = marks.mean(0), float(np.hypot(*(marks[1] - marks[0])))
    around = np.hypot((columns - middle[0]) / 1.3, rows - middle[1]) > 1.7 * eyes
    other = np.where(around[..., None], grey, picture)
    for blurred in (False, True):
        before, after = (
            measured(cv2.GaussianBlur(np.uint8(one), (0, 0), 0.1 * eyes) if blurred else one, marks)
            for one in (picture, other)
        )
        assert before.face_blur == pytest.approx(after.face_blur, abs=0.002)
        assert before.face_brightness == pytest.approx(after.face_brightness, abs=1)


def test_margin_and_black_corners_do_not_count() -> None:
    """A wider crop and one of which a part lies beyond the picture show the same face."""
    picture, marks = sized(256)
    whole = measured(picture, marks)
    wide = measured(picture, marks, margin=0.3)
    left = int(marks[:, 0].min() - 0.25 * (marks[1, 0] - marks[0, 0]))
    cut = measured(picture[:, left:], marks - np.array([left, 0], np.float32))
    assert cut.outside_fraction > 0.15
    assert wide.face_blur == pytest.approx(whole.face_blur, abs=0.012)
    assert cut.face_blur == pytest.approx(whole.face_blur, abs=0.012)
    assert cut.face_brightness == pytest.approx(whole.face_brightness, abs=10)


def cut_to(
    picture: Image, marks: Float32, low: tuple[float, float], high: tuple[float, float]
) -> CropMeasures:
    """Return the measures of a face in the part of a picture between two points of the face's template."""
    back = cv2.invertAffineTransform(similarity_matrix(marks, SIZE, 0.0))
    corners = apply_matrix(back, np.array([low, high]) * SIZE).astype(int)
    (left, top), (right, bottom) = np.clip(corners, 0, picture.shape[1::-1])
    return measured(picture[top:bottom, left:right], marks - np.float32([left, top]))


@pytest.mark.parametrize(
    ("low", "high", "gates"),
    [
        ((0.18, 0.18), (0.82, 0.94), []),
        ((0.0, 0.0), (1.0, 0.68), ["max_face_outside"]),
        ((0.42, 0.0), (1.0, 1.0), ["max_face_outside"]),
    ],
    ids=["close-up", "no mouth", "no eye"],
)
def test_of_a_face_at_the_border_its_own_share_decides(
    low: tuple[float, float], high: tuple[float, float], gates: list[str]
) -> None:
    """A close-up from brows to chin is kept though half of its crop is black; a face without mouth or eye is not."""
    found = cut_to(*sized(256), low, high)
    assert poor(found) == gates
    assert found.outside_fraction > 0.2
    assert (found.face_outside > 0.15) == bool(gates)
    if not gates:
        assert found.face_outside < 0.01
        assert found.outside_fraction > 0.45


@pytest.mark.parametrize(
    ("box", "share"),
    [
        ([0, 0, 40, 40], 0.0),
        ([-20, 0, 20, 40], 0.5),
        ([-10, -10, 30, 30], 1 - 0.75**2),
        ([100, 0, 140, 40], 1.0),
    ],
    ids=["inside", "half", "corner", "beyond"],
)
def test_the_outside_is_what_lies_beyond_the_picture(box: list[float], share: float) -> None:
    """It is the share of a crop beyond the border, and nothing that the picture itself shows black."""
    matrix = box_matrix(np.array(box, np.float32), SIZE, 0.0)
    crop = warp_crop(np.zeros((40, 80, 3), np.uint8), matrix, SIZE)
    found = measure_crop(crop, np.full((5, 2), np.nan, np.float32), matrix, (80, 40))
    assert found.outside_fraction == pytest.approx(share, abs=0.02)
    assert np.isnan(found.face_blur) == (share == 1)


def test_a_turned_crop_has_its_corners_outside() -> None:
    """The square turned by 45 degrees inside of a square picture of its own diagonal's half has a half outside."""
    turn = np.array([[1.0, 1.0, 0.0], [-1.0, 1.0, 0.0]]) * np.sqrt(0.5)
    turn[:, 2] = 31.5 - turn[:, :2] @ np.array([31.5, 31.5])
    assert inside_image(turn, 64, (64, 64)).mean() == pytest.approx(2 * np.sqrt(2) - 2, abs=0.01)


@pytest.mark.parametrize("seed", range(20))
def test_corners_tell_of_a_crop_what_its_pixels_tell(seed: int) -> None:
    """A crop is whole exactly where each of its pixels, mapped back one by one, lies in the picture."""
    random = np.random.default_rng(seed)
    corner = random.uniform(-20, 30, 2)
    matrix = box_matrix(np.concatenate([corner, corner + random.uniform(20, 60)]).astype(np.float32), 16, 0.0)
    back = cv2.invertAffineTransform(matrix)
    mapped = np.array([[back @ (column, row, 1) for column in range(16)] for row in range(16)])
    expected = ((mapped >= -0.5) & (mapped <= np.array([79.5, 59.5]))).all(-1)
    assert (inside_image(matrix, 16, (80, 60)) == expected).all()


@pytest.mark.parametrize(
    ("blur", "eyes", "taken"),
    [(0.07, 10.0, False), (0.1, 10.0, True), (0.07, 20.0, True), (0.07, np.nan, True), (np.nan, 10.0, False)],
    ids=["few pixels", "few and blurred", "enough pixels", "no landmarks", "not measured"],
)
def test_few_pixels_alone_are_no_blur(blur: float, eyes: float, taken: bool) -> None:
    """Edges that spread by no more than 0.8 source pixels are sharp, however near the eyes are to each other."""
    measures = {"face_blur": np.array([blur]), "eye_distance_px": np.array([eyes])}
    assert failed_gates(measures, {"max_face_blur": 0.055})["max_face_blur"].tolist() == [taken]


def test_a_limit_of_zero_takes_nothing() -> None:
    """Every gate is off at 0, also those with a greatest value."""
    worst = {"face_blur": np.array([1.0]), "face_contrast": np.array([0.0])}
    assert failed_gates(worst, {"max_face_blur": 0, "min_face_contrast": 0, "min_difference": 3.0}) == {}
