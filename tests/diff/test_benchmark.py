"""The benchmark of `fer-data diff` plants what it says, at any size, and every row of it is found."""

import json
from pathlib import Path

from benchmarks.diff import main


def test_the_benchmark_finds_what_it_planted(tmp_path: Path) -> None:
    """Of each hundred rows one is relabelled, one re-cropped, one moved and one gone; then every picture is another."""
    main(tmp_path / "data", rows=2000, px=32, json_file=tmp_path / "f.json")
    found = json.loads((tmp_path / "f.json").read_text())
    assert found["labels"]["rows"] == {
        "first": 2000, "second": 1980, "both": 1980, "changed": 60, "reordered": True
    }  # fmt: skip
    assert found["labels"]["recropped"]["copies"] + found["labels"]["recropped"]["originals"] == 20
    assert found["labels"]["pictures"] is None
    assert found["pictures"]["rows"]["changed"] == 1980
    assert not (tmp_path / "data").exists()
