"""Alignment on a CPU against the usual loop: frames a second with equal weights on equal cores, and what it costs.

The usual loop is what people write: cv2.VideoCapture, detection at 640 px square with default threads, norm_crop,
one JPEG a face with cv2.imwrite. Ours is what `align` does with a video, from its bytes to its Arrow file and its rows:
one worker process a core, each with the clip, all warm before the clock starts. Both take turns; medians are printed.
The floor is ours with the answers played back instead of computed. Speed is measured on a calm clip with one face, as
most of the corpus is, on one in quick motion, and on a mixed one with 1.6 faces a frame; quality on the last.

::

    FER_DATA_SCRFD=scrfd_2.5g.onnx python -m benchmarks.align --json align.json
"""

import multiprocessing
import os
import pickle
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Annotated, Any, cast

import cv2
import numpy as np
import onnxruntime
import typer

from benchmarks.align_clips import CALM, MIXED, ONE_FACE, write_clip
from benchmarks.align_quality import against, by_person, truth_scores
from benchmarks.choices import chosen_cases
from benchmarks.figures import for_figures
from benchmarks.networks import write_scrfd_10g
from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.core.arrays import Float32, Image
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.core.vision.boxes import nms
from fer_data.core.vision.faces import Faces
from fer_data.detectors import Detector, open_detector
from fer_data.detectors.centerface import centerface_weights, decode_centres
from fer_data.detectors.onnx.graph import OnnxNetwork, free_sizes, load_graph
from fer_data.detectors.onnx.letterbox import letterbox
from fer_data.media.video import decode_frames
from fer_data.params.align import AlignParams
from fer_data.params.document import load_params
from fer_data.sample.truth import FaceTruth
from fer_data.shell.files.atomic import file_sha256, write_json
from fer_data.shell.run import guarded
from fer_data.tables.schemas import read_table
from fer_data.tracking.face_store import FaceStore, FaceTable
from fer_data.video_jobs.memory import keep_freed_memory, large_pages
from fer_data.video_jobs.observe import observe
from fer_data.video_jobs.worker import PARTS, PARTS_FILE, align_video

SQUARE_PX = 640
CENTERFACE, SCRFD, TEN_G = "centerface", "scrfd-2.5g", "10g-sized, random weights"
Landmarks = Callable[[Image], Sequence[Float32]]
Answers = list[list[Faces]]


@dataclass
class Recorder:
    """A detector that writes down its answers; `work` and `answers` make it play them back beside a network's work."""

    detector: Detector | None
    answers: Answers = field(default_factory=list)
    work: Callable[[Image], object] | None = None
    name: str = "recorder"
    weights_sha256: str = "0" * 64
    played: int = 0

    def detect(self, frames: Sequence[Image]) -> list[Faces]:
        """Return the faces of each frame."""
        return self._answer(frames, self.detector.detect if self.detector else None)

    def detect_in_regions(self, views: Sequence[Image]) -> list[Faces]:
        """Return the faces of views around a face."""
        return self._answer(views, self.detector.detect_in_regions if self.detector else None)

    def _answer(
        self, images: Sequence[Image], find: Callable[[Sequence[Image]], list[Faces]] | None
    ) -> list[Faces]:
        if find is not None:
            self.answers.append(find(images))
            return self.answers[-1]
        if self.work is not None:
            for image in images:
                self.work(image)
        self.played += 1
        return self.answers[self.played - 1]


@dataclass(frozen=True, slots=True)
class Seconds:
    """Time that a frame takes: by the clock, and of all processors together."""

    clock: float
    processor: float


@dataclass(frozen=True)
class Case:
    """A detector to compare with: its parameters, and a network of other size whose work stands in for its own."""

    name: str
    params: AlignParams
    network: Path | None = None


