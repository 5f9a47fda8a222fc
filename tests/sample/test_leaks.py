"""A corpus with planted leaks."""

import csv
import json
import shutil
from pathlib import Path

import av
import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from fer_data.ingest import ingest
from fer_data.params.sample import SampleParams
from fer_data.params.source import load_source
from fer_data.sample.leaks import write_leaks
from fer_data.sample.truth import TRUTH
from fer_data.shell.files.reading import read_json
from fer_data.tables.schemas import read_table

ROOT = Path(__file__).parents[2]
TABLE = {
    "file": "labels.csv", "video": "video", "frame": None, "first_frame": 0, "start": "start", "end": "end",
    "label": "label", "valence": None, "arousal": None, "action_units": {}, "split": "split", "subject": "subject",
    "side": None,
}  # fmt: skip


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
    truth = read_table(tmp_path / "root/truth.parquet", TRUTH).to_pylist()
    assert len(truth) == 16 * 9 + 4
    first, copied = (
        next(row for row in truth if (row["video_id"], row["frame_index"]) == place)
        for place in (("p002-1", 5), ("q002-1", 0))
    )
    assert (first["subject_id"], copied["subject_id"]) == ("p002", "q002")
    np.testing.assert_allclose(copied["box"], np.array(first["box"]) * 368 / 480, rtol=1e-6)


@pytest.mark.slow
def test_faces_with_planted_leaks_are_known_to_be_rendered(tmp_path: Path) -> None:
    """The catalog says so of `corpus: videos`, until a clip of somebody else lies among them."""
    root, document = tmp_path / "root", yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    document["sample"] |= {
        "train_subjects": 1, "other_subjects": 2, "min_frames": 9, "max_frames": 9, "faults": False,
    }  # fmt: skip
    write_leaks(root, SampleParams.model_validate(document["sample"]), workers=1)
    own = {
        name: document["sources"]["sample"][name]
        for name in ("prefix", "decisions", "excluded", "frame_policy")
    }
    document["sources"] = {"planted": {**own, "corpus": "videos", "root": str(root), "table": TABLE}}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    source = load_source("planted", tmp_path / "params.yaml")
    rendered = []
    for name in ("planted", "with another"):
        ingest(root, tmp_path / name, source)
        metadata = pq.read_schema(tmp_path / name / "rows.parquet").metadata
        rendered.append(json.loads(metadata[b"origin"])["rendered"])
        shutil.copy(root / "clips/p000-1.mp4", root / "clips/somebody.mp4")
        with (root / "labels.csv").open("a", encoding="utf-8") as file:
            file.write("clips/somebody.mp4,0,0.2,happiness,train,somebody\n")
    assert rendered == [True, False]
