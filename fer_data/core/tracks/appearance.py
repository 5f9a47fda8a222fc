"""Appearance descriptors: 198 numbers a face that tell the people of one video apart by skin, hair and clothes.

A descriptor is a colour layout: the mean colour of each cell of a coarse grid, in opponent colours of log intensity,
less most of the skin's colour, in the manner of a von Kries correction with the skin as reference. Two are compared by
the mean absolute difference of the cells that both show. It is no identity embedding: nothing is learnt, and it does
not hold from one video to another::

    thumbnail, 48 x 48 px                       grid, 11 x 6 cells of 4 px
    +------------------------+
    |                        |  0
    |     . . . . . . .      |  4 ---- first row: hair
    |     .           .      | 16
    |     .   +---+   .      |         the face's box is 16 px wide, in the middle
    |     .   |   |   .      | 32 ---- row 7: below the chin, clothes
    |     .           .      |
    |     . . . . . . .      | 48
    +------------------------+
          12          36                columns

Source: opponent colours, Swain and Ballard, Color indexing, 1991; the logarithm turns a change of light into a shift.
"""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Image
from fer_data.core.vision.geometry import Matrix, box_matrix

__all__ = [
    "DESCRIPTOR_LENGTH",
    "THUMBNAIL_PX",
    "appearance_descriptors",
    "centred_thumbnail",
    "clothes_distance",
    "descriptor_distance",
    "face_part",
    "median_descriptor",
    "thumbnail_matrix",
    "visible_descriptor",
]

THUMBNAIL_PX = 48
_MARGIN = 2.0
"""The box grown by this fraction: the thumbnail shows three box sides."""

_CELL_PX = 4
_ROWS, _COLUMNS = slice(4, 48), slice(12, 36)
"""Pixels of the thumbnail that the grid covers."""

_FACE_ROWS, _FACE_COLUMNS = slice(4, 7), slice(2, 4)
"""Cells of the grid in the middle of the face, taken as skin."""

_FACE_PX = slice(16, 32)
_FIRST_CLOTHES_ROW = 7
"""Of the grid's 11 rows the first one below the chin."""

_GRID_ROWS, _GRID_COLUMNS = 11, 6
DESCRIPTOR_LENGTH = _GRID_ROWS * _GRID_COLUMNS * 3

_BEYOND_SHARE = 0.25
"""Share of black pixels from which a cell counts as beyond the frame. Not measured by itself."""

_FEWEST_CELLS, _FEWEST_FACES = 12, 5
"""Fewer visible cells, or fewer thumbnails, say nothing of what the frame cuts off. Not measured by themselves."""

_DARKEST = 0.01
"""Added to linear light before the logarithm, so that noise in black does not count."""

_LIGHT_REMOVED = 0.6
"""Share of the skin's colour that is taken off every cell. All of it would hide differences of skin, none would leave a
change of light in. Not measured by itself."""

_LIGHTNESS_WEIGHT = 0.5
"""Not measured by itself."""

_UNIT = 30.0
"""Scales the differences to a range in which one person's are 0.2 to 4 and two people's 3 to 15."""


def thumbnail_matrix(box: Float32) -> Matrix:
    """Return the map onto a thumbnail: 48 x 48 px, upright, of a face with its hair and clothes."""
    return box_matrix(box, THUMBNAIL_PX, _MARGIN)