def request_for(video: Path, frames: int) -> VideoRequest:
    """Return a request for every frame of one person's video."""
    every = np.ones(frames, bool)
    subject = SubjectRequest(
        "clip", "clip", "only", np.arange(frames, dtype=np.int32), every, every, False, True
    )
    return VideoRequest("clip", video, frames, (subject,))


def network_work(path: Path) -> Callable[[Image], object]:
    """Return a function that runs a network on a picture, on one thread, as our detectors do."""
    network = OnnxNetwork(load_graph(path), "cpu")
    return lambda image: network(_blob(letterbox(image, SQUARE_PX)[0]))


def _blob(image: Image) -> Float32:
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32)


def _square(frame: Image) -> tuple[Image, float]:
    """Return a frame on a black square of 640 px, and its scale."""
    scale = SQUARE_PX / max(frame.shape[:2])
    small = cv2.resize(frame, (round(frame.shape[1] * scale), round(frame.shape[0] * scale)))
    square = np.zeros((SQUARE_PX, SQUARE_PX, 3), np.uint8)
    square[: small.shape[0], : small.shape[1]] = small
    return square, scale


def usual_detector(case: Case, answers: Answers) -> Landmarks:
    """Return landmarks of a BGR frame as people get them: a square input and default threads."""
    detector = case.params.detector
    if case.network is not None:
        session, calls = onnxruntime.InferenceSession(str(case.network)), count()

        def costly(frame: Image) -> Sequence[Float32]:
            session.run(None, {"input": _blob(_square(frame)[0])})
            return list(answers[next(calls) % len(answers)][0].landmarks)

        return costly
    if detector.name == "insightface":
        from insightface.model_zoo import get_model

        model = get_model(str(detector.weights))
        model.prepare(ctx_id=-1, input_size=(SQUARE_PX, SQUARE_PX))
        return lambda frame: list(model.detect(frame)[1])
    graph = load_graph(centerface_weights())
    free_sizes(graph)
    session = onnxruntime.InferenceSession(graph.SerializeToString())

    def centerface(frame: Image) -> Sequence[Float32]:
        square, scale = _square(frame)
        heat, size, offset, marks = session.run(
            None, {session.get_inputs()[0].name: _blob(square[..., ::-1])}
        )
        found = decode_centres(
            heat[0, 0], size[0], offset[0], landmarks=marks[0], min_score=detector.min_score
        )
        return list(nms(found, detector.nms_iou).landmarks / np.float32(scale))

    return centerface


def usual_loop(video: Path, detect: Landmarks, size: int, folder: Path) -> int:
    """Read, detect, norm_crop, imwrite, a frame at a time; return the number of frames."""
    from insightface.utils.face_align import norm_crop

    capture, faces, frames = cv2.VideoCapture(str(video)), 0, 0
    while True:
        read, frame = capture.read()
        if not read:
            capture.release()
            return frames
        for landmarks in detect(cast("Image", frame)):
            cv2.imwrite(str(folder / f"{faces:06d}.jpg"), norm_crop(frame, landmarks, size))
            faces += 1
        frames += 1


def serve(connection: Any, case: Case, answers: Path, floor: bool) -> None:  # noqa: ANN401
    """Align the clip each time that the connection sends one, and say when it is done; this is a worker process."""
    keep_freed_memory()  # as workers of the stage do
    recorded: Answers = pickle.loads(answers.read_bytes())  # noqa: S301 - written by this run
    real = case.network is None and not floor
    detector = open_detector(case.params) if real else None
    work = network_work(case.network) if case.network is not None and not floor else None
    connection.send("ready")
    while True:
        video, frames = connection.recv()
        if video is None:
            return
        used, begin = detector or Recorder(None, recorded, work), time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            align_video(
                request_for(video, frames),
                Path(folder),
                case.params,
                used,
                rule=FrameRule(0, "end"),
                report=_quiet,
            )
        connection.send(time.process_time() - begin)


def _quiet(_frames: int) -> None:
    pass


