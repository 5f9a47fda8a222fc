"""From faces to a published dataset, where one file holds many people and one person has many files."""

from pathlib import Path

import datasets
import pyarrow.compute as pc
import pytest
from published_with import publish
from series_faces import Clip, pictures, write_series

from fer_data.balance import balance
from fer_data.multires import multires
from fer_data.params.document import load_params
from fer_data.publish import PublishInputs
from fer_data.shell.files.sealed import read_json
from fer_data.stats import stats
from fer_data.tables.schemas import FACE_ROWS, PLAN, read_table

PARAMS = load_params(Path(__file__).parents[1] / "params.yaml")
HAPPY, ANGRY = 4, 1
pytestmark = pytest.mark.usefixtures("plain_cards")


def published(faces: Path, folder: Path) -> datasets.DatasetDict:
    """Run the stages after `align` at 32 px, and return what they publish."""
    inputs = PublishInputs(faces, folder / "variant", folder / "balanced")
    multires(faces, inputs.variant, 32, PARAMS.multires)
    params = PARAMS.balance.model_copy(update={"strategy": "augment", "target_ratio": 1.0, "max_copies": 2})
    balance(faces, inputs.variant, inputs.balanced, resolution=32, balance=params, dataset=PARAMS.dataset)
    publish(inputs, folder / "32", resolution=32, params=PARAMS.model_copy(update={"balance": params}))
    return datasets.load_from_disk(str(folder / "32"))


def ids(split: datasets.Dataset, *, copies: bool = False) -> list[str]:
    """Return the row ids of a split in its order, without its augmented copies or those alone."""
    return [row["row_id"] for row in split.remove_columns("image") if bool(row["parent_id"]) == copies]


def test_two_clips_of_one_person(tmp_path: Path) -> None:
    """Each clip has files of its own, rows of both carry the person, and copies lie beside their parents."""
    clips = [
        Clip("one", "anna", "one", "train", [HAPPY] * 3),
        Clip("two", "anna", "two", "train", [HAPPY, ANGRY]),
        Clip("three", "ben", "three", "validation", [ANGRY]),
    ]
    found = published(write_series(tmp_path / "faces", clips), tmp_path)
    assert ids(found["train"]) == ["one/00001", "one/00002", "one/00003", "two/00001", "two/00002"]
    assert set(found["train"]["subject_id"]) == {"anna"}
    assert sorted(path.stem for path in (tmp_path / "variant").glob("*.arrow")) == ["one", "three", "two"]
    assert [path.name for path in (tmp_path / "balanced").glob("*.arrow")] == ["two.arrow"]
    assert ids(found["train"], copies=True) == ["two/00002+1", "two/00002+2"]
    plan = read_table(tmp_path / "balanced/plan.parquet", PLAN)
    assert set(plan["series_id"].to_pylist()) == {"two"}
    assert set(plan["subject_id"].to_pylist()) == {"anna"}
    card = (tmp_path / "32/README.md").read_text()
    assert "| train | 7 | 5 | 2 | 1 | 2 |" in card


def test_a_shard_of_ten_unknown_subjects(tmp_path: Path) -> None:
    """Pictures of unknown people lie in one file, each a subject and a video, and keep their order."""
    clips = [
        *pictures("train", [HAPPY, ANGRY, HAPPY, HAPPY, None, HAPPY, ANGRY, HAPPY, HAPPY, HAPPY]),
        *pictures("validation", [ANGRY, HAPPY]),
    ]
    found = published(write_series(tmp_path / "faces", clips), tmp_path)
    assert ids(found["train"]) == [f"train%2F{number:03d}.jpg/00001" for number in range(10)]
    assert ids(found["validation"]) == ["validation%2F000.jpg/00001", "validation%2F001.jpg/00001"]
    assert {name.split("+")[0] for name in ids(found["train"], copies=True)} == {
        "train%2F001.jpg/00001",
        "train%2F006.jpg/00001",
    }
    assert [path.name for path in (tmp_path / "balanced").glob("*.arrow")] == ["pictures-train-00000.arrow"]
    assert "| train | 14 | 10 | 4 | unknown |\n" in (tmp_path / "32/README.md").read_text()
    counted = {
        split.name: split for split in stats(tmp_path / "faces", task="expression").splits["expression"]
    }
    assert (counted["train"].videos, counted["train"].subjects) == (10, 0)


@pytest.mark.parametrize("apart", [False, True], ids=["one shard", "a shard a split"])
def test_a_person_whose_other_video_is_evaluated_leaves_training(tmp_path: Path, *, apart: bool) -> None:
    """Her training rows are left out and counted, also where other people stand in the same file."""
    shards = ("first", "second") if apart else ("first", "first")
    clips = [
        Clip(shards[0], "anna", "one", "train", [HAPPY, HAPPY], "one"),
        Clip(shards[0], "ben", "two", "train", [HAPPY, ANGRY, ANGRY], "two"),
        Clip(shards[1], "anna", "three", "validation", [ANGRY, HAPPY], "three"),
        Clip(shards[1], "carl", "four", "train", [HAPPY], "four"),
    ]
    found = published(write_series(tmp_path / "faces", clips), tmp_path)
    assert ids(found["train"]) == ["two/00001", "two/00002", "two/00003", "four/00001"]
    assert ids(found["validation"]) == ["three/00001", "three/00002"]
    assert read_json(tmp_path / "32/provenance.json")["left_out"]["rows"] == 2
    assert read_json(tmp_path / "balanced/balance.json")["train_counts"][:5] == [0, 2, 0, 0, 2]
    kept = read_table(tmp_path / "32/rows.parquet", FACE_ROWS)
    assert len(kept) == 8
    assert pc.sum(pc.is_valid(kept["expression"])).as_py() == 8


def test_frames_of_one_clip_in_two_splits(tmp_path: Path) -> None:
    """The rows beside a validation frame leave training; each split gets the pictures of its own rows."""
    clips = [
        Clip("one", "anna", "one", "train", [HAPPY, ANGRY], "one"),
        Clip("one", "ben", "one", "validation", [ANGRY], "one_right"),
        Clip("two", "carl", "two", "train", [HAPPY, ANGRY]),
    ]
    found = published(write_series(tmp_path / "faces", clips), tmp_path)
    assert ids(found["train"]) == ["two/00001", "two/00002"]
    assert ids(found["validation"]) == ["one_right/00001"]
    assert found["validation"][0]["image"].size == (32, 32)


def test_the_plan_follows_from_rows_and_not_from_their_shards(tmp_path: Path) -> None:
    """The same pictures in one file or in two get the same copies: a seed is drawn from a row's name."""
    labels = [HAPPY] * 6 + [ANGRY] * 2
    for name, clips in {
        "whole": pictures("train", labels),
        "halves": [*pictures("train", labels[:5]), *pictures("train", labels[5:], 1, first=5)],
    }.items():
        published(write_series(tmp_path / name / "faces", clips), tmp_path / name)
    plans = [read_table(tmp_path / name / "balanced/plan.parquet", PLAN) for name in ("whole", "halves")]
    assert len(plans[0]) == 4
    assert plans[0].drop_columns(["series_id"]).equals(plans[1].drop_columns(["series_id"]))
    hashes = [
        read_json(tmp_path / name / "32/provenance.json")["dataset_sha256"] for name in ("whole", "halves")
    ]
    assert hashes[0] == hashes[1]
