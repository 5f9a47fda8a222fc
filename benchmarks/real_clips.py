"""What `align` makes of a folder of real clips: tracks, rows kept and lost, doubt, jitter, and pictures to look at.

Every clip is asked for a face in each of its frames, with the repository's parameters. With a truth file (see
`benchmarks.clip_truth` for its columns) only the frames up to its last one count, rows that show somebody else are
counted as wrong, and tracks are counted for each person and shot. Without one, lost are the rows without a face. Where
FER_DATA_SCRFD names an SCRFD model, the roll of the heads is compared with what that detector says.

Contact sheets show frames spread over each clip, with the tracks' numbers, and the rows that were lost or are wrong.
Clips and truth are yours: nothing of them belongs into a repository.

::

    python -m benchmarks.real_clips FOLDER --json FILE
"""

import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.choices import telling_apart
from benchmarks.clip_sheets import Rows, contact_sheet
from benchmarks.clip_truth import (
    Shown,
    jitter,
    lost_rows,
    read_truth,
    roll_differences,
    side_of,
    tracks_of,
    wrong_rows,
)
from benchmarks.figures import FiguresFile
from fer_data.assignment.assign import Assignments, decide
from fer_data.assignment.embedding import embed_tracks
from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.core.labels.rows import RowState
from fer_data.detectors import Detector, open_detector
from fer_data.errors import CorpusError, MediaError
from fer_data.identity.network import open_identity
from fer_data.media.packets import packet_times
from fer_data.params.align import AlignParams
from fer_data.params.document import load_params
from fer_data.predict.sources import VIDEO_SUFFIXES
from fer_data.shell.files.atomic import file_sha256, write_json
from fer_data.tracking.face_store import FaceStore, FaceTable
from fer_data.video_jobs.decisions import decision_of
from fer_data.video_jobs.observe import Observation, observe
from fer_data.video_jobs.selection import SubjectRows, select_rows

__all__ = ["Clip", "app", "measure"]

TRUTH_FILE = "truth.csv"
_WITH_A_FACE = [str(RowState.KEPT), str(RowState.LOW_QUALITY), str(RowState.REDUNDANT)]


@dataclass(frozen=True, slots=True)
class Clip:
    """What became of one clip; numbers of rows are of all its subjects.

    Attributes:
        clip: the file's name without its suffix.
        frames: that were asked for.
        tracks: of all faces.
        tracks_per_person_and_shot: the most that the truth's persons and shots were cut into; null without a truth.
        rows: one for each subject and frame.
        kept: rows with a face.
        low_quality: of these, rows that the quality gates leave out of training.
        lost: rows without, though a person can see it.
        lost_beside_a_face: of these, rows in whose frame some face was found.
        wrong: kept rows that show somebody else by the truth; null without one.
        doubtful: subjects whose decision is a finding.
        sure_rows, sure_lost, sure_wrong: rows that show the subject, or should, of subjects that are not doubtful, and
            those of them that are lost or wrong.
        margin: the smallest of the decisions.
        jitter: median bend of the kept rows' landmarks, in eye distances; null where there are none.
        roll_median, roll_p95: by how many degrees another detector's roll differs; null without one.
    """

    clip: str
    frames: int
    tracks: int
    tracks_per_person_and_shot: int | None
    rows: int
    kept: int
    low_quality: int
    lost: int
    lost_beside_a_face: int
    wrong: int | None
    doubtful: int
    sure_rows: int
    sure_lost: int
    sure_wrong: int | None
    margin: float
    jitter: float | None
    roll_median: float | None = None
    roll_p95: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """One clip, aligned."""

    request: VideoRequest
    faces: FaceTable
    observation: Observation
    decided: Assignments
    rows: Sequence[SubjectRows]


def measure(
    video: Path, shown: Sequence[Shown], params: AlignParams, detectors: Sequence[Detector], sheet: Path
) -> Clip:
    """Align a clip, write its contact sheet and return what became of it; a second detector is only compared."""
    request = _request(video, shown)
    seen = _aligned(request, params, detectors[0])
    verdicts = [_verdicts(rows, shown, seen) for rows in seen.rows]
    by_frame: dict[int, Rows] = {}
    for rows, found in zip(seen.rows, verdicts, strict=True):
        for frame, verdict, face in zip(rows.subject.frames, found, rows.faces, strict=True):
            said, own = by_frame.setdefault(int(frame), (set(), set()))
            said.add(str(verdict))
            own.add(int(face))
    sheet.write_bytes(contact_sheet(video, seen.faces, by_frame, request.num_packets))
    roll = _roll(seen, params, detectors[1]) if len(detectors) > 1 else np.zeros(0, np.float32)
    return _clip(seen, shown, verdicts, roll)


