"""Frames on their way into a detector."""

import numpy as np
import pytest

from fer_data.core.vision.faces import Faces
from fer_data.detectors.onnx.letterbox import letterbox, to_source


@pytest.mark.parametrize(
    ("shape", "expected", "scale"),
    [((480, 640), (480, 640), 1.0), ((720, 1280), (384, 640), 0.5), ((100, 90), (128, 96), 1.0)],
    ids=["as it is", "reduced", "small, padded and not enlarged"],
)
def test_the_input_is_rectangular(shape: tuple[int, int], expected: tuple[int, int], scale: float) -> None:
    """The longer side is at most 640 px, both are multiples of 32, and nothing is enlarged."""
    picture, found = letterbox(np.full((*shape, 3), 200, np.uint8), 640)
    assert picture.shape == (*expected, 3)
    assert found == scale
    height, width = round(shape[0] * scale), round(shape[1] * scale)
    assert picture[:height, :width].min() == 200
    assert not picture[height:].any()
    assert not picture[:, width:].any()


def test_faces_go_back_to_source_pixels_and_stay_inside() -> None:
    """Boxes are scaled back and cut at the picture's edges; landmarks are not cut."""
    image = np.zeros((100, 200, 3), np.uint8)
    found = Faces(
        np.array([[-5, 10, 120, 40]], np.float32),
        np.array([0.8], np.float32),
        np.full((1, 5, 2), -3, np.float32),
    )
    faces = to_source(found, 0.5, image)
    assert faces.boxes.tolist() == [[0, 20, 200, 80]]
    assert (faces.landmarks == -6).all()
