"""Contact sheets of real clips: frames spread over the clip, and the rows that were lost or are wrong."""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from fer_data.core.arrays import Image
from fer_data.media.video import VideoReader
from fer_data.pictures.images import encode_jpeg
from fer_data.tracking.face_store import FaceTable

__all__ = ["Rows", "contact_sheet"]

Rows = tuple[set[str], set[int]]
"""What became of a frame's rows, and the places of their faces in the table."""

_SPREAD, _SUSPECTS = 32, 16
_COLUMNS = 8
_TILE_PX = 200
_QUALITY = 85
_GREY, _GREEN, _RED, _AMBER = (150, 150, 150), (60, 200, 90), (220, 50, 50), (240, 170, 40)


def contact_sheet(video: Path, faces: FaceTable, rows: Mapping[int, Rows], frames: int) -> bytes:
    """Return a JPEG of up to 48 frames; `rows` gives what became of a frame's rows, and the places of their faces.

    Every face is framed with the number of its track, those of rows in green. A tile's edge is red where a row is
    `wrong`, amber where one is `lost`. Half as many again of these are shown as they come spread over the clip.
    """
    suspects = [frame for frame, (said, _) in sorted(rows.items()) if said & {"wrong", "lost"}]
    wanted = set(_spread(list(range(frames)), _SPREAD)) | set(_spread(suspects, _SUSPECTS))
    tiles = [
        _tile(frame.image, frame.index, faces, rows.get(frame.index, (set(), set())))
        for frame in VideoReader(video).frames()
        if frame.index in wanted
    ]
    blank = np.full((_TILE_PX, _TILE_PX, 3), 255, np.uint8)
    tiles += [blank] * (-len(tiles) % _COLUMNS)
    strips = [np.concatenate(tiles[at : at + _COLUMNS], 1) for at in range(0, len(tiles), _COLUMNS)]
    return encode_jpeg(np.concatenate(strips or [blank]), _QUALITY)


def _spread(frames: list[int], count: int) -> list[int]:
    indices = np.linspace(0, len(frames) - 1, min(count, len(frames))).round().astype(int)
    return [frames[index] for index in indices]


def _tile(image: Image, index: int, faces: FaceTable, rows: Rows) -> Image:
    said, own = rows
    scale = _TILE_PX / max(image.shape[:2])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    tile = np.zeros((_TILE_PX, _TILE_PX, 3), np.uint8)
    tile[: size[1], : size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    for face in np.flatnonzero(faces.frames == index):
        left, top, right, bottom = (round(float(edge) * scale) for edge in faces.boxes[face])
        colour = _GREEN if int(face) in own else _GREY
        cv2.rectangle(tile, (left, top), (right, bottom), colour, 1)
        _write(tile, str(faces.track_ids[face]), (left + 2, bottom - 3), colour)
    if said & {"wrong", "lost"}:
        edge = _RED if "wrong" in said else _AMBER
        cv2.rectangle(tile, (0, 0), (_TILE_PX - 1, _TILE_PX - 1), edge, 4)
    _write(tile, f"{index} {' '.join(sorted(said))}", (6, 14), (255, 255, 90))
    return tile


def _write(tile: Image, text: str, origin: tuple[int, int], colour: tuple[int, int, int]) -> None:
    cv2.putText(tile, text, origin, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(tile, text, origin, cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1, cv2.LINE_AA)
