"""What aligning costs a core, step by step, and what follows for a corpus of full size on larger machines.

A 720p clip of a rendered person is aligned in one process with the parameters of params.yaml. Processor time is
measured, not the clock, so that other programs on the machine disturb little; rounds are repeated and the median taken.
What is measured is printed apart from what is computed from it.

::

    python -m benchmarks.scale --json FILE
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer

from benchmarks.figures import for_figures
from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.detectors import Detector, open_detector
from fer_data.estimate.timing import FaceFinderTimer
from fer_data.media.video import decode_frames
from fer_data.params.align import AlignParams
from fer_data.params.document import load_params
from fer_data.sample.encode import write_video
from fer_data.sample.scene import render_clip
from fer_data.shell.files.atomic import write_json
from fer_data.shell.run import guarded
from fer_data.video_jobs.observed import observe_into
from fer_data.video_jobs.worker import align_video

SIZE_WH = (1280, 720)
SEED = 7
RENDERED = 8
CORPUS_FRAMES = 3_000_000
CORES = (1, 8, 64)
GPUS = (1, 8)
CORES_PER_GPU = 16
DETECTIONS_PER_GPU = 3000.0
"""Assumed: detections a second at 640 px in half precision on one data-centre GPU; not measured here."""


class Cost(NamedTuple):
    """Processor milliseconds a frame on one core, and bytes of crops a frame."""

    decode: float
    detect: float
    other: float
    crop_bytes: float

    @property
    def total(self) -> float:
        """Return the sum of the steps."""
        return self.decode + self.detect + self.other


def processor_seconds(action: Callable[[], object]) -> float:
    """Return the processor time that an action takes in this process."""
    begin = time.process_time()
    action()
    return time.process_time() - begin


def measure(video: Path, frames: int, params: AlignParams, detector: Detector) -> Cost:
    """Return what one round costs."""
    every = np.ones(frames, bool)
    rows = np.arange(frames, dtype=np.int32)
    subject = SubjectRequest("clip", "clip", "only", rows, every, every, sparse=False, trusted=True)
    request, timer = VideoRequest("clip", video, frames, (subject,)), FaceFinderTimer(time.process_time)
    with tempfile.TemporaryDirectory() as folder:
        observed, results = Path(folder) / "observed", Path(folder) / "results"

        def work() -> None:
            for made in (observed, results):
                made.mkdir()
            observe_into(observed, request, params, detector, report=_quiet, open_finder=timer)
            rule = FrameRule(0, "end")
            align_video(request, results, params, detector, rule=rule, report=_quiet, observed=observed)

        total = processor_seconds(work)
        size = sum(file.stat().st_size for file in results.glob("*.arrow"))
    decode = processor_seconds(lambda: sum(1 for _ in decode_frames(video)))
    other = total - decode - timer.seconds
    return Cost(*(1000 * part / frames for part in (decode, timer.seconds, other)), size / frames)


def _quiet(done: int) -> None:
    """Report nothing."""


def machines(cost: Cost, core_hour: float, gpu_hour: float) -> list[dict[str, object]]:
    """Return hours and cost of the full corpus on larger machines, by arithmetic from the measured cost."""
    rows: list[dict[str, object]] = []
    for cores in CORES:
        hours = CORPUS_FRAMES * cost.total / 1000 / cores / 3600
        rows.append({"machine": f"{cores} cores", "hours": hours, "usd": hours * cores * core_hour})
    for gpus in GPUS:
        by_cores = gpus * CORES_PER_GPU * 1000 / (cost.decode + cost.other)
        rate = min(by_cores, gpus * DETECTIONS_PER_GPU)
        hours = CORPUS_FRAMES / rate / 3600
        price = hours * gpus * (gpu_hour + CORES_PER_GPU * core_hour)
        rows.append({"machine": f"{gpus} GPU, {gpus * CORES_PER_GPU} cores", "hours": hours, "usd": price})
    return rows


def main(
    frames: Annotated[int, typer.Option(min=2, help="Frames of the clip.")] = 120,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the median is reported.")] = 3,
    core_hour: Annotated[float, typer.Option(min=0, help="Price of a core for an hour, in USD.")] = 0.04,
    gpu_hour: Annotated[float, typer.Option(min=0, help="Price of a GPU for an hour, in USD.")] = 3.0,
    json: Annotated[Path | None, typer.Option(help="Write the figures there.", callback=for_figures)] = None,
) -> None:
    """Measure one core and print what follows."""
    params = load_params().align
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "clip.mp4"
        rendered = [image for image, _ in render_clip(SEED, RENDERED, size_wh=SIZE_WH)]
        cycle = rendered + rendered[-2:0:-1]
        write_video(video, (cycle[index % len(cycle)] for index in range(frames)), 25)
        detector = open_detector(params)
        costs = [measure(video, frames, params, detector) for _ in range(rounds)]
    cost = Cost(*map(statistics.median, zip(*costs, strict=True)))
    typer.echo(
        f"measured, one core, ms a frame: decode {cost.decode:.2f}, detect {cost.detect:.2f}, "
        f"track, warp, encode, write {cost.other:.2f}, in all {cost.total:.2f} "
        f"({1000 / cost.total:.0f} frames/s); {cost.crop_bytes / 1000:.1f} kB of crops a frame"
    )
    found = machines(cost, core_hour, gpu_hour)
    for row in found:
        typer.echo(
            f"computed, {CORPUS_FRAMES:,} frames, {row['machine']}: {row['hours']:.2f} h, {row['usd']:.0f} USD"
        )
    if json is not None:
        write_json(json, {"measured": cost._asdict(), "computed": found})


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
