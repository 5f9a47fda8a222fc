"""Store of every face of a video, filled while it is decoded, so that it is never decoded twice."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.core.tracks.appearance import (
    THUMBNAIL_PX,
    appearance_descriptors,
    median_descriptor,
    visible_descriptor,
)
from fer_data.core.tracks.dissolves import dissolves
from fer_data.core.tracks.identity import Embedded, Likeness, likeness_of
from fer_data.core.tracks.leaps import leaps
from fer_data.core.tracks.linking import TrackSummary
from fer_data.core.vision.face_quality import CropMeasures

__all__ = ["Crop", "Crops", "FaceStore", "FaceTable", "KeptCrops", "descriptors_of", "split_tracks"]

_MAX_LOOKS = 64
_BATCH_FACES = 512
_NOT_CROPPED = CropMeasures(*[float("nan")] * len(CropMeasures._fields))


@dataclass(frozen=True, slots=True)
class Crop:
    """An encoded base crop with its measures."""

    image: bytes
    measures: CropMeasures


@dataclass(frozen=True, slots=True, eq=False)
class FaceTable:
    """Every tracked face of a video, in the order of decoding; a face that was not cropped has no `length`.

    Attributes:
        frames: (n,) frame indices, ascending.
        track_ids: (n,).
        boxes: (n, 4), in source pixels.
        scores: (n,).
        landmarks: (n, 5, 2), in source pixels.
        sharpness: (n,) of the base crop.
        brightness: (n,) of the base crop.
        face_blur: (n,) and the next four as `CropMeasures` says; all seven are NaN for a face that was not cropped.
        face_brightness: (n,).
        face_contrast: (n,).
        outside_fraction: (n,).
        face_outside: (n,).
        thumbnails: (n, 48, 48, 3).
        offsets: (n,) where the encoded crop lies in the spool, in bytes.
        lengths: (n,) bytes of it, 0 without a crop.
        embedded: embeddings of a few faces of each track, by track; empty without `align.identity`.
    """

    frames: NDArray[np.int32]
    track_ids: NDArray[np.int32]
    boxes: Float32
    scores: Float32
    landmarks: Float32
    sharpness: Float32
    brightness: Float32
    face_blur: Float32
    face_brightness: Float32
    face_contrast: Float32
    outside_fraction: Float32
    face_outside: Float32
    thumbnails: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]
    embedded: Mapping[int, Embedded] = field(default_factory=dict)

    def track_summaries(self) -> list[TrackSummary]:
        """Return every track in the order of their numbers; its descriptor is that of up to 64 of its faces."""
        summaries = []
        for track_id in np.unique(self.track_ids):
            faces = np.flatnonzero(self.track_ids == track_id)
            descriptor = visible_descriptor(self.thumbnails[_spread(faces)])
            summaries.append(
                TrackSummary(
                    int(track_id),
                    self.frames[faces],
                    self.boxes[faces],
                    self.scores[faces],
                    descriptor,
                    self.landmarks[faces],
                    self.embedded.get(int(track_id)),
                )
            )
        return summaries

    def likeness(self) -> Likeness:
        """Return the similarities of the video's people by their embeddings; without any it decides nothing."""
        frames = {track: self.frames[self.track_ids == track] for track in self.embedded}
        return likeness_of(self.embedded, frames)

    def descriptor(self, faces: NDArray[np.intp]) -> Float32:
        """Return the median descriptor of up to 64 of some faces, given by index, shape (198,)."""
        return median_descriptor(appearance_descriptors(self.thumbnails[_spread(faces)]))


class Crops(Protocol):
    """Encoded crops by offset and length."""

    def crop(self, offset: int, length: int) -> bytes:
        """Return an encoded crop."""
        ...