def _request(video: Path, shown: Sequence[Shown]) -> VideoRequest:
    """Return a request for every frame of a clip, or up to the last one that the truth names."""
    total = len(packet_times(video).ticks)
    count = min(total, 1 + max((one.last_frame for one in shown), default=total))
    names = sorted({one.subject_id for one in shown if one.subject_id}) or [video.stem]
    every, frames = np.ones(count, bool), np.arange(count, dtype=np.int32)
    subjects = [
        SubjectRequest(name, name, side_of(name), frames, every, every, sparse=True, trusted=True)
        for name in names
    ]
    return VideoRequest(video.stem, video, count, tuple(subjects))


def _aligned(request: VideoRequest, params: AlignParams, detector: Detector) -> _Seen:
    with tempfile.TemporaryDirectory() as folder, closing(FaceStore(Path(folder))) as log:
        observation = observe(request, params, detector, log, report=_quiet)
        network = open_identity(params.identity)
        faces = embed_tracks(log.table(), log, params, network, pts_seconds=observation.pts_seconds)
        decided = decide(request, faces, log, width=observation.width, params=params, detector=detector)
    rule = FrameRule(0, "end")
    rows = [
        select_rows(
            request, one, decided.choices[one.subject_id], faces, seen=observation, params=params, rule=rule
        )
        for one in request.subjects
    ]
    return _Seen(request, faces, observation, decided, rows)


def _quiet(frames: int) -> None:
    """Say nothing of progress."""


def _verdicts(rows: SubjectRows, shown: Sequence[Shown], seen: _Seen) -> NDArray[np.str_]:
    """Return of each row `kept`, `wrong`, `lost`, or `absent` where nobody can see the face."""
    frames = rows.subject.frames.astype(np.int64)
    own = [one for one in shown if one.subject_id == rows.subject.subject_id]
    kept = np.isin(rows.states, _WITH_A_FACE)
    boxes = (
        seen.faces.boxes[np.maximum(rows.faces, 0)] if len(seen.faces.frames) else np.zeros((len(frames), 4))
    )
    wrong = (
        kept & wrong_rows(own, frames, boxes, seen.observation.width) if own else np.zeros(len(kept), bool)
    )
    lost = ~kept & (lost_rows(own, frames) if own else True)
    return np.select([wrong, kept, lost], ["wrong", "kept", "lost"], "absent")


def _roll(seen: _Seen, params: AlignParams, detector: Detector) -> NDArray[np.float32]:
    """Return by how many degrees another detector's roll differs from that of each face."""
    with tempfile.TemporaryDirectory() as folder, closing(FaceStore(Path(folder))) as log:
        observe(seen.request, params, detector, log, report=_quiet)
        return roll_differences(seen.faces, log.table())


def _clip(
    seen: _Seen, shown: Sequence[Shown], verdicts: Sequence[NDArray[np.str_]], roll: NDArray[np.float32]
) -> Clip:
    together = np.concatenate(verdicts)
    lost = [
        int(np.isin(rows.subject.frames[found == "lost"], seen.faces.frames).sum())
        for rows, found in zip(seen.rows, verdicts, strict=True)
    ]
    decisions = [decision_of(seen.request.video_id, rows, seen.decided, seen.faces) for rows in seen.rows]
    bends = [
        jitter(rows.subject.frames[found == "kept"], seen.faces.landmarks[rows.faces[found == "kept"]])
        for rows, found in zip(seen.rows, verdicts, strict=True)
    ]
    known = [bend for bend in bends if not np.isnan(bend)]
    sure = _counts([found for found, one in zip(verdicts, decisions, strict=True) if not one.doubtful])
    width = seen.observation.width
    return Clip(
        clip=seen.request.video_id,
        frames=seen.request.num_packets,
        tracks=len(np.unique(seen.faces.track_ids)),
        tracks_per_person_and_shot=max((tracks_of(one, seen.faces, width) for one in shown), default=None),
        rows=len(together),
        kept=int(np.isin(together, ["kept", "wrong"]).sum()),
        low_quality=sum(int((rows.states == str(RowState.LOW_QUALITY)).sum()) for rows in seen.rows),
        lost=int((together == "lost").sum()),
        lost_beside_a_face=sum(lost),
        wrong=int((together == "wrong").sum()) if shown else None,
        doubtful=sum(decision.doubtful for decision in decisions),
        sure_rows=sure["kept"] + sure["wrong"] + sure["lost"],
        sure_lost=sure["lost"],
        sure_wrong=sure["wrong"] if shown else None,
        margin=min(decision.margin for decision in decisions),
        jitter=round(float(np.mean(known)), 5) if known else None,
        roll_median=round(float(np.median(roll)), 2) if roll.size else None,
        roll_p95=round(float(np.percentile(roll, 95)), 2) if roll.size else None,
    )


