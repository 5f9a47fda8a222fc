"""What the records of augmented copies say together."""

import json
from pathlib import Path

import datasets
import numpy as np
import pytest

from fer_data.errors import DatasetError
from fer_data.published.copies import copies_stated
from fer_data.published.dataset import copy_mask, open_published


def test_transforms_of_all_copies_are_counted(published: Path) -> None:
    """Every copy is warped once; the flip stands in about half of them."""
    split = open_published(published).split("train")
    copies = np.flatnonzero(copy_mask(split))
    found = copies_stated(split, copies)
    assert found["count"] == found["operations"]["Affine"] == len(copies) > 50
    assert 0.3 < found["operations"]["HorizontalFlip"] / len(copies) < 0.7
    assert "ImageCompression" not in found["operations"]  # of pictures of 32 px none is compressed


def test_no_copies_state_nothing(published: Path) -> None:
    """An empty count, and no operation."""
    split = open_published(published).split("train")
    assert copies_stated(split, np.zeros(0, np.int64)) == {"count": 0, "operations": {}}


def test_copies_without_records_say_that_nobody_knows(published: Path) -> None:
    """Where the column was taken from the dataset, the operations are unknown."""
    split = open_published(published).split("train").remove_columns("augmentation")
    assert copies_stated(split, np.array([1, 2])) == {"count": 2, "operations": None}
    assert copies_stated(split, np.zeros(0, np.int64)) == {"count": 0, "operations": {}}


@pytest.mark.parametrize("record", ["", "{}", "[]", json.dumps({"operations": [3]})])
def test_a_record_that_is_none_is_refused(record: str) -> None:
    """A copy's record names its transforms."""
    split = datasets.Dataset.from_dict({"augmentation": [record]})
    with pytest.raises(DatasetError, match="is no record of an augmented copy"):
        copies_stated(split, np.array([0]))
