"""A published dataset in other containers reads back equal, with its provenance and licence, and in the same bytes."""

import json
import math
import shutil
import stat
import tarfile
from pathlib import Path
from typing import Any

import datasets
import mlcroissant
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.convert import convert
from fer_data.errors import DatasetError, OutputError, ParamsError
from fer_data.shell.files.atomic import file_sha256
from fer_data.shell.files.outputs import OWN_FILES
from fer_data.shell.files.sealed import check_seal, read_json


def plain(value: Any) -> Any:
    """Return values in which NaN is equal to NaN."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return "NaN" if isinstance(value, float) and math.isnan(value) else value


def rows_of(dataset: datasets.Dataset, picture: str = "image") -> list[tuple[bytes, dict[str, Any]]]:
    """Return each row's encoded picture and its other columns."""
    rows = dataset.cast_column(picture, datasets.Image(decode=False))
    return [(row.pop(picture)["bytes"], plain(row)) for row in rows]


@pytest.fixture(scope="session")
def known(published: Path) -> dict[str, list[tuple[bytes, dict[str, Any]]]]:
    """Return the rows of the dataset as it was published."""
    return {name: rows_of(split) for name, split in datasets.load_from_disk(str(published)).items()}


def test_parquet_reads_back_equal(published: Path, tmp_path: Path, known: dict[str, Any]) -> None:
    """By the card of the new folder, with the features of the dataset."""
    convert(published, tmp_path / "out", to="parquet")
    read = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    assert read["train"].features == datasets.load_from_disk(str(published))["train"].features
    assert {name: rows_of(split) for name, split in read.items()} == known


@pytest.mark.parametrize("by_card", [True, False], ids=["by the card", "by files"])
def test_webdataset_reads_back_equal(
    published: Path, tmp_path: Path, known: dict[str, Any], by_card: bool
) -> None:
    """As the card says, and by the names of the files: `json` has every column but the picture."""
    out = tmp_path / "out"
    convert(published, out, to="webdataset")
    files = {name: str(out / "data" / f"{name}-*.tar") for name in known}
    options: dict[str, Any] = {"cache_dir": str(tmp_path / "cache")}
    read = (
        datasets.load_dataset(str(out), **options)
        if by_card
        else datasets.load_dataset("webdataset", data_files=files, **options)
    )
    for name, split in read.items():
        suffix = next(column for column in split.column_names if column in {"jpg", "png"})
        found = [(picture, row["json"]) for picture, row in rows_of(split, suffix)]
        assert found == known[name]


@pytest.mark.parametrize("to", ["parquet", "webdataset"])
def test_it_says_where_it_comes_from(published: Path, tmp_path: Path, to: str) -> None:
    """Provenance, licence, card and the hash of every file; the second time in the same bytes."""
    for name in ("a", "b"):
        found = convert(published, tmp_path / name / "out", to=to)
    out = tmp_path / "a" / "out"
    record = read_json(out / "conversion.json")
    check_seal(record, out / "conversion.json")
    provenance = read_json(published / "provenance.json")
    assert (out / "provenance.json").read_bytes() == (published / "provenance.json").read_bytes()
    assert record["data"]["dataset_sha256"] == provenance["dataset_sha256"]
    assert record["licence"] == found["licence"] == provenance["licence"]
    assert (record["to"], set(record["files"])) == (
        to,
        {p.relative_to(out).as_posix() for p in out.glob("data/*")},
    )
    for name, stated in record["files"].items():
        assert file_sha256(out / name) == file_sha256(tmp_path / "b" / "out" / name) == stated["sha256"]
    text = (out / "README.md").read_text()
    assert "load_from_disk" not in text
    assert "## Splits and classes" in text


def test_a_tar_says_nothing_of_this_machine(published: Path, tmp_path: Path) -> None:
    """No time, no owner; a picture and its document stand together."""
    convert(published, tmp_path / "out", to="webdataset")
    with tarfile.open(tmp_path / "out" / "data" / "train-00000-of-00001.tar") as tar:
        members = tar.getmembers()
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {(0, 0, 0, "", "", 0o644)}
    first, second = (Path(member.name) for member in members[:2])
    assert (first.stem, second.stem, second.suffix) == ("train-000000000", "train-000000000", ".json")


