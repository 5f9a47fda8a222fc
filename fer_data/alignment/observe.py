"""One pass over a video: decode, detect, track, warp and encode."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_data.alignment.face_log import FaceLog
from fer_data.alignment.requests import VideoRequest
from fer_data.alignment.scribe import Scribe, crop_matrix
from fer_data.alignment.sheets import Snapshots
from fer_data.alignment.sighting import AnyFrame, Sighting, sight
from fer_data.alignment.states import Decoded
from fer_data.alignment.watch import Watch
from fer_data.detectors import Detector
from fer_data.errors import MediaError
from fer_data.params.align import AlignParams
from fer_data.prefetch import ahead
from fer_data.video import decode_frames

__all__ = ["UNSEEN", "Observation", "crop_matrix", "observe"]

_BATCH_FRAMES = {"cpu": 8, "cuda": 32}


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


UNSEEN = Observation(Decoded(0, None), np.zeros(0), 0, 0, Snapshots(0))
"""Of a video that is not there, or that nobody asks about."""


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
    wanted = _wanted_frames(request, params)
    snapshots = Snapshots(request.num_packets)
    times: list[float] = []
    width, found, error = 0, 0, None
    if request.path is None or not wanted.size:
        return Observation(Decoded(0, None), np.zeros(0), 0, 0, snapshots)
    scribe = Scribe(params, log, wanted)
    for seen, failure in _sightings(request.path, params, detector, people=len(request.subjects)):
        error = failure
        for frame, faces in zip(seen.frames, seen.faces, strict=True):
            times.append(frame.pts_seconds)
            width = frame.size_wh[0]
            found += len(faces)
            if snapshots.wants(frame.index):
                snapshots.keep(frame.index, frame.image)
        scribe.add(seen)
        report(len(seen.frames))
    scribe.finish()
    return Observation(Decoded(len(times), error), np.array(times), width, found, snapshots)


def _sightings(
    path: Path, params: AlignParams, detector: Detector, *, people: int
) -> Iterator[tuple[Sighting, str | None]]:
    """Yield a video's frames with their faces, the last ones with the reason if decoding failed.

    Engine torch searches every frame in full, in batches.
    """
    if params.engine == "torch":
        for batch, failure in _batches(path, params):
            yield sight(detector, batch, params.detection), failure
        return
    watch, failure = Watch(detector, params.detection, people), None
    for batch, failure in _batches(path, params):  # noqa: B007 - the last one counts
        yield watch.add(batch), None
    yield watch.flush(), failure


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