class KeptCrops:
    """The encoded crops that a `FaceStore` left in a file."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def crop(self, offset: int, length: int) -> bytes:
        """Return an encoded crop."""
        self._file.seek(offset)
        return self._file.read(length)


class FaceStore:
    """Collect faces in memory and their encoded crops in a file of `folder`; one without a name ends with the log."""

    def __init__(self, folder: Path, name: str | None = None) -> None:
        self._spool = tempfile.TemporaryFile(dir=folder) if name is None else (folder / name).open("w+b")  # noqa: SIM115
        self._size = 0
        self._numbers: list[tuple[int, int, float, int, int]] = []
        self._measures: list[CropMeasures] = []
        self._boxes, self._landmarks, self._thumbnails = bytearray(), bytearray(), bytearray()

    def close(self) -> None:
        """Let go of the encoded crops, or of the file that keeps them."""
        self._spool.close()

    def add(
        self,
        key: tuple[int, int, float],
        shape: tuple[Float32, Float32],
        thumbnail: NDArray[np.uint8],
        crop: Crop | None,
    ) -> None:
        """Add a face: its frame, track and score; its box and landmarks; its thumbnail; its crop if there is one."""
        offset, length = self._size, len(crop.image) if crop else 0
        if crop:
            self._spool.write(crop.image)
            self._size += length
        self._measures.append(crop.measures if crop else _NOT_CROPPED)
        self._numbers.append((*key, offset, length))
        for kept, values in zip((self._boxes, self._landmarks), shape, strict=True):
            kept += values.astype(np.float32, copy=False).tobytes()
        self._thumbnails += thumbnail.tobytes()

    def table(self) -> FaceTable:
        """Return all faces as arrays; a track whose face becomes another one in a moment is two tracks."""
        return split_tracks(self.unsplit())

    def unsplit(self) -> FaceTable:
        """Return all faces as arrays, the tracks as they were added."""
        columns = list(zip(*self._numbers, strict=True)) or [()] * 5
        frames, tracks, scores, offsets, lengths = columns
        measures = np.array(self._measures, np.float32).reshape(-1, len(CropMeasures._fields)).T.copy()
        count = len(frames)
        thumbnails = np.frombuffer(self._thumbnails, np.uint8).reshape(count, THUMBNAIL_PX, THUMBNAIL_PX, 3)
        return FaceTable(
            frames=np.array(frames, np.int32),
            track_ids=np.array(tracks, np.int32),
            boxes=np.frombuffer(self._boxes, np.float32).reshape(count, 4),
            scores=np.array(scores, np.float32),
            landmarks=np.frombuffer(self._landmarks, np.float32).reshape(count, 5, 2),
            sharpness=measures[0],
            brightness=measures[1],
            face_blur=measures[2],
            face_brightness=measures[3],
            face_contrast=measures[4],
            outside_fraction=measures[5],
            face_outside=measures[6],
            thumbnails=thumbnails,
            offsets=np.array(offsets, np.int64),
            lengths=np.array(lengths, np.int64),
        )

    def crop(self, offset: int, length: int) -> bytes:
        """Return an encoded crop."""
        self._spool.seek(offset)
        return self._spool.read(length)


def _spread(faces: NDArray[np.intp]) -> NDArray[np.intp]:
    return faces[:: -(-len(faces) // _MAX_LOOKS)]


def split_tracks(faces: FaceTable) -> FaceTable:
    """Return the faces with each part of a track behind a leap or a dissolve as one of its own."""
    return replace(faces, track_ids=_split(faces.track_ids, faces.thumbnails))


def _split(track_ids: NDArray[np.int32], thumbnails: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the tracks, split at each change of person or dissolve; later parts are numbered after the others."""
    split = track_ids.copy()
    for track_id in np.unique(track_ids[track_ids >= 0]):
        faces = np.flatnonzero(track_ids == track_id)
        seen = descriptors_of(thumbnails, faces)
        for begins in np.union1d(leaps(seen), dissolves(thumbnails[faces], seen)).tolist():
            split[faces[begins:]] = split.max() + 1
    return split


def descriptors_of(thumbnails: NDArray[np.uint8], faces: NDArray[np.intp]) -> Float32:
    """Return the descriptors of some faces, given by index, (n, 198), a few hundred in memory at a time."""
    parts = [
        appearance_descriptors(thumbnails[faces[at : at + _BATCH_FACES]])
        for at in range(0, len(faces), _BATCH_FACES)
    ]
    return np.concatenate([*parts, appearance_descriptors(thumbnails[:0])])
