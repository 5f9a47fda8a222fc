"""The hash of what a split holds."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fer_data.published.content import ContentHash, column_bytes, dataset_sha256, row_content
from fer_data.published.shards import open_shards, read_shards

LISTS = pa.list_(pa.list_(pa.float32(), 2), 2)


def rows(count: int = 5, **changes: Any) -> pa.Table:
    """Return rows with a column of every kind that a dataset has."""
    columns = {
        "row_id": [f"a/{i}" for i in range(count)],
        "valence": pa.array([float("nan"), *range(1, count)], pa.float32()),
        "units": pa.array([{"AU01": i, "AU02": -1} for i in range(count)]),
        "landmarks": pa.array([[[i, 1.0], [2.0, 3.0]] for i in range(count)], LISTS),
    }
    return pa.table({**columns, **changes})


def digest(*tables: pa.Table, picture: bytes = b"p") -> str:
    """Return the content hash of tables one after another, each row with the same picture."""
    content = ContentHash()
    for table in tables:
        (batch,) = table.combine_chunks().to_batches()
        content.update({**column_bytes(batch), "image": hashlib.sha256(picture).digest() * len(batch)})
    return content.hexdigest()


def test_batches_do_not_matter() -> None:
    """The same rows in other batches have the same hash."""
    assert (
        digest(rows())
        == digest(rows().slice(0, 2), rows().slice(2))
        == digest(rows().slice(0, 4), rows().slice(4))
    )


@pytest.mark.parametrize(
    "other",
    [
        rows(valence=pa.array([0.5] * 5, pa.float32())),
        rows(row_id=list("abcde")),
        rows(row_id=["a/0a", "/1", "a/2", "a/3", "a/4"]),
        rows(units=pa.array([{"AU01": i, "AU02": 1} for i in range(5)])),
        rows(landmarks=pa.array([[[0.0, 1.0], [2.0, 3.0]]] * 5, LISTS)),
        rows().rename_columns({"valence": "arousal"}),
        rows().slice(1),
        rows().take([1, 0, 2, 3, 4]),
    ],
    ids=["value", "name", "where names end", "unit", "landmark", "column", "missing row", "order"],
)
def test_every_value_and_the_order_matter(other: pa.Table) -> None:
    """A changed value, a missing row or another order is another hash."""
    assert digest(rows()) != digest(other)


def test_pixels_matter() -> None:
    """Other pixels are another hash."""
    assert digest(rows()) != digest(rows(), picture=b"q")


def test_every_nan_is_the_same() -> None:
    """What is missing is one value, whichever bits a machine writes for it."""
    bits = np.array([0x7FC00000, 0xFFC00001], np.uint32).view(np.float32)
    first, second = (rows(1, valence=pa.array(bits[i : i + 1])) for i in range(2))
    assert digest(first) == digest(second)


def test_a_published_dataset_has_the_hash_that_it_states(published: Path) -> None:
    """Whoever reads every row back, in any batches, finds what provenance says of each split and of the whole."""
    shards, stated = open_shards(published), json.loads((published / "provenance.json").read_text("utf-8"))
    found = {}
    for split in shards.splits:
        content = ContentHash()
        for batch in read_shards(shards, split):
            content.update(row_content(batch))
        found[split] = content.hexdigest()
    assert found == stated["splits"]
    assert dataset_sha256(found) == stated["dataset_sha256"]
