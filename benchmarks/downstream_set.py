"""A `data/faces` of any size, as `align` would leave it: crops of real size and labels as unequal as those of a corpus.

A few hundred pictures are drawn and encoded, each a smooth one with a little noise; every row has the bytes of one of
them with a comment of its own (JPEG's COM segment), so that no two rows are the same bytes and a set is made at the
speed of writing. They cost what crops of faces cost to decode, hash and store; nothing can be learnt from them.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.pictures.images import encode_jpeg
from fer_data.tables.origin import Origin
from fer_data.tables.schemas import CROPS, FACE_ROWS, write_arrow, write_table

__all__ = ["BASE_PX", "CLASS_SHARES", "SPLIT_SHARES", "make_faces"]

BASE_PX = 256
PICTURES = 300
NOISE = 1.2
"""Standard deviation in grey levels: a JPEG of 15 kB at quality 95, as crops of 720p videos have."""

CLASS_SHARES = (0.42, 0.04, 0.026, 0.022, 0.227, 0.191, 0.074)
"""Of neutral, anger, disgust, fear, happiness, sadness and surprise: about those of Aff-Wild2's training frames."""

SPLIT_SHARES = {"train": 0.7, "validation": 0.15, "test": 0.15}
_BATCH_ROWS = 256


def _pictures() -> list[bytes]:
    random = np.random.default_rng(7)
    found = []
    for _ in range(PICTURES):
        coarse = random.integers(0, 256, (6, 6, 3), dtype=np.uint8)
        smooth = cv2.resize(coarse, (BASE_PX, BASE_PX), interpolation=cv2.INTER_CUBIC).astype(np.float32)
        noisy = smooth + random.normal(0, NOISE, (BASE_PX, BASE_PX, 1)).astype(np.float32)
        found.append(encode_jpeg(np.clip(noisy, 0, 255).astype(np.uint8), 95))
    return found


def _with_comment(jpeg: bytes, text: str) -> bytes:
    """Return a JPEG with a comment after its first marker: other bytes, the same pixels.

    >>> _with_comment(bytes.fromhex("ffd8ffd9"), "a").hex()
    'ffd8fffe000361ffd9'
    """
    said = text.encode()
    return jpeg[:2] + b"\xff\xfe" + (len(said) + 2).to_bytes(2, "big") + said + jpeg[2:]


def _split(subject: int) -> str:
    """Return a subject's split; the shares are about right over any run of subjects, and the first are in train."""
    place, edge = (subject * 0.618034) % 1.0, 0.0
    for name, share in SPLIT_SHARES.items():
        edge += share
        if place < edge:
            return name
    return "train"


def _rows(subject: int, count: int, split: str) -> pa.Table:
    """Return a subject's rows in the columns of `FACE_ROWS`; labels change every 50 frames, as moods do."""
    random, name = np.random.default_rng([7, subject]), f"subject-{subject:05d}"
    drawn = random.choice(
        len(CLASS_SHARES), size=-(-count // 50), p=np.divide(CLASS_SHARES, sum(CLASS_SHARES))
    )
    labels = pa.array(np.repeat(drawn, 50)[:count], pa.int8())
    frames = np.arange(count)
    measures = {
        field.name: pa.array(random.uniform(0.02, 0.9, count), field.type)
        for field in FACE_ROWS
        if pa.types.is_float32(field.type) and field.name not in {"valence", "arousal"}
    }
    columns: dict[str, Any] = {
        "row_id": [f"{name}/{frame + 1:05d}" for frame in range(count)],
        "series_id": [name] * count,
        "subject_id": [name] * count,
        "video_id": [name] * count,
        "side": ["only"] * count,
        "split_expression": [split] * count,
        "frame_index": frames,
        "expression": labels if split != "test" else None,
        "state": ["kept"] * count,
        "pts_seconds": frames / 25,
        "box": _lists(random.uniform(0, 700, (count, 4))),
        "landmarks": _lists(random.uniform(0, 700, (count, 5, 2))),
        "track_id": np.zeros(count),
        "native_px": random.integers(60, 400, count),
        **measures,
    }
    return pa.table([_column(columns.get(field.name), field, count) for field in FACE_ROWS], schema=FACE_ROWS)


def _column(values: Any, field: pa.Field, count: int) -> pa.Array:  # noqa: ANN401 - of any type
    if values is None and pa.types.is_struct(field.type):
        nothing = [pa.nulls(count, inner.type) for inner in field.type]
        return pa.StructArray.from_arrays(nothing, fields=list(field.type))
    if values is None:
        return pa.nulls(count, field.type)
    return values if isinstance(values, pa.Array) else pa.array(values).cast(field.type)


def _lists(values: NDArray[np.float64]) -> pa.Array:
    flat = pa.array(values.astype(np.float32).reshape(-1))
    for size in reversed(values.shape[1:]):
        flat = pa.FixedSizeListArray.from_arrays(flat, size)
    return flat


def make_faces(folder: Path, rows: int, subjects: int) -> None:
    """Write `rows.parquet` and a file a subject; every row is kept, of one task, and has a crop."""
    pictures = _pictures()
    counts = [rows // subjects + (subject < rows % subjects) for subject in range(subjects)]

    def tables() -> Iterator[pa.Table]:
        for subject, count in enumerate(counts):
            table = _rows(subject, count, _split(subject))
            write_arrow(folder / f"subject-{subject:05d}.arrow", _crops(table, pictures), CROPS)
            yield table

    metadata = {
        "classes": json.dumps([str(name) for name in SEVEN_CLASSES]),
        "detector": json.dumps({"name": "centerface", "weights_sha256": "0" * 64}),
        **Origin("affwild2", rendered=True).metadata(),  # nobody is in them, so the demo's licence goes
    }
    write_table(folder / "rows.parquet", tables(), FACE_ROWS, metadata)


def _crops(table: pa.Table, pictures: list[bytes]) -> Iterator[pa.Table]:
    for start in range(0, len(table), _BATCH_ROWS):
        part = table.slice(start, _BATCH_ROWS)
        names = part["row_id"].to_pylist()
        images = [
            _with_comment(pictures[(place * 7919) % len(pictures)], name)
            for place, name in enumerate(names, start)
        ]
        columns = {name: part[name] for name in CROPS.names if name != "image"}
        yield pa.table({**columns, "image": pa.array(images, pa.binary())}).select(CROPS.names)
