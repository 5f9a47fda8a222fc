"""Stage `publish`: what a user of the dataset gets."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from huggingface_hub import DatasetCard
from published_with import publish

from fer_data.balance import balance
from fer_data.core.labels.tasks import ACTION_UNITS, SEVEN_CLASSES
from fer_data.errors import DatasetError, LicenceError
from fer_data.multires import multires
from fer_data.params.document import Params, load_params
from fer_data.params.source import SourceLayout
from fer_data.pictures.images import decode
from fer_data.publish import PublishInputs, headlines
from fer_data.published.content import ContentHash, column_bytes
from fer_data.shell.files.sealed import read_json
from fer_data.tables.face_rows import metadata
from fer_data.tables.origin import Origin
from fer_data.tables.schemas import (
    COPIES,
    FACE_ROWS,
    VARIANT,
    read_arrow,
    read_table,
    stream_batches,
    write_table,
)

PARAMS = load_params(Path(__file__).parents[2] / "params.yaml")


def changed(section: str, **values: Any) -> Params:
    """Return the parameters with some values of one section replaced."""
    part = getattr(PARAMS, section).model_copy(update=values)
    return PARAMS.model_copy(update={section: part})


def stated_again(faces: Path, folder: Path, origin: Origin) -> Path:
    """Return a copy of a source's faces whose table states another origin."""
    shutil.copytree(faces, folder / "faces")
    rows = read_table(faces / "rows.parquet", FACE_ROWS)
    write_table(folder / "faces/rows.parquet", [rows], FACE_ROWS, metadata(faces) | origin.metadata())
    return folder / "faces"


def made(faces: Path, folder: Path, params: Params = PARAMS, size: int = 32) -> PublishInputs:
    """Run the two stages before and return what publish reads."""
    inputs = PublishInputs(faces, folder / "variant", folder / "balanced")
    multires(faces, inputs.variant, size, params.multires)
    balance(
        faces,
        inputs.variant,
        inputs.balanced,
        resolution=size,
        balance=params.balance,
        dataset=params.dataset,
    )
    return inputs


@pytest.fixture(scope="module")
def inputs(publish_inputs: PublishInputs) -> PublishInputs:
    """Return the folders that the dataset is published from."""
    return publish_inputs


@pytest.fixture(scope="module")
def folder(published: Path) -> Path:
    """Return a published dataset of 32 px; tests must not write to it."""
    return published


@pytest.fixture(scope="module")
def dataset(folder: Path) -> datasets.DatasetDict:
    """Return the dataset as a user loads it."""
    return datasets.load_from_disk(str(folder))


@pytest.mark.parametrize("drop_last", [False, True])
def test_the_default_collation_works(dataset: datasets.DatasetDict, drop_last: bool) -> None:
    """A DataLoader batches every column of every split, shuffled, copies and missing labels included."""
    for split in dataset.values():
        loader = torch.utils.data.DataLoader(
            split.with_format("torch"), batch_size=4, shuffle=True, drop_last=drop_last
        )
        for batch in loader:
            assert set(batch) == set(split.column_names)
            assert batch["image"].shape[1:] == (3, 32, 32)
            assert batch["image"].dtype == torch.uint8
            assert batch["expression"].dtype == torch.int64
            assert batch["valence"].dtype == batch["arousal"].dtype == torch.float32
            assert set(batch["action_units"]) == set(batch["action_unit_intensity"]) == set(ACTION_UNITS)
            assert batch["expression_votes"].shape[1:] == (len(SEVEN_CLASSES),)
            assert batch["expression_votes"].dtype == batch["raters"].dtype == torch.int64
            assert batch["expression_agreement"].dtype == torch.float32
            assert {type(word) for word in batch["expression_given"]} == {str}
            assert batch["track_id"].dtype == torch.int64
            assert batch["landmarks"].shape[1:] == (5, 2)


def test_pictures_that_are_left_encoded_are_collated(dataset: datasets.DatasetDict) -> None:
    """Who decodes elsewhere, on a GPU for one, gets bytes from the same loader."""
    encoded = dataset["train"].cast_column("image", datasets.Image(decode=False)).with_format("torch")
    batch = next(iter(torch.utils.data.DataLoader(encoded, batch_size=4)))
    assert [type(picture) for picture in batch["image"]["bytes"]] == [bytes] * 4


