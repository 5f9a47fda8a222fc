"""Observe a long video span by span, each a task of its own, and join what the spans show.

The tracks of two spans are joined where both have seen the same faces in the same frames. The span before goes on
behind its end until no later frame can add to its own, so all that a seam changes is where the whole frame is searched.
Where a span has other frames than the video decoded from its start, or may have, the video is observed as a whole.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from fer_data.assignment.requests import VideoRequest
from fer_data.assignment.states import Decoded
from fer_data.core.frames.line_frames import Footage, Remark
from fer_data.core.tracks.seams import SeenFaces, carried_tracks
from fer_data.detectors import Detector
from fer_data.errors import MediaError
from fer_data.media.span_reader import SpanReader
from fer_data.media.spans import SpanPlan, plan_spans
from fer_data.media.video import Damage
from fer_data.params.align import AlignParams
from fer_data.shell.files.atomic import write_json
from fer_data.tracking.face_store import FaceStore, FaceTable, split_tracks
from fer_data.tracking.thumbnails import Snapshots
from fer_data.video_jobs.observe import Observation, frame_rules, observe, wanted_frames
from fer_data.video_jobs.observed import CROPS_FILE, keep_observed, open_observed

__all__ = [
    "is_long",
    "join_spans",
    "observe_span_into",
    "own_frames",
    "span_doubt",
    "video_plan",
    "whole_remark",
]

_SPAN = "span.json"
_MIN_WARM_UP, _MAX_WARM_UP = 8, 61
"""Frames that both of two spans see: continuity knows six frames, smoothing two; longer gaps are left to linking."""


def is_long(request: VideoRequest, params: AlignParams) -> bool:
    """Say whether a video is one to be cut: longer than `align.span_frames`, with rows that want a face.

    Spans are kept until they are joined, so one in which somebody withdrew is not cut.
    """
    if request.shared:
        return False
    long = params.span_frames is not None and request.num_packets > params.span_frames
    return long and request.path is not None and bool(wanted_frames(request, params).size)


def video_plan(request: VideoRequest, params: AlignParams) -> SpanPlan | None:
    """Return where a long video is cut; None where that cannot be told, as of a file that is no video."""
    if request.path is None or params.span_frames is None:
        return None
    try:
        return plan_spans(request.path, params.span_frames, _warm_up(params))
    except MediaError:
        return None


def _warm_up(params: AlignParams) -> int:
    """Return how many frames two spans share: a track that is lost at the seam may come back in any of them."""
    return min(max(params.tracking.max_gap_frames + 1, _MIN_WARM_UP), _MAX_WARM_UP)


def own_frames(plan: SpanPlan, number: int, params: AlignParams) -> range:
    """Return the frames that a span gives to the video."""
    return plan.own(number, _warm_up(params))


def whole_remark(why: str, params: AlignParams) -> Remark:
    """Return what is said of a long video that stays one span."""
    text = f"The video is longer than align.span_frames ({params.span_frames}) and was observed as one span: {why}."
    return Remark("one-span", "info", text)


def observe_span_into(
    folder: Path,
    request: VideoRequest,
    params: AlignParams,
    detector: Detector,
    *,
    plan: SpanPlan,
    number: int,
    report: Callable[[int], None],
) -> None:
    """Observe one span of a video and keep all that it gave in an empty folder.

    `report` is called with the number of its own frames done since the last call, all of them in the end.
    """
    if request.path is None:
        return
    left = len(own_frames(plan, number, params))

    def reported(frames: int) -> None:
        nonlocal left
        left -= frames
        report(frames)

    reader = SpanReader(request.path, frame_rules(params), plan, number, warm_up=_warm_up(params))
    with closing(FaceStore(folder, CROPS_FILE)) as log:
        seen = observe(request, params, detector, log, report=reported, span=reader)
        faces = log.unsplit()
    keep_observed(folder, seen, faces)
    found = _Seam(reader.doubt(), reader.size_wh, reader.seen_before, reader.seen_after)
    write_json(folder / _SPAN, {name.name: getattr(found, name.name) for name in fields(found)})
    report(left)


@dataclass(frozen=True, slots=True)
class _Seam:
    """What a span says of its frames; see `SpanReader`."""

    doubt: str | None
    size_wh: Sequence[int] | None
    seen_before: Sequence[str]
    seen_after: Sequence[str]


def _seam(folder: Path) -> _Seam:
    return _Seam(**json.loads((folder / _SPAN).read_text(encoding="utf-8")))


def span_doubt(spans: Sequence[Path]) -> str | None:
    """Return why the spans of a video may not be what all of it shows, as the end of a sentence; null: they are."""
    seams = [_seam(folder) for folder in spans]
    doubts = [f"span {number}: {seam.doubt}" for number, seam in enumerate(seams, 1) if seam.doubt]
    if doubts:
        return doubts[0].removesuffix(".")
    if len({tuple(seam.size_wh) for seam in seams if seam.size_wh}) > 1:
        return "its frames change their size"
    for number, (before, behind) in enumerate(pairwise(seams), 2):
        if list(before.seen_after) != list(behind.seen_before):
            return f"span {number} shows other pictures when it is decoded by itself"
    return None


def join_spans(folder: Path, params: AlignParams, *, plan: SpanPlan, spans: Sequence[Path]) -> None:
    """Write into an empty folder what the spans of a video show together, as `observe_into` does of a whole one.

    Raises:
        DatasetError: a folder holds no span.
    """
    owns = [own_frames(plan, number, params) for number in range(len(spans))]
    with ExitStack() as stack:
        parts = [stack.enter_context(open_observed(span)) for span in spans]
    seen = _joined_observation([one for one, _, _ in parts], owns, plan, params)
    tables = list(_numbered([faces for _, faces, _ in parts], owns, plan))
    sizes = [(span / CROPS_FILE).stat().st_size for span in spans]
    starts = np.cumsum([0, *sizes[:-1]])
    tables = [replace(t, offsets=t.offsets + start) for t, start in zip(tables, starts, strict=True)]
    with (folder / CROPS_FILE).open("wb") as crops:
        for span in spans:
            with (span / CROPS_FILE).open("rb") as own:
                shutil.copyfileobj(own, crops, 1 << 20)
    keep_observed(folder, seen, split_tracks(_concatenated(tables)))


def _numbered(faces: Sequence[FaceTable], owns: Sequence[range], plan: SpanPlan) -> Iterator[FaceTable]:
    """Yield each span's own faces with the tracks of the video, those that go on under one number."""
    known: dict[int, int] = {}
    count = 0
    for number, table in enumerate(faces):
        carried = {}
        if number:
            shared = range(plan.cuts[number], owns[number].start)
            carried = carried_tracks(_seen_in(shared, faces[number - 1]), _seen_in(shared, table))
        own = _rows(table, owns[number])
        tracks = np.unique(own.track_ids).tolist()
        new = [track for track in tracks if carried.get(track) not in known]
        numbers = {track: known[carried[track]] for track in tracks if track not in new}
        numbers |= {track: count + index for index, track in enumerate(new)}
        count += len(new)
        known = numbers
        yield replace(own, track_ids=np.array([numbers[track] for track in own.track_ids.tolist()], np.int32))


