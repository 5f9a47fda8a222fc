"""Hours, space and crops of aligning a corpus on this machine, from slices of a few of its videos."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow as pa

from fer_data.assignment.requests import VideoRequest, video_requests
from fer_data.corpora.adapter import OpenedCorpus, refuse
from fer_data.corpora.adapters import adapter_of
from fer_data.corpora.adapters.affwild2 import OpenedAffWild2
from fer_data.corpora.corpus import Corpus
from fer_data.corpora.given import CorpusKind, GivenRow
from fer_data.corpora.given_rows import row_ids, rows_table, series_of
from fer_data.corpora.labelling import Labelling, labelling_of, labels_as_columns, source_places
from fer_data.corpora.rows import read_subject, subject_frames, subject_table
from fer_data.errors import CorpusError, MediaError
from fer_data.estimate.pictures import picture_cost
from fer_data.estimate.probing import Probe, ProbeJob, prepare_probe
from fer_data.execution.compute import ComputeParams
from fer_data.execution.cores import core_count
from fer_data.execution.engines.local import LocalEngine
from fer_data.media.containers import open_container, recordings
from fer_data.params.align import AlignParams
from fer_data.params.source import SourceParams
from fer_data.shell.progress import progress
from fer_data.tables.pictures import SHARD_ROWS
from fer_data.tables.schemas import ROWS

__all__ = ["Estimate", "choose_probes", "estimate", "extrapolate"]

_SEAM_FRAMES = 40
"""Seen twice at a seam between two spans: 16 that both see, and on average 24 behind the end of the one before."""
_EMBEDDED_TRACKS = 64
"""Of one video at most: 512 faces, 8 a track."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What aligning a whole corpus will cost, if the machine stays as busy as it was while probing.

    Attributes:
        videos: to be decoded.
        frames: in them, by their headers.
        wanted_rows: rows that want a crop.
        crops: that they will get.
        gigabytes: of `data/faces`; the resume store shares them, DVC's cache may need them once more.
        observed_gigabytes: of every face in the resume store beside them, so that deciding who is who never decodes.
        hours: of the stage.
        frames_per_second: by all workers together.
        workers: processes.
        probed_videos: slices that were measured.
        probed_frames: in them.
        decode_share: of a worker's time, in [0, 1].
        detect_share: of a worker's time, in [0, 1].
        other_share: tracking, warping, encoding, writing.
        identity_hours: of one worker, embedding faces for `align.identity`, in `hours` too; no GB: they are not kept.
        tasks: that workers share: videos, and spans of long ones (`align.span_frames`) as far as keyframes permit.
        longest_task_hours: of the longest of them on one worker, which no number of workers shortens.
    """

    videos: int
    frames: int
    wanted_rows: int
    crops: int
    gigabytes: float
    observed_gigabytes: float
    hours: float
    frames_per_second: float
    workers: int
    probed_videos: int
    probed_frames: int
    decode_share: float
    detect_share: float
    other_share: float
    identity_hours: float
    tasks: int
    longest_task_hours: float

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON knows them."""
        return asdict(self)


def estimate(
    root: Path,
    *,
    source: SourceParams,
    align: AlignParams,
    compute: ComputeParams,
    probes: int = 8,
    frames: int = 96,
) -> Estimate:
    """Return the cost of aligning the corpus at `root`, from `probes` slices of at most so many frames.

    Raises:
        ParamsError: the corpus lies as pictures.
        CorpusError: the corpus cannot be read, has nothing to align, or none of its videos can be decoded.
        DetectorError: the detector cannot be used.
    """
    source = source.changed(root=str(root))
    adapter = adapter_of(source)
    opened = adapter.open(root, source, refuse)
    if adapter.kind.medium == "pictures":
        return _of_pictures(
            opened, adapter.kind, source, align=align, compute=compute, sample=(probes, frames)
        )
    requests = [request for request in _asked(opened, adapter.kind, source) if _wanted(request, align)]
    if not requests:
        raise CorpusError(f"{root} has no video with rows to align for dataset.task ({source.task}).")
    areas = {request.video_id: _area(request) for request in requests}
    chosen = choose_probes(requests, areas, probes)
    workers = compute.workers or core_count()
    begin = time.perf_counter()
    done = _probed([ProbeJob(request, frames) for request in chosen], align, workers)
    elapsed = time.perf_counter() - begin
    found = {chosen[index].video_id: probe for index, probe in done.items() if isinstance(probe, Probe)}
    if not found:
        raise CorpusError(
            f"{root}: none of {len(chosen)} probed videos can be decoded. Run `fer-data check`."
        )
    return extrapolate(requests, areas, found, align=align, workers=workers, elapsed=elapsed)