def _counts(verdicts: Sequence[NDArray[np.str_]]) -> dict[str, int]:
    return {word: sum(int((found == word).sum()) for found in verdicts) for word in ("kept", "wrong", "lost")}


def _total(clips: Sequence[Clip]) -> dict[str, Any]:
    visible = sum(clip.kept - (clip.wrong or 0) + clip.lost for clip in clips)
    lost = sum(clip.lost for clip in clips)
    return {
        "clips": len(clips),
        "rows": sum(clip.rows for clip in clips),
        "kept": sum(clip.kept for clip in clips),
        "low_quality": sum(clip.low_quality for clip in clips),
        "lost": lost,
        "lost_percent": round(100 * lost / max(1, visible), 2),
        "wrong": sum(clip.wrong or 0 for clip in clips),
        "doubtful": sum(clip.doubtful for clip in clips),
        "sure_rows": sum(clip.sure_rows for clip in clips),
        "sure_lost": sum(clip.sure_lost for clip in clips),
        "sure_wrong": sum(clip.sure_wrong or 0 for clip in clips),
    }


_HEADINGS = {"tracks_per_person_and_shot": "a person and shot", "lost_beside_a_face": "beside a face"}


def _print(clips: Sequence[Clip], total: dict[str, Any]) -> None:
    rows = [asdict(clip) for clip in clips]
    names = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    table = Table(*(_HEADINGS.get(name, name.replace("_", " ")) for name in names))
    for row in rows:
        table.add_row(*("-" if row[name] is None else str(row[name]) for name in names))
    console = Console()
    console.print(table)
    console.print(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in total.items()))


def _detectors(params: AlignParams) -> list[Detector]:
    """Return the detector of the parameters, and SCRFD where FER_DATA_SCRFD names its file."""
    found, weights = [open_detector(params)], os.environ.get("FER_DATA_SCRFD")
    if weights:
        update = {"name": "insightface", "weights": weights, "sha256": file_sha256(Path(weights))}
        other = params.detector.model_copy(update=update)
        found.append(open_detector(params.model_copy(update={"detector": other})))
    return found


def _truth(path: Path) -> dict[str, list[Shown]]:
    try:
        return read_truth(path)
    except CorpusError as error:
        raise typer.BadParameter(str(error)) from error


def _measured(
    videos: Sequence[Path], known: Mapping[str, Sequence[Shown]], sheets: Path, sface: Path | None
) -> tuple[list[Clip], list[str]]:
    """Return what became of each clip, and what is said of those that cannot be read."""
    params = telling_apart(load_params().align, sface)
    detectors = _detectors(params)
    clips, refused = [], []
    for video in videos:
        sheet = sheets / f"{video.stem}.jpg"
        try:
            clips.append(measure(video, known.get(video.stem, []), params, detectors, sheet))
        except MediaError as error:
            refused.append(str(error))
    return clips, refused


app = typer.Typer(add_completion=False)


@app.command()
def main(
    folder: Annotated[Path, typer.Argument(help="Folder of clips.", exists=True, file_okay=False)],
    truth: Annotated[
        Path | None,
        typer.Option(
            help="What a person wrote down; without it FOLDER/truth.csv, if there is one.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    sheets: Annotated[Path, typer.Option(help="Folder for the contact sheets.")] = Path("reports/real_clips"),
    sface: Annotated[
        Path | None,
        typer.Option(help="Tell people apart by SFace, from this ONNX file.", exists=True, dir_okay=False),
    ] = None,
    json_file: FiguresFile = None,
) -> None:
    """Align the clips of a folder, print what became of each, and write figures and contact sheets.

    A clip that cannot be read is named, and makes the exit code 1.
    """
    path = truth or folder / TRUTH_FILE
    known = _truth(path) if path.exists() else {}
    videos = sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES)
    if not videos:
        raise typer.BadParameter(f"{folder} holds no clip. Expected {', '.join(sorted(VIDEO_SUFFIXES))}.")
    absent = sorted(set(known) - {video.stem for video in videos})
    if absent:
        raise typer.BadParameter(f"{path} names {absent[0]}, which is no clip of {folder}.")
    sheets.mkdir(parents=True, exist_ok=True)
    clips, refused = _measured(videos, known, sheets, sface)
    total = _total(clips)
    if clips:
        _print(clips, total)
        typer.echo(f"contact sheets: {sheets}")
    if json_file is not None:
        write_json(json_file, {"clips": [asdict(clip) for clip in clips], "all": total})
    for message in refused:
        typer.echo(f"left out: {message}", err=True)
    raise typer.Exit(1 if refused else 0)


if __name__ == "__main__":
    app()
