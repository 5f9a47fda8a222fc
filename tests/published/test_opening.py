"""`fer_data.open_dataset` gives what `load_from_disk` gives in its torch format, to a DataLoader as it comes."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import datasets
import numpy as np
import pyarrow as pa
import pytest
import torch
from torch.utils.data import BatchSampler, DataLoader, SequentialSampler, Subset, default_collate

from fer_data import open_dataset
from fer_data.errors import DatasetError
from fer_data.published.torch_split import PublishedSplit

NUMBERS = np.random.default_rng(7)


def without_hashes(folder: Path) -> None:
    """Take the stated files and the seal away, as in a dataset that somebody wrote anew."""
    path = folder / "provenance.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps({k: v for k, v in document.items() if k not in {"files", "seal_sha256"}}))


@pytest.fixture(scope="session")
def sharded(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same dataset in three shards a split, as `datasets` itself writes it."""
    folder = tmp_path_factory.mktemp("sharded") / "32"
    loaded = datasets.load_from_disk(str(published))
    loaded.save_to_disk(str(folder), num_shards=dict.fromkeys(loaded, 3))
    for name in ("balance.json", "provenance.json"):
        shutil.copy(published / name, folder / name)
    without_hashes(folder)
    return folder


@pytest.fixture(params=["published", "sharded"])
def folder(request: pytest.FixtureRequest) -> Path:
    """Return a dataset in one shard a split, and in several."""
    found: Path = request.getfixturevalue(request.param)
    return found


def assert_same(found: Any, known: Any, name: str = "") -> None:
    """Hold one value, row or batch against another: types, shapes and values; NaN is NaN."""
    if isinstance(known, dict):
        assert list(found) == list(known), name
        for key in known:
            assert_same(found[key], known[key], f"{name}.{key}")
    elif isinstance(known, torch.Tensor):
        assert (found.dtype, found.shape) == (known.dtype, known.shape), name
        torch.testing.assert_close(found, known, rtol=0, atol=0, equal_nan=True)
    else:
        assert found == known, name


def test_rows_and_batches_are_those_of_the_torch_format(folder: Path) -> None:
    """Every column, field and pixel is equal, one row at a time and collated."""
    known = datasets.load_from_disk(str(folder))
    for name, split in open_dataset(folder).items():
        torch_format = known[name].with_format("torch")
        assert len(split) == len(torch_format)
        rows = [torch_format[row] for row in range(len(split))]
        for row, values in enumerate(rows):
            assert_same(split[row], values)
        for place in (NUMBERS.permutation(len(split))[:16].tolist(), [len(split) - 1, 0]):
            assert_same(
                default_collate(split.__getitems__(place)), default_collate([rows[row] for row in place])
            )
        assert_same(split[-2:], default_collate(rows[-2:]))


@pytest.mark.parametrize(("start", "workers"), [("fork", 2), ("spawn", 1)])
def test_workers_give_what_the_main_process_gives(sharded: Path, start: str, workers: int) -> None:
    """They are sent where to read, and read the same; one that is spawned imports all anew, so one is enough."""
    split = open_dataset(sharded, "train")
    options: dict[str, Any] = {"batch_size": 5}
    with_workers = DataLoader(split, num_workers=workers, multiprocessing_context=start, **options)
    for found, known in zip(with_workers, DataLoader(split, **options), strict=True):
        assert type(found) is dict
        assert_same(found, dict(known))


def test_what_goes_to_a_worker_is_small(published: Path) -> None:
    """Places in files, and no rows."""
    split = open_dataset(published, "train", columns=["image", "expression"])
    split[0]
    assert len(pickle.dumps(split)) < 20_000


def test_other_ways_to_ask_work_too(published: Path) -> None:
    """Subsets, batches as samplers give them, and a collation of one's own that sees plain rows."""
    split = open_dataset(published, "train", columns=["row_id", "valence"])
    names = split.column("row_id")
    assert next(iter(DataLoader(Subset(split, [3, 1]), batch_size=2)))["row_id"] == [names[3], names[1]]
    sampler = BatchSampler(SequentialSampler(split), 4, drop_last=False)
    assert next(iter(DataLoader(split, batch_size=None, sampler=sampler)))["row_id"] == names[:4]
    own = DataLoader(split, batch_size=3, collate_fn=lambda rows: [row["row_id"] for row in rows])
    assert next(iter(own)) == names[:3]
    assert default_collate([split[0], split[1]])["row_id"] == names[:2]


def _with_one_more(rows: Any) -> Any:
    return default_collate(rows) | {"more": torch.ones(len(rows))}


