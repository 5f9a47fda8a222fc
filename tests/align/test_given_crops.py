"""Crops that were given, from the corpus to the model: they pass as they are, and every document says what they are."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import datasets
import numpy as np
import pytest
from corpus_trees import EIGHT, source, write_text
from in_this_process import align
from numbered_videos import write_numbered
from published_with import publish, restricted
from video_corpora import align_params, compute_params, people, scene

from fer_data.balance import balance
from fer_data.core.arrays import Image
from fer_data.core.vision.geometry import landmark_template
from fer_data.errors import WeightsError
from fer_data.ingest import ingest
from fer_data.model.files import Model, save_model
from fer_data.model.input_contract import InputContract
from fer_data.model.senet import SENet50, initialise
from fer_data.multires import multires
from fer_data.params.document import load_params
from fer_data.pictures.images import decode, encode_jpeg, encode_png, is_plain_rgb
from fer_data.predict.dataset import open_with_model
from fer_data.publish import PublishInputs
from fer_data.published.dataset import open_published
from fer_data.tables.schemas import FACE_ROWS, read_table

PX = 48
ROWS = 12
SETS = {"train": "Train_Set", "validation": "Validation_Set"}
LABELS = "Third ABAW Annotations/EXPR_Classification_Challenge"


def face(person: int, side: int, index: int) -> Image:
    """Return a person's face of a side in px, each frame of another light."""
    small = cv2.resize(people()[person], (side, side), interpolation=cv2.INTER_AREA)
    return np.clip(small * (0.7 + 0.02 * index), 0, 255).astype(np.uint8)


def write_labels(root: Path) -> None:
    """Write the label files of a subject in each split."""
    for split, name in SETS.items():
        write_text(root / LABELS / name / f"{split}.txt", EIGHT, [index % 2 for index in range(ROWS)])


def write_crops(root: Path, subject: str, pictures: Mapping[str, bytes]) -> None:
    """Write a subject's crops beside the corpus, by file name."""
    folder = root.parent / "crops" / "cropped_aligned" / subject
    folder.mkdir(parents=True)
    for name, content in pictures.items():
        (folder / name).write_bytes(content)


def build(root: Path, px: int, **changes: Any) -> Path:
    """Run every stage up to a dataset of `px` and return its folder."""
    folder, params = root.parent, restricted(load_params())
    origin = source(root, crops=str(folder / "crops"))
    params = params.model_copy(update={"align": align_params(**changes)})
    ingest(root, folder / "catalog", origin)
    done = folder / "faces", folder / "reports"
    align(folder / "catalog", root, *done, source=origin, align=params.align, compute=compute_params(1))
    inputs = PublishInputs(folder / "faces", folder / f"variant{px}", folder / f"balanced{px}")
    multires(inputs.faces, inputs.variant, px, params.multires)
    options = {"resolution": px, "balance": params.balance, "dataset": params.dataset}
    balance(inputs.faces, inputs.variant, inputs.balanced, **options)
    publish(inputs, folder / "published" / str(px), resolution=px, params=params)
    return folder / "published" / str(px)


def originals(dataset: Path, split: str) -> list[dict[str, Any]]:
    """Return the rows of a split without augmented copies, pictures as bytes."""
    rows = datasets.load_from_disk(str(dataset))[split].cast_column("image", datasets.Image(decode=False))
    return [row for row in rows if not row["parent_id"]]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of 48 px made of given crops alone: JPEG and PNG of that side, and odd ones in validation."""
    root = tmp_path_factory.mktemp("given") / "corpus"
    write_labels(root)
    plain = {f"{n:05d}.jpg": encode_jpeg(face(0, PX, n), 90) for n in range(1, 7)}
    plain |= {f"{n:05d}.png": encode_png(face(0, PX, n)) for n in range(7, ROWS + 1)}
    write_crops(root, "train", plain)
    grey = cv2.imencode(".png", face(1, PX, 1)[..., 0])[1].tobytes()
    oblong = np.ascontiguousarray(face(1, PX, 2)[:, 4:-4])
    odd = {"00001.png": grey, "00002.png": encode_png(oblong), "00003.png": encode_png(face(1, 2 * PX, 3))}
    write_crops(root, "validation", odd | {"00004.png": encode_png(face(1, PX // 2, 4))})
    return build(root, PX, size=PX)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of 64 px with a video for training and given crops for validation."""
    root = tmp_path_factory.mktemp("mixed") / "corpus"
    write_labels(root)
    draw = scene([(people()[0], lambda i: (60 + i, 60))])
    (root / "batch1").mkdir(parents=True)
    write_numbered(root / "batch1" / "train.mkv", "mjpeg", ROWS, draw=draw).rename(root / "batch1/train.mp4")
    pictures = {f"{n:05d}.png": encode_png(face(1, PX, n)) for n in range(1, ROWS + 1)}
    write_crops(root, "validation", pictures)
    return build(root, 64)


def test_a_given_crop_of_the_published_side_keeps_its_bytes(given: Path) -> None:
    """JPEG and PNG pass from file to dataset as they are."""
    files = sorted((given.parents[1] / "crops/cropped_aligned/train").iterdir())
    assert [row["image"]["bytes"] for row in originals(given, "train")] == [f.read_bytes() for f in files]


