"""Small corpora with real faces, from pictures that installed packages carry, and their catalogs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pyarrow as pa
from in_this_process import align
from photographs import six_people

from fer_data.core.arrays import Image
from fer_data.core.labels.rows import row_id
from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.core.vision.faces import Faces
from fer_data.core.vision.geometry import box_matrix, warp_crop
from fer_data.execution.compute import ComputeParams
from fer_data.params.align import AlignParams
from fer_data.params.document import Params, load_params
from fer_data.params.source import SourceParams
from fer_data.shell.files.atomic import file_sha256
from fer_data.tables.label_fields import no_details
from fer_data.tables.schemas import ROWS, VIDEOS, write_table

ROOT = Path(__file__).parents[2]
WIDTH, HEIGHT = 320, 240
Scene = Callable[[int], Image]


@cache
def people() -> list[Image]:
    """Return three different people as patches of 120 x 120 px."""
    group = six_people()
    corners = [(56, 270), (738, 350), (455, 240)]
    return [
        cv2.resize(group[y - 20 : y + 160, x - 35 : x + 145], (120, 120), interpolation=cv2.INTER_AREA)
        for x, y in corners
    ]


def thumbnail(image: Image, box: Sequence[float]) -> Image:
    """Return a small picture of the face in a box."""
    return warp_crop(image, box_matrix(np.array(box, np.float32), 32, 0.5), 32)


def scene(placed: Sequence[tuple[Image, Callable[[int], tuple[int, int] | None]]]) -> Scene:
    """Return a function from frame index to a picture with each patch where its path says, or not at all."""

    def draw(index: int) -> Image:
        picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
        for patch, path in placed:
            centre = path(index)
            if centre is not None:
                x, y = centre
                picture[y : y + patch.shape[0], x : x + patch.shape[1]] = patch
        return picture

    return draw


def write_video(path: Path, draw: Scene, frames: int, preset: str = "medium") -> None:
    """Write frames as H.264 at 25 frames a second, encoded by one thread."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        options = {"crf": "18", "threads": "1", "preset": preset}
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(draw(index), format="rgb24")))
        container.mux(stream.encode(None))


@dataclass(frozen=True)
class Subject:
    """A subject of a catalog made for a test; labels hold one expression a frame, None for unlabelled."""

    video_id: str
    labels: Sequence[int | None]
    side: str = "only"
    split: str = "train"


def content_hash(path: Path) -> str:
    """Return the hash of a file, or zeros where a test needs none."""
    return file_sha256(path) if path.is_file() else "0" * 64


def write_catalog(folder: Path, subjects: Mapping[str, Subject], packets: Mapping[str, int]) -> None:
    """Write a catalog of subjects, and of the videos in `root/batch1` beside it with their numbers of packets."""
    tables = []
    for name, subject in sorted(subjects.items()):
        count = len(subject.labels)
        tables.append(
            pa.table(
                {
                    "row_id": [row_id(name, index) for index in range(count)],
                    "series_id": [name] * count,
                    "subject_id": [name] * count,
                    "video_id": [subject.video_id] * count,
                    "side": [subject.side] * count,
                    "split_expression": [subject.split] * count,
                    "split_valence_arousal": pa.nulls(count, pa.string()),
                    "split_action_units": pa.nulls(count, pa.string()),
                    "frame_index": list(range(count)),
                    "expression": pa.array(subject.labels, pa.int8()),
                    "valence": pa.nulls(count, pa.float32()),
                    "arousal": pa.nulls(count, pa.float32()),
                    "action_units": [dict.fromkeys(ACTION_UNITS)] * count,
                    **no_details(count),
                }
            )
        )
    write_table(folder / "rows.parquet", tables, ROWS, {"classes": '["Neutral", "Anger"]'})
    files = folder.parent / "root" / "batch1"
    videos = [
        dict(
            zip(
                VIDEOS.names,
                (
                    name,
                    f"batch1/{name}.mp4",
                    content_hash(files / f"{name}.mp4"),
                    WIDTH,
                    HEIGHT,
                    25.0,
                    count,
                    "h264",
                    False,
                ),
                strict=True,
            )
        )
        for name, count in sorted(packets.items())
    ]
    write_table(folder / "videos.parquet", [pa.Table.from_pylist(videos, VIDEOS)], VIDEOS)


@cache
def repository_params() -> Params:
    """Return the parameters of the repository, whatever the working folder is."""
    return load_params(ROOT / "params.yaml")


def source_params() -> SourceParams:
    """Return the source parameters of the repository."""
    return repository_params().source()


def align_params(**changes: Any) -> AlignParams:
    """Return the align parameters of the repository with a small crop and the given changes."""
    return repository_params().align.model_copy(update={"size": 128, **changes})


def compute_params(workers: int = 1) -> ComputeParams:
    """Return the local engine with that many workers."""
    return repository_params().compute.model_copy(update={"workers": workers})


def align_corpus(
    corpus: Path,
    output: Path,
    params: AlignParams | None = None,
    *,
    source: SourceParams | None = None,
    **compute: Any,
) -> dict[str, Any]:
    """Align `root` by the `catalog` beside it into `faces` and `reports` of `output`, and return the summary."""
    return align(
        corpus / "catalog",
        corpus / "root",
        output / "faces",
        output / "reports",
        source=source or source_params(),
        align=params or align_params(),
        compute=compute_params().model_copy(update=compute),
    )


_POINTS = np.array([[18, 30], [42, 30], [30, 45], [20, 60], [40, 60]], np.float32)


class FixedDetector:
    """Finds faces at the same places of every frame."""

    name = "fixed"
    weights_sha256 = "0" * 64

    def __init__(self, *corners: tuple[int, int], landmarks: bool = True) -> None:
        low = np.array(corners, np.float32).reshape(-1, 1, 2)
        points = low + (_POINTS if landmarks else np.full((5, 2), np.nan, np.float32))
        boxes = np.concatenate([low[:, 0], low[:, 0] + (60, 80)], 1).astype(np.float32)
        self._faces = Faces(boxes, np.full(len(corners), 0.9, np.float32), points.astype(np.float32))

    def detect(self, frames: Sequence[Image]) -> list[Faces]:
        """Return the same faces for each frame."""
        return [self._faces for _ in frames]

    def detect_in_regions(self, views: Sequence[Image]) -> list[Faces]:
        """Return no closer look, so that what the whole frame showed stands."""
        return [Faces.none() for _ in views]
