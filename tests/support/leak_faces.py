"""Published pictures of made-up people: some under two names, one like another, one clip copied; no face in them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
import pyarrow as pa
import pytest
from drawn_once import mark_labels
from onnx import TensorProto, helper, numpy_helper
from published_with import publish

from fer_data.balance import balance
from fer_data.core.arrays import Image
from fer_data.core.labels.tasks import ACTION_UNITS, SEVEN_CLASSES
from fer_data.core.sampling.seeds import seed_from
from fer_data.core.vision.geometry import landmark_template
from fer_data.multires import multires
from fer_data.params.document import Params
from fer_data.pictures.images import encode_jpeg
from fer_data.publish import PublishInputs
from fer_data.tables.origin import Origin, named_source
from fer_data.tables.schemas import CROPS, FACE_ROWS, write_arrow, write_table

__all__ = ["Clip", "pixel_network", "planted", "published_clips"]

SIDE, FRAMES = 128, 10


@dataclass(frozen=True, slots=True)
class Clip:
    """Pictures of one subject in one video.

    Attributes:
        looks: the person whose pattern is seen, and how much of another's.
        copy_of: the video whose frames are shown again, from a later one on and compressed once more.
    """

    subject: str
    video: str
    split: str
    looks: tuple[str, str, float]
    copy_of: str | None = None


def planted(people: int = 14) -> list[Clip]:
    """Return two clips of each person; the first of validation are leaks, or look like one."""
    clips = []
    for number in range(people):
        split, name = ("train", f"p{number}") if number < people // 2 else ("validation", f"q{number}")
        clips += [Clip(name, f"{name}-{take}", split, (name, name, 0.0)) for take in "ab"]
    first = people // 2
    for number, looks in ((first, ("p0", "p0", 0.0)), (first + 1, (f"q{first + 1}", "p1", 0.35))):
        for take in (0, 1):
            place = 2 * number + take
            clips[place] = Clip(clips[place].subject, clips[place].video, "validation", looks)
    place = 2 * (first + 2)
    copied = Clip(clips[place].subject, clips[place].video, "validation", ("p2", "p2", 0.0), "p2-a")
    return [*clips[:place], copied, *clips[place + 2 :]]


def _pattern(name: str, cells: int, size: int = SIDE) -> np.ndarray:
    coarse = (
        np.random.default_rng(seed_from("pattern", name)).normal(0, 1, (cells, cells, 3)).astype(np.float32)
    )
    return cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)


def _frame(clip: Clip, index: int) -> Image:
    own, other, share = clip.looks
    person = (1 - share) * _pattern(own, 6) + share * _pattern(other, 6)
    light = np.random.default_rng(seed_from("light", clip.video)).uniform(0.7, 1.2)
    mimic = 0.5 * _pattern(f"{clip.video}/{index}", 10)
    return np.clip(light * (120 + 40 * (person + mimic)), 0, 255).astype(np.uint8)


def _pictures(clip: Clip, clips: Sequence[Clip]) -> list[bytes]:
    if clip.copy_of is None:
        return [encode_jpeg(_frame(clip, index), 95) for index in range(FRAMES)]
    source = next(one for one in clips if one.video == clip.copy_of)
    found = []
    for index in range(3, FRAMES):
        small = cv2.resize(_frame(source, index), (90, 90), interpolation=cv2.INTER_AREA)
        found.append(encode_jpeg(cv2.resize(small, (SIDE, SIDE)), 60))
    return found


def _row(clip: Clip, series: str, index: int) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(FACE_ROWS.names)
    marks = (landmark_template(SIDE) * 2).tolist()
    return row | {
        "row_id": f"{series}/{index + 1:05d}", "series_id": series, "subject_id": clip.subject,
        "video_id": clip.video, "side": "only", "split_expression": clip.split, "frame_index": index,
        "expression": index % 7, "subject_source": "video", "state": "kept", "pts_seconds": index / 10,
        "box": [40.0, 40.0, 220.0, 220.0], "landmarks": marks, "detector_score": 0.9, "track_id": 0,
        "action_units": dict.fromkeys(ACTION_UNITS), "sharpness": 10.0, "brightness": 100.0, "native_px": 128,
    }  # fmt: skip


def write_clips(folder: Path, clips: Sequence[Clip]) -> Path:
    """Write clips as `data/faces` has them."""
    rows: list[dict[str, object]] = []
    for clip in sorted(clips, key=lambda one: (one.video, one.subject)):
        series = f"{clip.video}_{clip.subject}"
        pictures = _pictures(clip, clips)
        own = [_row(clip, series, index) for index in range(len(pictures))]
        crops = [
            {**{name: row[name] for name in CROPS.names if name != "image"}, "image": picture}
            for row, picture in zip(own, pictures, strict=True)
        ]
        folder.mkdir(parents=True, exist_ok=True)
        write_arrow(folder / f"{series}.arrow", [pa.Table.from_pylist(crops, CROPS)], CROPS)
        rows += own
    metadata = {
        "classes": json.dumps([str(name) for name in SEVEN_CLASSES]),
        "detector": json.dumps({"name": "centerface", "weights_sha256": "0" * 64}),
        **named_source("sample"),
        **Origin("affwild2", rendered=True).metadata(),
    }
    write_table(folder / "rows.parquet", [pa.Table.from_pylist(rows, FACE_ROWS)], FACE_ROWS, metadata)
    return folder


def published_clips(
    folder: Path, clips: Sequence[Clip], params: Params, same_person: Path | None = None
) -> Path:
    """Return the dataset of 128 px that is published of clips, without augmented copies."""
    plain = params.model_copy(
        update={
            "align": params.align.model_copy(update={"size": SIDE}),
            "balance": params.balance.model_copy(update={"strategy": "none"}),
        }
    )
    faces = write_clips(folder / "faces", clips)
    inputs = PublishInputs(faces, folder / "variant", folder / "balanced", same_person)
    multires(faces, inputs.variant, SIDE, plain.multires)
    balance(
        faces, inputs.variant, inputs.balanced, resolution=SIDE, balance=plain.balance, dataset=plain.dataset
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fer_data.publish.card_files.plot_labels", mark_labels)
        publish(inputs, folder / "128", resolution=SIDE, params=plain)
    return folder / "128"


def pixel_network(path: Path) -> Path:
    """Write a graph that stands in for a network of faces: grey levels of 8 x 8 parts of a picture, less their mean."""
    centre = (np.eye(64) - 1 / 64).astype(np.float32)
    nodes = [
        helper.make_node("AveragePool", ["face"], ["pooled"], kernel_shape=[14, 14], strides=[14, 14]),
        helper.make_node("ReduceMean", ["pooled", "axes"], ["grey"], keepdims=0),
        helper.make_node("Flatten", ["grey"], ["flat"]),
        helper.make_node("MatMul", ["flat", "centre"], ["vector"]),
    ]
    weights = [
        numpy_helper.from_array(np.array([1], np.int64), "axes"),
        numpy_helper.from_array(centre, "centre"),
    ]
    ports = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("face", [1, 3, 112, 112]), ("vector", [1, 64]))
    ]
    graph = helper.make_graph(nodes, "pixels", ports[:1], ports[1:], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), str(path))
    return path
