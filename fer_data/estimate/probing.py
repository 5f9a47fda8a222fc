"""Measure what aligning costs here, by aligning short slices of videos for real."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np

from fer_data.assignment.embedding import embed_tracks
from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.detectors import Detector
from fer_data.errors import MediaError
from fer_data.estimate.timing import FaceFinderTimer
from fer_data.execution.engines import Report
from fer_data.identity.network import IdentityNetwork, open_identity
from fer_data.media.containers import open_container, recordings
from fer_data.media.video import decode_frames
from fer_data.params.align import AlignParams
from fer_data.tables.schemas import CROPS, read_arrow
from fer_data.video_jobs.observed import observe_into, open_observed
from fer_data.video_jobs.worker import align_video

__all__ = ["Probe", "ProbeJob", "cut_slice", "prepare_probe"]

_DECODE_ONLY_FRAMES = 32
_CONTAINERS = ("matroska", "nut")


@dataclass(frozen=True, slots=True)
class ProbeJob:
    """A video of which a slice is aligned.

    Attributes:
        request: of the whole video; its path is not null.
        frames: of the slice, at most.
    """

    request: VideoRequest
    frames: int


@dataclass(frozen=True, slots=True)
class Probe:
    """What one slice cost.

    Attributes:
        frames: decoded.
        seconds_per_frame: of everything, once the slice was opened.
        fixed_seconds: before the first frames and after the last.
        decode_seconds: a frame, decoding alone.
        detect_seconds: a frame, finding its faces: the detector and the regions that it searches again.
        wanted: rows of the slice that were to be cropped.
        crops: made of them.
        crop_bytes: of all those crops, in the stage's format.
        observed_bytes: of what the store keeps of every face, whoever it is.
        faces: found in all frames.
        tracks: that these were joined into.
        identity_seconds: of embedding a few faces of each track, after the frames; 0 without `align.identity`.
    """

    frames: int
    seconds_per_frame: float
    fixed_seconds: float
    decode_seconds: float
    detect_seconds: float
    wanted: int
    crops: int
    crop_bytes: int
    observed_bytes: int
    faces: int = 0
    tracks: int = 0
    identity_seconds: float = 0.0


def prepare_probe(params: AlignParams) -> Callable[[ProbeJob, Report], Probe | None]:
    """Return the work of one process: align a slice and measure; None for a video that cannot be read."""
    from fer_data.detectors import open_detector

    detector, identity = open_detector(params), open_identity(params.identity)

    def work(job: ProbeJob, report: Report) -> Probe | None:
        report(1)
        with TemporaryDirectory(prefix="fer-data-probe-") as folder:
            try:
                return _probe(job, Path(folder), params, detector, identity=identity)
            except MediaError:
                return None

    return work


def _probe(
    job: ProbeJob, folder: Path, params: AlignParams, detector: Detector, *, identity: IdentityNetwork | None
) -> Probe | None:
    video = job.request.path
    if video is None:
        return None
    path = folder / "slice.mkv"
    first = cut_slice(video, path, job.frames, job.request.num_packets)
    request = _sliced(job.request, path, first, job.frames)
    timer = FaceFinderTimer()
    results, observed = folder / "results", folder / "observed"
    marks = _timed_work(request, (observed, results), params, detector, timer=timer)
    seconds = time.perf_counter() - marks[0][0]
    frames = sum(done for _, done in marks)
    if not frames:
        return None
    pace = _pace(marks)
    crops = list(results.glob("*.arrow"))
    faces, tracks, identity_seconds = _embedded(observed, params, identity)
    return Probe(
        frames=frames,
        seconds_per_frame=pace,
        fixed_seconds=max(0.0, seconds - pace * frames),
        decode_seconds=_decode_seconds(path),
        detect_seconds=timer.seconds / frames,
        wanted=sum(int((s.needed & (s.frames < frames)).sum()) for s in request.subjects),
        crops=_crop_count(crops),
        crop_bytes=sum(file.stat().st_size for file in crops),
        observed_bytes=sum(file.stat().st_size for file in observed.iterdir()),
        faces=faces,
        tracks=tracks,
        identity_seconds=identity_seconds,
    )


def _embedded(
    observed: Path, params: AlignParams, identity: IdentityNetwork | None
) -> tuple[int, int, float]:
    """Return the faces and tracks of a slice, and the seconds that embedding some of them takes."""
    with open_observed(observed) as (seen, faces, crops):
        begin = time.perf_counter()
        if identity is not None:
            embed_tracks(faces, crops, params, identity, pts_seconds=seen.pts_seconds)
        seconds = time.perf_counter() - begin
        return len(faces.frames), len(np.unique(faces.track_ids)), seconds if identity else 0.0


def _timed_work(
    request: VideoRequest,
    folders: tuple[Path, Path],
    params: AlignParams,
    detector: Detector,
    *,
    timer: FaceFinderTimer,
) -> list[tuple[float, int]]:
    """Do what `align` does with a video, into two new folders, and return when how many frames were done."""
    observed, results = folders
    observed.mkdir()
    results.mkdir()
    marks = [(time.perf_counter(), 0)]
    observe_into(
        observed,
        request,
        params,
        detector,
        report=lambda done: marks.append((time.perf_counter(), done)),
        open_finder=timer,
    )
    align_video(
        request,
        results,
        params,
        detector,
        rule=FrameRule(0, "end"),
        report=lambda _: None,
        observed=observed,
    )
    return marks


def cut_slice(video: Path, target: Path, frames: int, num_packets: int) -> int:
    """Copy at most `frames` packets around the middle of a video, from a keyframe on, and return the first's index.

    Raises:
        MediaError: the file is no video, or cannot be copied.
    """
    try:
        with open_container(video) as source, ExitStack() as stack:
            stream = recordings(source)[0]
            sink, copy = _sink(target, stream, stack)
            if num_packets > 2 * frames and stream.duration:
                start = stream.start_time or 0
                source.seek(start + stream.duration // 2, stream=stream)
            packets = (packet for packet in source.demux(stream) if packet.size and packet.dts is not None)
            first = None
            for packet in islice(packets, frames):
                first = packet.pts if first is None else first
                packet.stream = copy
                sink.mux(packet)
            return _index(stream, first, num_packets)
    except (av.FFmpegError, OSError, IndexError) as error:
        raise MediaError(f"{video.name}: no slice can be cut: {error}.") from error


def _sink(
    target: Path, stream: av.VideoStream, stack: ExitStack
) -> tuple[av.container.OutputContainer, av.VideoStream]:
    """Return a container with a stream for packets like those of another: Matroska, or NUT, which takes all codecs."""
    for container in _CONTAINERS:
        sink = stack.enter_context(av.open(str(target), "w", format=container))
        try:
            return sink, sink.add_stream_from_template(stream)
        except ValueError:  # it does not take the codec
            sink.close()
    raise MediaError(f"{target.name}: no container takes {stream.codec_context.name}.")


def _index(stream: av.VideoStream, pts: int | None, num_packets: int) -> int:
    rate = stream.average_rate or stream.guessed_rate
    if pts is None or not rate or not stream.time_base:
        return 0
    seconds = float((pts - (stream.start_time or 0)) * stream.time_base)
    return min(max(0, num_packets - 1), max(0, round(seconds * float(rate))))


def _sliced(request: VideoRequest, path: Path, first: int, frames: int) -> VideoRequest:
    """Return the request for a slice; its frame numbers are trusted, so that nothing is quarantined."""
    subjects = tuple(_sliced_subject(subject, first, frames) for subject in request.subjects)
    return replace(request, path=path, num_packets=frames, subjects=subjects)


def _sliced_subject(subject: SubjectRequest, first: int, frames: int) -> SubjectRequest:
    inside = (subject.frames >= first) & (subject.frames < first + frames)
    rows = subject.frames[inside] - first
    if not rows.size:
        rows, inside = np.zeros(1, np.int32), np.arange(len(subject.frames)) == 0
    needed = subject.needed[inside].copy()
    needed[0] = True
    return replace(
        subject, frames=rows, needed=needed, train=subject.train[inside], sparse=True, trusted=True
    )


def _decode_seconds(path: Path) -> float:
    """Return the seconds a frame of decoding alone, over the first frames."""
    begin = time.perf_counter()
    frames = sum(1 for _ in islice(decode_frames(path), _DECODE_ONLY_FRAMES))
    return (time.perf_counter() - begin) / max(1, frames)


def _pace(marks: list[tuple[float, int]]) -> float:
    """Return the seconds a frame between the first report and the last; of all where there is but one."""
    (begin, _), *reports = marks
    reports = [mark for mark in reports if mark[1]]
    if len(reports) > 1:
        return (reports[-1][0] - reports[0][0]) / sum(done for _, done in reports[1:])
    return (reports[0][0] - begin) / reports[0][1]


def _crop_count(files: list[Path]) -> int:
    return sum(len(batch) for file in files for batch in read_arrow(file, CROPS))
