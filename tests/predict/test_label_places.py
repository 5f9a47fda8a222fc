"""Labels of faces: apart from each other, inside the picture, off the faces where there is room."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fer_data.predict.label_places import Ranked, place_labels

WIDTH, HEIGHT = 400, 300
SIZE = (60, 14)


def rectangles(found: list[Ranked | None]) -> list[NDArray[np.int64]]:
    """Return the rectangles of the labels that found a place."""
    corners = [one.corner for one in found if one is not None]
    return [np.array([x, y, x + SIZE[0], y + SIZE[1]]) for x, y in corners]


def apart(a: NDArray[np.int64], b: NDArray[np.int64]) -> bool:
    """Say whether two rectangles share no pixel."""
    return bool((np.minimum(a[2:], b[2:]) <= np.maximum(a[:2], b[:2])).any())


@given(
    st.lists(
        st.tuples(st.integers(0, WIDTH - 20), st.integers(0, HEIGHT - 20), st.integers(8, 120)), max_size=12
    )
)
def test_labels_never_overlap_nor_leave_the_picture(faces: list[tuple[int, int, int]]) -> None:
    """Wherever the faces are, also on top of each other."""
    boxes = np.array([[x, y, x + side, y + side] for x, y, side in faces], np.float32).reshape(-1, 4)
    found = rectangles(place_labels(boxes, [SIZE] * len(boxes), (WIDTH, HEIGHT)))
    for index, one in enumerate(found):
        assert (one[:2] >= 0).all()
        assert (one[2:] <= (WIDTH, HEIGHT)).all()
        assert all(apart(one, other) for other in found[index + 1 :])


@pytest.mark.parametrize("gap", [0, 10, 30], ids=["side by side", "near", "apart"])
def test_a_row_of_people_has_every_label_off_every_face(gap: int) -> None:
    """Labels wider than faces find places above and below."""
    boxes = np.array([[20 + n * (40 + gap), 100, 60 + n * (40 + gap), 150] for n in range(5)], np.float32)
    corners = place_labels(boxes, [SIZE] * 5, (WIDTH, HEIGHT))
    assert None not in corners
    assert all(apart(label, box.astype(np.int64)) for label in rectangles(corners) for box in boxes)


def test_a_face_that_fills_the_picture_has_its_label_inside() -> None:
    """There is no other place."""
    (found,) = place_labels(np.array([[0, 0, 80, 80]], np.float32), [SIZE], (80, 80))
    assert found is not None
    assert found.corner == (0, 0)


def test_a_label_stays_where_it_stood() -> None:
    """A face that comes near moves it no more than it must; without a past the better place is taken."""
    boxes = np.array([[100, 100, 160, 160]], np.float32)
    (below,) = place_labels(boxes, [SIZE], (WIDTH, HEIGHT), stood=[2])
    (above,) = place_labels(boxes, [SIZE], (WIDTH, HEIGHT))
    assert below is not None
    assert above is not None
    assert (below.rank, above.rank) == (2, 0)
