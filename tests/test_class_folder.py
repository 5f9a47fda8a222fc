"""The whole way of somebody with a folder of pictures: five commands to a trained, evaluated model and its answers."""

import json
from pathlib import Path

import av
import pyarrow.parquet as pq
import pytest
from clones import clone_into
from dvc_runs import run_in

from fer_data.params.document import load_params
from fer_data.pictures.images import encode_jpeg
from fer_data.sample import sample

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


def write_album(folder: Path, scratch: Path) -> int:
    """Write rendered faces as `<split>/<class>/*.jpg`, three frames of each person, and return how many."""
    shipped = load_params(ROOT / "params.yaml").sample
    people = {"train_subjects": 40, "other_subjects": 16, "min_frames": 7, "max_frames": 9, "faults": False}
    sample(scratch, shipped.model_copy(update=people), workers=2)
    videos = {path.stem: path for kind in ("mp4", "avi") for path in scratch.rglob(f"*.{kind}")}
    count = 0
    for path in sorted(scratch.rglob("EXPR_Set/*_Set/*.txt")):
        name, video = path.stem, videos.get(path.stem)  # none where two people are in one video
        classes, *lines = path.read_text(encoding="utf-8").splitlines()
        if video is None or "Test" in path.parent.name:
            continue
        split = path.parent.name.removesuffix("_Set").lower()
        with av.open(str(video)) as container:
            for index, frame in enumerate(container.decode(video=0)):
                if index % 3 or index >= len(lines) or int(lines[index]) < 0:
                    continue
                target = folder / split / classes.split(",")[int(lines[index])] / f"{name}-{index}.jpg"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(encode_jpeg(frame.to_ndarray(format="rgb24"), 92))
                count += 1
    return count


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, int]:
    """Return a clone, a class folder beside it, and how many pictures that holds."""
    folder = tmp_path_factory.mktemp("album")
    count = write_album(folder / "my faces", folder / "rendered")
    clone_into(folder / "clone")
    return folder / "clone", folder / "my faces", count


def run(clone: Path, *command: str) -> str:
    """Run a command as a user does and return what it said."""
    done = run_in(clone, *command)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def test_a_class_folder_becomes_a_model_in_five_commands(album: tuple[Path, Path, int]) -> None:
    """`init`, `check`, `dvc repro`, `stats` and `predict`, without a word in params.yaml written by hand."""
    clone, pictures, count = album

    assert "profile pictures" in run(
        clone, "fer-data", "init", "pictures", "--root", str(pictures), "--force"
    )
    assert f"{count:,} rows: 0 error(s)" in run(
        clone, "fer-data", "check", str(pictures), "--params", "params.yaml"
    )
    run(clone, "dvc", "repro")
    assert "Happiness" in run(clone, "fer-data", "stats", "data/published/128")
    validation = str(pictures / "validation")
    run(clone, "fer-data", "predict", validation, "--model", "models/senet50", "--output", "answers")

    found = json.loads((clone / "metrics/evaluate.json").read_text(encoding="utf-8"))
    assert found["corpus"] == "pictures"
    assert found["macro_f1"] > 0.3  # always the most frequent class: 0.05
    aligned = json.loads((clone / "metrics/align/pictures.json").read_text(encoding="utf-8"))
    assert aligned["rows"] == count
    assert aligned["kept"] > 0.9 * count
    rows = pq.read_table(clone / "data/faces/pictures/rows.parquet")
    assert set(rows["subject_source"].to_pylist()) == {"none"}
    assert set(rows["series_id"].to_pylist()) == {"pictures-train-00000", "pictures-validation-00000"}
