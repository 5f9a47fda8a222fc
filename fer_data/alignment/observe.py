"""One pass over a video: decode, detect, track, warp and encode."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from fer_data.alignment.face_log import Crop, FaceLog
from fer_data.alignment.requests import VideoRequest
from fer_data.alignment.sheets import Snapshots
from fer_data.alignment.states import Decoded
from fer_data.core.appearance import looks, thumbnail
from fer_data.core.faces import Faces, Float32, Image
from fer_data.core.geometry import box_matrix, similarity_matrix, warp_crop
from fer_data.core.quality import brightness, sharpness
from fer_data.core.tracking import Tracker
from fer_data.detectors import Detector
from fer_data.errors import DetectorError, MediaError
from fer_data.images import encode_jpeg
from fer_data.params.align import AlignParams
from fer_data.video import Frame, decode_frames

__all__ = ["Observation", "observe"]

_BATCH_FRAMES = 8
_MAX_FACES = 6
"""Faces of one frame that are followed, the largest; beyond them a crowd would cost more than it tells."""


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What one pass over a video gave beside its faces.

    Attributes:
        decoded: how far it could be decoded.
        pts_seconds: (n,) presentation time of each decoded frame.
        width: of the last frame, in px.
        faces: found in all frames together, before the largest were chosen.
        snapshots: small pictures of some frames.
    """

    decoded: Decoded
    pts_seconds: NDArray[np.float64]
    width: int
    faces: int
    snapshots: Snapshots


def observe(
    request: VideoRequest,
    params: AlignParams,
    detector: Detector,
    log: FaceLog,
    *,
    report: Callable[[int], None],
) -> Observation:
    """Add every face of a video to the log, cropped where a row of the request may use it.

    `report` is called with the number of frames done since the last call.
    """
    tracker = Tracker(params.tracking.min_iou, params.tracking.max_gap_frames)
    wanted = _wanted_frames(request, params)
    two = any(subject.side != "only" for subject in request.subjects)
    snapshots = Snapshots(request.num_packets if two else 0)
    times: list[float] = []
    width, found, error = 0, 0, None
    if request.path is None or not wanted.size:
        return Observation(Decoded(0, None), np.zeros(0), 0, 0, snapshots)
    frames = decode_frames(request.path)
    while True:
        batch, error = _take(frames)
        for frame, faces in zip(batch, detector.detect([f.image for f in batch]), strict=True):
            times.append(frame.pts_seconds)
            width = frame.image.shape[1]
            found += len(faces)
            snapshots.offer(frame.index, frame.image)
            _add_faces(frame, _largest(faces), tracker, log, params=params, wanted=_has(wanted, frame.index))
        report(len(batch))
        if len(batch) < _BATCH_FRAMES:
            return Observation(Decoded(len(times), error), np.array(times), width, found, snapshots)


def _take(frames: Iterator[Frame]) -> tuple[list[Frame], str | None]:
    """Return the next frames, and why there are fewer than a batch if decoding failed."""
    batch: list[Frame] = []
    try:
        batch.extend(islice(frames, _BATCH_FRAMES))
    except MediaError as error:
        return batch, str(error)
    return batch, None


def _wanted_frames(request: VideoRequest, params: AlignParams) -> NDArray[np.bool_]:
    """Return by frame index whether a row of the request may use its faces; empty when none does."""
    frames = [s.frames if params.rows == "all" else s.frames[s.needed] for s in request.subjects]
    indices = np.concatenate(frames)
    wanted = np.zeros(int(indices.max()) + 1 if indices.size else 0, bool)
    wanted[indices] = True
    return wanted


def _has(wanted: NDArray[np.bool_], index: int) -> bool:
    return index < len(wanted) and bool(wanted[index])


def _largest(faces: Faces) -> Faces:
    if len(faces) <= _MAX_FACES:
        return faces
    areas = (faces.boxes[:, 2:] - faces.boxes[:, :2]).prod(-1)
    return faces.take(np.sort(np.argsort(-areas, kind="stable")[:_MAX_FACES]))


def _add_faces(
    frame: Frame, faces: Faces, tracker: Tracker, log: FaceLog, *, params: AlignParams, wanted: bool
) -> None:
    pictures = [thumbnail(frame.image, box) for box in faces.boxes]
    shown = looks(np.array(pictures, np.uint8))
    track_ids = tracker.update(frame.index, faces.boxes, shown)
    for index, picture in enumerate(pictures):
        box, landmarks = faces.boxes[index], faces.landmarks[index]
        crop = crop_face(frame.image, box, landmarks, params) if wanted else None
        key = (frame.index, int(track_ids[index]), float(faces.scores[index]))
        log.add(key, (box, landmarks), picture, crop)


def crop_face(image: Image, box: Float32, landmarks: Float32, params: AlignParams) -> Crop:
    """Return the encoded base crop of a face.

    Raises:
        DetectorError: the geometry needs landmarks and the detector gives none.
    """
    if params.geometry == "box":
        matrix = box_matrix(box, params.size, params.margin)
    elif np.isnan(landmarks).any():
        raise DetectorError(
            "align.geometry (similarity) needs landmarks, which this detector does not give. Use geometry box."
        )
    else:
        matrix = similarity_matrix(landmarks, params.size, params.margin)
    crop = warp_crop(image, matrix, params.size)
    return Crop(encode_jpeg(crop, params.jpeg_quality), sharpness(crop), brightness(crop))