def _seen_in(frames: range, faces: FaceTable) -> SeenFaces:
    rows = _rows(faces, frames)
    return SeenFaces(rows.frames, rows.track_ids, rows.boxes)


_COLUMNS = [column.name for column in fields(FaceTable) if column.name != "embedded"]


def _rows(faces: FaceTable, frames: range) -> FaceTable:
    """Return the faces of some frames."""
    start, stop = np.searchsorted(faces.frames, [frames.start, frames.stop])
    return FaceTable(**{name: getattr(faces, name)[start:stop] for name in _COLUMNS})


def _concatenated(tables: Sequence[FaceTable]) -> FaceTable:
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(table, name) for table in tables]) for name in _COLUMNS
    }
    return FaceTable(**columns)


def _joined_observation(
    seen: Sequence[Observation], owns: Sequence[range], plan: SpanPlan, params: AlignParams
) -> Observation:
    """Return what the spans say of the whole video, none of whose frames is lost."""
    times = plan.times
    ticks = np.sort(times.ticks)
    footage = Footage(len(ticks), ticks=ticks, tick_seconds=float(times.tick_seconds))
    snapshots = Snapshots(0)
    for one in seen:
        snapshots.images.update(one.snapshots.images)
    text = f"The video was observed in {len(seen)} spans of about {params.span_frames} frames (align.span_frames)."
    remarks = [*(seen[0].decoded.damage or Damage()).remarks, Remark("spans", "info", text)]
    return Observation(
        Decoded(footage.decoded, None, footage, Damage(remarks=remarks)),
        np.concatenate([one.pts_seconds[own.start : own.stop] for one, own in zip(seen, owns, strict=True)]),
        next((one.width for one in reversed(seen) if one.width), 0),
        sum(one.faces for one in seen),
        snapshots,
    )