def _changed(rows: Any) -> Any:
    batch = default_collate(rows)
    batch["valence"] = batch["valence"] * 0 + 7
    batch["frame_index"] += 1000
    return batch


@pytest.mark.parametrize("collate", [_with_one_more, _changed])
def test_what_a_collation_adds_leaves_the_worker(published: Path, collate: Callable[..., Any]) -> None:
    """A batch that was changed crosses as it is then."""
    split = open_dataset(published, "train", columns=["image", "valence", "frame_index", "action_units"])
    known = collate(split.__getitems__([0, 1, 2]))
    loader = DataLoader(split, batch_size=3, num_workers=1, collate_fn=collate)
    assert_same(next(iter(loader)), dict(known))


def _mean(picture: torch.Tensor) -> torch.Tensor:
    return picture.float().mean((1, 2))


@pytest.mark.parametrize("workers", [0, 1])
def test_a_transform_stands_in_place_of_the_picture(published: Path, workers: int) -> None:
    """It sees uint8 (3, height, width), and what it returns is collated."""
    plain, changed = (open_dataset(published, "train", transform=one) for one in (None, _mean))
    batch = next(iter(DataLoader(changed, batch_size=4, num_workers=workers)))
    known = plain[[0, 1, 2, 3]]["image"].float().mean((2, 3))
    torch.testing.assert_close(batch["image"], known)
    torch.testing.assert_close(changed[0]["image"], known[0])


def test_it_knows_what_the_dataset_says_of_itself(published: Path) -> None:
    """Features, classes and whole columns are at hand."""
    split = open_dataset(published, "train", columns=["expression", "action_units"])
    known = datasets.load_from_disk(str(published))["train"]
    assert split.classes == tuple(known.features["expression"].names)
    assert datasets.Features.from_dict(split.features) == known.features
    assert split.columns == ("expression", "action_units")
    assert split.column("expression").tolist() == known["expression"][:]
    assert split.column("action_units")["AU01"].tolist() == [row["AU01"] for row in known["action_units"]]


def _written(folder: Path, published: Path, pictures: list[bytes]) -> Path:
    """Return the dataset with other pictures in its first rows, of which nobody states a hash."""
    loaded = datasets.load_from_disk(str(published))["train"].select(range(len(pictures)))
    features = loaded.features
    rows = loaded.with_format("arrow")[:].drop_columns(["image"]).to_pylist()
    for row, data in zip(rows, pictures, strict=True):
        row["image"] = {"bytes": data, "path": ""}
    made = datasets.Dataset.from_list(rows, features)
    datasets.DatasetDict({"train": made}).save_to_disk(str(folder))
    for name in ("balance.json", "provenance.json"):
        shutil.copy(published / name, folder / name)
    without_hashes(folder)
    return folder


def _encoded(extension: str, *, grey: bool = False) -> list[bytes]:
    shape = (3, 24, 24) if grey else (3, 24, 24, 3)
    pictures = NUMBERS.integers(0, 256, shape, dtype=np.uint8)
    smooth = [cv2.GaussianBlur(picture, (0, 0), 2) for picture in pictures]
    return [cv2.imencode(extension, picture)[1].tobytes() for picture in smooth]


@pytest.mark.parametrize("extension", [".jpg", ".png"])
def test_pictures_of_every_format_have_the_same_pixels(
    published: Path, tmp_path: Path, extension: str
) -> None:
    """JPEG with its chroma at half the resolution, and PNG."""
    folder = _written(tmp_path / "24", published, _encoded(extension))
    known = datasets.load_from_disk(str(folder))["train"].with_format("torch")
    found = open_dataset(folder, "train", columns=["image"])
    for row in range(3):
        assert torch.equal(found[row]["image"], known[row]["image"])


@pytest.mark.parametrize("extension", [".jpg", ".png"])
def test_a_grey_picture_has_three_equal_channels(published: Path, tmp_path: Path, extension: str) -> None:
    """None is published; whoever puts one in gets the shape that all others have."""
    folder = _written(tmp_path / "24", published, _encoded(extension, grey=True))
    known = datasets.load_from_disk(str(folder))["train"].with_format("torch")
    found = open_dataset(folder, "train", columns=["image"])
    for row in range(3):
        assert torch.equal(found[row]["image"], known[row]["image"].expand(3, -1, -1))


def test_pictures_of_two_sizes_are_refused(published: Path, tmp_path: Path) -> None:
    """The row is named; no batch could hold both."""
    other = cv2.imencode(".png", np.zeros((30, 20, 3), np.uint8))[1].tobytes()
    folder = _written(tmp_path / "24", published, [*_encoded(".png")[:1], other])
    with pytest.raises(DatasetError, match=r"picture of row 1 \(.+\) cannot be read: it is 20 x 30 px"):
        open_dataset(folder, "train")[[0, 1]]


