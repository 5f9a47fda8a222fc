"""How far landmarks lie from the truth on heads that turn and roll, with regions turned upright and without.

Heads of known yaw and roll are rendered, a few frames each in slow motion, and followed as `align` follows them on
engine onnxruntime, before smoothing. Where FER_DATA_SCRFD names an SCRFD model it is measured as well. With a FOLDER of
clips it has to be named: each clip is turned by known angles about its middle, and what SCRFD says of the clip as it
is, turned along, stands for the truth.

Errors are shares of the eye distance from the front, which a head that turns shows as its distance from eyes to mouth.

::

    FER_DATA_SCRFD=scrfd_2.5g.onnx python -m benchmarks.landmarks FOLDER --json FILE
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, TypeAlias
from unittest import mock

import cv2
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.figures import for_figures
from fer_data.core.arrays import Float32, Image
from fer_data.core.sampling.seeds import seed_from
from fer_data.core.vision.faces import Faces
from fer_data.core.vision.geometry import Matrix, apply_matrix, landmark_template, roll_degrees
from fer_data.detectors import Detector, open_detector
from fer_data.media.frame_pictures import FrameRules
from fer_data.media.suffixes import VIDEO_SUFFIXES
from fer_data.media.video import Frame, VideoReader
from fer_data.params.align import AlignParams
from fer_data.params.document import load_params
from fer_data.sample.scene import film, stage_scene
from fer_data.shell.files.atomic import file_sha256, write_json
from fer_data.shell.run import guarded
from fer_data.tracking.keyframes import KeyframeFaceFinder

__all__ = ["Answers", "Figures", "figures", "followed", "rendered_heads", "turned_image"]

YAWS, ROLLS = (0, 15, 30, 45, 60), (0, 15, 30, 45)
AS_THEY_ARE, UPRIGHT = "as they are", "turned upright"
PITCH_DEGREES, HEAD_PX, SIZE_WH = 12.0, 100.0, (320, 240)

Clip: TypeAlias = tuple[list[Image], list[Float32]]
"""Pictures, and the true landmarks of the face in each, (5, 2)."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What was found in a clip: landmarks (n, 5, 2), NaN where no face is, whether the score is low, and the truth."""

    found: Float32
    low: np.typing.NDArray[np.bool_]
    truth: Float32


@dataclass(frozen=True, slots=True)
class Figures:
    """Of all clips of a bin; medians and 95th percentiles.

    Attributes:
        frames: that show a face.
        lost: of these, frames without one.
        error, error_p95: mean distance of the five points from the truth, in eye distances from the front.
        roll, roll_p95: error of the roll of all five points, by which a crop is turned, in degrees.
        jitter: change of the points' error from frame to frame, in eye distances.
        bend, bend_p95: second difference of the error of the roll, in degrees.
        low: frames whose score says that two looks disagreed.
        error_low: mean error of these; null where there are none.
    """

    frames: int
    lost: int
    error: float
    error_p95: float
    roll: float
    roll_p95: float
    jitter: float
    bend: float
    bend_p95: float
    low: int
    error_low: float | None


def rendered_heads(yaw: float, roll: float, person: int, frames: int) -> Clip:
    """Return a clip of a head about a yaw and a roll in degrees, which sways by two degrees and a few px."""
    seed = seed_from("landmarks", person)
    rng = np.random.default_rng(seed)
    scene = stage_scene(
        seed, frames, [(seed_from("landmarks", "face", person), "clip", "only")], size_wh=SIZE_WH
    )
    performance = scene.roles[0].performance
    sway = 2 * np.sin(np.arange(frames) * 2 * np.pi / 12 + rng.uniform(0, 6))
    pitch = rng.uniform(-PITCH_DEGREES, PITCH_DEGREES)
    sides = rng.choice([-1, 1], 2)
    turned = [
        yaw * sides[0] + sway,
        pitch + sway / 2,
        roll * sides[1] - sway,
        np.full(frames, yaw * sides[0] / 3),
    ]
    centre = np.array([SIZE_WH[0] / 2, SIZE_WH[1] * 0.48]) + np.stack([sway, sway / 2], 1)
    performance = replace(
        performance,
        angles=np.deg2rad(np.stack(turned, 1)).astype(np.float32),
        centre=centre.astype(np.float32),
        head_px=np.full(frames, HEAD_PX, np.float32),
    )
    scene = replace(scene, roles=(replace(scene.roles[0], performance=performance),))
    shown = [(image, faces[0].landmarks) for image, faces in film(scene)]
    return [image for image, _ in shown], [marks for _, marks in shown if marks is not None]