class Pool:
    """Worker processes that align the same clip at the same time."""

    def __init__(self, case: Case, answers: Path, workers: int, *, floor: bool = False) -> None:
        context = multiprocessing.get_context("spawn")
        self._ends = []
        for _ in range(workers):
            ours, theirs = context.Pipe()
            with large_pages():  # as the stage does
                context.Process(target=serve, args=(theirs, case, answers, floor), daemon=True).start()
            self._ends.append(ours)
        for end in self._ends:
            end.recv()

    def seconds(self, video: Path, frames: int) -> Seconds:
        """Return the time that a frame takes when all align the clip."""
        begin = time.perf_counter()
        for end in self._ends:
            end.send((video, frames))
        processor = sum(end.recv() for end in self._ends)
        done = frames * len(self._ends)
        return Seconds((time.perf_counter() - begin) / done, processor / done)

    def close(self) -> None:
        """End the processes."""
        for end in self._ends:
            end.send((None, 0))


def faces_of(video: Path, frames: int, params: AlignParams, detector: Detector) -> FaceTable:
    """Return all faces that a pass over the clip logs."""
    with tempfile.TemporaryDirectory() as folder, closing(FaceStore(Path(folder))) as log:
        observe(request_for(video, frames), params, detector, log, report=_quiet)
        return log.table()