_AND_OPENS_IT = """
    import datasets

    d = datasets.load_from_disk(sys.argv[1])
    print(type(d).__name__, list(d), d["train"][0]["image"].size, "fer_data" in sys.modules)
"""


def test_the_program_in_the_card_runs_as_it_stands(folder: Path, tmp_path: Path) -> None:
    """Copied into a file, it reads a batch with spawned workers, of which one is enough; it needs nothing of ours.

    Nor does `load_from_disk`, which opens the dataset alone; pictures have the resolution.
    """
    text = (folder / "README.md").read_text(encoding="utf-8")
    program = text.split("```python\n")[1].split("```")[0]
    assert "num_workers=2" in program
    assert 'multiprocessing_context="spawn"' in program
    assert "fer_data" not in program
    program = program.replace("num_workers=2", "num_workers=1")
    more = f"\nif __name__ == '__main__':\n    import sys\n{_AND_OPENS_IT}"
    (tmp_path / "read.py").write_text(program + more, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(tmp_path / "read.py"), str(folder)],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    batch, opened = done.stdout.splitlines()
    assert batch.startswith("torch.Size([64, 3, 32, 32]) tensor(1.94")
    assert opened == "DatasetDict ['train', 'validation', 'test'] (32, 32) False"


def test_features_are_stated_as_older_versions_of_the_library_read_them(folder: Path) -> None:
    """Before 4.0 no `List` was known: JSON, Arrow metadata and card say `Sequence`."""
    document = json.loads((folder / "train/dataset_info.json").read_text(encoding="utf-8"))["features"]
    numbers = {"dtype": "float32", "_type": "Value"}
    assert document["box"] == {"feature": numbers, "length": 4, "_type": "Sequence"}
    pair = {"feature": numbers, "length": 2, "_type": "Sequence"}
    assert document["landmarks"] == {"feature": pair, "length": 5, "_type": "Sequence"}
    with pa.ipc.open_stream(next((folder / "train").glob("*.arrow"))) as stream:
        stated = json.loads(stream.schema.metadata[b"huggingface"])["info"]["features"]
    assert stated == document
    card = DatasetCard.load(folder / "README.md").data.to_dict()["dataset_info"]["features"]
    assert {"name": "box", "sequence": "float32", "length": 4} in card


def test_it_converts_to_parquet_and_pandas(dataset: datasets.DatasetDict, tmp_path: Path) -> None:
    """Both conversions keep the rows, and Parquet the feature types."""
    dataset["train"].to_parquet(tmp_path / "train.parquet")
    again = datasets.Dataset.from_parquet(str(tmp_path / "train.parquet"), cache_dir=str(tmp_path / "cache"))
    assert again.features == dataset["train"].features
    assert again["row_id"][:] == dataset["train"]["row_id"][:]
    frame = dataset["train"].to_pandas()
    assert len(frame) == len(dataset["train"])
    assert frame["landmarks"][0].shape == (5,)


def test_geometry_comes_as_tensors(dataset: datasets.DatasetDict) -> None:
    """Box and landmarks are (4,) and (5, 2) float32."""
    row = dataset["train"].with_format("torch")[0]
    assert (row["box"].shape, row["landmarks"].shape) == ((4,), (5, 2))
    assert row["box"].dtype == row["landmarks"].dtype == torch.float32


def test_missing_labels_are_what_the_hub_expects(dataset: datasets.DatasetDict) -> None:
    """No class is -1, no number is NaN, no action unit is -1; nothing is null."""
    plain = dataset["test"].remove_columns("image")[:]
    assert set(plain["expression"]) == {-1}
    assert np.isnan(plain["valence"]).all()
    assert {value for units in plain["action_units"] for value in units.values()} == {-1}
    assert dataset["train"].features["expression"].names == list(SEVEN_CLASSES)


