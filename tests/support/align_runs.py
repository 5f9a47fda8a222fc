"""Runs of `align` on a small corpus with real faces, and what two devices' results may differ by."""

from pathlib import Path
from typing import Any

import numpy as np
from video_corpora import Subject, align_corpus, align_params, people, scene, write_catalog, write_video

from fer_data.core.arrays import Image
from fer_data.media.video import Frame
from fer_data.params.align import AlignParams
from fer_data.pictures.images import decode
from fer_data.tables.schemas import CROPS, FACE_ROWS, read_arrow, read_table

MAX_GREY_LEVELS = 2.0
MAX_SHARE = 0.001
FRAMES = 40


def torch_params(**changes: Any) -> AlignParams:
    """Return the parameters of the torch engine."""
    return align_params(engine="torch", **changes)


def full_search_params() -> AlignParams:
    """Return the parameters of engine onnxruntime with every frame searched in full, as engine torch does it."""
    params = align_params()
    every = params.detection.model_copy(update={"keyframe_frames": 1})
    return params.model_copy(update={"detection": every})


def write_corpus(folder: Path, frames: int = FRAMES) -> None:
    """Write a video of one moving person and one of two, and their catalog."""
    first, second, third = people()
    alone = scene([(first, lambda i: (20 + 3 * i, 40 + i))])
    pair = scene([(second, lambda i: (10, 30 + i % 5)), (third, lambda i: None if i < 8 else (190, 60))])
    write_video(folder / "root" / "batch1" / "alone.mp4", alone, frames)
    write_video(folder / "root" / "batch1" / "pair.mp4", pair, frames)
    labels = [index % 2 for index in range(frames)]
    subjects = {
        "alone": Subject("alone", labels),
        "pair_left": Subject("pair", labels, "left"),
        "pair_right": Subject("pair", labels, "right", "validation"),
    }
    write_catalog(folder / "catalog", subjects, {"alone": frames, "pair": frames})


def run_align(folder: Path, name: str, params: AlignParams) -> Path:
    """Align the corpus into a folder of its own, with a store of its own, and return its faces."""
    align_corpus(folder, folder / name, params, store=str(folder / f"{name}-store"))
    return folder / name / "faces"


def assert_alike(ours: Path, theirs: Path, kept: int = 2 * FRAMES) -> None:
    """Check two runs against what the devices of one corpus may differ by."""
    mine, other = read_table(ours / "rows.parquet", FACE_ROWS), read_table(theirs / "rows.parquet", FACE_ROWS)
    assert other["state"].to_pylist().count("kept") > kept
    states = np.array(mine["state"]) != np.array(other["state"])
    assert states.mean() < MAX_SHARE
    for name, most in (("face_blur", 0.01), ("face_contrast", 4.0), ("outside_fraction", 0.02)):
        apart = np.abs(np.array(mine[name], float) - np.array(other[name], float))
        assert np.nanmedian(apart) < most
    files = sorted(path.name for path in theirs.glob("*.arrow"))
    assert files == sorted(path.name for path in ours.glob("*.arrow"))
    for name in files:
        pairs = zip(crops_of(ours / name), crops_of(theirs / name), strict=True)
        assert np.mean([np.abs(a.astype(int) - b).mean() for a, b in pairs]) < MAX_GREY_LEVELS


def crops_of(path: Path) -> list[Image]:
    """Return the pictures of one subject."""
    return [decode(row["image"]) for table in read_arrow(path, CROPS) for row in table.to_pylist()]


def moving_frames() -> list[Frame]:
    """Return three frames of a moving face, the last one smaller."""
    draw = scene([(people()[0], lambda index: (40 + 30 * index, 60))])
    pictures = [draw(index) for index in range(3)]
    pictures[2] = np.ascontiguousarray(pictures[2][:200, 30:])
    return [Frame(index, index / 25, picture) for index, picture in enumerate(pictures)]
