"""Compare the organisers' crops of a person with the faces of a video: whose they are, and of which frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.assignment.requests import CropFiles
from fer_data.core.arrays import Float32, Image
from fer_data.core.frames.line_frames import Footage
from fer_data.core.tracks import crop_matching
from fer_data.core.tracks.linking import join_tracks
from fer_data.core.vision.faces import Faces
from fer_data.core.vision.geometry import Matrix, apply_matrix, box_matrix, warp_crop
from fer_data.corpora.crops import crop_frames
from fer_data.detectors import Detector
from fer_data.errors import MediaError, ReadingError
from fer_data.params.align import AlignParams
from fer_data.pictures.images import decode
from fer_data.shell.files.reading import CROP_BYTES, read_regular
from fer_data.tracking.face_store import Crops, FaceTable
from fer_data.tracking.recorder import crop_matrix

__all__ = ["Evidence", "Example", "FacePortraits", "compare_crops", "crops_moved", "read_crop", "read_given"]

_MIN_SIDE_PX = 16
_MAX_CROP_PIXELS = 4_000_000
"""Of one of the organisers' crops, which have 112 x 112: a hundred are in memory at a time."""

_SHARE_OF_VIEW = 0.625
_EXAMPLES = 8


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A crop of the organisers by its 0-based number, our own crop of the same face, and their correlation."""

    frame_index: int
    theirs: Image
    ours: Image
    similarity: float


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Result of comparing the organisers' crops of one subject with a video.

    Attributes:
        owner: whose they are.
        offset: from which frame they come.
        compared: crops that were compared with the video.
        unreadable: 0-based numbers of those that are no pictures.
        examples: a few for a person to look at.
        numbers: (n,) 0-based numbers of the crops that were compared with the video.
        over_offsets: (n, offsets) correlation of each with the person's faces at each of `OFFSETS`.
    """

    owner: crop_matching.Owner
    offset: crop_matching.Offset
    compared: int
    unreadable: tuple[int, ...]
    examples: tuple[Example, ...]
    numbers: NDArray[np.int32]
    over_offsets: Float32


class FacePortraits:
    """The portraits of a video's faces, each made from its base crop when first asked for."""

    def __init__(self, faces: FaceTable, crops: Crops, params: AlignParams) -> None:
        self.faces = faces
        self.tracks = faces.track_summaries()
        self.people = [person.track_ids for person in join_tracks(self.tracks)]
        self._crops = crops
        self.params = params
        self._reliefs: dict[int, Float32] = {}

    def at(self, frame_index: int) -> NDArray[np.intp]:
        """Return the indices of the cropped faces of a frame."""
        first, end = np.searchsorted(self.faces.frames, [frame_index, frame_index + 1])
        return np.arange(first, end)[self.faces.lengths[first:end] > 0]

    def of_tracks(self, frame_index: int, track_ids: Sequence[int]) -> int | None:
        """Return the index of the cropped face of one of the tracks in a frame, or None."""
        indices = self.at(frame_index)
        own = indices[np.isin(self.faces.track_ids[indices], track_ids)]
        return int(own[0]) if own.size else None

    def crop(self, index: int) -> Image:
        """Return the base crop of a face."""
        return decode(self._crops.crop(int(self.faces.offsets[index]), int(self.faces.lengths[index])))

    def relief(self, index: int) -> Float32:
        """Return a face's portrait in local contrast."""
        if index not in self._reliefs:
            box, marks = self.faces.boxes[index], self.faces.landmarks[index]
            matrix = crop_matrix(box, marks, self.params)
            corners = apply_matrix(matrix, box.reshape(2, 2)).reshape(4).astype(np.float32)
            self._reliefs[index] = crop_matching.portrait(
                self.crop(index), corners, apply_matrix(matrix, marks)
            )
        return self._reliefs[index]


def read_crop(path: Path | None) -> Image | None:
    """Return one of the organisers' crops; None where it is missing, damaged, too large, or smaller than 16 px."""
    found = read_given(path)
    return found and found[0]


def read_given(path: Path | None) -> tuple[Image, bytes] | None:
    """Return one of the organisers' crops and its bytes as they lie there; None where `read_crop` gives None."""
    if path is None:
        return None
    try:
        data = read_regular(path, CROP_BYTES)
        image = decode(data, _MAX_CROP_PIXELS)
    except (ReadingError, MediaError):
        return None
    return (image, data) if min(image.shape[:2]) >= _MIN_SIDE_PX else None


def compare_crops(files: CropFiles, own: FacePortraits, detector: Detector) -> Evidence:
    """Return the comparison of a subject's crops with a video; without a readable one it decides nothing."""
    paths = crop_frames(files.folder)
    read = {frame: read_crop(paths.get(frame)) for frame in files.frames.tolist()}
    crops = {frame: crop for frame, crop in read.items() if crop is not None}
    shown = _reliefs(list(crops.values()), detector, own.params.detection.region_px)
    reliefs = dict(zip(crops, shown, strict=True))
    agreement = _agreement(reliefs, own, 0)
    owner = _owner(agreement, own)
    over_offsets = _over_offsets(reliefs, own, owner.track_ids)
    offset = crop_matching.best_offset(over_offsets)
    if offset.frames:
        agreement = _agreement(reliefs, own, offset.frames)
        owner = _owner(agreement, own)
    unreadable = tuple(frame for frame, crop in read.items() if crop is None)
    examples = _examples(crops, agreement, own, owner=owner, offset=offset.frames or 0)
    numbers = np.fromiter(crops, np.int32, len(crops))
    return Evidence(owner, offset, len(crops), unreadable, examples, numbers, over_offsets)


