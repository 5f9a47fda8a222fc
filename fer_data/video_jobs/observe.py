"""One pass over a video: decode, detect, track, warp and encode."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fer_data.assignment.requests import VideoRequest
from fer_data.assignment.states import Decoded
from fer_data.core.frames.line_frames import Footage
from fer_data.detectors import Detector
from fer_data.media.frame_pictures import FrameRules
from fer_data.media.span_reader import SpanReader
from fer_data.media.video import Damage, VideoReader
from fer_data.params.align import AlignParams
from fer_data.tracking.face_finder import OpenFaceFinder, find_faces, open_face_finder
from fer_data.tracking.face_store import FaceStore
from fer_data.tracking.frame_batch import AnyFrame, FrameBatch
from fer_data.tracking.recorder import FaceRecorder, crop_matrix
from fer_data.tracking.thumbnails import Snapshots

__all__ = [
    "UNSEEN",
    "Observation",
    "crop_matrix",
    "frame_rules",
    "frames_in_view",
    "observe",
    "wanted_frames",
]


class Reader(Protocol):
    """A video that is decoded once; what was lost on the way is known when its frames are through."""

    damage: Damage

    @property
    def error(self) -> str | None:
        """Return in a sentence why decoding stopped; null while it did not."""
        ...

    def frames(self, until: int | None = None) -> Generator[AnyFrame]:
        """Yield the frames that have a whole picture; those from slot `until` on are counted and left out."""
        ...

    def footage(self) -> Footage:
        """Return what the video shows, once its frames are through."""
        ...


_EVERY_FRAME = range(1 << 62)
_SPARE_FRAMES = 64
"""Frames behind the last row that are looked at; a video that goes on for hours behind its labels costs no more."""


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What one pass over a video gave beside its faces.

    Attributes:
        decoded: how far it could be decoded.
        pts_seconds: (n,) presentation time of each slot, NaN where a lost one has none.
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
    log: FaceStore,
    *,
    report: Callable[[int], None],
    open_finder: OpenFaceFinder = open_face_finder,
    span: SpanReader | None = None,
) -> Observation:
    """Add every face of a video to the log, cropped where a row of the request may use it.

    With `span` what it decodes is observed alone, and its own frames are cropped and reported alone. `report` is called
    with the number of frames done since the last call; `open_finder` opens what finds the faces.
    """
    wanted = wanted_frames(request, params)
    snapshots = Snapshots(request.num_packets)
    if request.path is None or not wanted.size:
        return Observation(Decoded(0, None), np.zeros(0), 0, 0, snapshots)
    reader = span or _reader(request.path, params)
    own = _EVERY_FRAME if span is None else span.own
    recorder, noted, people = FaceRecorder(params, log, wanted, own), _Noted(snapshots), len(request.subjects)
    with (
        closing(reader.frames(frames_in_view(request))) as frames,
        closing(find_faces(frames, params, detector, people=people, open_finder=open_finder)) as batches,
    ):
        for seen in batches:
            report(noted.add(seen, own))
            recorder.add(seen)
            if recorder.logged >= own.stop:
                break
        else:
            recorder.finish()
    footage = reader.footage()
    decoded = Decoded(footage.decoded, reader.error, footage, reader.damage)
    return Observation(decoded, footage.times(noted.times), noted.width, noted.faces, snapshots)


@dataclass(slots=True)
class _Noted:
    """What is noted of frames beside their faces' crops; see `Observation`."""

    snapshots: Snapshots
    times: dict[int, float] = field(default_factory=dict)
    width: int = 0
    faces: int = 0

    def add(self, seen: FrameBatch, own: range) -> int:
        """Note the frames that are in `own`, and return how many those are."""
        inside = [place for place, frame in enumerate(seen.frames) if frame.index in own]
        for frame, faces in ((seen.frames[place], seen.faces[place]) for place in inside):
            self.times[frame.index] = frame.pts_seconds
            self.width = frame.size_wh[0]
            self.faces += len(faces)
            if self.snapshots.wants(frame.index):
                self.snapshots.keep(frame.index, frame.image)
        return len(inside)


def frame_rules(params: AlignParams) -> FrameRules:
    """Return what the frames of a video may be, and how they are shown."""
    return FrameRules(params.max_pixels, params.pixel_aspect)


def _reader(path: Path, params: AlignParams) -> Reader:
    if params.decoder == "pyav":
        return VideoReader(path, frame_rules(params))
    from fer_data.media.nvdec import DeviceReader

    return DeviceReader(path, frame_rules(params))


def frames_in_view(request: VideoRequest) -> int:
    """Return how many frames are looked at: up to a few behind the last row of any subject."""
    return max((int(s.frames.max(initial=-1)) + 1 for s in request.subjects), default=0) + _SPARE_FRAMES


def wanted_frames(request: VideoRequest, params: AlignParams) -> NDArray[np.bool_]:
    """Return by frame index whether a row of the request may use its faces; empty when none does.

    Of people who withdrew no row does, so that no frame is looked at for their sake alone.
    """
    frames = [s.frames if params.rows == "all" else s.frames[s.needed] for s in request.shown]
    indices = np.concatenate(frames)
    wanted = np.zeros(int(indices.max()) + 1 if indices.size else 0, bool)
    wanted[indices] = True
    return wanted
