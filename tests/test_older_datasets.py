"""Published datasets in the versions of `datasets` that people have installed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import datasets
import pytest

from fer_data.published.feature_forms import OLDEST_DATASETS

READ = """
import hashlib, json, sys
import datasets, torch

def values(dataset):
    for row in dataset.cast_column("image", datasets.Image(decode=False)):
        yield json.dumps(row | {"image": hashlib.sha256(row["image"]["bytes"]).hexdigest()}, sort_keys=True)

def collated(dataset):
    loader = torch.utils.data.DataLoader(dataset.with_format("torch"), batch_size=7)
    return [[len(batch["row_id"]), list(batch["landmarks"].shape)] for batch in loader]

disk = datasets.load_from_disk(sys.argv[1])
card = datasets.load_dataset(sys.argv[1], cache_dir=sys.argv[2])
print(json.dumps({
    "version": datasets.__version__,
    "values": {name: list(values(split)) for name, split in disk.items()},
    "by the card": {name: list(values(split)) for name, split in card.items()},
    "collated": {name: collated(split) for name, split in disk.items()},
    "list": [disk["train"].features["landmarks"].length, card["train"].features["landmarks"].length],
}))
"""


def read(folder: Path, scratch: Path, library: Path | None) -> dict[str, object]:
    """Return what a fresh Python reads, with the library of a folder or with the installed one."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment |= {"HF_HUB_OFFLINE": "1"} | ({"PYTHONPATH": str(library)} if library else {})
    done = subprocess.run(
        [sys.executable, "-c", READ, str(folder), str(scratch / "cache")],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("version", [f"{OLDEST_DATASETS}.0", "3.6.0", "4.0.0"])
def test_every_version_reads_equal_values(published: Path, tmp_path: Path, version: str) -> None:
    """From disk and by the card, collated or not: in the oldest that the card names, and before and after `List`."""
    library = tmp_path / "library"
    wanted = ["--quiet", "--no-deps", "--target", str(library), f"datasets=={version}"]
    subprocess.run([sys.executable, "-m", "pip", "install", *wanted], check=True)
    theirs, ours = read(published, tmp_path / "theirs", library), read(published, tmp_path / "ours", None)
    assert (theirs.pop("version"), ours.pop("version")) == (version, datasets.__version__)
    assert theirs == ours
    assert theirs["list"] == [5, 5]
    assert theirs["values"] == theirs["by the card"]
