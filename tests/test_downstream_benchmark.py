"""The benchmark of the stages after `align` measures every one of them, on a set that it makes."""

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from benchmarks import downstream
from benchmarks.downstream_set import make_faces
from fer_data.pictures.images import decode
from fer_data.tables.face_rows import has_crop
from fer_data.tables.schemas import CROPS, FACE_ROWS, read_arrow, read_table


def test_a_set_has_crops_of_real_size_and_unequal_classes(tmp_path: Path) -> None:
    """Every row has a picture of its own bytes; all three splits have people."""
    make_faces(tmp_path, 1200, 12)
    rows = read_table(tmp_path / "rows.parquet", FACE_ROWS)
    assert len(rows) == 1200
    assert has_crop(rows).to_numpy().all()
    assert set(rows["split_expression"].unique().to_pylist()) == {"train", "validation", "test"}
    batch = next(read_arrow(tmp_path / "subject-00000.arrow", CROPS))
    pictures = batch["image"].to_pylist()
    assert decode(pictures[0]).shape == (256, 256, 3)
    assert 12_000 < np.mean([len(picture) for picture in pictures]) < 18_000
    assert len(set(pictures)) == len(batch) == 100


@pytest.mark.slow
def test_every_stage_is_measured(tmp_path: Path) -> None:
    """The figures have a line a step, the ratio to plain pyarrow, and the hours of a corpus."""
    app = typer.Typer()
    app.command()(downstream.main)
    words = [
        "--rows",
        "150",
        "--subjects",
        "12",
        "--resolution",
        "64",
        "--json",
        str(tmp_path / "figures.json"),
    ]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    expected = {"multires", "balance", "publish", "plain pyarrow", "evaluate", "loader", "stats", "embed"}
    assert {name.partition("@")[0] for name in found["measured"]} == expected
    assert found["measured"]["multires@64"]["rows"] == 150
    assert found["measured"]["publish@64"]["rows"] == found["measured"]["plain pyarrow@64"]["rows"]
    assert all(one["peak_mb"] > 50 and one["seconds"] > 0 for one in found["measured"].values())
    assert set(found["publish_over_plain"]["seconds"]) == {"64", "all"}
    assert set(found["computed"]) == {*expected, "together"}
