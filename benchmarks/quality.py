"""What the gates of `align.quality` cost and catch: their measures against blur, light, size, compression and noise.

Faces are rendered ones, and those that the detector finds in a folder of clips and pictures. Each is brought to a
distance of its eyes in px, then changed; a blur is the sigma of a Gaussian in eye distances. Changes are `good` (a
person would keep the face), `poor` (nobody would) or `between`. A face is measured on the base crop that `align` makes.

::

    python -m benchmarks.quality FOLDER --json FILE
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.figures import FiguresFile
from fer_data.core.arrays import Float32, Image
from fer_data.core.sampling.seeds import seed_from
from fer_data.core.vision.face_quality import CropMeasures, failed_gates, measure_crop
from fer_data.core.vision.geometry import eye_distance, similarity_matrix, warp_crop
from fer_data.detectors import Detector, open_detector
from fer_data.errors import MediaError
from fer_data.media.video import decode_frames
from fer_data.params.align import AlignParams
from fer_data.params.document import load_params
from fer_data.pictures.images import decode
from fer_data.predict.sources import VIDEO_SUFFIXES
from fer_data.sample.scene import film, stage_scene
from fer_data.shell.files.atomic import write_json

__all__ = ["CONDITIONS", "Condition", "Face", "figures", "main", "rendered", "totals"]

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})
STEP_FRAMES, MAX_FRAMES = 25, 5
ROOM = 3.0
SCENE_WH = (1280, 720)
MEASURES = ("face_blur", "face_contrast", "face_brightness", "face_outside")

Change = Callable[[Image, float], NDArray[Any]]
"""A picture and the distance of the eyes in it, in px, to the picture as it is changed."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face in a part of a picture.

    Attributes:
        source: `rendered` or the file's name.
        image: with room around the face.
        landmarks: (5, 2) in px of the image.
    """

    source: str
    image: Image
    landmarks: Float32


@dataclass(frozen=True, slots=True)
class Condition:
    """How faces are changed: to which distance of the eyes (None: as they are), then how; and if they stay good."""

    name: str
    kind: str
    eyes_px: float | None
    change: Change


def _blur(share: float, noise: float = 0.0) -> Change:
    return lambda image, eyes: _noisy(cv2.GaussianBlur(image, (0, 0), share * eyes), noise)


def _noise(sigma: float) -> Change:
    return lambda image, _: _noisy(image, sigma)


def _noisy(image: NDArray[Any], sigma: float) -> NDArray[Any]:
    return image + np.random.default_rng(7).normal(0, sigma, image.shape) if sigma else image


def _light(factor: float, noise: float = 0.0) -> Change:
    return lambda image, _: _noisy(np.clip(image * factor, 0, 255), noise)


def _jpeg(quality: int) -> Change:
    def change(image: Image, _: float) -> NDArray[Any]:
        return np.asarray(
            cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)
        )

    return change


def _plain(image: Image, _: float) -> NDArray[Any]:
    return image


CONDITIONS = (
    Condition("as it is", "good", None, _plain),
    *(Condition(f"eyes {eyes} px", "good", eyes, _plain) for eyes in (16, 20, 30, 40, 64, 100)),
    *(Condition(f"noise {sigma}", "good", 40, _noise(sigma)) for sigma in (5, 15, 30)),
    *(Condition(f"JPEG {quality}", "good", 40, _jpeg(quality)) for quality in (60, 30, 10)),
    *(Condition(f"light {factor:.0%}", "good", 40, _light(factor)) for factor in (0.5, 1.3)),
    Condition("blur 0.02", "good", 40, _blur(0.02)),
    *(Condition(f"blur {share}", "between", 40, _blur(share)) for share in (0.04, 0.06, 0.08)),
    *(Condition(f"light {factor:.0%}", "between", 40, _light(factor)) for factor in (0.2, 0.3, 2.0, 3.0)),
    *(Condition(f"blur {share}", "poor", 40, _blur(share)) for share in (0.1, 0.15, 0.25)),
    *(Condition(f"blur 0.1, eyes {eyes} px", "poor", eyes, _blur(0.1)) for eyes in (20, 100)),
    *(Condition(f"blur 0.15, noise {sigma}", "poor", 40, _blur(0.15, sigma)) for sigma in (5, 15)),
    *(Condition(f"light {factor:.0%}", "poor", 40, _light(factor)) for factor in (0.04, 0.08, 6.0)),
    Condition("light 8%, noise 5", "poor", 40, _light(0.08, 5)),
)


def rendered(count: int) -> Iterator[Face]:
    """Yield a face of each of so many rendered people, with the truth about its landmarks."""
    for seed in range(count):
        cast = [(seed_from("quality", seed), "face", "only")]
        image, truth = next(iter(film(stage_scene(seed_from("scene", seed), 1, cast, size_wh=SCENE_WH))))
        if truth[0].landmarks is not None:
            yield _cut("rendered", image, truth[0].landmarks)


def found(path: Path, detector: Detector) -> Iterator[Face]:
    """Yield the surest face of a picture, or of some frames of a clip."""
    if path.suffix.lower() in PICTURE_SUFFIXES:
        frames = [decode(path.read_bytes())]
    else:
        numbered = zip(range(STEP_FRAMES * MAX_FRAMES), decode_frames(path), strict=False)
        frames = [frame.image for index, frame in numbered if index % STEP_FRAMES == 0]
    for frame, faces in zip(frames, detector.detect(frames), strict=True):
        if len(faces) and not np.isnan(faces.landmarks[0]).any():
            yield _cut(path.name, frame, faces.landmarks[0])


def _cut(source: str, image: Image, landmarks: Float32) -> Face:
    """Return a face with some eye distances of what is around it."""
    room = ROOM * max(eye_distance(landmarks), float(np.ptp(landmarks, axis=0).max()))
    low = np.maximum(landmarks.min(0) - room, 0).astype(int)
    high = (landmarks.max(0) + room).astype(int)
    part = np.ascontiguousarray(image[low[1] : high[1], low[0] : high[0]])
    return Face(source, part, (landmarks - low).astype(np.float32))


def measured(face: Face, condition: Condition, params: AlignParams) -> CropMeasures | None:
    """Return the measures of a face under a condition; None where the face has too few px for it."""
    eyes = eye_distance(face.landmarks)
    wanted = condition.eyes_px or eyes
    if eyes < wanted * 0.9:
        return None
    factor = min(1.0, wanted / eyes)
    small = np.asarray(
        cv2.resize(face.image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8
    )
    image = np.clip(np.round(condition.change(small, eyes * factor)), 0, 255).astype(np.uint8)
    landmarks = ((face.landmarks + 0.5) * factor - 0.5).astype(np.float32)
    matrix = similarity_matrix(landmarks, params.size, params.margin)
    crop = warp_crop(image, matrix, params.size)
    return measure_crop(crop, landmarks, matrix, (image.shape[1], image.shape[0]))


def figures(faces: Sequence[Face], params: AlignParams) -> list[dict[str, Any]]:
    """Return for each condition the faces, the measures' quantiles and how many each gate took; none without faces."""
    rows = []
    for condition in CONDITIONS:
        known = [m for m in (measured(face, condition, params) for face in faces) if m is not None]
        if not known:
            continue
        columns = {name: np.array([getattr(m, name) for m in known], float) for name in MEASURES}
        failed = failed_gates(columns, params.quality.model_dump())
        taken = int(np.any(list(failed.values()) or [np.zeros(len(known), bool)], axis=0).sum())
        quantiles = {
            name: [round(float(q), 4) for q in np.nanquantile(values, (0.05, 0.5, 0.95))]
            for name, values in columns.items()
        }
        gates = {name: int(mask.sum()) for name, mask in failed.items() if mask.any()}
        about = {"condition": condition.name, "kind": condition.kind, "faces": len(known)}
        rows.append({**about, "taken": taken, **quantiles, "gates": gates})
    return rows


