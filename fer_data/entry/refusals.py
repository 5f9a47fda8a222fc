"""What can be refused before anything large is loaded: models, datasets and outputs that a command names.

The work checks all of it again; here it costs a moment, there the seconds that networks take to load come first.
"""

from collections.abc import Iterable
from pathlib import Path

from fer_data.errors import ParamsError, WeightsError
from fer_data.model.description import REMEDY, WEIGHTS_FILE, read_description

__all__ = ["check_dataset", "check_model", "check_weights_file"]


def check_model(folder: Path) -> None:
    """Refuse a folder that holds no model: its description is checked, its weights are only looked for.

    Raises:
        WeightsError: it is missing, or its description is damaged.
    """
    read_description(folder)
    if not (folder / WEIGHTS_FILE).is_file():
        raise WeightsError(f"{folder / WEIGHTS_FILE} is missing or no regular file. {REMEDY}")


def check_weights_file(file: Path) -> None:
    """Refuse a path at which no file of weights can lie.

    Raises:
        ParamsError: it is missing, or no regular file.
    """
    if not file.is_file():
        raise ParamsError(
            f"FILE ({file}) does not exist, or is no regular file. Name the weights file you downloaded."
        )


def check_dataset(folder: Path, splits: Iterable[str] = ()) -> None:
    """Refuse a folder that is no published dataset, or lacks a split; its rows are not read.

    Raises:
        DatasetError: it is missing, damaged, or has no such split.
    """
    from fer_data.errors import DatasetError
    from fer_data.published.shards import open_shards

    found = open_shards(folder).splits
    for split in splits:
        if split not in found:
            raise DatasetError(f"{folder} has no split {split!r}. Expected {', '.join(sorted(found))}.")