def _requests(corpus: Corpus, source: SourceParams) -> list[VideoRequest]:
    """Return the requests of the whole corpus, with the headers' numbers of frames in place of the packets."""
    packets = {video_id: _header_frames(corpus.root / path) for video_id, path in corpus.videos.items()}
    places = source_places(corpus.classes, source)
    tables = []
    for subject in corpus.subjects:
        if source.withdrew(subject.subject_id):
            continue
        labels = read_subject(corpus.root, subject)
        rows = subject_frames(subject, labels, packets.get(subject.video_id, 0))
        tables.append(subject_table(subject, labels, rows, places))
    videos = _videos(corpus.videos, packets)
    rows = pa.concat_tables(tables) if tables else ROWS.empty_table()
    requests = video_requests(rows, videos, corpus.root, source.task)
    return [request for request in requests if request.num_packets]


def _probed(jobs: Sequence[ProbeJob], align: AlignParams, workers: int) -> dict[int, object]:
    """Return what was measured of each slice, by its place."""
    engine = LocalEngine(workers, gpus=align.device == "cuda")
    done: dict[int, object] = {}
    with (
        progress("estimate", len(jobs), "videos") as work,
        closing(engine.run(partial(prepare_probe, align), jobs, lambda _: None)) as running,
    ):
        for index, probe in running:
            done[index] = probe
            work.advance()
    return done


def _asked(opened: OpenedCorpus, kind: CorpusKind, source: SourceParams) -> list[VideoRequest]:
    """Return what is asked of each video of a corpus of any kind."""
    if isinstance(opened, OpenedAffWild2):
        return _requests(opened.corpus, source)
    packets = {name: _header_frames(source.folder / path) for name, path in opened.videos.items()}
    labelling = labelling_of(kind, opened.classes, source)
    known = (_rows(rows, kind, labelling) for rows in opened.rows() if rows)
    tables = [rows for rows in known if not source.withdrew(source.prefix + rows["subject_id"][0].as_py())]
    rows = pa.concat_tables(tables) if tables else ROWS.empty_table()
    rows = rows.replace_schema_metadata({"sparse_series": "true"})
    requests = video_requests(rows, _videos(opened.videos, packets), source.folder, source.task)
    return [request for request in requests if request.num_packets]


def _rows(rows: Sequence[GivenRow], kind: CorpusKind, labelling: Labelling) -> pa.Table:
    series = series_of(rows[0], "")
    labels = labels_as_columns(rows, [series] * len(rows), labelling).columns
    return rows_table(rows, row_ids(rows, kind.medium, ""), labels, series=series, kind=kind)


def _videos(videos: Mapping[str, str], packets: Mapping[str, int]) -> pa.Table:
    return pa.table(
        {
            "video_id": list(videos),
            "path": list(videos.values()),
            "content_hash": [""] * len(videos),
            "num_packets": [packets[name] for name in videos],
        }
    )