def face_part(thumbnails: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the middle of thumbnails of shape (n, 48, 48, 3) that the face fills, shape (n, 16, 16, 3)."""
    return thumbnails[:, _FACE_PX, _FACE_PX]


def centred_thumbnail(crop: Image) -> NDArray[np.uint8]:
    """Return the thumbnail of a face of which nothing else is known: its crop in the middle, black around it."""
    thumbnail = np.zeros((THUMBNAIL_PX, THUMBNAIL_PX, 3), np.uint8)
    side = _FACE_PX.stop - _FACE_PX.start
    thumbnail[_FACE_PX, _FACE_PX] = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
    return thumbnail


def appearance_descriptors(thumbnails: NDArray[np.uint8]) -> Float32:
    """Return the descriptors of thumbnails of shape (n, 48, 48, 3), shape (n, 198): opponent colours on a grid.

    The colours are logarithms of linear light, less most of the skin's: a lamp or a camera of another colour adds the
    same to all of an image, so hair and clothes are seen against the skin. Lightness counts half, because it changes
    with the direction of the light.
    """
    if not len(thumbnails):
        return np.zeros((0, DESCRIPTOR_LENGTH), np.float32)
    light = _log_light()[thumbnails[:, _ROWS, _COLUMNS]]
    cells = _cell_means(light)
    skin = cells[:, _FACE_ROWS, _FACE_COLUMNS].mean((1, 2), keepdims=True)
    cells = cells - np.float32(_LIGHT_REMOVED) * skin
    red, green, blue = cells[..., 0], cells[..., 1], cells[..., 2]
    opponent = np.stack([cells.mean(-1) * np.float32(_LIGHTNESS_WEIGHT), red - green, blue - green], -1)
    return np.asarray(opponent.reshape(len(thumbnails), -1) * np.float32(_UNIT), np.float32)


def _cell_means(values: Float32) -> Float32:
    """Return the means of the grid's cells, (n, 11, 6, 3): those of `mean((2, 4))`, in a fraction of its time."""
    pixels = values.reshape(-1, _GRID_ROWS, _CELL_PX, _GRID_COLUMNS, _CELL_PX, 3)
    total = np.zeros((len(pixels), _GRID_ROWS, _GRID_COLUMNS, 3), np.float32)
    for row in range(_CELL_PX):
        for column in range(_CELL_PX):
            total += pixels[:, :, row, :, column]
    total /= np.float32(_CELL_PX**2)
    return total


@cache
def _log_light() -> Float32:
    """Return the logarithm of linear light for each of the 256 grey levels, taken as gamma 2.2."""
    return np.log((np.arange(256) / 255) ** 2.2 + _DARKEST).astype(np.float32)


def median_descriptor(values: Float32) -> Float32:
    """Return the median of descriptors of shape (n, 198), which a few odd frames do not move."""
    return np.asarray(np.median(values, axis=0), np.float32)


def visible_descriptor(thumbnails: NDArray[np.uint8]) -> Float32:
    """Return the median descriptor of thumbnails, shape (198,), NaN in cells that lie beyond the frame in most of them.

    There a thumbnail is black. A closer shot of the same person shows less around the face, and would be described like
    somebody else. All cells are given where hardly one is visible, as in the dark, or of fewer than five thumbnails: of
    a face that leaves the frame ever less is visible.
    """
    descriptor = median_descriptor(appearance_descriptors(thumbnails))
    if len(thumbnails) < _FEWEST_FACES:
        return descriptor
    cells = thumbnails[:, _ROWS, _COLUMNS].max(-1).reshape(-1, _GRID_ROWS, _CELL_PX, _GRID_COLUMNS, _CELL_PX)
    beyond = (cells == 0).mean((2, 4)) > _BEYOND_SHARE
    values = descriptor.reshape(_GRID_ROWS, _GRID_COLUMNS, 3).copy()
    unseen = beyond.mean(0) > 0.5
    if (~unseen).sum() >= _FEWEST_CELLS:
        values[unseen] = np.nan
    return np.asarray(values.reshape(-1), np.float32)


def descriptor_distance(first: Float32, second: Float32) -> Float32:
    """Return the mean absolute difference of descriptors along the last axis; people of one video differ by 3 to 15.

    Only cells that both show count (see `visible_descriptor`); infinite where there are none.
    """
    return _mean_known(np.abs(first - second), 1)


def clothes_distance(first: Float32, second: Float32) -> Float32:
    """Return the mean absolute difference of descriptors below the chin, along the last axis.

    Clothes change least with camera and light: above the chin much of a descriptor is background. Infinite where not a
    quarter of the cells is visible in both.
    """
    below = np.abs(first - second)[..., _FIRST_CLOTHES_ROW * DESCRIPTOR_LENGTH // _GRID_ROWS :]
    return _mean_known(below, below.shape[-1] // 4)


def _mean_known(values: Float32, fewest: int) -> Float32:
    """Return the mean along the last axis without NaN; infinite where fewer values are known."""
    unknown = np.isnan(values)
    if not unknown.any():
        return np.asarray(values.mean(-1), np.float32)
    count = (~unknown).sum(-1)
    total = np.where(unknown, 0, values).sum(-1)
    return np.asarray(np.where(count >= fewest, total / np.maximum(count, 1), np.inf), np.float32)
