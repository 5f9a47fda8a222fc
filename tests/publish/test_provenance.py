"""The content hash and the record of where a dataset comes from."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fer_data.errors import DatasetError
from fer_data.pictures.images import encode_jpeg, encode_png
from fer_data.publish.provenance import ContentHash
from fer_data.published.features import IMAGE
from fer_data.published.licences import licence_of


def rows(count: int = 5, **changes: Any) -> pa.Table:
    """Return rows with 8 px pictures."""
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 256, (8, 8, 3), dtype=np.uint8) for _ in range(count)]
    columns = {
        "image": pa.array([{"bytes": encode_png(picture), "path": None} for picture in pictures], IMAGE),
        "row_id": [f"a/{i}" for i in range(count)],
        "valence": [float("nan")] * count,
    }
    return pa.table({**columns, **changes})


def digest(*tables: pa.Table) -> str:
    """Return the content hash of tables one after another."""
    content = ContentHash(8)
    with ThreadPoolExecutor(2) as threads:
        for table in tables:
            content.update(table, threads)
    return content.hexdigest()


def test_batches_do_not_matter() -> None:
    """The same rows in other batches have the same hash."""
    assert digest(rows()) == digest(rows().slice(0, 2), rows().slice(2))


@pytest.mark.parametrize(
    "other",
    [rows(valence=[0.5] * 5), rows(row_id=list("abcde")), rows().slice(1), rows().take([1, 0, 2, 3, 4])],
    ids=["value", "name", "missing row", "order"],
)
def test_every_value_and_the_order_matter(other: pa.Table) -> None:
    """A changed value, a missing row or another order is another hash."""
    assert digest(rows()) != digest(other)


@pytest.mark.parametrize(
    ("encoded", "message"),
    [
        (b"no picture", r"row a/0: image .* cannot be decoded"),
        (encode_jpeg(np.zeros((8, 9, 3), np.uint8), 90), "row a/0 is 9x8 px, expected 8x8"),
    ],
    ids=["damaged", "size"],
)
def test_a_picture_that_is_none_is_refused(encoded: bytes, message: str) -> None:
    """Hashing decodes every picture, so a damaged one is never published."""
    image = pa.array([{"bytes": encoded, "path": None}], IMAGE)
    with pytest.raises(DatasetError, match=message):
        digest(rows(1, image=image))


@pytest.mark.parametrize(
    ("pictures", "detector", "kind", "reasons"),
    [
        ("cc0-1.0", "centerface", "open", 0),
        ("CC-BY-4.0", "centerface", "open", 0),
        ("Aff-Wild2 EULA", "centerface", "research", 1),
        ("cc0-1.0", "insightface", "research", 1),
        ("other", "insightface", "research", 2),
    ],
)
def test_the_licence_class(pictures: str, detector: str, kind: str, reasons: int) -> None:
    """A dataset is open only if its pictures and its detector are."""
    licence = licence_of(pictures, detector)
    assert (licence.kind, len(licence.reasons)) == (kind, reasons)