def _header_frames(path: Path) -> int:
    """Return a video's number of frames by its header, or by its duration; 0 where it cannot be opened."""
    try:
        with open_container(path) as container:
            stream = recordings(container)[0]
            if stream.frames:
                return stream.frames
            rate = stream.average_rate or stream.guessed_rate
            return round(container.duration / av.time_base * rate) if container.duration and rate else 0
    except (MediaError, av.FFmpegError, OSError, IndexError):
        return 0


def _area(request: VideoRequest) -> int:
    """Return the pixels of a video's picture by its header, at least 1: its logarithm is taken."""
    if request.path is None:
        return 1
    with open_container(request.path) as container:
        context = recordings(container)[0].codec_context
        return max(1, context.width * context.height)


def _wanted(request: VideoRequest, align: AlignParams) -> int:
    """Return how many rows of a video want a crop."""
    return sum(
        int(
            (np.ones_like(s.needed) if align.rows == "all" else s.needed)[
                s.frames < request.num_packets
            ].sum()
        )
        for s in request.subjects
    )


def choose_probes(
    requests: Sequence[VideoRequest], areas: Mapping[str, int], count: int
) -> list[VideoRequest]:
    """Return videos that stand for equal shares of all pixels to be decoded, from the smallest pictures to the largest.

    A long video that stands for several shares is returned once.
    """
    ordered = sorted(requests, key=lambda r: (areas[r.video_id], r.video_id))
    work = np.cumsum([float(r.num_packets * areas[r.video_id]) for r in ordered])
    marks = (np.arange(count) + 0.5) / count * work[-1]
    indices = np.unique(np.searchsorted(work, marks))
    return [ordered[index] for index in indices]


def extrapolate(
    requests: Sequence[VideoRequest],
    areas: Mapping[str, int],
    found: Mapping[str, Probe],
    *,
    align: AlignParams,
    workers: int,
    elapsed: float,
) -> Estimate:
    """Return the whole corpus' cost; each video costs what the probed one of the nearest picture size costs.

    `elapsed` is the time that probing took: what of it no slice explains is the start of the workers.
    """
    seconds, crops, size, observed = _totals(requests, areas, found, align)
    probes = list(found.values())
    identity = sum(_identity_seconds(request, _nearest(request, areas, found)) for request in requests)
    tasks, longest, seams = _tasks(requests, areas, found, align)
    work = max((seconds + seams + identity) / min(workers, tasks), longest)
    hours = (_start_seconds(probes, elapsed, workers) + work) / 3600
    frames = sum(request.num_packets for request in requests)
    decode, detect = _shares(probes)
    return Estimate(
        videos=len(requests),
        frames=frames,
        wanted_rows=sum(_wanted(request, align) for request in requests),
        crops=round(crops),
        gigabytes=size / 1e9,
        observed_gigabytes=observed / 1e9,
        hours=hours,
        frames_per_second=frames / (hours * 3600),
        workers=workers,
        probed_videos=len(probes),
        probed_frames=sum(probe.frames for probe in probes),
        decode_share=decode,
        detect_share=detect,
        other_share=1.0 - decode - detect,
        identity_hours=identity / 3600,
        tasks=tasks,
        longest_task_hours=longest / 3600,
    )


def _totals(
    requests: Sequence[VideoRequest], areas: Mapping[str, int], found: Mapping[str, Probe], align: AlignParams
) -> tuple[float, float, float, float]:
    """Return the seconds of work, the crops, their bytes, and those of every face over all videos."""
    seconds, crops, size, observed = 0.0, 0.0, 0.0, 0.0
    for request in requests:
        probe = _nearest(request, areas, found)
        seconds += probe.fixed_seconds + probe.seconds_per_frame * request.num_packets
        kept = _wanted(request, align) * min(1.0, probe.crops / max(1, probe.wanted))
        crops += kept
        size += kept * probe.crop_bytes / max(1, probe.crops)
        observed += request.num_packets * probe.observed_bytes / probe.frames
    return seconds, crops, size, observed