def kept_rows(video: Path, frames: int, params: AlignParams, detector: Detector) -> int:
    """Return the number of rows that end as kept."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        align_video(
            request_for(video, frames), folder, params, detector, rule=FrameRule(0, "end"), report=_quiet
        )
        return int(read_table(folder / PARTS_FILE, PARTS)["state"].to_pylist().count("kept"))


def changed(params: AlignParams, section: str, **changes: object) -> AlignParams:
    """Return the parameters with changes in one of their sections."""
    return params.model_copy(
        update={section: cast("Any", getattr(params, section)).model_copy(update=changes)}
    )


class FullOnly:
    """A detector whose landmarks are those of the full search: what it sees of a region is never used."""

    def __init__(self, detector: Detector) -> None:
        self.name, self.weights_sha256, self._detector = detector.name, detector.weights_sha256, detector

    def detect(self, frames: Sequence[Image]) -> list[Faces]:
        """Return the faces of each frame."""
        return self._detector.detect(frames)

    def detect_in_regions(self, views: Sequence[Image]) -> list[Faces]:
        """Return no face for any view."""
        return [Faces.none() for _ in views]


def quality(
    video: Path, truth: Sequence[Sequence[FaceTruth]], case: Case, shot_frames: int
) -> dict[str, Any]:
    """Return how the ways of detecting differ from each other and from the truth."""
    detector, frames = open_detector(case.params), len(truth)
    every = changed(case.params, "detection", keyframe_frames=1)
    plain = changed(every, "smoothing", window_frames=0)
    found = {
        "ours": by_person(faces_of(video, frames, case.params, detector), truth),
        "every_frame": by_person(faces_of(video, frames, every, detector), truth),
        "every_frame_raw": by_person(faces_of(video, frames, plain, FullOnly(detector)), truth),
        "ours_unsmoothed": by_person(
            faces_of(video, frames, changed(case.params, "smoothing", window_frames=0), detector), truth
        ),
    }
    rows = {
        name: kept_rows(video, frames, p, detector) for name, p in (("ours", case.params), ("every", every))
    }
    return {
        "against_every_frame": against(found["ours"], found["every_frame"]),
        "against_every_frame_raw": against(found["ours"], found["every_frame_raw"]),
        "kept_rows": rows,
        "truth": {name: truth_scores(own, truth, shot_frames) for name, own in found.items()},
    }


def speed(video: Path, frames: int, case: Case, *, workers: int, rounds: int) -> dict[str, Any]:
    """Return frames a second of the usual loop, ours and the floor, taking turns."""
    real = open_detector(case.params)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = Recorder(real)
        faces_of(video, frames, case.params, ours)
        (folder / "answers").write_bytes(pickle.dumps(ours.answers))
        full = [real.detect([frame.image]) for frame in decode_frames(video)] if case.network else []
        usual = usual_detector(case, full)
        pool = Pool(case, folder / "answers", workers)
        floor = Pool(case, folder / "answers", workers, floor=True)
        for one in (pool, floor):
            one.seconds(video, frames)
        times: dict[str, list[Seconds]] = {"usual_loop": [], "ours": [], "floor": []}
        for _ in range(rounds):
            cv2.setNumThreads(-1)
            begin = Seconds(time.perf_counter(), time.process_time())
            usual_loop(video, usual, case.params.size, folder)
            took = Seconds(time.perf_counter() - begin.clock, time.process_time() - begin.processor)
            times["usual_loop"].append(Seconds(took.clock / frames, took.processor / frames))
            times["ours"].append(pool.seconds(video, frames))
            times["floor"].append(floor.seconds(video, frames))
        pool.close()
        floor.close()
    return speed_report(times)


def speed_report(times: dict[str, list[Seconds]]) -> dict[str, Any]:
    """Return medians, and the medians of the ratios within each round; those of processor time bear a busy machine."""
    pairs = list(zip(times["usual_loop"], times["ours"], strict=True))
    return {
        "frames_per_second": {
            name: round(1 / statistics.median(one.clock for one in own), 1) for name, own in times.items()
        },
        "processor_ms_per_frame": {
            name: round(1000 * statistics.median(one.processor for one in own), 2)
            for name, own in times.items()
        },
        "times_usual_loop": round(statistics.median(usual.clock / mine.clock for usual, mine in pairs), 2),
        "times_usual_loop_processor": round(
            statistics.median(usual.processor / mine.processor for usual, mine in pairs), 2
        ),
    }


def cases(folder: Path, names: Sequence[str]) -> list[Case]:
    """Return the named ones of CenterFace, SCRFD-2.5G in the file that FER_DATA_SCRFD names, and a network as 10G."""
    params, path, found = load_params().align, folder / "scrfd_10g_random.onnx", []
    if CENTERFACE in names:
        found.append(Case(CENTERFACE, params))
    if SCRFD in names:
        weights = Path(os.environ["FER_DATA_SCRFD"])
        scrfd = changed(
            params, "detector", name="insightface", weights=str(weights), sha256=file_sha256(weights)
        )
        found.append(Case(SCRFD, scrfd))
    if TEN_G in names:
        write_scrfd_10g(path)
        found.append(Case(TEN_G, params, path))
    return found


def main(
    json: Annotated[Path, typer.Option(help="Where to write the figures.", callback=for_figures)],
    shot_frames: Annotated[int, typer.Option(min=2, help="Frames of each shot of the clips.")] = 60,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; medians are reported.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Of the clip.")] = 1,
    only: Annotated[str, typer.Option(help="A part of the name of the cases to run.")] = "",
) -> None:
    """Measure, print and write speed and quality."""
    names = chosen_cases(only, (CENTERFACE, *([SCRFD] if os.environ.get("FER_DATA_SCRFD") else []), TEN_G))
    workers = len(os.sched_getaffinity(0))
    report: dict[str, Any] = {"workers": workers}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = {"calm": CALM, "one_face": ONE_FACE, "mixed": MIXED}
        truths = {n: write_clip(folder / f"{n}.mp4", seed, shot_frames, s) for n, s in clips.items()}
        for case in cases(folder, names):
            own: dict[str, Any] = {}
            for clip, truth in truths.items():
                video = folder / f"{clip}.mp4"
                own[clip] = speed(video, len(truth), case, workers=workers, rounds=rounds)
            if case.network is None:
                own["quality"] = quality(folder / "mixed.mp4", truths["mixed"], case, shot_frames)
            report[case.name] = own
            write_json(json, report)
    typer.echo(json.read_text(encoding="utf-8"))


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
