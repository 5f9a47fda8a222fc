"""Opening a published dataset and reading its crops."""

import json
from pathlib import Path

import datasets
import numpy as np
import pytest
import torch

from fer_data.core.arrays import Image
from fer_data.errors import DatasetError
from fer_data.model.input_contract import InputContract
from fer_data.pictures.images import encode_png
from fer_data.published.dataset import Crops, column, open_published
from fer_data.published.inference import predict_logits

CONTRACT = InputContract(28, "similarity", 0.2)
CLASSES = ["Neutral", "Anger"]


def picture(number: int, height: int = 32) -> Image:
    """Return a plain picture with its number in red."""
    shown = np.zeros((height, 32, 3), np.uint8)
    shown[..., 0] = number
    return shown


def publish(folder: Path, pictures: list[bytes | None]) -> Path:
    """Write a dataset of those pictures as training split."""
    features = datasets.Features(
        {
            "image": datasets.Image(),
            "expression": datasets.ClassLabel(names=CLASSES),
            "row_id": datasets.Value("string"),
            "subject_id": datasets.Value("string"),
            "video_id": datasets.Value("string"),
            "frame_index": datasets.Value("int32"),
            "parent_id": datasets.Value("string"),
        }
    )
    rows = [
        {
            "image": data if data is None else {"bytes": data, "path": None},
            "expression": 0,
            "row_id": f"a/{index}",
            "subject_id": "a",
            "video_id": "a",
            "frame_index": index,
            "parent_id": None,
        }
        for index, data in enumerate(pictures)
    ]
    datasets.DatasetDict({"train": datasets.Dataset.from_list(rows, features)}).save_to_disk(str(folder))
    (folder / "balance.json").write_text('{"strategy": "none"}')
    align = {"geometry": "similarity", "margin": 0.2}
    (folder / "provenance.json").write_text(json.dumps({"params": {"align": align}}))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a published dataset of five pictures."""
    return publish(tmp_path / "32", [encode_png(picture(number)) for number in range(5)])


def test_it_knows_classes_and_contract(folder: Path) -> None:
    """What a model needs to know is read without any picture."""
    opened = open_published(folder)
    assert opened.classes == ("Neutral", "Anger")
    assert opened.contract(28) == CONTRACT
    assert column(opened.split("train"), "row_id").tolist() == [f"a/{index}" for index in range(5)]


def test_crops_come_as_rgb_in_the_order_asked_for(folder: Path) -> None:
    """Places count among the chosen rows, and red is the first channel."""
    crops = Crops(open_published(folder).split("train"), np.array([1, 3, 4]), CONTRACT)
    read = crops.read([2, 0])
    assert read.shape == (2, 32, 32, 3)
    assert read[:, 0, 0].tolist() == [[4, 0, 0], [1, 0, 0]]
    assert len(crops) == 3


def test_crops_that_are_read_once_are_not_kept(folder: Path) -> None:
    """Reading is the same; memory then does not grow with their number."""
    split = open_published(folder).split("train")
    kept, once = (Crops(split, np.arange(5), CONTRACT, kept=kept) for kept in (True, False))
    assert np.array_equal(kept.read([4, 1]), once.read([4, 1]))
    assert (kept.stay_in_memory, once.stay_in_memory) == (True, False)


class _Mean(torch.nn.Module):
    """A network that says how bright each channel is."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the means, (n, 3)."""
        return x.mean((2, 3))


def test_any_number_of_workers_predicts_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes decode where there is enough for them; the order is that of the rows."""
    crops = Crops(open_published(folder).split("train"), np.arange(5), CONTRACT, kept=False)
    device, found = torch.device("cpu"), []
    for most in (2048, 1):
        monkeypatch.setattr("fer_data.published.inference._WORTH_WORKERS", most)
        found.append(predict_logits(_Mean(), crops, CONTRACT, batch_size=2, device=device))
    assert len(found[0]) == 5
    assert np.array_equal(*found)


def test_no_crops_are_an_empty_array(folder: Path) -> None:
    """Reading nothing is not an error."""
    crops = Crops(open_published(folder).split("train"), np.array([], np.int64), CONTRACT)
    assert crops.read([]).shape == (0, 32, 32, 3)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, r"picture of row 0 \(a/0\) cannot be read"),
        (b"no picture", r"picture of row 0 \(a/0\) cannot be read"),
        (encode_png(picture(1, height=16)), r"picture of row 0 \(a/0\) is 32x16 px, not square"),
    ],
    ids=["none", "damaged", "not square"],
)
def test_a_wrong_picture_is_named(tmp_path: Path, data: bytes | None, message: str) -> None:
    """The row is in the message."""
    split = open_published(publish(tmp_path / "32", [data])).split("train")
    with pytest.raises(DatasetError, match=message):
        Crops(split, np.array([0]), CONTRACT).read([0])


@pytest.mark.parametrize("missing", ["dataset_dict.json", "balance.json", "provenance.json"])
def test_an_incomplete_folder_is_refused(folder: Path, missing: str) -> None:
    """Each file of a published dataset is needed."""
    (folder / missing).unlink()
    with pytest.raises(DatasetError, match=r"published dataset|must hold a DatasetDict"):
        open_published(folder)


def test_a_split_that_is_not_there_is_refused(folder: Path) -> None:
    """The message lists those that are."""
    with pytest.raises(DatasetError, match=r"no split 'validation'\. Expected train\."):
        open_published(folder).split("validation")


def test_provenance_must_say_how_crops_were_aligned(folder: Path) -> None:
    """Without the field of view there is no input contract."""
    (folder / "provenance.json").write_text("{}")
    with pytest.raises(DatasetError, match=r"must state params\.align\.geometry"):
        open_published(folder).contract(28)


def test_a_dataset_without_class_names_is_refused(tmp_path: Path) -> None:
    """A plain integer column says nothing of its classes."""
    folder = publish(tmp_path / "32", [encode_png(picture(1))])
    plain = datasets.Dataset.from_list([{"expression": 0}])
    datasets.DatasetDict({"train": plain}).save_to_disk(str(folder))
    with pytest.raises(DatasetError, match=r"features\.expression\.names: Field required"):
        open_published(folder)
