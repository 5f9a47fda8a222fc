"""Inputs that several test modules need, made in code."""

import gc
import json
import os
import signal
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings
from typer.main import get_command

from fer_data.core.arrays import Image
from fer_data.core.labels.tasks import ACTION_UNITS, SEVEN_CLASSES
from fer_data.core.sampling.seeds import seed_from
from fer_data.params.document import load_params
from fer_data.pictures.images import encode_jpeg
from fer_data.tables.origin import Origin, named_source
from fer_data.tables.schemas import CROPS, FACE_ROWS, write_arrow, write_table

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from fer_data.publish import PublishInputs

# Machines are shared, so no example has a deadline; CI draws the same hundred each time, people forty new ones.
settings.register_profile(
    "shared",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
    max_examples=100 if "CI" in os.environ else 40,
)
settings.load_profile("shared")

# A suite that runs in the background, or under `nohup`, inherits that signals are ignored, and would hand that on to
# every program that a test starts and asks to end. What has a handler is reset in them, and nothing changes here.
for number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, lambda *_: None)

# Containers set it often. The programs that tests start, and xdist's workers, would compile all that they import anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without looking for garbage, and never look through all that was collected while tests run.

    Modules and thousands of tests stay to the end: passes over them were a fifth of collection. Tests make many small
    things, of which few are garbage in circles: passes after every 700 of them took a twentieth of their time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(10_000)


PARAMS = Path(__file__).parents[1] / "params.yaml"
BASE_PX = 128
IDS = ("row_id", "series_id", "subject_id", "video_id")

LABELS = {
    "a": [0] * 8 + [4] * 4,
    "b": [0] * 8 + [1] * 4,
    "c_left": [0] * 6 + [2] * 6,
    "c_right": [0] * 6 + [3] * 6,
    "d": [5, 5, 6, 6, -1, 0],
    "v": [0, 1, 2, 3, 4, 5, 6],
    "w": [4] * 3,
    "x": [-1] * 5,
}
SPLITS = {"v": "validation", "w": "validation", "x": "test"}
STATES = {"d/00006": "low_quality", "v/00007": "no_face", "w/00001": "no_face", "w/00002": "no_face"}
STATES |= {"w/00003": "decode_error"}


def picture(name: str, size: int = BASE_PX) -> Image:
    """Return a smooth coloured picture that depends on its name."""
    random = np.random.default_rng(seed_from("picture", name))
    coarse = random.integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), np.uint8)


def face_row(subject: str, index: int, label: int) -> dict[str, Any]:
    """Return one row of the faces table; a training row also has valence and action units."""
    split = SPLITS.get(subject, "train")
    row_id = f"{subject}/{index + 1:05d}"
    state = STATES.get(row_id, "unlabelled" if label < 0 and split != "test" else "kept")
    seen = state in {"kept", "low_quality"}
    return {
        "row_id": row_id,
        "series_id": subject,
        "subject_id": subject,
        "video_id": subject.split("_", maxsplit=1)[0],
        "side": subject.split("_")[1] if "_" in subject else "only",
        "split_expression": split,
        "split_valence_arousal": {"a": "train", "b": "validation"}.get(subject),
        "split_action_units": "train" if subject == "a" else None,
        "frame_index": index,
        "expression": None if label < 0 else label,
        "valence": 0.25 if subject in {"a", "b"} else None,
        "arousal": -0.5 if subject in {"a", "b"} else None,
        "action_units": dict.fromkeys(ACTION_UNITS, 1 if subject == "a" else None),
        **(voted(label) if subject == "a" and label >= 0 else {}),
        "subject_source": "video",
        "state": state,
        "pts_seconds": index / 25,
        "box": [10.0, 20.0, 110.0, 140.0] if seen else None,
        "landmarks": [[30.0 + 5 * i, 50.0] for i in range(5)] if seen else None,
        "detector_score": 0.9 if seen else None,
        "track_id": 0 if seen else None,
        "sharpness": 12.5 if seen else None,
        "brightness": 100.0 if seen else None,
        "face_blur": 0.02 if seen else None,
        "face_brightness": 120.0 if seen else None,
        "face_contrast": 80.0 if seen else None,
        "outside_fraction": 0.0 if seen else None,
        "native_px": 120 if seen else None,
        "perceptual_hash": None,
    }


def voted(label: int) -> dict[str, Any]:
    """Return what a row says of a label that eight of ten raters gave."""
    return {
        "expression_given": str(SEVEN_CLASSES[label]),
        "expression_votes": [8 if index == label else 0 for index in range(len(SEVEN_CLASSES))],
        "votes_outside": 1,
        "votes_unknown": 1,
        "votes_no_face": 0,
        "raters": 10,
        "expression_agreement": 0.8,
        "label_rule": "most votes, a tie is none",
        "label_source": "voted",
        "label_scope": "frame",
    }


def face_rows() -> Iterator[dict[str, Any]]:
    """Yield the rows of the faces table in its order."""
    for subject in sorted(LABELS):
        for index, label in enumerate(LABELS[subject]):
            yield face_row(subject, index, label)


