"""Align many videos in worker processes of this machine, with a progress bar."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from fer_data.alignment.requests import VideoRequest
from fer_data.alignment.worker import align_video, write_failure
from fer_data.params.align import AlignParams
from fer_data.pool import run_jobs, worker_count

__all__ = ["AlignJob", "align_locally"]


@dataclass(frozen=True, slots=True)
class AlignJob:
    """One video to align into one folder, which is emptied first."""

    request: VideoRequest
    folder: Path


class _FramesPerSecond(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.0f} frames/s" if task.speed else "- frames/s")


def align_locally(
    jobs: Sequence[AlignJob], params: AlignParams, *, tolerance_frames: int, workers: int
) -> None:
    """Fill every job's folder, the longest video first, in worker processes with one thread each.

    A video whose worker dies is tried once more and then ends as `decode_error`.

    Raises:
        FerDataError: the detector cannot be used, so that no video can be aligned.
    """
    ordered = sorted(jobs, key=lambda job: (-job.request.num_packets, job.request.video_id))
    make_work = partial(_make_work, params, tolerance_frames)
    with _progress() as progress:
        frames = progress.add_task("align", total=sum(job.request.num_packets for job in jobs))
        ends = run_jobs(
            ordered,
            make_work,
            workers=worker_count(workers),
            report=lambda done: progress.advance(frames, done),
        )
        for place, crash in ends:
            if crash is not None:
                job = ordered[place]
                _empty(job.folder)
                error = f"{job.request.video_id}: the worker process died twice: {crash.reason}."
                write_failure(job.request, job.folder, error, params)


def _make_work(
    params: AlignParams, tolerance_frames: int
) -> Callable[[AlignJob, Callable[[int], None]], None]:
    from fer_data.detectors import open_detector

    detector = open_detector(params)

    def work(job: AlignJob, report: Callable[[int], None]) -> None:
        _empty(job.folder)
        align_video(
            job.request, job.folder, params, detector, tolerance_frames=tolerance_frames, report=report
        )

    return work


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} frames"),
        _FramesPerSecond(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
