"""Show the tracks of a video to a person, and write down whom they name; nothing is decoded for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase

import numpy as np
from numpy.typing import NDArray

from fer_data.assignment.assign import decide, taken_faces
from fer_data.assignment.by_hand import faces_at
from fer_data.assignment.embedding import embed_tracks
from fer_data.assignment.hand_lines import HandLine, append_line
from fer_data.assignment.requests import VideoRequest
from fer_data.assignment.track_sheets import track_sheet
from fer_data.core.tracks.linking import join_tracks
from fer_data.detectors import Detector, open_detector
from fer_data.errors import CorpusError, StoreError
from fer_data.execution.compute import ComputeParams
from fer_data.execution.store import Store, store_folder
from fer_data.identity.network import open_identity
from fer_data.media.frame_rules import frame_rule
from fer_data.params.align import AlignParams
from fer_data.params.source import SourceParams
from fer_data.shell.suggestions import did_you_mean, quoted
from fer_data.tables.origin import source_name
from fer_data.tables.schemas import ROWS, VIDEOS, read_metadata, read_table
from fer_data.tables.source_folders import ROWS_FILE
from fer_data.tracking.face_store import FaceTable
from fer_data.video_jobs.jobs import align_jobs, align_requests
from fer_data.video_jobs.keys import environment
from fer_data.video_jobs.observed import open_observed
from fer_data.video_jobs.tasks import AlignJob, Recipe

__all__ = ["ShownTrack", "VideoTracks", "find_catalog", "name_track", "show_tracks"]


@dataclass(frozen=True, slots=True)
class ShownTrack:
    """What a person sees of one track; its number holds for the present code and parameters alone.

    Attributes:
        track_id: number in the video.
        person: a letter for the tracks that are joined as one person.
        first_frame: first decoded frame, from 0.
        last_frame: last one.
        faces: frames in which it is seen.
        centre: (x, y) median of the box's middle, in source pixels.
        side_px: median of the box's longer side, in source pixels.
        taken_for: the subjects that its faces are taken for.
    """

    track_id: int
    person: str
    first_frame: int
    last_frame: int
    faces: int
    centre: tuple[int, int]
    side_px: int
    taken_for: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class VideoTracks:
    """The tracks of a video, the longest first, and the people annotated in it; `sheet` is a JPEG of the tracks."""

    video_id: str
    subjects: tuple[str, ...]
    tracks: tuple[ShownTrack, ...]
    faces: FaceTable
    sheet: bytes


def find_catalog(video_id: str, catalogs: Path, names: Sequence[str]) -> tuple[str | None, Path]:
    """Return name and catalog of the source that has a video: of these names, each in its folder under `catalogs`.

    A folder that is itself a catalog, of the one source that its rows state, is returned as it is.
    """
    if (catalogs / ROWS_FILE).is_file():
        stated = source_name(read_metadata(catalogs / ROWS_FILE, ROWS))
        return stated if stated in names else names[0] if len(names) == 1 else None, catalogs
    for name in names if len(names) > 1 else ():
        videos = read_table(catalogs / name / "videos.parquet", VIDEOS, columns=["video_id"])
        if video_id in videos["video_id"].to_pylist():
            return name, catalogs / name
    return names[0], catalogs / names[0]


def show_tracks(
    video_id: str, catalog: Path, *, source: SourceParams, align: AlignParams, compute: ComputeParams
) -> VideoTracks:
    """Return the tracks of a video as `align` found them with the same parameters.

    Raises:
        CorpusError: the catalog has no such video, or a line of the source's `decisions` breaks a rule.
        StoreError: the resume store lacks what the video shows: `align` did not run with these parameters.
    """
    detector = open_detector(align)
    job = _job(video_id, catalog, (source, align, compute), detector)
    folder = Store(store_folder(compute)).get(job.observed)
    if folder is None:
        raise StoreError(
            f"compute.store ({store_folder(compute)}) does not hold what {video_id} shows with these parameters. "
            "Run `dvc repro align` first."
        )
    with open_observed(folder) as (seen, faces, crops):
        request = job.request
        network = open_identity(align.identity)
        faces = embed_tracks(faces, crops, align, network, pts_seconds=seen.pts_seconds)
        decided = decide(request, faces, crops, width=seen.width, params=align, detector=detector)
        takers = {
            name: taken_faces(choice, faces, decided.by_hand.get(name))
            for name, choice in decided.choices.items()
        }
        tracks = _tracks(faces, takers)
        sheet = track_sheet([(track.track_id, _caption(track)) for track in tracks], faces, crops)
    names = tuple(subject.subject_id for subject in request.subjects)
    return VideoTracks(video_id, names, tracks, faces, sheet)


def _job(
    video_id: str,
    catalog: Path,
    sections: tuple[SourceParams, AlignParams, ComputeParams],
    detector: Detector,
) -> AlignJob:
    source, align, compute = sections
    rows = read_table(catalog / "rows.parquet", ROWS)
    videos = read_table(catalog / "videos.parquet", VIDEOS)
    requests = align_requests(rows, videos, Path(source.root), source, align=align)
    chosen = [request for request in requests if request.video_id == video_id]
    if not chosen:
        remedy = did_you_mean(video_id, (request.video_id for request in requests))
        raise CorpusError(f"VIDEO ({quoted(video_id)}) must be an annotated video of {catalog}. {remedy}")
    _check_video(chosen[0])
    made_with = environment(align.engine, align.device)
    recipe = Recipe(align, frame_rule(source), made_with, store_folder(compute).absolute())
    return align_jobs(chosen, recipe, detector.weights_sha256)[0]


def _check_video(request: VideoRequest) -> None:
    if request.path is None:
        raise CorpusError(
            f"VIDEO ({request.video_id}) has no video file, so there are no tracks to choose from."
        )
    if request.shared:
        raise CorpusError(
            f"VIDEO ({request.video_id}) shows a person who withdrew, so its tracks are not kept. Write a line into "
            "decisions by hand: a frame, and a point on the face that is meant."
        )


def _tracks(faces: FaceTable, takers: dict[str, NDArray[np.bool_]]) -> tuple[ShownTrack, ...]:
    people = join_tracks(faces.track_summaries())
    letters = {track: _letter(index) for index, person in enumerate(people) for track in person.track_ids}
    found = []
    for track in np.unique(faces.track_ids).tolist():
        own = faces.track_ids == track
        boxes, frames = faces.boxes[own], faces.frames[own]
        middle = np.median((boxes[:, :2] + boxes[:, 2:]) / 2, axis=0)
        side = np.median((boxes[:, 2:] - boxes[:, :2]).max(1))
        found.append(
            ShownTrack(
                track_id=track,
                person=letters.get(track, "-"),
                first_frame=int(frames[0]),
                last_frame=int(frames[-1]),
                faces=int(own.sum()),
                centre=(round(float(middle[0])), round(float(middle[1]))),
                side_px=round(float(side)),
                taken_for=tuple(name for name, mask in takers.items() if (own & mask).any()),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.faces, one.track_id)))


def _letter(index: int) -> str:
    """Return A to Z, then AA, AB, ...

    >>> [_letter(place) for place in (0, 25, 26)]
    ['A', 'Z', 'AA']
    """
    high, low = divmod(index, len(ascii_uppercase))
    return (_letter(high - 1) if high else "") + ascii_uppercase[low]


def _caption(track: ShownTrack) -> str:
    taken = f", taken for {' and '.join(track.taken_for)}" if track.taken_for else ""
    return (
        f"track {track.track_id}, person {track.person}: frames {track.first_frame} to {track.last_frame} "
        f"({track.faces}){taken}"
    )


def name_track(
    found: VideoTracks,
    subject_id: str,
    track_id: int | None,
    frames: tuple[int, int],
    *,
    path: Path,
) -> HandLine:
    """Add a line to the decisions at `path` and return it: a track shows the person in these frames, or nobody does.

    `frames` are the first and the last one. The point is the middle of the track's face in the frame nearest to the
    middle of those in which it is seen and no other face lies there.

    Raises:
        CorpusError: no such subject or track, the track is not seen in these frames, or the file breaks a rule.
    """
    if subject_id not in found.subjects:
        remedy = did_you_mean(subject_id, found.subjects)
        raise CorpusError(f"--subject ({quoted(subject_id)}) must be someone of {found.video_id}. {remedy}")
    where = "the new line"
    if track_id is None:
        line = HandLine(where, found.video_id, subject_id, *frames, None, None)
    else:
        at_frame, point = _point_of(found, track_id, frames)
        line = HandLine(where, found.video_id, subject_id, *frames, at_frame, point)
    append_line(path, line)
    return line


def _point_of(found: VideoTracks, track_id: int, frames: tuple[int, int]) -> tuple[int, tuple[float, float]]:
    faces = found.faces
    own = np.flatnonzero(
        (faces.track_ids == track_id) & (faces.frames >= frames[0]) & (faces.frames <= frames[1])
    )
    if not own.size:
        known = ", ".join(str(track.track_id) for track in found.tracks[:12])
        last = min(frames[1], max(track.last_frame for track in found.tracks))
        raise CorpusError(
            f"--track ({track_id}) must be seen in the frames {frames[0]} to {last}; "
            f"the longest tracks are {known}."
        )
    for index in _from_the_middle(own):
        box = faces.boxes[index].astype(float)
        x, y = round((box[0] + box[2]) / 2, 1), round((box[1] + box[3]) / 2, 1)
        if len(faces_at(faces, int(faces.frames[index]), (x, y))) == 1:
            return int(faces.frames[index]), (float(x), float(y))
    raise CorpusError(
        f"--track ({track_id}) lies under another face in each of these frames; choose other frames."
    )


def _from_the_middle(indices: NDArray[np.intp]) -> Sequence[int]:
    """Return the places, those in the middle first."""
    order = np.argsort(np.abs(np.arange(len(indices)) - len(indices) // 2), kind="stable")
    return [int(index) for index in indices[order]]
