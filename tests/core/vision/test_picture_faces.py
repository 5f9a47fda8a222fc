"""Which face of a single picture a row is about."""

import numpy as np
import pytest

from fer_data.core.vision.faces import Faces
from fer_data.core.vision.picture_faces import choose_faces

SIZE = (200, 100)
MIDDLE, LEFT, SMALL, CORNER = (80, 30, 120, 70), (0, 30, 40, 70), (130, 40, 140, 50), (160, 60, 200, 100)


def faces(*boxes: tuple[float, float, float, float]) -> Faces:
    """Return faces with these boxes."""
    count = len(boxes)
    return Faces(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.full(count, 0.9, np.float32),
        np.zeros((count, 5, 2), np.float32),
    )


def chosen(found: Faces, *boxes: tuple[float, float, float, float] | None) -> list[tuple[int, bool]]:
    """Return the face of each row and whether it is doubtful."""
    given = np.array([[np.nan] * 4 if box is None else box for box in boxes], np.float32).reshape(-1, 4)
    choice = choose_faces(found, given, SIZE)
    return list(zip(choice.faces.tolist(), choice.doubtful.tolist(), strict=True))


@pytest.mark.parametrize(
    ("found", "boxes", "expected"),
    [
        ((), (None,), [(-1, False)]),
        ((), (MIDDLE,), [(-1, False)]),
        ((SMALL,), (None,), [(0, False)]),
        ((SMALL, MIDDLE), (None,), [(1, False)]),
        ((LEFT, MIDDLE), (None,), [(1, False)]),
        ((MIDDLE, (70, 25, 110, 65)), (None,), [(0, True)]),
        ((MIDDLE, LEFT), (LEFT,), [(1, False)]),
        ((MIDDLE, LEFT), ((60, 0, 160, 100),), [(0, False)]),
        ((MIDDLE, LEFT), ((95, 45, 105, 55),), [(0, True)]),
        ((MIDDLE,), (LEFT,), [(-1, False)]),
        ((MIDDLE, LEFT, CORNER), (CORNER, MIDDLE, LEFT), [(2, False), (0, False), (1, False)]),
        ((MIDDLE, LEFT), (None, None), [(0, True), (1, True)]),
        ((MIDDLE,), (MIDDLE, (78, 30, 118, 70)), [(0, False), (-1, False)]),
        ((MIDDLE, LEFT), (MIDDLE, None), [(0, False), (1, True)]),
    ],
    ids=[
        "no face", "no face in the box", "one", "largest", "nearest", "two alike", "box", "loose box", "tiny box",
        "box beside", "boxes in any order", "two rows without boxes", "one face for two rows", "box and none",
    ],
)  # fmt: skip
def test_the_face_that_is_meant(
    found: tuple[tuple[float, float, float, float], ...],
    boxes: tuple[tuple[float, float, float, float] | None, ...],
    expected: list[tuple[int, bool]],
) -> None:
    """A box picks; without one size and place do; no face is two rows'."""
    assert chosen(faces(*found), *boxes) == expected
