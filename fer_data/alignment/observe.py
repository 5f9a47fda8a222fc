"""One pass over a video: decode, detect, track, warp and encode."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_data.alignment.face_log import Crop, FaceLog
from fer_data.alignment.requests import VideoRequest
from fer_data.alignment.sheets import Snapshots
from fer_data.alignment.sighting import AnyFrame, Sighting, sight
from fer_data.alignment.states import Decoded
from fer_data.core.appearance import THUMBNAIL_PX, looks, thumbnail_matrix
from fer_data.core.faces import Faces, Float32, Image
from fer_data.core.geometry import Matrix, box_matrix, similarity_matrix
from fer_data.core.quality import brightness, sharpness
from fer_data.core.tracking import Tracker
from fer_data.detectors import Detector
from fer_data.errors import DetectorError, MediaError
from fer_data.images import encode_jpeg
from fer_data.params.align import AlignParams
from fer_data.prefetch import ahead
from fer_data.video import decode_frames

__all__ = ["Observation", "crop_matrix", "observe"]

_BATCH_FRAMES = {"cpu": 8, "cuda": 32}
_ENCODERS = 4
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
    for batch, failure in _batches(request.path, params):
        error = failure
        seen = sight(detector, batch)
        for frame, faces in zip(batch, seen.faces, strict=True):
            times.append(frame.pts_seconds)
            width = frame.size_wh[0]
            found += len(faces)
            if snapshots.wants(frame.index):
                snapshots.keep(frame.index, frame.image)
        _add_faces(batch, seen, tracker, log, params=params, wanted=wanted)
        report(len(batch))
    return Observation(Decoded(len(times), error), np.array(times), width, found, snapshots)


def _batches(path: Path, params: AlignParams) -> Iterator[tuple[list[AnyFrame], str | None]]:
    """Yield a video's frames in batches, the last one with the reason if decoding failed.

    Beside a GPU the next batch is decoded while one is worked on.
    """
    batches = _taken(_decode(path, params), _BATCH_FRAMES[params.device])
    return ahead(batches) if params.device == "cuda" else batches


def _decode(path: Path, params: AlignParams) -> Iterator[AnyFrame]:
    if params.decoder == "pyav":
        return decode_frames(path)
    from fer_data.nvdec import decode_on_gpu

    return decode_on_gpu(path)


def _taken(frames: Iterator[AnyFrame], count: int) -> Iterator[tuple[list[AnyFrame], str | None]]:
    error = None
    while error is None:
        batch: list[AnyFrame] = []
        try:
            batch.extend(islice(frames, count))
        except MediaError as failure:
            error = str(failure)
        yield batch, error
        if len(batch) < count:
            return


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
    batch: Sequence[AnyFrame],
    seen: Sighting,
    tracker: Tracker,
    log: FaceLog,
    *,
    params: AlignParams,
    wanted: NDArray[np.bool_],
) -> None:
    """Track the largest faces of a batch and add them to the log, with crops where the frame is wanted."""
    faces = [_largest(found) for found in seen.faces]
    owners = [place for place, found in enumerate(faces) for _ in range(len(found))]
    maps = [thumbnail_matrix(box) for found in faces for box in found.boxes]
    pictures, crops = (
        seen.warp(owners, maps, THUMBNAIL_PX),
        _crops(batch, faces, seen, params=params, wanted=wanted),
    )
    start = 0
    for frame, found in zip(batch, faces, strict=True):
        shown = pictures[start : start + len(found)]
        start += len(found)
        track_ids = tracker.update(frame.index, found.boxes, looks(shown))
        for index, picture in enumerate(shown):
            crop = next(crops) if _has(wanted, frame.index) else None
            key = (frame.index, int(track_ids[index]), float(found.scores[index]))
            log.add(key, (found.boxes[index], found.landmarks[index]), picture, crop)


def _crops(
    batch: Sequence[AnyFrame],
    faces: Sequence[Faces],
    seen: Sighting,
    *,
    params: AlignParams,
    wanted: NDArray[np.bool_],
) -> Iterator[Crop]:
    """Yield the encoded base crops of the wanted frames' faces in their order."""
    places = [place for place, frame in enumerate(batch) if _has(wanted, frame.index)]
    owners = [place for place in places for _ in range(len(faces[place]))]
    maps = [
        crop_matrix(box, landmarks, params)
        for place in places
        for box, landmarks in zip(faces[place].boxes, faces[place].landmarks, strict=True)
    ]
    return iter(_encoded(seen.warp(owners, maps, params.size), params))


def _encoded(crops: Sequence[Image] | NDArray[np.uint8], params: AlignParams) -> list[Crop]:
    """Return the crops encoded and measured, in threads beside a GPU."""
    encode = partial(_encode, quality=params.jpeg_quality)
    with ThreadPoolExecutor(_ENCODERS) if params.device == "cuda" else nullcontext() as pool:
        return list(pool.map(encode, crops) if pool else map(encode, crops))


def _encode(crop: Image, quality: int) -> Crop:
    return Crop(encode_jpeg(crop, quality), sharpness(crop), brightness(crop))


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
