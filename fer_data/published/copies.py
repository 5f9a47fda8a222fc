"""What was done to the augmented copies of a published dataset, out of the records that they carry."""

import json
from collections import Counter
from typing import Any

import datasets

from fer_data.core.arrays import Int64
from fer_data.errors import DatasetError

__all__ = ["copies_stated"]

_ROWS_AT_A_TIME = 4096


def copies_stated(split: datasets.Dataset, copies: Int64) -> dict[str, Any]:
    """Return how many copies there are, by their places in a split, and how many of them each transform made.

    `operations` is None where the column of records was taken from the dataset: then nobody can tell.

    Raises:
        DatasetError: a record is not one of an augmented copy.
    """
    if "augmentation" not in split.column_names:
        return {"count": len(copies), "operations": None if len(copies) else {}}
    records = split.select_columns("augmentation").with_format("arrow")
    found: Counter[str] = Counter()
    for start in range(0, len(copies), _ROWS_AT_A_TIME):
        texts = records[copies[start : start + _ROWS_AT_A_TIME].tolist()]["augmentation"].to_pylist()
        for text in texts:
            found.update(_transforms(text))
    return {"count": len(copies), "operations": dict(sorted(found.items()))}


def _transforms(record: str | None) -> set[str]:
    try:
        return {str(one["name"]) for one in json.loads(record or "")["operations"]}
    except (ValueError, TypeError, KeyError) as error:
        raise DatasetError(
            f"augmentation ({record!a:.80}) is no record of an augmented copy. Publish the dataset again."
        ) from error
