"""A small published dataset whose classes are patterns that a network learns in seconds."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pytest
import yaml
from shallow import shallow_networks
from undrawn import RELIABILITY, mark_reliability

from fer_data.core.arrays import Image
from fer_data.core.labels.tasks import ACTION_UNITS, SEVEN_CLASSES
from fer_data.core.sampling.seeds import seed_from
from fer_data.params.evaluate import EvaluateParams
from fer_data.params.train import TrainParams
from fer_data.pictures.images import encode_png
from fer_data.tables.schemas import FACE_ROWS, write_table

ROOT = Path(__file__).parents[2]
CLASSES = [str(name) for name in SEVEN_CLASSES]
SIZE = 32
TRAIN_SUBJECTS = [f"t{number:02d}" for number in range(10)]
VALIDATION_SUBJECTS = ["v1", "v2", "v3"]
FRAMES = 14
NO_CROP = {
    "v1/00001": "no_face",
    "v1/00008": "decode_error",
    **{f"v3/{n:05d}": "no_video" for n in range(1, 15)},
}


def pattern(label: int, name: str) -> Image:
    """Return stripes whose direction and colour belong to a class, with noise of the row's own."""
    random = np.random.default_rng(seed_from("pattern", name))
    y, x = np.mgrid[:SIZE, :SIZE]
    angle = np.pi * label / len(CLASSES)
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 0.8 + random.uniform(0, 0.5))
    colour = 40 * np.array([label % 2, label // 2 % 2, label // 4])
    noise = random.normal(0, 8, (SIZE, SIZE, 3))
    return np.clip(100 + 60 * wave[..., None] + colour + noise, 0, 255).astype(np.uint8)


def label_of(subject: str, frame: int) -> int:
    """Return a frame's class; the first class occurs most."""
    return (frame + seed_from(subject)) % len(CLASSES) if frame % 5 else 0


def published_row(subject: str, frame: int, copy: int | None = None) -> dict[str, Any]:
    """Return a row with the published columns that training and evaluation read."""
    row_id = f"{subject}/{frame + 1:05d}"
    name = row_id if copy is None else f"{row_id}+{copy}"
    label = label_of(subject, frame)
    return {
        "image": {"bytes": encode_png(pattern(label, name)), "path": None},
        "expression": label,
        "row_id": name,
        "subject_id": subject,
        "video_id": subject,
        "frame_index": frame,
        "parent_id": "" if copy is None else row_id,
    }


def features(classes: list[str]) -> datasets.Features:
    """Return the features of those columns."""
    text = datasets.Value("string")
    return datasets.Features(
        {
            "image": datasets.Image(),
            "expression": datasets.ClassLabel(names=classes),
            "row_id": text,
            "subject_id": text,
            "video_id": text,
            "frame_index": datasets.Value("int32"),
            "parent_id": text,
        }
    )


def face_row(subject: str, frame: int) -> dict[str, Any]:
    """Return a validation row of the faces table."""
    row_id = f"{subject}/{frame + 1:05d}"
    empty = dict.fromkeys(FACE_ROWS.names)
    return empty | {
        "row_id": row_id,
        "series_id": subject,
        "subject_id": subject,
        "video_id": subject,
        "side": "only",
        "split_expression": "validation",
        "frame_index": frame,
        "expression": label_of(subject, frame),
        "action_units": dict.fromkeys(ACTION_UNITS),
        "state": NO_CROP.get(row_id, "kept"),
    }


Publish = Callable[..., Path]


@pytest.fixture(scope="module", autouse=True)
def reliability() -> Iterator[None]:
    """Have no evaluation draw its reliability plot, which takes longer than to score; a module may have it drawn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RELIABILITY, mark_reliability)
        yield


@pytest.fixture(scope="module", autouse=True)
def shallow() -> Iterator[None]:
    """Have all networks be shallow, which learn the patterns as well; a module may have whole ones."""
    with shallow_networks():
        yield


@pytest.fixture(scope="session")
def publish(tmp_path_factory: pytest.TempPathFactory) -> Publish:
    """Return a function that writes a published dataset, with copies, of the stated strategy and classes."""

    def write(strategy: str = "augment", classes: list[str] = CLASSES, geometry: str = "similarity") -> Path:
        folder = tmp_path_factory.mktemp("published") / "32"
        train = [published_row(subject, frame) for subject in TRAIN_SUBJECTS for frame in range(FRAMES)]
        train += [published_row(subject, 2, copy=1) for subject in TRAIN_SUBJECTS]
        every = [(subject, frame) for subject in VALIDATION_SUBJECTS for frame in range(FRAMES)]
        kept = [(s, f) for s, f in every if f"{s}/{f + 1:05d}" not in NO_CROP]
        splits = {"train": train, "validation": [published_row(*index) for index in kept]}
        datasets.DatasetDict(
            {name: datasets.Dataset.from_list(rows, features(classes)) for name, rows in splits.items()}
        ).save_to_disk(str(folder))
        weights = [0.5, *[1.0] * (len(classes) - 1)] if strategy in {"weights", "sampler"} else None
        balance = {"strategy": strategy, "classes": classes, "class_weights": weights}
        (folder / "balance.json").write_text(json.dumps(balance))
        align = {"geometry": geometry, "margin": 0.2, "size": 256}
        (folder / "provenance.json").write_text(
            json.dumps({"dataset_sha256": "c" * 64, "params": {"align": align}})
        )
        rows = pa.Table.from_pylist([face_row(*index) for index in every], FACE_ROWS)
        write_table(folder / "rows.parquet", [rows], FACE_ROWS)
        return folder

    return write


@pytest.fixture(scope="session")
def published(publish: Publish) -> Path:
    """Return a published dataset of strategy `augment`; read it, do not write to it."""
    return publish()


@pytest.fixture(scope="session")
def params() -> TrainParams:
    """Return training parameters for the patterns: a few seconds on one core."""
    shipped = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["train"]
    small = {
        "resolution": 32,
        "weights": None,
        "weights_sha256": None,
        "input_px": 32,
        "epochs": 6,
        "batch_size": 16,
        "horizontal_flip": 0.0,
        "cpu_threads": 1,
    }
    return TrainParams.model_validate({**shipped, **small, "learning_rate": 3.0e-3})


@pytest.fixture(scope="session")
def evaluation() -> EvaluateParams:
    """Return evaluation parameters."""
    shipped = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["evaluate"]
    small = {"batch_size": 16, "cpu_threads": 1, "bootstrap_draws": 100, "extra_sides": []}
    return EvaluateParams.model_validate({**shipped, **small})
