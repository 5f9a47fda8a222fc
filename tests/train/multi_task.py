"""A small published dataset whose pictures show an expression, valence, arousal and two action units at once."""

import json
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa

from fer_data.core.arrays import Image
from fer_data.core.labels.tasks import ACTION_UNITS, SEVEN_CLASSES
from fer_data.core.sampling.seeds import seed_from
from fer_data.pictures.images import encode_png
from fer_data.published.feature_forms import arrow_schema
from fer_data.published.features import detail_features, missing, published_features
from fer_data.tables.schemas import FACE_ROWS, write_table

__all__ = [
    "FRAMES",
    "NO_CROP",
    "TRAIN_SUBJECTS",
    "UNITS",
    "VALIDATION_SUBJECTS",
    "labels_of",
    "write_dataset",
]

SIZE = 32
FRAMES = 12
TRAIN_SUBJECTS = [f"t{number:02d}" for number in range(14)]
VALIDATION_SUBJECTS = ["v1", "v2", "v3", "v4"]
UNITS = ("AU04", "AU12")
NO_CROP = {"v1/00001", *(f"v4/{frame + 1:05d}" for frame in range(FRAMES))}


def truth(subject: str, frame: int) -> dict[str, Any]:
    """Return what a picture shows."""
    random = np.random.default_rng(seed_from("truth", subject, frame))
    expression, valence, arousal = random.integers(0, 7), random.uniform(-1, 1), random.uniform(-1, 1)
    present = random.random(2) < (0.6, 0.3)
    return {
        "expression": int(expression),
        "valence": float(np.float32(valence)),
        "arousal": float(np.float32(arousal)),
        "action_units": {unit: int(one) for unit, one in zip(UNITS, present, strict=True)},
    }


def annotates(task: str, subject: str) -> bool:
    """Say whether a task annotates a subject: each leaves some out, and each validation subject but one."""
    number = int(subject[1:])
    skipped = {"expression": 0, "valence_arousal": 1, "action_units": 2}[task]
    return number % 4 != skipped


def labels_of(subject: str, frame: int) -> dict[str, Any]:
    """Return what is annotated; None is missing, and one unit may be without the other."""
    shown = truth(subject, frame)
    units: dict[str, int | None] = dict.fromkeys(ACTION_UNITS)
    if annotates("action_units", subject):
        units |= shown["action_units"]
        if frame % 6 == 5:
            units["AU12"] = None
    affect = annotates("valence_arousal", subject) and frame % 5 != 4
    return {
        "expression": shown["expression"] if annotates("expression", subject) else None,
        "valence": shown["valence"] if affect else None,
        "arousal": shown["arousal"] if affect else None,
        "action_units": units,
    }


def picture(subject: str, frame: int) -> Image:
    """Return stripes by expression above; below them two fields as bright as valence and arousal, and a bar a unit."""
    shown = truth(subject, frame)
    random = np.random.default_rng(seed_from("noise", subject, frame))
    y, x = np.mgrid[:SIZE, :SIZE]
    angle = np.pi * shown["expression"] / 7
    canvas = np.zeros((SIZE, SIZE, 3))
    canvas[:16] = (100 + 60 * np.sin((x * np.cos(angle) + y * np.sin(angle)) * 0.8))[:16, :, None]
    canvas[:16] += 40 * np.array(
        [shown["expression"] % 2, shown["expression"] // 2 % 2, shown["expression"] // 4]
    )
    canvas[18:, :16, 0] = 128 + 110 * shown["valence"]
    canvas[18:, 16:, 2] = 128 + 110 * shown["arousal"]
    canvas[18:24, :, 1] = 200 * shown["action_units"]["AU04"]
    canvas[25:, :, 1] = 200 * shown["action_units"]["AU12"]
    return np.clip(canvas + random.normal(0, 6, canvas.shape), 0, 255).astype(np.uint8)


def no_details() -> dict[str, Any]:
    """Return the columns that say more of the labels, with what stands there where nothing is known."""
    schema = arrow_schema(detail_features([str(name) for name in SEVEN_CLASSES]))
    return {
        field.name: {one.name: missing(one.type) for one in field.type}
        if pa.types.is_struct(field.type)
        else missing(field.type)
        for field in schema
    }


def _published(subject: str, frame: int) -> dict[str, Any]:
    labels = labels_of(subject, frame)
    row: dict[str, Any] = dict.fromkeys(published_features([]))
    return (
        row
        | no_details()
        | {
            "image": {"bytes": encode_png(picture(subject, frame)), "path": None},
            "expression": -1 if labels["expression"] is None else labels["expression"],
            "valence": np.nan if labels["valence"] is None else labels["valence"],
            "arousal": np.nan if labels["arousal"] is None else labels["arousal"],
            "action_units": {
                unit: -1 if one is None else one for unit, one in labels["action_units"].items()
            },
            "row_id": f"{subject}/{frame + 1:05d}",
            "subject_id": subject,
            "person_id": subject,
            "video_id": subject,
            "frame_index": frame,
        }
    )


def _face_row(subject: str, frame: int) -> dict[str, Any]:
    name = f"{subject}/{frame + 1:05d}"
    splits = {
        f"split_{task}": "validation" if annotates(task, subject) else None
        for task in ("expression", "valence_arousal", "action_units")
    }
    return {
        **dict.fromkeys(FACE_ROWS.names),
        **labels_of(subject, frame),
        **splits,
        "row_id": name,
        "series_id": subject,
        "subject_id": subject,
        "video_id": subject,
        "side": "only",
        "frame_index": frame,
        "state": "no_face" if name in NO_CROP else "kept",
    }


def write_dataset(folder: Path) -> Path:
    """Write it as stage `publish` would have, for all tasks, and return its folder."""
    every = [(subject, frame) for subject in VALIDATION_SUBJECTS for frame in range(FRAMES)]
    rows = {
        "train": [_published(subject, frame) for subject in TRAIN_SUBJECTS for frame in range(FRAMES)],
        "validation": [_published(s, f) for s, f in every if f"{s}/{f + 1:05d}" not in NO_CROP],
    }
    features = datasets.Features.from_dict(published_features([str(name) for name in SEVEN_CLASSES]))
    datasets.DatasetDict(
        {name: datasets.Dataset.from_list(part, features) for name, part in rows.items()}
    ).save_to_disk(str(folder))
    (folder / "balance.json").write_text(json.dumps({"strategy": "none", "class_weights": None}))
    align = {"geometry": "similarity", "margin": 0.2, "size": 256}
    stated = {"align": align, "dataset": {"task": "multi_task"}}
    (folder / "provenance.json").write_text(json.dumps({"name": "patterns", "params": stated}))
    table = pa.Table.from_pylist([_face_row(*index) for index in every], FACE_ROWS)
    write_table(folder / "rows.parquet", [table], FACE_ROWS)
    return folder
