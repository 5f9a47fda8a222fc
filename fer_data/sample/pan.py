"""Move the camera over a backdrop."""

from typing import Any

import cv2
import numpy as np
from numba.core.extending import intrinsic
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.sample.kernels import loop

__all__ = ["pan"]


def pan(backdrop: Float32, corner: Float32, size_wh: tuple[int, int]) -> Float32:
    """Return the frame (height, width, 3) whose top left corner lies at x, y of a backdrop, all of it within.

    The bytes are those of `cv2.warpAffine` with bilinear interpolation, version 5 on a processor that adds a product
    in one step, in a third of the time: that can turn and stretch as well.
    """
    (width, height), (x, y) = size_wh, corner
    columns, rows = np.arange(width, dtype=np.float32) + x, np.arange(height, dtype=np.float32) + y
    left = int(columns[0])
    if int(columns[-1]) != left + width - 1:  # rounded up to the next column: once in thousands of frames
        move = np.array([[1, 0, -x], [0, 1, -y]], np.float64)
        return np.asarray(cv2.warpAffine(backdrop, move, size_wh, flags=cv2.INTER_LINEAR), np.float32)
    frame = np.empty((height, width * 3), np.float32)
    to_next = 3 if left + width < backdrop.shape[1] else 0
    shares = np.repeat(columns - np.floor(columns), 3), rows - np.floor(rows)
    _pan(frame, backdrop.reshape(len(backdrop), -1), (rows.astype(np.int32), 3 * left, to_next), shares)
    return frame.reshape(height, width, 3)


def _sum_with_product(_typing: Any, start: Any, one: Any, other: Any) -> Any:  # noqa: ANN401 - as numba's
    def generate(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:  # noqa: ANN401 - as numba's
        return builder.fma(values[1], values[2], values[0])

    return start(start, one, other), generate


_plus_product: Any = intrinsic(_sum_with_product)
"""Returns its first argument plus the product of the others, rounded once."""


@loop
def _pan(
    frame: Float32,
    backdrop: Float32,
    place: tuple[NDArray[np.int32], int, int],
    shares: tuple[Float32, Float32],
) -> None:
    rows, first, to_next = place
    across, down = shares
    last = backdrop.shape[0] - 1
    for y in range(frame.shape[0]):
        top, bottom, share = rows[y], min(rows[y] + 1, last), down[y]
        for x in range(frame.shape[1]):
            # Unsigned: a place that might be negative, counted from the end, would have to be looked at by itself.
            left, right = np.uintp(first) + np.uintp(x), np.uintp(first + to_next) + np.uintp(x)
            upper = _plus_product(backdrop[top, left], backdrop[top, right] - backdrop[top, left], across[x])
            lower = _plus_product(
                backdrop[bottom, left], backdrop[bottom, right] - backdrop[bottom, left], across[x]
            )
            frame[y, x] = _plus_product(upper, lower - upper, share)
