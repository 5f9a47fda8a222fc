"""Paint what is behind people: a calm, blurred room or street."""

import cv2
import numpy as np

from fer_data.core.arrays import Float32

__all__ = ["draw_backdrop"]


def draw_backdrop(rng: np.random.Generator, size_wh: tuple[int, int]) -> Float32:
    """Return a backdrop, (height, width, 3) float32 in 0-255."""
    width, height = size_wh
    top, bottom = _muted(rng), _muted(rng)
    share = np.linspace(0, 1, height)[:, None, None]
    column = np.asarray(top * (1 - share) + bottom * share, np.float32)
    image = np.repeat(column, width, axis=1)
    match int(rng.integers(0, 4)):
        case 0:
            _hang_frames(rng, image)
        case 1:
            _scatter_lights(rng, image)
        case 2:
            _open_window(rng, image)
        case _:
            pass
    image += _clouds(rng, size_wh)[..., None] * rng.uniform(2, 9)
    return np.asarray(
        cv2.GaussianBlur(np.clip(image, 0, 255), (0, 0), height / 480 * rng.uniform(4, 9)), np.float32
    )


def _muted(rng: np.random.Generator) -> Float32:
    """Return an sRGB colour of little saturation."""
    grey = rng.uniform(45, 205)
    return np.asarray(np.clip(grey + rng.normal(0, 14, 3), 10, 240), np.float32)


def _hang_frames(rng: np.random.Generator, image: Float32) -> None:
    height, width = image.shape[:2]
    for _ in range(int(rng.integers(3, 9))):
        x, y = int(rng.integers(-40, width)), int(rng.integers(-40, height // 2))
        far = (x + int(rng.integers(30, 160)), y + int(rng.integers(40, 180)))
        cv2.rectangle(image, (x, y), far, _muted(rng).tolist(), -1)


def _scatter_lights(rng: np.random.Generator, image: Float32) -> None:
    height, width = image.shape[:2]
    for _ in range(int(rng.integers(8, 20))):
        centre = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        lit = image.copy()
        cv2.circle(lit, centre, int(rng.integers(8, 45)), (_muted(rng) + 40).tolist(), -1, cv2.LINE_AA)
        cv2.addWeighted(image, 0.7, lit, 0.3, 0, dst=image)


def _open_window(rng: np.random.Generator, image: Float32) -> None:
    height, width = image.shape[:2]
    left = int(rng.integers(-50, width - 50))
    far = (left + int(rng.integers(80, 260)), int(rng.integers(height // 3, height)))
    cv2.rectangle(image, (left, -5), far, (222.0, 228.0, 232.0), -1)


def _clouds(rng: np.random.Generator, size_wh: tuple[int, int]) -> Float32:
    total = np.zeros(size_wh[::-1], np.float32)
    for octave in range(4):
        knots = rng.standard_normal((3 * 2**octave, 4 * 2**octave), np.float32)
        total += cv2.resize(knots, size_wh, interpolation=cv2.INTER_CUBIC) * np.float32(0.6**octave)
    return total