def crops_moved(evidence: Evidence, footage: Footage) -> bool:
    """Return whether the crops lie on their frames before the first hole, and behind the last one by all the holes."""
    holes = footage.holes
    if holes is None or not holes.total or not footage.sure:
        return False
    before = evidence.numbers <= holes.after[0]
    behind = evidence.numbers > holes.after[-1] + holes.total
    first, last = (crop_matching.best_offset(evidence.over_offsets[part]).frames for part in (before, behind))
    return first == 0 and last == -holes.total


def _owner(agreement: Float32, own: FacePortraits) -> crop_matching.Owner:
    track_ids = np.array([track.track_id for track in own.tracks], np.int32)
    return crop_matching.find_owner(agreement, track_ids, [track.frames for track in own.tracks], own.people)


def _reliefs(crops: Sequence[Image], detector: Detector, region_px: int) -> list[list[Float32]]:
    """Return the portraits of each crop in local contrast, by the landmarks that the detector finds in it."""
    views = [_view(crop, region_px) for crop in crops]
    found = detector.detect_in_regions([view for view, _ in views]) if views else []
    return [
        crop_matching.portraits(crop, *_face_of(crop, faces, matrix, region_px))
        for crop, (_, matrix), faces in zip(crops, views, found, strict=True)
    ]


def _view(crop: Image, region_px: int) -> tuple[Image, Matrix]:
    """Return a crop with room around it, as the detector is used to, and the map from crop to view."""
    matrix = box_matrix(_whole(crop), region_px, 1 / _SHARE_OF_VIEW - 1)
    return warp_crop(crop, matrix, region_px), matrix


def _whole(crop: Image) -> Float32:
    return np.array([0, 0, crop.shape[1], crop.shape[0]], np.float32)


def _face_of(crop: Image, faces: Faces, matrix: Matrix, region_px: int) -> tuple[Float32, Float32]:
    """Return box and landmarks of the face in the middle of a crop; as InsightFace crops where none was found."""
    middle = region_px / 2
    around = (faces.boxes[:, :2] < middle).all(1) & (faces.boxes[:, 2:] > middle).all(1)
    if not around.any():
        return _whole(crop), crop_matching.template_landmarks(crop.shape[1], crop.shape[0])
    face = faces.take(np.flatnonzero(around)[:1])
    return_map = np.asarray(cv2.invertAffineTransform(matrix), np.float64)
    corners = apply_matrix(return_map, face.boxes.reshape(2, 2)).reshape(4)
    return corners.astype(np.float32), apply_matrix(return_map, face.landmarks[0]).astype(np.float32)


def _agreement(reliefs: Mapping[int, Sequence[Float32]], own: FacePortraits, offset: int) -> Float32:
    """Return the correlation of each crop with each track's face in its frame, (crops, tracks), NaN without one."""
    column = {track.track_id: index for index, track in enumerate(own.tracks)}
    agreement = np.full((len(reliefs), len(column)), np.nan, np.float32)
    for row, (frame, shown) in enumerate(reliefs.items()):
        for index in own.at(frame + offset):
            track = int(own.faces.track_ids[index])
            agreement[row, column[track]] = crop_matching.similarity(shown, own.relief(int(index)))
    return agreement


def _over_offsets(
    reliefs: Mapping[int, Sequence[Float32]], own: FacePortraits, track_ids: Sequence[int]
) -> Float32:
    """Return the correlation of each crop with the tracks' faces at each of `OFFSETS`, (crops, offsets)."""
    agreement = np.full((len(reliefs), len(crop_matching.OFFSETS)), np.nan, np.float32)
    for row, (frame, shown) in enumerate(reliefs.items()):
        for column, offset in enumerate(crop_matching.OFFSETS):
            index = own.of_tracks(frame + offset, track_ids)
            if index is not None:
                agreement[row, column] = crop_matching.similarity(shown, own.relief(index))
    return agreement


def _examples(
    crops: Mapping[int, Image],
    agreement: Float32,
    own: FacePortraits,
    *,
    owner: crop_matching.Owner,
    offset: int,
) -> tuple[Example, ...]:
    """Return crops spread over those that can be shown beside our own of the same frame."""
    column = {track.track_id: index for index, track in enumerate(own.tracks)}
    shown = []
    for row, (frame, crop) in enumerate(crops.items()):
        index = own.of_tracks(frame + offset, owner.track_ids)
        if index is not None:
            agreed = float(agreement[row, column[int(own.faces.track_ids[index])]])
            shown.append((frame, crop, index, agreed))
    step = max(1, -(-len(shown) // _EXAMPLES))
    chosen = shown[step // 2 :: step]
    return tuple(Example(frame, crop, own.crop(index), agreed) for frame, crop, index, agreed in chosen)
