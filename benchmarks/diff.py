"""Measure `fer-data diff` of two large datasets: time of the processor, of the clock, and most memory.

`python -m benchmarks.diff FOLDER [--rows 300000] [--px 128] [--json FILE]` writes a dataset of that many rows of noise
below FOLDER, which must not be there, and what it might have become: rows without their order kept, one row in a
hundred gone, relabelled, re-cropped or in another split, and every picture either as it was (`labels`) or compressed
anew (`pictures`), which has to be decoded on both sides. It compares them, prints what that took and removes all of it.
"""

import hashlib
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import pyarrow as pa
import typer

from benchmarks.figures import FiguresFile
from fer_data.publish.hf_writer import SplitWriter, write_dataset_dict
from fer_data.publish.provenance import file_records
from fer_data.published.feature_forms import arrow_schema
from fer_data.published.features import IMAGE, missing, published_features
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.sealed import sealed

__all__ = ["main"]

_CLASSES = ["Neutral", "Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise"]
_BATCH = 1024
_PICTURES = 512
_CHANGED = 100
_RELABELLED, _RECROPPED, _GONE, _MOVED = 1, 14, 29, 40
"""Of so many rows these: an original, an original, a copy, and an original of validation, which goes to train."""


def _pictures(px: int, quality: int) -> list[bytes]:
    """Return some encoded pictures; rows take them in turn."""
    random = np.random.default_rng(7)
    found = []
    for _ in range(_PICTURES):
        coarse = random.integers(0, 256, (12, 12, 3), dtype=np.uint8)
        smooth = cv2.resize(coarse, (px, px), interpolation=cv2.INTER_CUBIC)
        found.append(bytes(cv2.imencode(".jpg", smooth, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]))
    return found


def _rows(places: np.ndarray[Any, np.dtype[np.int64]], pictures: list[bytes], *, changed: bool) -> pa.Table:
    """Return published rows; of ten one is of validation, three have two copies each."""
    schema, count = arrow_schema(published_features(_CLASSES)), len(places)
    copy = np.where(places % 10 == 0, 0, (places % 10 - 1) % 3)
    frames = places - copy
    ids = [f"person{frame // 500:05d}/{frame % 500 + 1:05d}" for frame in frames.tolist()]
    label = frames // 25 % 7
    box = np.tile(np.float32([100, 80, 220, 230]), (count, 1)) + (frames % 97).astype(np.float32)[:, None]
    if changed:
        label = np.where(places % _CHANGED == _RELABELLED, (label + 1) % 7, label)
        box[places % _CHANGED == _RECROPPED, 0] += 40
    values: dict[str, Any] = {
        "image": pa.StructArray.from_arrays(
            [
                pa.array([pictures[n % _PICTURES] for n in places.tolist()], pa.binary()),
                pa.array([""] * count),
            ],
            fields=list(IMAGE),
        ),
        "expression": label,
        "row_id": [f"{one}+{n}" if n else one for one, n in zip(ids, copy.tolist(), strict=True)],
        "parent_id": [one if n else "" for one, n in zip(ids, copy.tolist(), strict=True)],
        **{name: [one.partition("/")[0] for one in ids] for name in ("subject_id", "person_id", "video_id")},
        "frame_index": (frames % 500).astype(np.int32),
        "pts_seconds": frames % 500 / 25,
        "box": pa.FixedSizeListArray.from_arrays(pa.array(box.ravel()), 4),
        "augmentation": [
            json.dumps({"seed": n, "operations": ["flip"] * 8}) if n % 4 else "" for n in places.tolist()
        ],
    }
    return pa.table([_column(field, values, count) for field in schema], schema=schema)


def _column(field: pa.Field, values: Mapping[str, Any], count: int) -> pa.Array:
    given = values.get(field.name)
    if given is not None:
        return given if isinstance(given, pa.Array) else pa.array(given, field.type)
    return _nothing(field.type, count)


