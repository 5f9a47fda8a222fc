"""Where labels of faces stand in a picture, so that none covers another and few cover a face."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ranked", "place_labels"]

_STEPS = 6
"""Heights of a label that it may be moved away from its box."""

_FAR = 0.05
"""What a place further down the list costs, in shares of the label that cover a face."""

_OWN_FACE = 0.6
"""What covering a face costs its own label, as a share of what it costs others."""

_STAYING = 0.35
"""What leaving the place that a label had in the frame before costs, in the same shares."""

Corner = tuple[int, int]


class Ranked(NamedTuple):
    """A label's upper left corner, in px, and which of the places around its box that is."""

    corner: Corner
    rank: int


def place_labels(
    boxes: NDArray[np.floating],
    sizes_wh: Sequence[Corner],
    image_wh: Corner,
    *,
    stood: Sequence[int | None] = (),
) -> list[Ranked | None]:
    """Return the place of the label of each box (n, 4); None for one that no place is left for.

    Labels lie inside the picture and apart from each other. The largest faces choose first: the place that covers
    least of any face, and among equals above the box before below, inside and beside it. `stood`, one a box, are the
    places of the frame before, which are left for a much better one alone.

    >>> [at.corner for at in place_labels(np.array([[10, 30, 50, 70], [20, 30, 60, 70]]), [(40, 10)] * 2, (100, 100))]
    [(10, 20), (20, 70)]
    """
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) if len(boxes) else np.zeros(0)
    taken: list[tuple[float, float, float, float]] = []
    found: list[Ranked | None] = [None] * len(boxes)
    for face in np.argsort(-areas, kind="stable").tolist():
        before = stood[face] if stood else None
        best = _best(boxes, face, sizes_wh[face], image_wh=image_wh, placed=taken, stood=before)
        found[face] = best
        if best is not None:
            taken.append(_rectangle(best.corner, sizes_wh[face]))
    return found


def _best(
    boxes: NDArray[np.floating],
    face: int,
    size_wh: Corner,
    *,
    image_wh: Corner,
    placed: Sequence[tuple[float, float, float, float]],
    stood: int | None,
) -> Ranked | None:
    best, least = None, np.inf
    weights = np.ones(len(boxes))
    weights[face] = _OWN_FACE
    taken = np.array(placed, np.float64).reshape(-1, 4)
    for rank, corner in enumerate(_candidates(boxes[face], size_wh, image_wh)):
        if rank * _FAR >= least:
            break
        rectangle = np.array(_rectangle(corner, size_wh))
        if _shared(rectangle, taken).any():
            continue
        cost = float((_shared(rectangle, boxes) * weights).sum()) / (size_wh[0] * size_wh[1]) + _FAR * rank
        if stood is not None and rank != stood:
            cost += _STAYING
        if cost < least:
            best, least = Ranked(corner, rank), cost
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
