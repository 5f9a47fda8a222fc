"""Where labels of faces stand in a picture, so that none covers another and few cover a face."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["place_labels"]

_STEPS = 6
"""Heights of a label that it may be moved away from its box."""

_FAR = 0.05
"""What a place further down the list costs, in shares of the label that cover a face."""

_OWN_FACE = 0.6
"""What covering a face costs its own label, as a share of what it costs others."""

Corner = tuple[int, int]


def place_labels(
    boxes: NDArray[np.floating], sizes_wh: Sequence[Corner], image_wh: Corner
) -> list[Corner | None]:
    """Return the upper left corner of the label of each box (n, 4), in px; None for one that no place is left for.

    Labels lie inside the picture and apart from each other. The largest faces choose first: the place that covers
    least of any face, and among equals above the box before below, inside and beside it.

    >>> place_labels(np.array([[10, 30, 50, 70], [20, 30, 60, 70]]), [(40, 10), (40, 10)], (100, 100))
    [(10, 20), (20, 70)]
    """
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) if len(boxes) else np.zeros(0)
    placed: list[tuple[float, float, float, float]] = []
    corners: list[Corner | None] = [None] * len(boxes)
    for face in np.argsort(-areas, kind="stable"):
        corner = _best(boxes, int(face), sizes_wh[face], image_wh=image_wh, placed=placed)
        corners[face] = corner
        if corner is not None:
            placed.append(_rectangle(corner, sizes_wh[face]))
    return corners


def _best(
    boxes: NDArray[np.floating],
    face: int,
    size_wh: Corner,
    *,
    image_wh: Corner,
    placed: Sequence[tuple[float, float, float, float]],
) -> Corner | None:
    best, least = None, np.inf
    weights = np.ones(len(boxes))
    weights[face] = _OWN_FACE
    taken = np.array(placed, np.float64).reshape(-1, 4)
    for rank, corner in enumerate(_candidates(boxes[face], size_wh, image_wh)):
        rectangle = np.array(_rectangle(corner, size_wh))
        if _shared(rectangle, taken).any():
            continue
        cost = float((_shared(rectangle, boxes) * weights).sum()) / (size_wh[0] * size_wh[1]) + _FAR * rank
        if cost < least:
            best, least = corner, cost
    return best


def _candidates(box: NDArray[np.floating], size_wh: Corner, image_wh: Corner) -> Iterator[Corner]:
    """Yield places for a label around its box, the most usual first, all inside the picture."""
    (width, height), (left, top, right, bottom) = size_wh, (round(float(edge)) for edge in box)
    corners = [(left, top - height), (right - width, top - height), (left, bottom), (right - width, bottom)]
    corners += [(left, top), (left, bottom - height), (right, top), (left - width, top)]
    for step in range(1, _STEPS + 1):
        shift = step * height
        corners += [(left, top - height - shift), (left, bottom + shift), (right, top + shift)]
        corners += [(left - width, top + shift), (left, top + shift)]
    for x, y in corners:
        yield _within(x, image_wh[0] - width), _within(y, image_wh[1] - height)


def _within(value: int, most: int) -> int:
    return max(0, min(value, most))


def _rectangle(corner: Corner, size_wh: Corner) -> tuple[float, float, float, float]:
    return corner[0], corner[1], corner[0] + size_wh[0], corner[1] + size_wh[1]


def _shared(rectangle: NDArray[np.floating], others: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the area in px that a rectangle shares with each of others (n, 4)."""
    low = np.maximum(rectangle[:2], others[:, :2])
    high = np.minimum(rectangle[2:], others[:, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=1), np.float64)