def _nothing(kind: pa.DataType, count: int) -> pa.Array:
    if pa.types.is_struct(kind):
        return pa.StructArray.from_arrays([_nothing(inner.type, count) for inner in kind], fields=list(kind))
    if pa.types.is_fixed_size_list(kind):
        return pa.FixedSizeListArray.from_arrays(_nothing(kind.value_type, count * kind.list_size), type=kind)
    return pa.repeat(pa.scalar(missing(kind), kind), count)


def _splits(rows: int, *, changed: bool) -> Iterator[tuple[str, np.ndarray[Any, np.dtype[np.int64]]]]:
    """Yield the rows of each split; of a changed dataset in another order, some gone, some moved."""
    places = np.arange(rows, dtype=np.int64)
    held = places % 10 == 0
    if changed:
        places = places[places % _CHANGED != _GONE]
        held = (places % 10 == 0) & (places % _CHANGED != _MOVED)
        yield "train", places[~held][::-1]
    else:
        yield "train", places[~held]
    yield "validation", places[held]


def _write(folder: Path, rows: int, px: int, *, quality: int, changed: bool) -> None:
    """Write a dataset with the writer that `publish` has."""
    features, counts, names = published_features(_CLASSES), {}, []
    pictures = _pictures(px, quality)
    folder.mkdir()
    for name, places in _splits(rows, changed=changed):
        with SplitWriter(folder / name, features, shard_bytes=500_000_000) as writer:
            for start in range(0, len(places), _BATCH):
                writer.write(_rows(places[start : start + _BATCH], pictures, changed=changed))
            writer.finish("0" * 16)
        counts[name] = writer.rows_by_shard
        names.append(name)
    write_dataset_dict(folder, names)
    write_json(folder / "balance.json", {"strategy": "augment", "classes": _CLASSES})
    content = hashlib.sha256(f"{quality} {changed}".encode()).hexdigest()
    record = {"name": "noise", "version": "0.1.0", "dataset_sha256": content, "resolution": px, "params": {}}
    write_json(folder / "provenance.json", sealed({**record, "files": file_records(folder, counts, {})}))


def _measure(first: Path, second: Path) -> None:
    """Compare in this process and print what it took, as JSON."""
    from fer_data.diff import both_sides, compare_datasets

    began, own = time.perf_counter(), time.process_time()
    with both_sides(str(first), str(second), None) as sides:
        report = compare_datasets(*sides).document()
    seconds, spent = time.perf_counter() - began, time.process_time() - own
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {name: report[name] for name in ("rows", "recropped", "pictures")}
    print(json.dumps({"seconds": seconds, "cpu_seconds": spent, "most_mb": most, **found}))


def main(
    folder: Path,
    rows: Annotated[int, typer.Option(min=1000)] = 300_000,
    px: Annotated[int, typer.Option(min=8, max=256)] = 128,
    json_file: FiguresFile = None,
    only_diff: Annotated[list[Path] | None, typer.Option("--only-diff", hidden=True)] = None,
) -> None:
    """Write, compare and remove datasets below FOLDER."""
    if only_diff:
        _measure(*only_diff)
        return
    folder.mkdir(parents=True)
    found: dict[str, Any] = {"rows": rows, "px": px}
    try:
        _write(folder / "first", rows, px, quality=95, changed=False)
        for name, quality in (("labels", 95), ("pictures", 80)):
            _write(folder / name, rows, px, quality=quality, changed=True)
            options = [f"--only-diff={folder / one}" for one in ("first", name)]
            command = [sys.executable, "-m", "benchmarks.diff", str(folder), *options]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this very module
            found[name] = one = json.loads(done.stdout)
            shutil.rmtree(folder / name)
            print(
                f"{rows:,} rows against {one['rows']['second']:,}, {name} changed: {one['cpu_seconds']:.0f} s of the "
                f"processor, {one['seconds']:.0f} s by the clock, {one['most_mb']:.0f} MB at most."
            )
        if json_file is not None:
            write_json(json_file, found)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    typer.run(main)
