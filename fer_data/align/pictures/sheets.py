"""A picture of pictures whose face is in doubt, for a person to look at."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from fer_data.core.arrays import Float32, Image
from fer_data.core.vision.faces import Faces
from fer_data.core.vision.picture_faces import PictureChoice
from fer_data.pictures.images import encode_jpeg
from fer_data.shell.shown import printable

__all__ = ["DoubtSheet"]

_COUNT, _COLUMNS = 24, 4
_TILE_PX, _CAPTION_PX = 240, 18
_QUALITY = 85
_CHOSEN, _OTHER, _GIVEN = (60, 200, 90), (230, 60, 60), (60, 130, 255)


@dataclass(slots=True)
class DoubtSheet:
    """The first pictures in doubt: the chosen faces green, others red, the corpus' boxes blue."""

    tiles: list[Image] = field(default_factory=list)

    def add(self, image: Image, path: str, faces: Faces, *, choice: PictureChoice, boxes: Float32) -> None:
        """Take a picture in, if there is room."""
        if len(self.tiles) == _COUNT:
            return
        scale = _TILE_PX / max(image.shape[:2])
        size = tuple(max(1, round(side * scale)) for side in image.shape[1::-1])
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        for box in boxes[~np.isnan(boxes).any(1)]:
            _frame(small, box * scale, _GIVEN)
        for index, box in enumerate(faces.boxes):
            _frame(small, box * scale, _CHOSEN if index in choice.faces else _OTHER)
        tile = np.full((_TILE_PX + _CAPTION_PX, _TILE_PX, 3), 255, np.uint8)
        tile[: small.shape[0], : small.shape[1]] = small
        name = printable(path).encode("ascii", "replace").decode()[-38:]
        place = 4, _TILE_PX + _CAPTION_PX - 5
        cv2.putText(tile, name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.35, (0, 0, 0), 1, cv2.LINE_AA)
        self.tiles.append(tile)

    def encoded(self) -> bytes | None:
        """Return the sheet as JPEG; None where nothing was in doubt."""
        if not self.tiles:
            return None
        columns = min(_COLUMNS, len(self.tiles))
        tiles = self.tiles + [np.full_like(self.tiles[0], 255)] * (-len(self.tiles) % columns)
        rows = [np.concatenate(tiles[at : at + columns], 1) for at in range(0, len(tiles), columns)]
        return encode_jpeg(np.concatenate(rows), _QUALITY)


def _frame(image: Image, box: Float32, colour: tuple[int, int, int]) -> None:
    left, top, right, bottom = (round(float(edge)) for edge in box)
    cv2.rectangle(image, (left, top), (right, bottom), colour, 1)
