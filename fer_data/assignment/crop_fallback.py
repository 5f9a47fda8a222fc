"""Use the organisers' crops where the corpus has no video: as they are, or resized to our own base crop."""

from collections.abc import Callable

import cv2
import numpy as np

from fer_data.assignment.reference_crops import read_given
from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.core.arrays import Float32, Image
from fer_data.core.tracks.appearance import centred_thumbnail
from fer_data.core.tracks.assignment import TrackChoice
from fer_data.core.vision.face_quality import CropMeasures, measure_crop
from fer_data.core.vision.geometry import box_matrix, warp_crop
from fer_data.corpora.crops import crop_frames
from fer_data.params.align import AlignParams
from fer_data.pictures.images import encode_jpeg, encode_png, is_plain_rgb
from fer_data.tracking.face_store import Crop, FaceStore

__all__ = ["fallback_choice", "log_crops", "log_given", "stands_in"]

_REASON = "the organisers' crops stand in for the video"
_NO_CROPS = "no video and no crops"
_NO_LANDMARKS = np.full((5, 2), np.nan, np.float32)


def stands_in(request: VideoRequest) -> bool:
    """Return whether crops replace a video that the corpus lacks."""
    return request.path is None and any(subject.crops for subject in request.subjects)


def fallback_choice(index: int, subject: SubjectRequest) -> TrackChoice:
    """Return the choice of the subject at an index of the request: its own crops, with margin 1."""
    if subject.crops is None:
        return TrackChoice(subject.side, (), 0.0, _NO_CROPS)
    return TrackChoice(subject.side, (_track(index),), 1.0, _REASON)


def log_crops(
    request: VideoRequest, params: AlignParams, log: FaceStore, *, report: Callable[[int], None]
) -> dict[str, list[int]]:
    """Add every wanted crop to the store, and return by subject_id the 0-based numbers of those that cannot be read.

    A picture that is not square is made so with black bars. Beside crops of our own it is brought to `align.size`; an
    unaltered one keeps its pixels, and its bytes where every reader sees the same in them. `report` is called with the
    number of pictures done.
    """
    damaged: dict[str, list[int]] = {}
    for index, subject in enumerate(request.subjects):
        files = subject.crops
        if files is None:
            continue
        paths = crop_frames(files.folder)
        for frame in files.frames.tolist():
            given = read_given(paths.get(frame))
            if given is None:
                damaged.setdefault(subject.subject_id, []).append(frame)
                continue
            made = _kept(*given) if request.unaltered else _brought(given[0], params)
            _log((frame, _track(index)), made, given[0], log)
        report(len(files.frames))
    return damaged


def log_given(index: int, image: Image, data: bytes, log: FaceStore) -> None:
    """Add a picture that is a crop already, and its bytes, to the store as the face of frame `index`, unaltered."""
    _log((index, _track(0)), _kept(image, data), image, log)


def _log(key: tuple[int, int], made: tuple[Image, bytes], given: Image, log: FaceStore) -> None:
    crop, encoded = made
    measured = Crop(encoded, _measured(crop, given))
    log.add((*key, float("nan")), (_whole(given), _NO_LANDMARKS), centred_thumbnail(crop), measured)


def _track(index: int) -> int:
    """Return the track number of a subject's crops; below 0, because nothing was tracked."""
    return -1 - index


def _whole(image: Image) -> Float32:
    return np.array([0, 0, image.shape[1], image.shape[0]], np.float32)


def _kept(image: Image, data: bytes) -> tuple[Image, bytes]:
    """Return a given picture as a base crop that has its pixels, and where it can be its bytes."""
    height, width = image.shape[:2]
    if height == width:
        return image, data if is_plain_rgb(data) else encode_png(image)
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    bars = (top, side - height - top, left, side - width - left)
    square = np.asarray(cv2.copyMakeBorder(image, *bars, cv2.BORDER_CONSTANT, value=(0, 0, 0)), np.uint8)
    return square, encode_png(square)


def _measured(crop: Image, given: Image) -> CropMeasures:
    """Return the measures of a base crop made of a given picture, taken to show a face as the template does."""
    matrix = box_matrix(_whole(given), len(crop), 0.0)
    return measure_crop(crop, _NO_LANDMARKS, matrix, (given.shape[1], given.shape[0]))


def _brought(image: Image, params: AlignParams) -> tuple[Image, bytes]:
    """Return a given picture as a base crop of `align.size`."""
    crop = warp_crop(image, box_matrix(_whole(image), params.size, 0.0), params.size)
    return crop, encode_jpeg(crop, params.jpeg_quality)
