"""Snapshots of a video, with which a person checks the assignment of tracks."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from fer_data.core.arrays import Image
from fer_data.core.tracks.assignment import TrackChoice
from fer_data.pictures.images import decode, encode_jpeg
from fer_data.tracking.face_store import FaceTable

__all__ = ["Snapshots", "assignment_sheet"]

_COUNT = 6
_COLUMNS = 3
_WIDTH_PX = 400
_CAPTION_PX = 24
_QUALITY = 85
_COLOURS = {"left": (230, 60, 60), "right": (60, 130, 255), "only": (60, 200, 90)}
_GREY = (170, 170, 170)


class Snapshots:
    """Small pictures of some frames spread over a video of about `frames` frames; 0 takes none."""

    def __init__(self, frames: int) -> None:
        self._wanted = {int((index + 0.5) * frames / _COUNT) for index in range(_COUNT)} if frames else set()
        self.images: dict[int, tuple[bytes, float]] = {}

    def wants(self, frame_index: int) -> bool:
        """Say whether a frame is one of those to keep."""
        return frame_index in self._wanted

    def keep(self, frame_index: int, image: Image) -> None:
        """Keep a frame's picture, encoded, with its scale."""
        scale = _WIDTH_PX / image.shape[1]
        size = _WIDTH_PX, max(1, round(image.shape[0] * scale))
        while min(image.shape[:2]) > 1 and image.shape[1] >= 2 * _WIDTH_PX:  # by halves: a third of the time
            halved = image.shape[1] // 2, image.shape[0] // 2
            image = np.asarray(cv2.resize(image, halved, interpolation=cv2.INTER_AREA), np.uint8)
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        self.images[frame_index] = (encode_jpeg(small, _QUALITY), scale)


def assignment_sheet(
    snapshots: Snapshots, faces: FaceTable, choices: Mapping[str, TrackChoice], sides: Sequence[str | None]
) -> bytes | None:
    """Return a JPEG of the snapshots with every face framed in its side's colour, grey for nobody; None without any.

    `choices` are by subject_id, `sides` by the index of a face in the table.
    """
    tiles = [
        _tile(index, decode(data), faces, scale=scale, sides=sides)
        for index, (data, scale) in sorted(snapshots.images.items())
    ]
    if not tiles:
        return None
    height = max(tile.shape[0] for tile in tiles)
    rows = -(-len(tiles) // _COLUMNS)
    caption = _CAPTION_PX * len(choices)
    sheet = np.full((caption + rows * height, _COLUMNS * _WIDTH_PX, 3), 255, np.uint8)
    for position, (subject_id, choice) in enumerate(choices.items()):
        text = f"{subject_id}: {choice.side}, margin {choice.margin:.2f} ({choice.reason})"
        _write(sheet, text, (6, position * _CAPTION_PX + 17), tuple(c // 2 for c in _COLOURS[choice.side]))
    for position, tile in enumerate(tiles):
        top, left = caption + position // _COLUMNS * height, position % _COLUMNS * _WIDTH_PX
        sheet[top : top + tile.shape[0], left : left + _WIDTH_PX] = tile
    return encode_jpeg(sheet, _QUALITY)


def _tile(
    frame_index: int, image: Image, faces: FaceTable, *, scale: float, sides: Sequence[str | None]
) -> Image:
    tile = np.ascontiguousarray(image)
    for face in np.flatnonzero(faces.frames == frame_index):
        side = sides[int(face)]
        colour = _COLOURS[side] if side else _GREY
        x_min, y_min, x_max, y_max = (round(float(edge) * scale) for edge in faces.boxes[face])
        cv2.rectangle(tile, (x_min, y_min), (x_max, y_max), colour, 2)
        _write(tile, side or "", (x_min, max(12, y_min - 5)), colour)
    _write(tile, f"frame {frame_index}", (6, tile.shape[0] - 8), (255, 255, 255))
    return tile


def _write(image: Image, text: str, origin: tuple[int, int], colour: tuple[int, ...]) -> None:
    cv2.putText(image, text, origin, cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)