def test_other_given_crops_keep_their_pixels_or_change_them_once(given: Path) -> None:
    """Grey ones become RGB, oblong ones get bars, larger ones are averaged and smaller ones enlarged, once."""
    grey, oblong, large, small = (decode(row["image"]["bytes"]) for row in originals(given, "validation"))
    np.testing.assert_array_equal(grey, np.repeat(face(1, PX, 1)[..., :1], 3, 2))
    np.testing.assert_array_equal(oblong[:, 4:-4], face(1, PX, 2)[:, 4:-4])
    assert not oblong[:, :4].any()
    assert not oblong[:, -4:].any()
    half = cv2.resize(face(1, 2 * PX, 3), (PX, PX), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(large, half)
    assert small.shape == (PX, PX, 3)


def test_every_row_tells_the_side_that_its_crop_had(given: Path, mixed: Path) -> None:
    """Of a given crop its own; of ours that of the square in the source that it shows."""
    assert [row["native_px"] for row in originals(given, "validation")] == [PX, PX, 2 * PX, PX // 2]
    assert {row["native_px"] for row in originals(mixed, "validation")} == {PX}
    template = landmark_template(128)
    eyes = float(np.hypot(*(template[1] - template[0])))
    for row in originals(mixed, "train"):
        seen = np.hypot(*(np.array(row["landmarks"][1]) - row["landmarks"][0]))
        assert row["native_px"] == pytest.approx(128 * seen / eyes, rel=0.15)
    rows = read_table(mixed / "rows.parquet", FACE_ROWS)
    assert rows["native_px"].is_valid().equals(rows["box"].is_valid())


def test_a_dataset_of_given_crops_alone_says_so(given: Path) -> None:
    """Provenance, card and input contract: nothing was found, tracked or warped."""
    provenance = json.loads((given / "provenance.json").read_text())
    assert provenance["geometry"] == "given"
    assert provenance["crops"] == {"own": 0, "given": ROWS + 4, "enlarged": 1}
    assert provenance["detector"] == {"name": None, "weights_sha256": None}
    assert (provenance["pictures"]["method"], provenance["pictures"]["from_px"]) == ("given", None)
    text = (given / "README.md").read_text()
    assert "All 16 originals are crops that were given" in text
    assert "Faces found by" not in text
    assert "Aligned faces" not in text
    view = open_published(given).contract(56).document()["field_of_view"]
    assert view == {"geometry": "given", "margin": None}


def test_a_mixed_dataset_says_both_with_counts(mixed: Path) -> None:
    """Given crops beside our own are brought to their size, and counted apart."""
    provenance = json.loads((mixed / "provenance.json").read_text())
    assert provenance["geometry"] == "similarity+given"
    assert (provenance["crops"]["own"], provenance["crops"]["given"]) == (ROWS, ROWS)
    assert provenance["detector"]["name"] == "centerface"
    text = (mixed / "README.md").read_text()
    assert "12 of 24 originals: faces found by centerface" in text
    assert "The other 12 are crops that were given" in text
    assert "they were brought to 128 px" in text


def write_model(folder: Path, geometry: str, margin: float | None) -> Path:
    """Store a small untrained model of a geometry."""
    network = SENet50(8, base_width=16)
    initialise(network, 3)
    classes = tuple(f"c{index}" for index in range(8))
    save_model(folder, Model(network.eval(), classes, InputContract(56, geometry, margin), {}))
    return folder


@pytest.mark.parametrize("geometry", ["given", "similarity+given"])
def test_a_model_of_given_crops_may_see_them(given: Path, tmp_path: Path, geometry: str) -> None:
    """Trained on them alone, or on both kinds."""
    model = write_model(tmp_path / "model", geometry, None if geometry == "given" else 0.0)
    _, loaded = open_with_model(given, model, "cpu")
    assert loaded.contract.geometry == geometry


def test_a_model_of_our_own_crops_refuses_given_ones(given: Path, mixed: Path, tmp_path: Path) -> None:
    """Whether they are all of a dataset or a part."""
    model = write_model(tmp_path / "model", "similarity", 0.0)
    for dataset in (given, mixed):
        with pytest.raises(
            WeightsError, match=r"given, all or in part .*trained on geometry similarity.*Predict"
        ):
            open_with_model(dataset, model, "cpu")


@pytest.mark.parametrize(
    ("data", "plain"),
    [
        (encode_jpeg(face(0, 32, 0), 90), True),
        (encode_png(face(0, 32, 0)), True),
        (cv2.imencode(".png", np.zeros((32, 32), np.uint8))[1].tobytes(), False),
        (cv2.imencode(".png", np.zeros((32, 32, 4), np.uint8))[1].tobytes(), False),
        (cv2.imencode(".bmp", np.zeros((32, 32, 3), np.uint8))[1].tobytes(), False),
        (encode_jpeg(face(0, 32, 0), 90)[:-200], False),
        (b"", False),
    ],
    ids=["jpeg", "png", "grey", "transparent", "bmp", "cut short", "empty"],
)
def test_bytes_are_kept_where_every_reader_sees_the_same(data: bytes, plain: bool) -> None:
    """Others are encoded anew from the same pixels."""
    assert is_plain_rgb(data) == plain
