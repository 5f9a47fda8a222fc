"""Replaying augmented copies."""

import os
import re
import shutil
import stat
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.core.arrays import Image
from fer_data.errors import DatasetError
from fer_data.media.augmentation import augment
from fer_data.pictures.notes import png_notes
from fer_data.published.shards import open_shards, read_shards
from fer_data.replay import replay, side_by_side

COPY = "b/00009+1"


def copies(dataset: Path) -> list[str]:
    """Return the row ids of all augmented copies."""
    rows = pa.Table.from_batches(list(read_shards(open_shards(dataset), "train")))
    pairs = zip(rows["row_id"].to_pylist(), rows["parent_id"].to_pylist(), strict=True)
    return [row for row, parent in pairs if parent]


def tiles_of(sheet: Image) -> Image:
    """Return the row of tiles of a sheet, between its note and two lines of captions."""
    return sheet[-6 - 2 * 18 - 278 :, 6:][:272]


def test_copies_can_be_made_again(published: Path) -> None:
    """From the stored parent and the record come the same operations and the same bytes; one copy of five is asked."""
    names = copies(published)
    assert len(names) > 50
    for name in names[::5]:  # not of four: a parent has up to that many
        result = replay(published, name)
        assert (result.bytes_equal, result.operations_equal) == (True, True)
        assert result.parent_id == name.split("+")[0]
        assert np.array_equal(result.stored, result.rebuilt)


@pytest.mark.parametrize(
    ("row", "message", "example"),
    [
        ("b/00009", "is an original", COPY),
        ("b/00001", "is an original", r"[ab]/.*\+1"),
        ("b/09999+1", "is not in the train split", r"[ab]/.*\+1"),
        ("b/00009+99", "is not in the train split", COPY),
        ("128", "is not in the train split", r"[ab]/.*\+1"),
    ],
    ids=["original", "original-without-copies", "unknown", "copy-of-a-known-one", "no-row-id"],
)
def test_only_copies_can_be_replayed(published: Path, row: str, message: str, example: str) -> None:
    """An original or an unknown row is refused with a copy that is there: the row's own, where it has one."""
    with pytest.raises(DatasetError, match=message) as refused:
        replay(published, row)

    named = re.search(r"such as '(.*)'\.", str(refused.value))
    assert named is not None
    assert re.fullmatch(re.escape(example) if example == COPY else example, named[1])
    assert replay(published, named[1]).bytes_equal


def test_a_folder_that_is_no_dataset_is_refused(tmp_path: Path) -> None:
    """A wrong path says what was expected."""
    with pytest.raises(DatasetError, match="must be a published dataset, but is an empty folder"):
        replay(tmp_path, COPY)


def test_the_command_says_that_bytes_are_equal(published: Path, tmp_path: Path) -> None:
    """It lists the operations and draws parent, stored and rebuilt side by side."""
    sheet = tmp_path / "sheet.png"
    done = CliRunner().invoke(app, ["replay", str(published), COPY, "--output", str(sheet)])
    assert any(COPY in note for note in png_notes(sheet.read_bytes()))
    assert done.exit_code == 0
    assert "Affine(" in done.stdout
    assert done.stdout.strip().endswith("bytes are equal")
    picture = cv2.imread(str(sheet))
    assert picture is not None
    assert picture.shape[1] == 3 * 278 + 6  # three large tiles, whatever the pictures' side
    tile = cv2.resize(replay(published, COPY).parent, (272, 272), interpolation=cv2.INTER_NEAREST)
    assert np.array_equal(tiles_of(picture)[:, :272, ::-1], tile)


def test_what_differs_is_drawn_beside_the_rest(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fourth tile shows where the stored and the rebuilt picture are apart."""
    alike = side_by_side(replay(published, COPY))
    monkeypatch.setattr("fer_data.media.augmentation.augment", lambda image, seed: augment(image, seed ^ 1))
    apart = side_by_side(replay(published, COPY))
    assert apart.shape[1] == alike.shape[1] + 278
    assert (tiles_of(apart)[:, 3 * 278 : 3 * 278 + 272] < 255).any()


@pytest.mark.parametrize(("kind", "mode"), [("open", 0o644), ("research", 0o600)])
def test_faces_that_are_restricted_are_for_their_owner(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, mode: int
) -> None:
    """Nobody else may read the sheet where the licence keeps the pictures from being passed on."""
    monkeypatch.setattr("fer_data.replay.stated_licence_of", lambda _provenance: {"kind": kind})
    previous = os.umask(0o022)
    try:
        done = CliRunner().invoke(
            app, ["replay", str(published), COPY, "--output", str(tmp_path / "sheet.png")]
        )
    finally:
        os.umask(previous)
    assert done.exit_code == 0
    assert stat.S_IMODE((tmp_path / "sheet.png").stat().st_mode) == mode


def test_the_command_finds_a_copy_that_is_made_otherwise(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version of what draws the operations gives another picture: a finding, exit code 1."""
    monkeypatch.setattr("fer_data.media.augmentation.augment", lambda image, seed: augment(image, seed ^ 1))
    done = CliRunner().invoke(app, ["replay", str(published), COPY])
    assert done.exit_code == 1
    assert "bytes differ; operations differ" in done.stdout


def test_a_copy_whose_record_was_altered_is_refused(published: Path, tmp_path: Path) -> None:
    """What stands beside a picture has a hash of its own."""
    altered = tmp_path / "32"
    shutil.copytree(published, altered)
    shard = next((altered / "train").glob("*.arrow"))
    shard.write_bytes(shard.read_bytes().replace(b'"seed": ', b'"seee": ', 1))
    with pytest.raises(
        DatasetError, match="was altered or damaged: its labels and places do not fit their hash"
    ):
        replay(altered, COPY)