def turned_image(image: Image, degrees: float) -> tuple[Image, Matrix]:
    """Return a picture turned clockwise about its middle on a black square that holds it, and the map onto it."""
    height, width = image.shape[:2]
    side = int(np.ceil(np.hypot(height, width)))
    cosine, sine = float(np.cos(np.deg2rad(degrees))), float(np.sin(np.deg2rad(degrees)))
    linear = np.array([[cosine, -sine], [sine, cosine]])
    shift = (side - 1) / 2 - linear @ np.array([(width - 1) / 2, (height - 1) / 2])
    matrix = np.column_stack([linear, shift])
    return np.asarray(cv2.warpAffine(image, matrix, (side, side)), np.uint8), matrix


def followed(images: Sequence[Image], detector: Detector, params: AlignParams) -> list[Faces]:
    """Return the faces of pictures that follow each other, as `align` finds them."""
    watch = KeyframeFaceFinder(detector, params.detection, 1)
    frames = [Frame(index, index / 25, image) for index, image in enumerate(images)]
    return [faces for part in chain(watch.add(frames), watch.flush()) for faces in part.faces]


def answers(clip: Clip, detector: Detector, params: AlignParams, *, upright: bool) -> Answers:
    """Return what is found of a clip, with regions turned upright or as they were before."""
    never = mock.patch("fer_data.core.vision.regions.region_turn", return_value=0.0)
    with nullcontext() if upright else never:
        seen = followed(clip[0], detector, params)
    found = np.full((len(seen), 5, 2), np.nan, np.float32)
    low = np.zeros(len(seen), bool)
    for index, (faces, truth) in enumerate(zip(seen, clip[1], strict=True)):
        apart = np.hypot(*(faces.landmarks.mean(1) - truth.mean(0)).T)
        if len(faces) and apart.min() < np.ptp(truth, axis=0).max():
            found[index] = faces.landmarks[apart.argmin()]
            low[index] = faces.scores[apart.argmin()] < params.detector.min_score
    return Answers(found, low, np.array(clip[1], np.float32))


def frontal_eye_distance(landmarks: Float32) -> Float32:
    """Return the eye distance that faces (n, 5, 2) would show from the front, by the distance from eyes to mouth."""
    template = landmark_template(112)
    upright = template[3:].mean(0) - template[:2].mean(0)
    share = float((template[1, 0] - template[0, 0]) / upright[1])
    axis = landmarks[:, 3:].mean(1) - landmarks[:, :2].mean(1)
    return np.asarray(np.hypot(axis[:, 0], axis[:, 1]) * share, np.float32)


def figures(clips: Sequence[Answers]) -> Figures:
    """Return the figures of all clips of a bin."""
    parts = [_errors(clip) for clip in clips]
    error, roll, jitter, bend = (np.concatenate(part) for part in zip(*parts, strict=True))
    low = np.concatenate([clip.low for clip in clips])
    known = ~np.isnan(error)

    def at(values: Float32, share: float) -> float:
        values = values[~np.isnan(values)]
        return round(float(np.percentile(values, share)), 4) if values.size else float("nan")

    return Figures(
        frames=len(error),
        lost=int((~known).sum()),
        error=at(error, 50),
        error_p95=at(error, 95),
        roll=at(roll, 50),
        roll_p95=at(roll, 95),
        jitter=at(jitter, 50),
        bend=at(bend, 50),
        bend_p95=at(bend, 95),
        low=int(low.sum()),
        error_low=round(float(error[low].mean()), 4) if low.any() else None,
    )


def _errors(clip: Answers) -> tuple[Float32, Float32, Float32, Float32]:
    """Return a clip's errors of points and of roll, jitter, and second differences of roll, NaN without a face."""
    eyes = frontal_eye_distance(clip.truth)
    apart = (clip.found - clip.truth) / eyes[:, None, None]
    pairs = zip(clip.found, clip.truth, strict=True)
    roll = np.array([roll_degrees(found) - roll_degrees(true) for found, true in pairs])
    roll = (roll + 180) % 360 - 180
    lengths = [np.hypot(points[..., 0], points[..., 1]).mean(1) for points in (apart, np.diff(apart, axis=0))]
    error, jitter = (np.asarray(one, np.float32) for one in lengths)
    return error, np.abs(roll).astype(np.float32), jitter, np.abs(np.diff(roll, 2)).astype(np.float32)