def totals(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return the share in % of good faces that are lost, and of poor ones that are caught."""
    shares = {}
    for kind, name in (("good", "good_lost_percent"), ("poor", "poor_caught_percent")):
        own = [row for row in rows if row["kind"] == kind]
        shares[name] = round(100 * sum(r["taken"] for r in own) / max(1, sum(r["faces"] for r in own)), 2)
    return shares


def _print(name: str, rows: Sequence[dict[str, Any]]) -> None:
    table = Table(title=f"{name}: {totals(rows)}")
    for column in (
        "condition",
        "kind",
        "faces",
        "taken %",
        *(f"{measure} 5/50/95 %" for measure in MEASURES[:3]),
    ):
        table.add_column(column, justify="left" if column in ("condition", "kind") else "right")
    for row in rows:
        spread = ("/".join(f"{value:.3g}" for value in row[measure]) for measure in MEASURES[:3])
        share = f"{100 * row['taken'] / row['faces']:.0f}"
        table.add_row(row["condition"], row["kind"], str(row["faces"]), share, *spread)
    Console(width=160).print(table)


def _real(folder: Path, params: AlignParams) -> list[Face]:
    detector = open_detector(params)
    faces: list[Face] = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in PICTURE_SUFFIXES | VIDEO_SUFFIXES:
            try:
                faces += found(path, detector)
            except MediaError as error:
                typer.echo(f"left out: {error}", err=True)
    return faces


def main(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Folder of clips and pictures with faces.", exists=True, file_okay=False),
    ] = None,
    people: Annotated[int, typer.Option(help="Rendered people.", min=0)] = 12,
    json_file: FiguresFile = None,
) -> None:
    """Print what each gate's measure says of good, middling and poor faces, rendered and of a folder."""
    params = load_params().align
    sets = {"rendered": list(rendered(people)), "real": _real(folder, params) if folder else []}
    made = {name: figures(faces, params) for name, faces in sets.items() if faces}
    for name, rows in made.items():
        _print(name, rows)
    if json_file is not None:
        about = {"limits": params.quality.model_dump()}
        write_json(json_file, {**about, **{name: {"conditions": r, **totals(r)} for name, r in made.items()}})


if __name__ == "__main__":
    typer.run(main)
