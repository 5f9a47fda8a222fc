"""Crops as the organisers of Aff-Wild2 make them, cut out of rendered videos by the truth."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from fer_data.core.arrays import Image
from fer_data.core.sampling.seeds import seed_from
from fer_data.core.vision.geometry import estimate_similarity, landmark_template, warp_crop
from fer_data.media.video import decode_frames
from fer_data.pictures.images import encode_jpeg

__all__ = ["write_crops"]

_SIZE_PX = 112
_MARGIN = 0.12
_NOISE = 0.02
_QUALITY = 90


def write_crops(root: Path, crops: Path, *, offset: int = 0) -> None:
    """Write `cropped_aligned/<subject>/00001.jpg` for every frame of a rendered corpus that shows its subject.

    The organisers' detector is another one than ours: landmarks are off by 2 % of the eye distance, and the field of
    view is a little wider. With `offset` crop N shows frame N + offset.
    """
    people = [
        p for p in pq.read_table(root / "truth.parquet").to_pylist() if p["subject_id"] and p["visible"]
    ]
    by_video: dict[str, dict[int, list[dict[str, Any]]]] = {}
    for person in people:
        frames = by_video.setdefault(person["video_id"], {})
        frames.setdefault(person["frame_index"] - offset, []).append(person)
    for video_id, frames in by_video.items():
        path = next(path for path in root.rglob(f"{video_id}.*") if path.suffix in (".mp4", ".avi"))
        images = {frame.index: frame.image for frame in decode_frames(path)}
        for number, shown in sorted(frames.items()):
            for person, data in _cut(shown, images[number + offset]) if number >= 0 else ():
                target = crops / "cropped_aligned" / person / f"{number + 1:05d}.jpg"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)


def _cut(people: list[dict[str, Any]], image: Image) -> Iterator[tuple[str, bytes]]:
    for person in people:
        marks = np.array(person["landmarks"])
        random = np.random.default_rng(seed_from(person["subject_id"], person["frame_index"]))
        marks += random.normal(0, _NOISE * np.hypot(*(marks[1] - marks[0])), marks.shape)
        target = (landmark_template(_SIZE_PX) - _SIZE_PX / 2) / (1 + _MARGIN) + _SIZE_PX / 2
        crop = warp_crop(image, estimate_similarity(marks, target), _SIZE_PX)
        yield person["subject_id"], encode_jpeg(crop, _QUALITY)
