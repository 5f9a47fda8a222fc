"""What a long video takes when it is cut into spans: processor time of each task, and what that bounds a cluster by.

One clip is repeated, packet by packet, to a long video, which is aligned whole and in spans by one process. From the
processor time of each task follows when so many workers are done: each takes the next task when it is free.

::

    python -m benchmarks.span_speed --json FILE
    python -m benchmarks.span_speed --frames 30000 --span-frames 2000 --found
"""

import heapq
import json
import resource
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import av
import numpy as np
import typer

from benchmarks.align import request_for
from benchmarks.align_clips import ONE_FACE, write_clip
from benchmarks.figures import FiguresFile
from fer_data import detectors
from fer_data.core.arrays import Image
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.core.vision.faces import Faces
from fer_data.params.align import AlignParams
from fer_data.params.document import load_params
from fer_data.shell.files.atomic import write_json
from fer_data.shell.run import guarded
from fer_data.video_jobs import work
from fer_data.video_jobs.jobs import align_jobs
from fer_data.video_jobs.keys import environment
from fer_data.video_jobs.spans import is_long
from fer_data.video_jobs.tasks import AlignTask, PlanTask, Recipe, SpanTask, TaskQueue

SHOT_FRAMES = 40
WORKERS = (1, 2, 64)

Task = dict[str, Any]


class FoundAlready:
    """Finds one face at one place at no cost, so that joining and deciding can be measured on very long videos."""

    name = "found"
    weights_sha256 = "0" * 64
    _FACE = Faces(
        np.array([[500, 200, 700, 460]], np.float32),
        np.array([0.9], np.float32),
        np.array([[[550, 300], [650, 300], [600, 350], [560, 400], [640, 400]]], np.float32),
    )

    def detect(self, frames: Sequence[Image]) -> list[Faces]:
        """Return the same face for each frame."""
        return [self._FACE for _ in frames]

    def detect_in_regions(self, views: Sequence[Image]) -> list[Faces]:
        """Return no closer look, so that what the whole frame showed stands."""
        return [Faces.none() for _ in views]


def write_long(path: Path, frames: int) -> None:
    """Write a rendered 720p clip again and again until there are so many frames."""
    clip = path.with_name("clip.mp4")
    write_clip(clip, 7, SHOT_FRAMES, ONE_FACE)
    with av.open(str(path), "w") as writer:
        target = None
        for number, packet in enumerate(_endless(clip)):
            if number == frames:
                return
            target = target or writer.add_stream_from_template(packet.stream)
            packet.stream = target
            writer.mux(packet)


def _endless(clip: Path) -> Iterator[av.Packet]:
    moved = 0
    while True:
        with av.open(str(clip)) as reader:
            packets = [packet for packet in reader.demux(video=0) if packet.size]
            for packet in packets:
                packet.pts, packet.dts = (packet.pts or 0) + moved, (packet.dts or 0) + moved
                yield packet
            moved += sum(packet.duration or 0 for packet in packets)


def tasks_of(video: Path, frames: int, params: AlignParams, folder: Path) -> list[Task]:
    """Align a video in this process, and return each task with its seconds of processor time."""
    recipe = Recipe(
        params, FrameRule(2, "end"), environment(params.engine), folder / f"store-{params.span_frames}"
    )
    jobs = align_jobs([request_for(video, frames)], recipe, "0" * 64)
    queue = TaskQueue(jobs, long=lambda job: is_long(job.request, params), has=lambda _: False)
    do, done = work.prepare(recipe), list[Task]()
    names = {PlanTask: "plan", SpanTask: "span", AlignTask: "align"}
    for index, task in enumerate(queue.tasks):
        begin, clock = _cpu(), time.perf_counter()
        result = do(task, lambda _: None)
        done.append(
            {"task": names[type(task)], "cpu_seconds": _cpu() - begin, "seconds": time.perf_counter() - clock}
        )
        queue.done(index, result)
    return done


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def makespan(tasks: Sequence[Task], workers: int) -> float:
    """Return when all is done by so many workers: the plan first, then the spans, last what joins them.

    >>> spans = [{"task": "span", "cpu_seconds": 2.0}] * 3
    >>> makespan([{"task": "plan", "cpu_seconds": 1.0}, *spans, {"task": "align", "cpu_seconds": 1.0}], 2)
    6.0
    """
    times = {
        kind: [t["cpu_seconds"] for t in tasks if t["task"] == kind] for kind in ("plan", "span", "align")
    }
    free = [sum(times["plan"])] * workers
    for seconds in times["span"]:
        heapq.heapreplace(free, free[0] + seconds)
    return float(max(free) + sum(times["align"]))


def main(
    json_file: FiguresFile = None,
    frames: Annotated[int, typer.Option(min=200)] = 1200,
    span_frames: Annotated[int, typer.Option(min=100)] = 200,
    found: Annotated[
        bool, typer.Option("--found", help="Without detection, to measure what is not shared.")
    ] = False,
) -> None:
    """Align a long video whole and in spans, and print what each task takes and what so many workers would."""
    params = load_params().align
    if found:
        detectors.open_detector = lambda _: FoundAlready()
    report: dict[str, Any] = {"frames": frames, "span_frames": span_frames, "detection": not found}
    with TemporaryDirectory() as temporary:
        write_long(Path(temporary) / "long.mp4", frames)
        for way, span in (("whole", None), ("spans", span_frames)):
            changed = params.model_copy(update={"span_frames": span})
            tasks = tasks_of(Path(temporary) / "long.mp4", frames, changed, Path(temporary))
            report[way] = {
                "tasks": len(tasks),
                "cpu_seconds": round(sum(task["cpu_seconds"] for task in tasks), 2),
                **{
                    f"{kind}_longest": round(
                        max((t["cpu_seconds"] for t in tasks if t["task"] == kind), default=0), 2
                    )
                    for kind in ("plan", "span", "align")
                },
                "seconds_with_workers": {n: round(makespan(tasks, n), 1) for n in WORKERS},
            }
    typer.echo(json.dumps(report, indent=1))
    if json_file is not None:
        write_json(json_file, report)


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