def write_faces(folder: Path, *, expressions: bool = True, prefix: str = "", source: str = "sample") -> Path:
    """Write the faces of one source: train, validation and test, every common state, two people in one video."""
    rows = [row if expressions else {**row, "expression": None} for row in face_rows()]
    rows = [{**row, **{name: prefix + row[name] for name in IDS}} for row in rows]
    table = pa.Table.from_pylist(rows, FACE_ROWS)
    metadata = {
        "classes": json.dumps([str(name) for name in SEVEN_CLASSES]),
        "detector": json.dumps({"name": "centerface", "weights_sha256": "0" * 64}),
        **named_source(source),
        **Origin("affwild2", rendered=True).metadata(),
    }
    write_table(folder / "rows.parquet", [table], FACE_ROWS, metadata)
    for subject in (prefix + name for name in sorted(LABELS)):
        crops = [
            {**{name: row[name] for name in CROPS.names if name != "image"}, "image": encode_jpeg(image, 95)}
            for row in rows
            if row["subject_id"] == subject and row["box"]
            for image in [picture(row["row_id"])]
        ]
        if crops:
            write_arrow(folder / f"{subject}.arrow", [pa.Table.from_pylist(crops, CROPS)], CROPS)
    return folder


@pytest.fixture(scope="session")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small faces folder; tests must not write to it."""
    return write_faces(tmp_path_factory.mktemp("aligned") / "faces")


@pytest.fixture(scope="session")
def faces_without_labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same folder without any expression label; tests must not write to it."""
    return write_faces(tmp_path_factory.mktemp("unlabelled") / "faces", expressions=False)


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Return a real browser; tests are skipped, with the reason, on a machine that has none.

    It starts with the first test that asks for it. From then on `asyncio.run` fails in this process: the loop of the
    browser's library waits in it between two tests. What needs a loop of its own is tested in a process of its own.
    """
    from browser import launched

    with launched() as found:
        yield found


@pytest.fixture(scope="session")
def publish_inputs(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> "PublishInputs":
    """Return what a dataset of 32 px is published from; tests must not write to it."""
    from fer_data.balance import balance
    from fer_data.multires import multires
    from fer_data.publish import PublishInputs

    params = load_params(PARAMS)
    folder = tmp_path_factory.mktemp("inputs")
    inputs = PublishInputs(faces, folder / "variant", folder / "balanced")
    multires(faces, inputs.variant, 32, params.multires)
    balance(
        faces, inputs.variant, inputs.balanced, resolution=32, balance=params.balance, dataset=params.dataset
    )
    return inputs


@pytest.fixture(scope="session")
def published(publish_inputs: "PublishInputs", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a published dataset of 32 px with augmented copies; tests must not write to it."""
    from published_with import publish

    output = tmp_path_factory.mktemp("published") / "32"
    publish(publish_inputs, output, resolution=32, params=load_params(PARAMS))
    return output


@pytest.fixture(scope="module")
def shallow() -> Iterator[None]:
    """Have all networks of a module be shallow; see `support/shallow.py`."""
    from shallow import shallow_networks

    with shallow_networks():
        yield


@pytest.fixture(scope="session")
def finished_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small project that `dvc repro` has finished; slow tests work in copies of it (`clones.copy_into`)."""
    from clones import finish

    project = tmp_path_factory.mktemp("finished") / "fer data"
    finish(project)
    return project


@pytest.fixture(scope="session", autouse=True)
def json_documents() -> Iterator[None]:
    """Hold whatever a command prints with `--json`, in any test, against the schema of its document."""
    from support.documents import checked_text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fer_data.commands.as_json.json_text", checked_text)
        yield


@pytest.fixture(scope="session", autouse=True)
def command_line() -> Iterator[None]:
    """Build the command line of an app once, from its forty functions, and not with every command that a test runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.testing._get_command", cache(get_command))
        yield


@pytest.fixture(scope="session", autouse=True)
def warm_workers() -> Iterator[None]:
    """Fork the workers of local engines from a process that has imported; see `warm_workers`."""
    from warm_workers import fork_workers

    with pytest.MonkeyPatch.context() as patch:
        fork_workers(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def card_pictures() -> Iterator[None]:
    """Draw the picture beside a dataset's card once for the same counts."""
    from support.drawn_once import plot_labels_once

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fer_data.publish.card_files.plot_labels", plot_labels_once)
        yield


@pytest.fixture(scope="module")
def plain_cards(card_pictures: None) -> Iterator[None]:
    """Have no picture drawn beside the cards of a module, whose faces are its own: that takes as long as publishing."""
    from support.drawn_once import mark_labels

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fer_data.publish.card_files.plot_labels", mark_labels)
        yield


@pytest.fixture(scope="session", autouse=True)
def resume_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give every test session a resume store of its own, so that no test finds what an earlier one computed."""
    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_DATA_STORE", str(folder))
        yield folder
