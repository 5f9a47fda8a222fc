"""Replaying augmented copies."""

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.errors import DatasetError
from fer_data.replay import replay
from fer_data.shards import read_shards

COPY = "b/00009+1"


def copies(dataset: Path) -> list[str]:
    """Return the row ids of all augmented copies."""
    rows = pa.Table.from_batches(list(read_shards(dataset, "train")))
    pairs = zip(rows["row_id"].to_pylist(), rows["parent_id"].to_pylist(), strict=True)
    return [row for row, parent in pairs if parent is not None]


def test_every_copy_can_be_made_again(published: Path) -> None:
    """From the stored parent and the record come the same operations and the same bytes."""
    names = copies(published)
    assert len(names) > 50
    for name in names:
        result = replay(published, name)
        assert (result.bytes_equal, result.operations_equal) == (True, True)
        assert result.parent_id == name.split("+")[0]
        assert np.array_equal(result.stored, result.rebuilt)


@pytest.mark.parametrize(
    ("row", "message"),
    [("b/00009", "is an original"), ("b/09999+1", "is not in the train split")],
    ids=["original", "unknown"],
)
def test_only_copies_can_be_replayed(published: Path, row: str, message: str) -> None:
    """An original or an unknown row is refused with what to do."""
    with pytest.raises(DatasetError, match=message):
        replay(published, row)


def test_a_folder_that_is_no_dataset_is_refused(tmp_path: Path) -> None:
    """A wrong path says what was expected."""
    with pytest.raises(DatasetError, match="Name a published dataset"):
        replay(tmp_path, COPY)


def test_the_command_says_that_bytes_are_equal(published: Path, tmp_path: Path) -> None:
    """It lists the operations and draws parent, stored and rebuilt side by side."""
    sheet = tmp_path / "sheet.png"
    done = CliRunner().invoke(app, ["replay", str(published), COPY, "--output", str(sheet)])
    assert done.exit_code == 0
    assert "Affine(" in done.stdout
    assert done.stdout.strip().endswith("bytes are equal")
    assert sheet.read_bytes().startswith(b"\x89PNG")


def test_the_command_finds_an_altered_copy(published: Path, tmp_path: Path) -> None:
    """A copy whose seed was tampered with is a finding: exit code 1."""
    altered = tmp_path / "32"
    shutil.copytree(published, altered)
    shard = next((altered / "train").glob("*.arrow"))
    record = next(
        row
        for row in pa.Table.from_batches(list(read_shards(published, "train"))).to_pylist()
        if row["row_id"] == COPY
    )["augmentation"]
    seed = record.split('"seed": ')[1].split(",")[0]
    other = str(int(seed) ^ 1)
    assert len(other) == len(seed)
    shard.write_bytes(shard.read_bytes().replace(f'"seed": {seed}'.encode(), f'"seed": {other}'.encode()))
    done = CliRunner().invoke(app, ["replay", str(altered), COPY])
    assert done.exit_code == 1
    assert "bytes differ; operations differ" in done.stdout
