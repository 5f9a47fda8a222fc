"""Open a published dataset for PyTorch, without the `datasets` library."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, overload

from torch import Tensor

from fer_data.errors import DatasetError
from fer_data.published.column_places import map_rows
from fer_data.published.shards import Shards, check_split, is_published, open_shards
from fer_data.published.torch_split import PublishedSplit, SplitFacts
from fer_data.shell.files.sealed import read_json

__all__ = ["open_dataset"]

Transform = Callable[[Tensor], Any]


@overload
def open_dataset(
    path: str | Path,
    split: None = None,
    *,
    columns: Sequence[str] | None = None,
    transform: Transform | None = None,
) -> dict[str, PublishedSplit]: ...
@overload
def open_dataset(
    path: str | Path, split: str, *, columns: Sequence[str] | None = None, transform: Transform | None = None
) -> PublishedSplit: ...
def open_dataset(
    path: str | Path,
    split: str | None = None,
    *,
    columns: Sequence[str] | None = None,
    transform: Transform | None = None,
) -> PublishedSplit | dict[str, PublishedSplit]:
    """Return a split of a published dataset, or without its name all of them, to index and to give a DataLoader.

    Labels and places are held against their hashes here, pictures when they are read. Memory does not grow with the
    data: shards are memory-mapped.

    Args:
        path: the folder that `publish` wrote.
        split: `train`, `validation` or `test`; None: each by its name.
        columns: that are read, in this order; all by default. Fewer cost less.
        transform: given each picture, a uint8 tensor (3, height, width) in RGB, and returns what stands in its place.

    Raises:
        DatasetError: the folder is no published dataset, or damaged, or lacks the split or a column.
    """
    folder = Path(path)
    if not is_published(folder) and is_published(folder.parent) and (folder / "state.json").exists():
        raise DatasetError(
            f"{folder} is one split of a dataset: open {folder.parent} with split={folder.name!r}."
        )
    if transform is not None and columns is not None and "image" not in columns:
        raise DatasetError(
            "transform is given, but columns has no 'image' for it. Add that, or leave transform out."
        )
    shards = open_shards(folder)
    if split is not None:
        check_split(shards, split)
        return _opened(shards, split, columns, transform)
    return {name: _opened(shards, name, columns, transform) for name in shards.splits}


def _opened(
    shards: Shards, split: str, columns: Sequence[str] | None, transform: Transform | None
) -> PublishedSplit:
    rows, leaves = map_rows(shards, split, columns)
    features = read_json(shards.folder / split / "dataset_info.json")["features"]
    return PublishedSplit(rows, SplitFacts(shards.folder, split, leaves, features, shards.classes), transform)