def test_another_tasks_labels_stay_only_in_the_same_split(inputs: PublishInputs, tmp_path: Path) -> None:
    """Valence of `a` (train there, too) stays; that of `b` (validation there) is blanked and counted."""
    summary = publish(inputs, tmp_path / "32", resolution=32, params=PARAMS)
    train = datasets.load_from_disk(str(tmp_path / "32"))["train"]
    known = {s for s, v in zip(train["subject_id"], train["valence"], strict=True) if not np.isnan(v)}
    assert known == {"a"}
    assert summary["left_out"]["labels"] == {"expression": 0, "valence_arousal": 12, "action_units": 0}
    rows = read_table(tmp_path / "32/rows.parquet", FACE_ROWS).to_pylist()
    assert {row["subject_id"] for row in rows if row["valence"] is not None} == {"a"}


def test_rows_have_a_fixed_order_with_copies_after_their_parent(dataset: datasets.DatasetDict) -> None:
    """Subjects, then frames, then copy numbers; a copy has its parent's labels."""
    rows = dataset["train"].remove_columns("image").to_list()
    keys = [(r["subject_id"], r["frame_index"], int((r["row_id"] + "+0").split("+")[1])) for r in rows]
    assert keys == sorted(keys)
    by_id = {row["row_id"]: row for row in rows}
    for row in rows:
        if row["parent_id"]:
            parent = by_id[row["parent_id"]]
            assert parent["parent_id"] == parent["augmentation"] == ""
            assert {
                row[k] == parent[k] for k in ("expression", "subject_id", "frame_index", "action_units")
            } == {True}
            assert json.loads(row["augmentation"])["operations"]


def test_copies_occur_in_train_alone(dataset: datasets.DatasetDict) -> None:
    """Validation and test are the originals and nothing else."""
    assert any(dataset["train"]["parent_id"])
    for split in ("validation", "test"):
        assert set(dataset[split]["parent_id"]) == {""}


def test_pictures_are_the_variants_bytes(inputs: PublishInputs, dataset: datasets.DatasetDict) -> None:
    """Publishing encodes nothing anew."""
    stored = {
        row["row_id"]: row["image"]
        for path in inputs.variant.glob("*.arrow")
        for batch in read_arrow(path, VARIANT)
        for row in batch.to_pylist()
    }
    split = dataset["validation"].cast_column("image", datasets.Image(decode=False))
    for row in split:
        assert row["image"]["bytes"] == stored[row["row_id"]]


def test_the_rows_of_the_task_travel_along(folder: Path) -> None:
    """`rows.parquet` holds every row with its state, so what was not kept can be counted and scored."""
    table = read_table(folder / "rows.parquet", FACE_ROWS)
    validation = table.filter(np.array(table["split_expression"].to_pylist()) == "validation")
    assert sorted(set(validation["state"].to_pylist())) == ["decode_error", "kept", "no_face"]
    assert len(table) == 69
    assert json.loads(pq.read_schema(folder / "rows.parquet").metadata[b"classes"]) == list(SEVEN_CLASSES)


def test_two_runs_give_the_same_bytes(inputs: PublishInputs, folder: Path, tmp_path: Path) -> None:
    """Every file is equal: no dates, no places, no machine."""
    publish(inputs, tmp_path / "elsewhere" / "32", resolution=32, params=PARAMS)
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 20
    for name in files:
        assert (folder / name).read_bytes() == (tmp_path / "elsewhere" / "32" / name).read_bytes(), name


