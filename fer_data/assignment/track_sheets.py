"""A picture of a video's tracks, a row each, so that a person can say who is who."""

from collections.abc import Sequence

import cv2
import numpy as np

from fer_data.core.arrays import Image
from fer_data.pictures.images import decode, encode_jpeg
from fer_data.tracking.face_store import Crops, FaceTable

__all__ = ["track_sheet"]

_MAX_TRACKS = 60
_SHOWN = 8
_TILE_PX = 112
_CAPTION_PX = 20
_QUALITY = 85


def track_sheet(tracks: Sequence[tuple[int, str]], faces: FaceTable, crops: Crops) -> bytes:
    """Return a JPEG with a caption and up to eight faces, spread over its frames, of each of up to 60 tracks.

    `tracks` are numbers and captions, in the order of rows.
    """
    shown = tracks[:_MAX_TRACKS]
    height = _CAPTION_PX + _TILE_PX
    rest = len(tracks) - len(shown)
    sheet = np.full(
        (max(1, len(shown)) * height + (_CAPTION_PX if rest else 0), _SHOWN * _TILE_PX, 3), 255, np.uint8
    )
    for row, (track_id, caption) in enumerate(shown):
        _write(sheet, caption, row * height + 14)
        for column, index in enumerate(_spread(np.flatnonzero(faces.track_ids == track_id))):
            top, left = row * height + _CAPTION_PX, column * _TILE_PX
            tile = sheet[top : top + _TILE_PX, left : left + _TILE_PX]
            tile[:] = _tile(int(index), faces, crops)
            frame = str(faces.frames[index])
            cv2.putText(tile, frame, (3, 10), cv2.FONT_HERSHEY_SIMPLEX, 0.35, (255, 255, 255), 2, cv2.LINE_AA)
            cv2.putText(tile, frame, (3, 10), cv2.FONT_HERSHEY_SIMPLEX, 0.35, (0, 0, 0), 1, cv2.LINE_AA)
    if rest:
        _write(sheet, f"{rest} shorter tracks are not shown", sheet.shape[0] - 6)
    return encode_jpeg(sheet, _QUALITY)


def _spread(indices: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Sequence[int]:
    step = max(1, -(-len(indices) // _SHOWN))
    return [int(index) for index in indices[step // 2 :: step]] or [int(index) for index in indices]


def _tile(index: int, faces: FaceTable, crops: Crops) -> Image:
    """Return the crop of a face, or its thumbnail where no row wanted a crop."""
    length = int(faces.lengths[index])
    image = decode(crops.crop(int(faces.offsets[index]), length)) if length else faces.thumbnails[index]
    return np.asarray(cv2.resize(image, (_TILE_PX, _TILE_PX), interpolation=cv2.INTER_AREA), np.uint8)


def _write(sheet: Image, text: str, baseline: int) -> None:
    cv2.putText(sheet, text, (4, baseline), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
