"""The Croissant file: mlcroissant finds no fault in it, and reads the records that `datasets` reads."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import datasets
import mlcroissant
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cards import counted, provenance_of
from mlcroissant._src.core.rdf import make_context

from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.publish.croissant_facts import published_croissant, semantic_version
from fer_data.published.croissant import CROISSANT_FILE, DescribedFile, croissant, parquet_croissant
from fer_data.published.parquet import parquet_files, write_parquet
from fer_data.published.shards import open_shards
from fer_data.shell.files.atomic import file_sha256, write_json
from fer_data.tables.schemas import FACE_ROWS

pytestmark = [  # both in mlcroissant
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index"),
]


def opened(path: Path) -> mlcroissant.Dataset:
    """Return a dataset that the validator finds neither error nor warning in."""
    dataset = mlcroissant.Dataset(jsonld=path)
    assert dataset.metadata.ctx.issues.report() == ""
    return dataset


def described(folder: Path, path: Path) -> DescribedFile:
    """Return a file of a dataset as its document names it."""
    return DescribedFile(path.relative_to(folder).as_posix(), path.stat().st_size, file_sha256(path))


def text(value: Any) -> str:
    """Return a text of a record, which mlcroissant gives as bytes."""
    return str(value.decode())


def plain(value: Any) -> Any:
    """Return a value of a record as `datasets` has it: no field names in a struct, a NaN in place of nothing."""
    if isinstance(value, Mapping):
        return {name.rpartition("/")[2]: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, bytes):
        return value.decode()
    return float("nan") if value is None else value.item()


def test_the_context_is_the_formats_own() -> None:
    """Word for word; another one is a warning."""
    document = croissant({}, [], [])
    theirs = mlcroissant.Context(conforms_to=document["conformsTo"][0])
    assert document["@context"] == make_context(theirs)


def test_rows_of_a_published_dataset_are_read(published: Path) -> None:
    """Each original with its expression, and every other row of the task with the state it ended in."""
    dataset = opened(published / CROISSANT_FILE)
    records = {text(one["rows/row_id"]): one for one in dataset.records("rows")}
    table = pq.read_table(published / "rows.parquet")
    assert sorted(records) == sorted(table["row_id"].to_pylist())
    assert {text(one["rows/state"]) for one in records.values()} == set(table["state"].to_pylist())
    for split in datasets.load_from_disk(str(published)).values():
        rows = split.select_columns(["row_id", "expression", "parent_id"])
        for row in (row for row in rows if not row["parent_id"]):
            label = records[row["row_id"]]["rows/expression"]
            assert row["expression"] == (-1 if label is None else label)
    classes = dataset.records("expression_classes")
    assert [one["expression_classes/label"] for one in classes] == list(SEVEN_CLASSES)


def test_every_file_of_the_data_has_its_hash(published: Path) -> None:
    """The same that provenance has; no path leads out of the folder, and nothing is a date of today."""
    document = json.loads((published / CROISSANT_FILE).read_text(encoding="utf-8"))
    files = json.loads((published / "provenance.json").read_text(encoding="utf-8"))["files"]
    stated = {one["contentUrl"]: one["sha256"] for one in document["distribution"]}
    assert stated == {
        name: record["sha256"] for name, record in files.items() if name.endswith((".arrow", "rows.parquet"))
    }
    assert {CROISSANT_FILE, "README.md", "LICENSE.md", "labels.png", "faces.jpg"} <= set(files)
    assert "license" in document
    assert document["license"] == "https://spdx.org/licenses/CC0-1.0.html"


def test_a_damaged_file_is_not_read(published: Path, tmp_path: Path) -> None:
    """Mlcroissant holds `rows.parquet` against its hash."""
    folder = shutil.copytree(published, tmp_path / "32")
    path = folder / "rows.parquet"
    path.write_bytes(path.read_bytes()[:-20] + bytes(20))
    with pytest.raises(mlcroissant.GenerationError):
        list(opened(folder / CROISSANT_FILE).records("rows"))


@pytest.mark.parametrize("parts", [1, 2])
def test_parquet_is_read_with_pictures(published: Path, tmp_path: Path, parts: int) -> None:
    """Every column of every row, and the very bytes of its picture, from one file a split and from several."""
    shards, files = open_shards(published), dict[str, list[DescribedFile]]()
    for file in parquet_files(shards):
        write_parquet(shards, file, tmp_path)
        path = tmp_path / file.name
        table = pq.read_table(path)
        size = -(-len(table) // parts)
        for part in range(parts):
            whole = path.with_name(f"{file.split}-{part:05d}-of-{parts:05d}.parquet")
            pq.write_table(table.slice(part * size, size), whole)
            files.setdefault(file.split, []).append(described(tmp_path, whole))
    document = json.loads((published / CROISSANT_FILE).read_text(encoding="utf-8"))
    write_json(tmp_path / CROISSANT_FILE, parquet_croissant(document, files, table.schema))
    read = opened(tmp_path / CROISSANT_FILE)
    for name, split in datasets.load_from_disk(str(published)).items():
        ours = split.cast_column("image", datasets.Image(decode=False))
        for row, record in zip(ours, read.records(name), strict=True):
            picture = record.pop(f"{name}/image")
            assert picture.fp.getvalue() == row.pop("image")["bytes"]
            assert picture.size == (32, 32)
            found = {key.removeprefix(f"{name}/"): plain(value) for key, value in record.items()}
            np.testing.assert_equal(found, row)


@pytest.mark.parametrize(
    "provenance",
    [
        provenance_of({"web": "affwild2", "face": "affectnet"}),
        provenance_of({"crema": "cremad"}, licence="odbl"),
        provenance_of({"lab": "pictures"}, card_params={"controller": 'A "lab"', "retention": "5 years"}),
        provenance_of({"lab": "videos"}, licence="our <terms>", task="valence_arousal"),
        provenance_of({"sample": "affwild2"}, licence="cc0-1.0", rendered=True, detector="insightface"),
        provenance_of({"lab": "pictures"}, detector=None, card_params={"citation": "@misc{a,\n b}"}),
    ],
    ids=["restricted", "open", "stated", "own terms", "restricted detector", "crops, cited"],
)
@pytest.mark.parametrize("classes", [SEVEN_CLASSES, ('<b>"', "{}", "@id"), ()], ids=["seven", "odd", "none"])
def test_no_dataset_has_a_fault(tmp_path: Path, provenance: dict[str, Any], classes: tuple[str, ...]) -> None:
    """Of whatever licence, corpora, tasks and names of classes."""
    sources = list(provenance["params"]["sources"])
    splits = [counted("train", sources, len(classes))]
    pq.write_table(FACE_ROWS.empty_table(), tmp_path / "rows.parquet")
    files = [described(tmp_path, tmp_path / "rows.parquet")]
    document = published_croissant(splits, list(map(str, classes)), provenance, files=files, rows=FACE_ROWS)
    write_json(tmp_path / CROISSANT_FILE, document)
    assert (
        published_croissant(splits, list(map(str, classes)), provenance, files=files, rows=FACE_ROWS)
        == document
    )
    metadata = opened(tmp_path / CROISSANT_FILE).metadata
    assert metadata.version == semantic_version(provenance["version"]) == "0.2.0-dev.1"
    assert metadata.data_collection
    assert metadata.data_biases
    assert metadata.data_limitations
    assert metadata.personal_sensitive_information
    if provenance["licence"]["kind"] == "research":
        assert "restricted" in str(metadata.license[0].description)


def test_long_numbers_beside_nulls_are_left_out() -> None:
    """Pandas makes floats of them, and mlcroissant wrong numbers."""
    document = published_croissant(
        [counted("train", ["lab"], 0)], [], provenance_of({"lab": "pictures"}), files=[], rows=FACE_ROWS
    )
    (rows,) = document["recordSet"]
    named = {field["name"] for field in rows["field"]}
    assert set(FACE_ROWS.names) - named == {"perceptual_hash"}
    whole = {field.name for field in FACE_ROWS if field.type == pa.int64() and field.nullable}
    assert whole == {"perceptual_hash"}