def _start_seconds(probes: Sequence[Probe], elapsed: float, workers: int) -> float:
    spent = sum(probe.fixed_seconds + probe.seconds_per_frame * probe.frames for probe in probes)
    return max(0.0, elapsed - spent / min(workers, len(probes)))


def _tasks(
    requests: Sequence[VideoRequest], areas: Mapping[str, int], found: Mapping[str, Probe], align: AlignParams
) -> tuple[int, float, float]:
    """Return how many tasks there are, the seconds of the longest, and those that seams cost in all.

    It is as if keyframes lay wherever a video is to be cut.
    """
    tasks, longest, seams = 0, 0.0, 0.0
    for request in requests:
        probe = _nearest(request, areas, found)
        most = min(align.span_frames or request.num_packets, request.num_packets)
        spans = -(-request.num_packets // most)
        twice = _SEAM_FRAMES if spans > 1 else 0
        tasks += spans
        seams += (spans - 1) * twice * probe.seconds_per_frame
        longest = max(longest, probe.fixed_seconds + probe.seconds_per_frame * (most + twice))
    return tasks, longest, seams


def _nearest(request: VideoRequest, areas: Mapping[str, int], found: Mapping[str, Probe]) -> Probe:
    """Return the probe of the nearest picture size."""
    probed = sorted(found, key=lambda name: areas[name])
    sizes = np.array([areas[name] for name in probed], float)
    return found[probed[int(np.abs(np.log(sizes / areas[request.video_id])).argmin())]]


def _identity_seconds(request: VideoRequest, probe: Probe) -> float:
    """Return what embedding takes in a video: so much a track, those that begin in the slice again and again."""
    if not probe.tracks:
        return 0.0
    alive = min(probe.faces / probe.frames, probe.tracks)
    tracks = alive + (probe.tracks - alive) * request.num_packets / probe.frames
    return probe.identity_seconds / probe.tracks * min(tracks, _EMBEDDED_TRACKS)


def _shares(probes: Sequence[Probe]) -> tuple[float, float]:
    """Return the shares of decoding and of detection in the time that a frame takes."""
    pace = sum(probe.seconds_per_frame for probe in probes)
    decode = min(1.0, sum(probe.decode_seconds for probe in probes) / pace)
    detect = min(1.0 - decode, sum(probe.detect_seconds for probe in probes) / pace)
    return decode, detect


def _of_pictures(
    opened: OpenedCorpus,
    kind: CorpusKind,
    source: SourceParams,
    *,
    align: AlignParams,
    compute: ComputeParams,
    sample: tuple[int, int],
) -> Estimate:
    """Return the cost of pictures, of which all take a worker alike long."""
    workers, labelling = compute.workers or core_count(), labelling_of(kind, opened.classes, source)
    cost = picture_cost(opened, labelling, source=source, align=align, workers=workers, sample=sample)
    longest = cost.seconds_per_row * min(SHARD_ROWS, cost.wanted_rows)
    work = max(cost.seconds_per_row * cost.wanted_rows / min(workers, cost.shards), longest)
    hours, share = (cost.start_seconds + work) / 3600, cost.wanted_rows / cost.probed
    decode = min(1.0, cost.decode_seconds / cost.seconds_per_row)
    detect = min(1.0 - decode, cost.detect_seconds / cost.seconds_per_row)
    return Estimate(
        videos=0,
        frames=cost.pictures,
        wanted_rows=cost.wanted_rows,
        crops=round(cost.crops * share),
        gigabytes=cost.crop_bytes * share / 1e9,
        observed_gigabytes=0.0,
        hours=hours,
        frames_per_second=cost.pictures / (hours * 3600),
        workers=workers,
        probed_videos=0,
        probed_frames=cost.probed,
        decode_share=decode,
        detect_share=detect,
        other_share=1.0 - decode - detect,
        identity_hours=0.0,
        tasks=cost.shards,
        longest_task_hours=longest / 3600,
    )