def _restricted(published: Path, folder: Path) -> Path:
    """Return a copy whose provenance states a licence that restricts it."""
    shutil.copytree(published, folder)
    path = folder / "provenance.json"
    document = json.loads(path.read_text())
    document["licence"]["reasons"] = ["Source x is restricted."]
    document["licence"]["kind"] = "research"
    kept = {key: value for key, value in document.items() if key not in {"files", "seal_sha256"}}
    path.write_text(json.dumps(kept))
    return folder


def test_nobody_else_reads_what_is_restricted(published: Path, tmp_path: Path) -> None:
    """Folders and files are their owner's alone, and the command says why."""
    dataset, out = _restricted(published, tmp_path / "32"), tmp_path / "out"
    done = CliRunner().invoke(
        app, ["convert", str(dataset), "--to", "webdataset", "--output", str(out)], catch_exceptions=False
    )
    assert "licence class research" in done.stdout
    assert "Source x is restricted." in done.stdout
    for path in (out, *(path for path in out.rglob("*") if path.name not in OWN_FILES)):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_the_command_prints_what_was_written(published: Path, tmp_path: Path) -> None:
    """With --json one document."""
    arguments = ["convert", str(published), "--to", "parquet", "--output", str(tmp_path / "out"), "--json"]
    document = json.loads(CliRunner().invoke(app, arguments, catch_exceptions=False).stdout)
    assert document["output"] == str(tmp_path / "out")
    assert sorted(document) == ["data", "files", "licence", "output", "to"]


def test_wrong_input_leaves_nothing(published: Path, tmp_path: Path) -> None:
    """An unknown container, no dataset, a damaged picture, an output that is there already or inside of the input."""
    out = tmp_path / "out"
    with pytest.raises(
        ParamsError, match=r"Unknown container 'tar' \(--to\)\. Expected parquet or webdataset\."
    ):
        convert(published, out, to="tar")
    with pytest.raises(DatasetError, match="must be a published dataset"):
        convert(tmp_path / "none", out, to="parquet")
    copy = Path(shutil.copytree(published, tmp_path / "32"))
    shard = min((copy / "train").glob("*.arrow"))
    data = bytearray(shard.read_bytes())
    with pa.ipc.open_stream(bytes(data)) as reader:
        picture = list(reader)[-1]["image"].field("bytes")[0].as_py()
    data[data.rindex(picture) + len(picture) // 2] ^= 1
    shard.write_bytes(data)
    for to in ("parquet", "webdataset"):
        with pytest.raises(DatasetError, match=r"the picture of row \S+ was altered or damaged"):
            convert(copy, out, to=to)
    assert not out.exists()
    with pytest.raises(OutputError, match="must not lie in an input"):
        convert(published, published / "out", to="parquet")
    convert(published, out, to="parquet")
    with pytest.raises(OutputError, match="exists already"):
        convert(published, out, to="webdataset")
    convert(published, out, to="webdataset", overwrite=True)
    assert not list(out.rglob("*.parquet"))


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # in mlcroissant
@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index")
def test_parquet_is_described_for_mlcroissant(published: Path, tmp_path: Path) -> None:
    """Without a fault; pictures are those of the dataset, and the card shows the pictures that it names."""
    convert(published, tmp_path / "out", to="parquet")
    described = mlcroissant.Dataset(jsonld=tmp_path / "out/croissant.json")
    assert described.metadata.ctx.issues.report() == ""
    rows = datasets.load_from_disk(str(published))["test"].cast_column("image", datasets.Image(decode=False))
    pictures = [record["test/image"].fp.getvalue() for record in described.records("test")]
    assert pictures == [image["bytes"] for image in rows["image"]]
    for name in ("LICENSE.md", "labels.png", "faces.jpg"):
        assert (tmp_path / "out" / name).read_bytes() == (published / name).read_bytes()
