"""From frames with their faces to the store: track the faces, smooth landmarks, and crop where a row may use them."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Image
from fer_data.core.tracks.appearance import THUMBNAIL_PX, appearance_descriptors, thumbnail_matrix
from fer_data.core.tracks.continuity import Continuity
from fer_data.core.tracks.tracking import Tracker
from fer_data.core.vision.face_quality import measure_crop
from fer_data.core.vision.faces import Faces
from fer_data.core.vision.geometry import Matrix, box_matrix, similarity_matrix
from fer_data.core.vision.regions import largest
from fer_data.errors import DetectorError
from fer_data.params.align import AlignParams
from fer_data.pictures.images import encode_jpeg
from fer_data.tracking.face_store import Crop, FaceStore
from fer_data.tracking.frame_batch import AnyFrame, FrameBatch
from fer_data.tracking.keyframes import MAX_FACES
from fer_data.tracking.landmark_smoother import LandmarkSmoother

__all__ = ["FaceRecorder", "crop_matrix"]

_ENCODERS = 4


@dataclass(frozen=True, slots=True, eq=False)
class _Tracked:
    """A batch's faces with their tracks and thumbnails, frame by frame."""

    seen: FrameBatch
    faces: Sequence[Faces]
    tracks: Sequence[NDArray[np.int32]]
    images: NDArray[np.uint8]


class _Shown(NamedTuple):
    """What a crop shows: landmarks in source pixels, the map from these to the crop, width and height of the source."""

    landmarks: Float32
    matrix: Matrix
    size_wh: tuple[int, int]


class FaceRecorder:
    """Add the faces of frames to the store, each as soon as the frames that smoothing takes are known.

    All frames before `logged` are through.

    `wanted` tells by label line whether a row may use the faces of its frame; only frames of `own` are cropped.
    """

    def __init__(
        self, params: AlignParams, log: FaceStore, wanted: NDArray[np.bool_], own: range | None = None
    ) -> None:
        self._params = params
        self._log = log
        self._wanted, self._own = wanted, own
        self.logged = 0
        self._tracker = Tracker(params.tracking.min_iou, params.tracking.max_gap_frames)
        self._continuity = Continuity()
        self._smoother = LandmarkSmoother(params.smoothing)
        self._held: deque[_Tracked] = deque()

    def add(self, seen: FrameBatch) -> None:
        """Track the faces of the next frames, and log those of earlier ones that are settled now."""
        if not len(seen.frames):
            return
        self._held.append(self._track(seen))
        while self._held and self._smoother.knows_enough(self._held[0].seen.frames[-1].index):
            self._write(self._held.popleft())

    def finish(self) -> None:
        """Log what is left when no more frames follow."""
        while self._held:
            self._write(self._held.popleft())

    def _track(self, seen: FrameBatch) -> _Tracked:
        faces = [largest(found, MAX_FACES) for found in seen.faces]
        maps = [thumbnail_matrix(box) for found in faces for box in found.boxes]
        images = seen.warp(_owners(faces), maps, THUMBNAIL_PX)
        descriptors, start, tracks = appearance_descriptors(images), 0, []
        for frame, found, shown in zip(seen.frames, faces, seen.previews, strict=True):
            own = descriptors[start : start + len(found)]
            goes_on = self._continuity.goes_on(shown)
            ids = self._tracker.update(frame.index, found.boxes, own, goes_on=goes_on)
            self._smoother.add(frame.index, found, ids)
            tracks.append(ids)
            start += len(found)
        return _Tracked(seen, faces, tracks, images)

    def _write(self, held: _Tracked) -> None:
        faces = [
            self._smoother.smoothed(frame.index, found, ids)
            for frame, found, ids in zip(held.seen.frames, held.faces, held.tracks, strict=True)
        ]
        crops = self._crops(held.seen, faces)
        images = iter(held.images)
        self.logged = held.seen.frames[-1].index + 1
        for frame, found, ids in zip(held.seen.frames, faces, held.tracks, strict=True):
            for face, track in enumerate(ids):
                crop = next(crops) if self._wants(frame) else None
                key = (frame.index, int(track), float(found.scores[face]))
                self._log.add(key, (found.boxes[face], found.landmarks[face]), next(images), crop)

    def _wants(self, frame: AnyFrame) -> bool:
        """Return whether a row may use a frame, whatever frames turn out to be missing before it."""
        if self._own is not None and frame.index not in self._own:
            return False
        first, last = frame.lines or (frame.index, frame.index)
        return bool(self._wanted[first : last + 1].any())

    def _crops(self, seen: FrameBatch, faces: Sequence[Faces]) -> Iterator[Crop]:
        """Return the encoded base crops of the wanted frames' faces in their order."""
        wanted = [
            found if self._wants(frame) else Faces.none()
            for frame, found in zip(seen.frames, faces, strict=True)
        ]
        owners = _owners(wanted)
        shown = [
            _Shown(marks, crop_matrix(box, marks, self._params), frame.size_wh)
            for found, frame in zip(wanted, seen.frames, strict=True)
            for box, marks in zip(found.boxes, found.landmarks, strict=True)
        ]
        crops = seen.warp(owners, [face.matrix for face in shown], self._params.size)
        return iter(_encoded(crops, shown, self._params))


def _owners(faces: Sequence[Faces]) -> list[int]:
    return [index for index, found in enumerate(faces) for _ in range(len(found))]


def _encoded(
    crops: Sequence[Image] | NDArray[np.uint8], shown: Sequence[_Shown], params: AlignParams
) -> list[Crop]:
    """Return the crops encoded and measured, in threads beside a GPU."""
    encode = partial(_encode, quality=params.jpeg_quality)
    with ThreadPoolExecutor(_ENCODERS) if params.device == "cuda" else nullcontext() as pool:
        return list(pool.map(encode, crops, shown) if pool else map(encode, crops, shown))


def _encode(crop: Image, shown: _Shown, quality: int) -> Crop:
    return Crop(encode_jpeg(crop, quality), measure_crop(crop, shown.landmarks, shown.matrix, shown.size_wh))


def crop_matrix(box: Float32, landmarks: Float32, params: AlignParams) -> Matrix:
    """Return the map from source pixels to the base crop of a face.

    Raises:
        DetectorError: the geometry needs landmarks and the detector gives none.
    """
    if params.geometry == "box":
        return box_matrix(box, params.size, params.margin)
    if np.isnan(landmarks).any():
        raise DetectorError(
            "align.geometry (similarity) needs landmarks, which this detector does not give. Use geometry box."
        )
    return similarity_matrix(landmarks, params.size, params.margin)
