"""Read the Arrow shards of a published dataset without the `datasets` library, which takes a second to import."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from fer_data.core.labels import SPLITS
from fer_data.errors import DatasetError

__all__ = ["is_published", "published_classes", "published_split_names", "read_shards"]


def is_published(folder: Path) -> bool:
    """Say whether a folder looks like a published dataset."""
    return (folder / "dataset_dict.json").is_file()


def published_split_names(folder: Path) -> list[str]:
    """Return the names of the splits of a published dataset, in their order.

    Raises:
        DatasetError: the folder is no published dataset.
    """
    names = _json(folder / "dataset_dict.json")["splits"]
    return [name for name in SPLITS if name in names]


def published_classes(folder: Path) -> list[str]:
    """Return the names of the expression classes, in label order.

    Raises:
        DatasetError: the folder is no published dataset.
    """
    split = published_split_names(folder)[0]
    return list(_json(folder / split / "dataset_info.json")["features"]["expression"]["names"])


def read_shards(folder: Path, split: str) -> Iterator[pa.RecordBatch]:
    """Yield a split's record batches, memory-mapped: what is not looked at is not read.

    Raises:
        DatasetError: the folder is no published dataset, lacks the split, or a shard is damaged.
    """
    for entry in _json(folder / split / "state.json")["_data_files"]:
        path = folder / split / entry["filename"]
        try:
            with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as reader:
                yield from reader
        except (FileNotFoundError, pa.ArrowInvalid) as error:
            raise DatasetError(
                f"{path} cannot be read: {error}. Run `dvc repro publish` to rebuild it."
            ) from error


def _json(path: Path) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise DatasetError(
            f"{path} cannot be read: {error}. Name a published dataset, such as data/published/128."
        ) from error
    return loaded