def test_bytes_that_are_no_picture_are_named(published: Path, tmp_path: Path) -> None:
    """So is its shard."""
    folder = _written(tmp_path / "24", published, [b"no picture"])
    with pytest.raises(
        DatasetError, match=r"data-00000.+picture of row 0 .+ cannot be read: image .10 bytes"
    ):
        open_dataset(folder, "train")[0]


def _damaged(published: Path, tmp_path: Path, column: str) -> Path:
    """Return a copy in which one byte of a value of a column is another, in the second batch or else in the first."""
    folder = Path(shutil.copytree(published, tmp_path / "32"))
    shard = min((folder / "train").glob("*.arrow"))
    data = bytearray(shard.read_bytes())
    with pa.ipc.open_stream(bytes(data)) as reader:
        values = list(reader)[-1][column]
    value = values.field("bytes")[0].as_py() if column == "image" else values[0].as_py().encode()
    place = data.rindex(value)
    data[place + len(value) // 2] ^= 1
    shard.write_bytes(data)
    return folder


def test_a_damaged_picture_is_found_when_it_is_read(published: Path, tmp_path: Path) -> None:
    """With its row; other rows are read as ever."""
    split = open_dataset(_damaged(published, tmp_path, "image"), "train")
    split[0]
    with pytest.raises(DatasetError, match=r"the picture of row \d+ \(\S+\) cannot be read: it was altered"):
        split[:]


def test_a_damaged_label_is_found_when_it_is_opened(published: Path, tmp_path: Path) -> None:
    """Before anything is learnt from it."""
    with pytest.raises(DatasetError, match=r"rows \d+ to \d+ was altered or damaged"):
        open_dataset(_damaged(published, tmp_path, "subject_id"), "train")


def test_a_file_that_changed_since_is_refused(published: Path, tmp_path: Path) -> None:
    """A worker process opens it later than the main process did."""
    folder = Path(shutil.copytree(published, tmp_path / "32"))
    split: PublishedSplit = pickle.loads(pickle.dumps(open_dataset(folder, "train")))
    shard = min((folder / "train").glob("*.arrow"))
    shard.write_bytes(shard.read_bytes() + b"more")
    with pytest.raises(DatasetError, match="when it was opened"):
        split[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "validaton"}, r"has no split 'validaton'\. Did you mean 'validation'\?"),
        ({"split": "dev"}, r"has no split 'dev'\. Expected train, validation or test\."),
        ({"columns": ["image", "expresion"]}, r"no column 'expresion'\. Did you mean 'expression'\?"),
        ({"columns": "image"}, r"columns \('image'\) must be a list of names"),
        ({"columns": []}, r"columns \(\[\]\) must be a list of names"),
        ({"columns": ["image", "image"]}, "each once"),
        ({"columns": ["valence"], "transform": _mean}, "transform is given, but columns has no 'image'"),
    ],
    ids=["near", "unknown", "column", "text", "none", "twice", "transform"],
)
def test_what_is_not_there_is_named(published: Path, options: dict[str, Any], message: str) -> None:
    """In one sentence, with the nearest that is."""
    with pytest.raises(DatasetError, match=message):
        open_dataset(published, **options)


def test_a_wrong_folder_is_refused(published: Path, tmp_path: Path) -> None:
    """One that is not there, one of something else, and a split in place of the dataset."""
    with pytest.raises(DatasetError, match="must be a published dataset"):
        open_dataset(tmp_path / "none")
    with pytest.raises(DatasetError, match="must be a published dataset"):
        open_dataset(tmp_path)
    with pytest.raises(DatasetError, match=r"is one split of a dataset: open .+ with split='train'"):
        open_dataset(published / "train")


def test_rows_are_counted_as_in_a_list(published: Path) -> None:
    """Negative places count from the end, and a row beyond it is an IndexError, so that a loop ends."""
    split = open_dataset(published, "test", columns=["row_id"])
    assert split[-1] == split[len(split) - 1]
    assert len(list(split)) == len(split)
    for row in (len(split), -len(split) - 1):
        with pytest.raises(IndexError, match=rf"row {row} is out of range: test of .+ has \d+ rows"):
            split[row]
    with pytest.raises(TypeError, match=r"column\('row_id'\)"):
        split["row_id"]
    with pytest.raises(DatasetError, match="must be one of those that are read"):
        split.column("image")
