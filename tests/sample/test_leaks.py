"""A corpus with planted leaks."""

import csv
from pathlib import Path

import av
import pytest
import yaml

from fer_data.params.sample import SampleParams
from fer_data.sample.leaks import write_leaks
from fer_data.shell.files.reading import read_json

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_what_was_planted_is_stated(tmp_path: Path) -> None:
    """Everybody has two clips but the one that shows another's; the copy is smaller and begins later."""
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["sample"]
    values |= {"train_subjects": 4, "other_subjects": 5, "min_frames": 9, "max_frames": 9, "faults": False}
    counts = write_leaks(tmp_path / "root", SampleParams.model_validate(values), workers=1)
    assert counts == {"clips": 17, "subjects": 9, "people": 6}
    kinds = [one["kind"] for one in read_json(tmp_path / "root/leaks.json")]
    assert kinds == ["same_person", "lookalike", "copied_clip", "same_person"]
    with (tmp_path / "root/labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["split"] for row in rows} == {"train", "validation"}
    assert {row["subject"] for row in rows if row["video"] == "clips/q002-1.avi"} == {"q002"}
    sizes = {}
    for name in ("p002-1.mp4", "q002-1.avi"):
        with av.open(str(tmp_path / "root/clips" / name)) as container:
            frames = list(container.decode(video=0))
            sizes[name] = (frames[0].width, frames[0].height, len(frames))
    assert sizes == {"p002-1.mp4": (480, 360, 9), "q002-1.avi": (368, 276, 4)}