def _real_clip(video: Path, reference: Detector, params: AlignParams, frames: int) -> Clip:
    """Return the first frames of a clip that show one face, and what the reference says of it."""
    reader = VideoReader(video, FrameRules(params.max_pixels, params.pixel_aspect))
    images = [frame.image for frame in islice(reader.frames(frames), frames)]
    seen = followed(images, reference, params)
    known = [
        (image, faces.landmarks[0]) for image, faces in zip(images, seen, strict=True) if len(faces) == 1
    ]
    return [image for image, _ in known], [marks for _, marks in known]


def _turned_clip(clip: Clip, degrees: float) -> Clip:
    turned = [turned_image(image, degrees) for image in clip[0]]
    marks = [
        apply_matrix(matrix, true).astype(np.float32)
        for (_, matrix), true in zip(turned, clip[1], strict=True)
    ]
    return [image for image, _ in turned], marks


def _detectors(params: AlignParams) -> dict[str, Detector]:
    """Return CenterFace, and SCRFD where FER_DATA_SCRFD names its file."""
    found, weights = {"centerface": open_detector(params)}, os.environ.get("FER_DATA_SCRFD")
    if weights:
        update = {"name": "insightface", "weights": weights, "sha256": file_sha256(Path(weights))}
        other = params.detector.model_copy(update=update)
        found["scrfd"] = open_detector(params.model_copy(update={"detector": other}))
    return found


def _clips(
    folder: Path | None, reference: Detector | None, params: AlignParams, *, people: int, frames: int
) -> Iterator[tuple[str, Clip]]:
    """Yield clips one at a time, each with the name of its bin."""
    for yaw in YAWS:
        for roll in ROLLS:
            for person in range(people):
                yield f"yaw {yaw}, roll {roll}", rendered_heads(yaw, roll, person, frames)
    if folder is None or reference is None:
        return
    for video in sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES):
        clip = _real_clip(video, reference, params, 5 * frames)
        if len(clip[0]) >= frames:
            for degrees in ROLLS:
                yield f"real, turned by {degrees}", _turned_clip(clip, degrees)


def _table(rows: Sequence[dict[str, object]]) -> Table:
    names = ("bin", "detector", "regions", *(name for name in Figures.__dataclass_fields__))
    table = Table(*(name.replace("_", " ") for name in names))
    for row in rows:
        table.add_row(*("-" if row[name] is None else str(row[name]) for name in names))
    return table


def main(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of real clips.", exists=True, file_okay=False)
    ] = None,
    people: Annotated[int, typer.Option(min=1, help="Rendered people a bin.")] = 6,
    frames: Annotated[int, typer.Option(min=3, help="Frames of each rendered clip.")] = 8,
    json: Annotated[
        Path | None, typer.Option(help="Write the figures to this file.", callback=for_figures)
    ] = None,
) -> None:
    """Measure, print and write the errors of landmarks by bin and detector, with and without turned regions."""
    if folder is not None and not os.environ.get("FER_DATA_SCRFD"):
        raise typer.BadParameter(
            "FER_DATA_SCRFD (unset) must name an SCRFD file, which FOLDER is measured against."
        )
    params = load_params().align
    detectors = _detectors(params)
    found: dict[tuple[str, str, str], list[Answers]] = {}
    for name, clip in _clips(folder, detectors.get("scrfd"), params, people=people, frames=frames):
        for detector, opened in detectors.items():
            for regions in (AS_THEY_ARE, UPRIGHT):
                own = answers(clip, opened, params, upright=regions == UPRIGHT)
                found.setdefault((name, detector, regions), []).append(own)
    rows = [
        {"bin": name, "detector": detector, "regions": regions, **asdict(figures(clips))}
        for (name, detector, regions), clips in found.items()
    ]
    Console(width=200).print(_table(rows))
    if json is not None:
        write_json(json, rows)


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