def test_shards_change_neither_content_nor_order(
    inputs: PublishInputs, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many small shards load as the same rows under the same content hash."""
    monkeypatch.setattr("fer_data.publish.stage._MB", 20_000)
    summary = publish(inputs, tmp_path / "32", resolution=32, params=changed("publish", shard_mb=1))
    sharded, whole = datasets.load_from_disk(str(tmp_path / "32")), datasets.load_from_disk(str(folder))
    assert len(list((tmp_path / "32/train").glob("data-*-of-*.arrow"))) > 2
    assert sharded["train"]["row_id"][:] == whole["train"]["row_id"][:]
    record = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert summary["dataset_sha256"] == record["dataset_sha256"]


@pytest.mark.parametrize("cores", [1, 3])
def test_any_number_of_threads_gives_the_same_bytes(
    inputs: PublishInputs, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    """Batches are made side by side and written in their order."""
    monkeypatch.setattr("fer_data.publish.split_writing.core_count", lambda: cores)
    publish(inputs, tmp_path / "32", resolution=32, params=PARAMS)
    for path in (path for path in folder.rglob("*") if path.is_file()):
        assert path.read_bytes() == (tmp_path / "32" / path.relative_to(folder)).read_bytes(), path.name


def test_blocks_of_any_size_give_the_same_bytes(
    inputs: PublishInputs, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A series by itself, and many at once: batches and row groups are of one series."""
    monkeypatch.setattr("fer_data.publish.split_writing._BLOCK_ROWS", 1)
    publish(inputs, tmp_path / "32", resolution=32, params=PARAMS)
    for path in (path for path in folder.rglob("*") if path.is_file()):
        assert path.read_bytes() == (tmp_path / "32" / path.relative_to(folder)).read_bytes(), path.name


def test_batches_change_neither_content_nor_order(
    inputs: PublishInputs, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copies follow their parents whichever batch these are in, and the hash is that of the rows."""
    monkeypatch.setattr("fer_data.publish.block_batches._BATCH_ROWS", 5)
    monkeypatch.setattr("fer_data.publish.block_batches._LARGE_PX", 32)
    summary = publish(inputs, tmp_path / "32", resolution=32, params=PARAMS)
    small, large = (datasets.load_from_disk(str(path)) for path in (tmp_path / "32", folder))
    for split in large:
        assert repr(small[split].to_list()) == repr(large[split].to_list())
    assert summary["dataset_sha256"] == json.loads((folder / "provenance.json").read_text())["dataset_sha256"]


def test_the_hash_is_that_of_the_published_rows_and_pixels(folder: Path) -> None:
    """Whoever has the dataset can compute it; pictures count by the pixels they decode to."""
    stated = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))["splits"]
    for split, digest in stated.items():
        content = ContentHash()
        for path in sorted((folder / split).glob("*.arrow")):
            for batch, _ in stream_batches(path, None):
                pixels = [decode(picture["bytes"]).tobytes() for picture in batch["image"].to_pylist()]
                image = b"".join(hashlib.sha256(one).digest() for one in pixels)
                content.update({**column_bytes(batch.drop_columns(["image"])), "image": image})
        assert content.hexdigest() == digest


@pytest.mark.parametrize(("part", "schema"), [("variant", VARIANT), ("balanced", COPIES)])
def test_a_damaged_picture_is_never_published(
    inputs: PublishInputs, tmp_path: Path, part: str, schema: pa.Schema
) -> None:
    """A flipped bit in what a stage before wrote stops the stage, which names the row."""
    copied = tmp_path / part
    shutil.copytree(getattr(inputs, part), copied)
    path = min(copied.glob("*.arrow"))
    row = next(read_arrow(path, schema)).to_pylist()[2]
    flipped = row["image"][:-20] + bytes([row["image"][-20] ^ 1]) + row["image"][-19:]
    path.write_bytes(path.read_bytes().replace(row["image"], flipped))
    found = re.escape(f"the picture of row {row['row_id']} was altered or damaged")
    with pytest.raises(DatasetError, match=found):
        publish(replace(inputs, **{part: copied}), tmp_path / "32", resolution=32, params=PARAMS)
    assert not (tmp_path / "32").exists()


def test_the_fingerprint_follows_the_content(dataset: datasets.DatasetDict) -> None:
    """Splits with other rows have other fingerprints, so the library's caches never mix them up."""
    assert len({split._fingerprint for split in dataset.values()}) == 3


def test_the_card_is_one_that_the_hub_reads(folder: Path, dataset: datasets.DatasetDict) -> None:
    """The front matter names the splits, their sizes, the features and the licence."""
    data = DatasetCard.load(folder / "README.md").data.to_dict()
    assert data["license"] == "cc0-1.0"
    assert [entry["split"] for entry in data["configs"][0]["data_files"]] == list(dataset)
    sizes = {split["name"]: split["num_examples"] for split in data["dataset_info"]["splits"]}
    assert sizes == {name: len(split) for name, split in dataset.items()}


def test_load_dataset_reads_the_folder_by_its_card(folder: Path, tmp_path: Path) -> None:
    """What works from a folder here works from the Hub, splits and feature types included."""
    loaded = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    ours = datasets.load_from_disk(str(folder))
    assert {name: len(split) for name, split in loaded.items()} == {n: len(s) for n, s in ours.items()}
    assert loaded["train"].features == ours["train"].features


@pytest.mark.parametrize(
    "text",
    ["train_test_split", "split_by_subject", "| Neutral | 28 |", "Class `open`", "people", "Intended use"],
)
def test_the_card_tells_people_what_they_need(folder: Path, text: str) -> None:
    """Counts, splitting without leakage, licence class and intended use are in the card."""
    assert text in (folder / "README.md").read_text(encoding="utf-8")


def test_provenance_names_all_that_made_the_data(folder: Path) -> None:
    """Code, parameters, detector, libraries and content; no place and nothing of `compute`."""
    text = (folder / "provenance.json").read_text(encoding="utf-8")
    record = json.loads(text)
    assert set(record["code"]) == {"ingest@sample", "align@sample", "multires", "balance", "publish"}
    assert set(record["params"]) == {"sources", "dataset", "align", "multires", "balance", "publish"}
    assert record["params"]["align"]["margin"] == PARAMS.align.margin
    assert record["detector"] == {"name": "centerface", "weights_sha256": "0" * 64}
    assert record["pictures"]["method"] == "area"
    assert set(record["libraries"]) == set(record["code"])
    assert record["libraries"]["balance"]["albumentations"] == "2.0.8"
    assert "root" not in record["params"]["sources"]["sample"]
    assert str(folder.parent) not in text


def test_rendered_faces_are_stated_from_the_faces_table_on(
    inputs: PublishInputs, folder: Path, tmp_path: Path
) -> None:
    """In provenance and card; a table that states no origin gives none, and the counts stand in provenance as well."""
    shutil.copytree(inputs.faces, tmp_path / "faces")
    rows = read_table(inputs.faces / "rows.parquet", FACE_ROWS)
    stated = {key: value for key, value in metadata(inputs.faces).items() if key != "origin"}
    write_table(tmp_path / "faces/rows.parquet", [rows], FACE_ROWS, stated)
    other = changed("publish", licence="other")  # what is not known to be rendered is Aff-Wild2
    summary = publish(replace(inputs, faces=tmp_path / "faces"), tmp_path / "32", resolution=32, params=other)
    plain, record = (
        json.loads((path / "provenance.json").read_text(encoding="utf-8"))
        for path in (tmp_path / "32", folder)
    )
    assert (record["origin"], plain["origin"]) == ({"corpus": "affwild2", "rendered": True}, None)
    assert record["dataset_sha256"] == plain["dataset_sha256"]
    assert plain["counts"] == summary["splits"]
    said = "**The faces are rendered**"
    assert said in (folder / "README.md").read_text(encoding="utf-8")
    assert said not in (tmp_path / "32/README.md").read_text(encoding="utf-8")
    found = headlines(summary)
    assert (found["corpus"], found["dataset"]) == ("unknown", plain["dataset_sha256"][:12])
    assert found["rows"] == sum(split["rows"] for split in summary["splits"].values())


def test_absolute_paths_stay_out_of_the_provenance(inputs: PublishInputs, tmp_path: Path) -> None:
    """A weight file's folder is nobody's business; its name and hash are."""
    detector = PARAMS.align.detector.model_copy(update={"weights": "/somewhere/private/scrfd.onnx"})
    publish(inputs, tmp_path / "32", resolution=32, params=changed("align", detector=detector))
    text = (tmp_path / "32/provenance.json").read_text(encoding="utf-8")
    assert "private" not in text
    assert json.loads(text)["params"]["align"]["detector"]["weights"] == "scrfd.onnx"


def test_a_restricted_licence_is_said_so(inputs: PublishInputs, tmp_path: Path) -> None:
    """A licence that is not known as open makes the dataset a restricted one, in card, provenance and balance.json."""
    params = changed("publish", licence="Aff-Wild2 EULA")
    publish(inputs, tmp_path / "32", resolution=32, params=params)
    card = DatasetCard.load(tmp_path / "32/README.md")
    assert card.data.to_dict()["license"] == "other"
    assert "Class `research`: restricted." in card.text
    assert read_json(tmp_path / "32/provenance.json")["licence"]["kind"] == "research"
    assert read_json(tmp_path / "32/balance.json")["licence"] == "research"


def test_a_dataset_lists_the_licence_of_everything_in_it(folder: Path) -> None:
    """Of each source and of the detector: licence, day, holder and what it covers, in provenance and card."""
    licence = read_json(folder / "provenance.json")["licence"]
    assert [(part["role"], part["name"], part["licence"]) for part in licence["parts"]] == [
        ("corpus", "sample", "cc0-1.0"),
        ("detector", "centerface", "mit"),
    ]
    assert (licence["kind"], licence["reasons"]) == ("open", [])
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "- source `sample`: rendered faces, under cc0-1.0 (read on 2026-11-27" in text
    assert "It covers pictures, labels, features, models." in text


def test_an_open_licence_over_a_restricted_corpus_is_refused(inputs: PublishInputs, tmp_path: Path) -> None:
    """Typing cc0-1.0 over Aff-Wild2 opens nothing: nothing is written, and the rule is named."""
    faces = stated_again(inputs.faces, tmp_path, Origin("affwild2", rendered=False))
    with pytest.raises(
        LicenceError, match=r"publish\.licence \(cc0-1\.0\).*sample is Aff-Wild2.*write other"
    ):
        publish(replace(inputs, faces=faces), tmp_path / "32", resolution=32, params=PARAMS)
    assert not (tmp_path / "32").exists()
    stated = changed("publish", licence="other", licences={"sample": "cc0-1.0"})
    with pytest.raises(LicenceError, match=r"publish\.licences\.sample.*is not yours to state"):
        publish(replace(inputs, faces=faces), tmp_path / "32", resolution=32, params=stated)


def test_the_licence_of_an_own_folder_can_be_stated(inputs: PublishInputs, tmp_path: Path) -> None:
    """An Aff-Wild2-shaped folder with a layout of its own is restricted until its user states its licence."""
    faces = stated_again(inputs.faces, tmp_path, Origin("affwild2", rendered=False))
    layout = SourceLayout(videos=["v/*.mp4"], labels={"expression": {"train": "l/*.txt"}})
    source = PARAMS.sources["sample"].model_copy(update={"layout": layout})
    own = PARAMS.model_copy(update={"sources": {"sample": source}})
    with pytest.raises(LicenceError, match=r"Or state .*publish\.licences\.sample"):
        publish(replace(inputs, faces=faces), tmp_path / "32", resolution=32, params=own)
    stated = changed("publish", licence="cc-by-4.0", licences={"sample": "CC0-1.0"})
    own = own.model_copy(update={"publish": stated.publish})
    publish(replace(inputs, faces=faces), tmp_path / "32", resolution=32, params=own)
    licence = read_json(tmp_path / "32/provenance.json")["licence"]
    assert (licence["kind"], licence["parts"][0]["licence"]) == ("open", "cc0-1.0")


def test_a_changed_pixel_changes_the_content_hash(faces: Path, inputs: PublishInputs, tmp_path: Path) -> None:
    """The content hash sees pixels, at equal rows."""
    other = made(faces, tmp_path, changed("multires", png_up_to_px=16))
    hashes = {
        publish(folders, tmp_path / str(n), resolution=32, params=PARAMS)["dataset_sha256"]
        for n, folders in enumerate([inputs, PublishInputs(faces, other.variant, inputs.balanced)])
    }
    assert len(hashes) == 2


def test_multi_task_publishes_what_every_task_trains_on(faces: Path, tmp_path: Path) -> None:
    """`b`, a validation video for valence, leaves train, and its expressions with it."""
    params = changed("dataset", task="multi_task")
    summary = publish(made(faces, tmp_path, params), tmp_path / "32", resolution=32, params=params)
    loaded = datasets.load_from_disk(str(tmp_path / "32"))
    assert "b" in set(loaded["validation"]["subject_id"])
    assert "b" not in set(loaded["train"]["subject_id"])
    assert summary["left_out"]["labels"]["expression"] == 12


def test_a_video_in_two_tasks_splits_is_held_out_with_the_held_out_labels_alone(
    faces: Path, tmp_path: Path
) -> None:
    """`b` is train for expression and validation for valence: nobody learns from it, and only its valence is scored."""
    params = changed("dataset", task="multi_task")
    publish(made(faces, tmp_path, params), tmp_path / "32", resolution=32, params=params)
    validation = datasets.load_from_disk(str(tmp_path / "32"))["validation"]
    indices = [index for index, subject in enumerate(validation["subject_id"]) if subject == "b"]
    assert {validation[index]["expression"] for index in indices} == {-1}
    assert {validation[index]["valence"] for index in indices} == {0.25}
    rows = read_table(tmp_path / "32/rows.parquet", FACE_ROWS).to_pylist()
    mine = [row for row in rows if row["subject_id"] == "b"]
    assert {(row["expression"], row["valence"]) for row in mine} == {(None, 0.25)}
    learnt = set(datasets.load_from_disk(str(tmp_path / "32"))["train"]["video_id"])
    held_out = {
        row["video_id"]
        for row in rows
        for task in ("expression", "valence_arousal", "action_units")
        if row[f"split_{task}"] in {"validation", "test"}
    }
    assert learnt
    assert not learnt & held_out


def test_a_single_video_in_two_splits_leaves_train(faces: Path, tmp_path: Path) -> None:
    """The training side of a video that is evaluated is left out, and counted."""
    copied = tmp_path / "faces"
    shutil.copytree(faces, copied)
    table = read_table(copied / "rows.parquet", FACE_ROWS)
    index = table.schema.get_field_index("split_expression")
    moved = [
        "validation" if s == "c_right" else split
        for s, split in zip(
            table["subject_id"].to_pylist(), table["split_expression"].to_pylist(), strict=True
        )
    ]
    table = table.set_column(index, table.schema.field(index), [moved])
    write_table(copied / "rows.parquet", [table], FACE_ROWS, metadata(copied))
    summary = publish(made(copied, tmp_path), tmp_path / "32", resolution=32, params=PARAMS)
    assert summary["left_out"]["rows"] == 12
    assert "c_left" not in set(datasets.load_from_disk(str(tmp_path / "32"))["train"]["subject_id"])


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("resolution", "holds 32 px pictures, expected 64 px"),
        ("strategy", "was made for strategy 'augment'"),
        ("balance", r"balance\.json: It cannot be read"),
        ("variant", "a.arrow cannot be read"),
    ],
)
def test_folders_of_different_runs_are_refused(
    inputs: PublishInputs, tmp_path: Path, fault: str, message: str
) -> None:
    """Inputs that do not belong together stop the stage, and nothing half-written stays."""
    copied = PublishInputs(inputs.faces, tmp_path / "variant", tmp_path / "balanced")
    shutil.copytree(inputs.variant, copied.variant)
    shutil.copytree(inputs.balanced, copied.balanced)
    params = changed("balance", strategy="none") if fault == "strategy" else PARAMS
    if fault == "balance":
        (copied.balanced / "balance.json").unlink()
    if fault == "variant":
        (copied.variant / "a.arrow").unlink()
    with pytest.raises(DatasetError, match=message):
        publish(copied, tmp_path / "out", resolution=64 if fault == "resolution" else 32, params=params)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["balanced", "variant"]


def test_decoded_pictures_equal_ours(folder: Path, dataset: datasets.DatasetDict) -> None:
    """Pillow, which the library decodes with, and we see the same RGB picture."""
    raw = dataset["validation"].cast_column("image", datasets.Image(decode=False))[0]["image"]["bytes"]
    assert np.array_equal(np.asarray(dataset["validation"][0]["image"]), decode(raw))


def test_landmarks_and_boxes_are_those_of_the_faces(inputs: PublishInputs, folder: Path) -> None:
    """Every published row, copies included, has the very places of its row in the faces' table."""
    known = {row["row_id"]: row for row in read_table(inputs.faces / "rows.parquet", FACE_ROWS).to_pylist()}
    for split, loaded in datasets.load_from_disk(str(folder)).items():
        for row in loaded.remove_columns(["image"]):
            source = known[row["parent_id"] or row["row_id"]]
            for name in ("landmarks", "box", "frame_index", "pts_seconds"):
                assert row[name] == source[name], (split, row["row_id"], name)
