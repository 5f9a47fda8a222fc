"""Write a published dataset as Parquet or WebDataset, one shard after another, and what says where it comes from."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fer_data.convert.card import converted_card
from fer_data.convert.tar_files import picture_suffix, tar_name, write_tar
from fer_data.errors import ParamsError
from fer_data.published.card_text import BESIDE_CARD
from fer_data.published.croissant import CROISSANT_FILE
from fer_data.published.licences import stated_licence_of
from fer_data.published.parquet import ParquetFile, parquet_files, write_parquet
from fer_data.published.parquet_record import parquet_record
from fer_data.published.shards import Shards, open_shards
from fer_data.shell.files.atomic import file_sha256, write_json
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.files.private import privately
from fer_data.shell.files.sealed import sealed
from fer_data.shell.progress import progress
from fer_data.shell.suggestions import did_you_mean, quoted

__all__ = ["CONTAINERS", "convert"]

CONTAINERS = ("parquet", "webdataset")

_COPIED = ("provenance.json", "balance.json")
_IDENTITY = ("name", "version", "resolution", "dataset_sha256")

_Writer = Callable[[ParquetFile, Path, int], tuple[str, int]]
"""Writes one file below a folder, given the number of its first row; returns its name and rows."""


def convert(dataset: Path, output: Path, *, to: str, overwrite: bool = False) -> dict[str, Any]:
    """Write a published dataset in another container, and return what was written.

    A shard becomes a file, one record batch at a time, so memory does not grow with the data, and each picture is held
    against its hash. `provenance.json`, `balance.json`, licence and pictures of the card go along, the card with how
    the files are read, for Parquet a Croissant file, and `conversion.json`, which states every file's hash. Where the
    licence restricts the pictures, nobody else may read the folder.

    Raises:
        ParamsError: there is no such container.
        DatasetError: the dataset is missing or damaged.
        OutputError: the output must not be replaced, or cannot be written.
    """
    if to not in CONTAINERS:
        raise ParamsError(f"Unknown container {quoted(to)} (--to). {did_you_mean(to, CONTAINERS)}")
    with new_folder(output, "converted", name="--output", overwrite=overwrite, inputs=[dataset]) as folder:
        shards = open_shards(dataset)
        licence = stated_licence_of(shards.documents.provenance)
        with privately(folder, restricted=licence["kind"] != "open"):
            return _filled(folder, shards, to, licence, name=output.name)


def _filled(folder: Path, shards: Shards, to: str, licence: dict[str, Any], *, name: str) -> dict[str, Any]:
    """Write everything into the folder, whose name will be `name`, and return what `conversion.json` says."""
    suffix = None if to == "parquet" else picture_suffix(shards)
    files = _written(shards, folder, _writer(shards, suffix))
    known = {key: shards.documents.provenance.get(key) for key in _IDENTITY}
    for document in (*_COPIED, *(name for name in BESIDE_CARD if name in shards.documents.files)):
        shutil.copyfile(shards.folder / document, folder / document)
    card = converted_card(
        shards.folder / "README.md",
        name,
        splits=list(shards.splits),
        suffix=suffix,
        version=str(known["version"]),
    )
    (folder / "README.md").write_text(card, encoding="utf-8")
    if suffix is None:
        _describe(folder, shards, files)
    record = {"to": to, "data": known, "licence": licence, "files": files}
    write_json(folder / "conversion.json", sealed(record))
    return record


def _describe(folder: Path, shards: Shards, files: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the Croissant file of Parquet files; nothing of a dataset that has none."""
    written = {name: (folder / name, one["size"], one["sha256"]) for name, one in files.items()}
    document = parquet_record(shards, written, with_rows=False)
    if document is not None:
        write_json(folder / CROISSANT_FILE, document)


def _writer(shards: Shards, suffix: str | None) -> _Writer:
    def parquet(file: ParquetFile, folder: Path, _: int) -> tuple[str, int]:
        return file.name, write_parquet(shards, file, folder)

    def tar(file: ParquetFile, folder: Path, first: int) -> tuple[str, int]:
        return tar_name(file), write_tar(shards, file, folder, first=first, suffix=str(suffix))

    return parquet if suffix is None else tar


def _written(shards: Shards, folder: Path, write: _Writer) -> dict[str, dict[str, Any]]:
    """Write every shard, and return what is known of each file by its name."""
    found: dict[str, dict[str, Any]] = {}
    rows = dict.fromkeys(shards.splits, 0)
    planned = parquet_files(shards)
    with progress("convert", len(planned), "shards") as work:
        for file in planned:
            name, count = write(file, folder, rows[file.split])
            rows[file.split] += count
            path = folder / name
            size = path.stat().st_size
            found[name] = {"split": file.split, "rows": count, "size": size, "sha256": file_sha256(path)}
            work.advance()
    return found
