"""Pictures of a series, brought together in any order."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from fer_data.publish.stored_images import StoredImages, gathered, open_images
from fer_data.tables.schemas import VARIANT, write_arrow

LONG = [bytes([65 + number]) * (13 + number) for number in range(7)]
"""Longer than what a view holds itself."""

SHORT = [b"", b"a", b"bc", b"twelve bytes", *LONG[4:]]


def stored(folder: Path, pictures: list[bytes]) -> StoredImages:
    """Return pictures that were written in batches of four and of what is left."""
    rows = [str(number) for number in range(len(pictures))]
    table = pa.table({"row_id": rows, "image": pictures, "pixels_sha256": [b"0" * 32] * len(rows)}).cast(
        VARIANT
    )
    write_arrow(folder / "a.arrow", [table.slice(0, 4), table.slice(4)], VARIANT)
    return open_images(folder / "a.arrow", VARIANT)


@pytest.mark.parametrize("pictures", [LONG, SHORT], ids=["long", "short"])
@pytest.mark.parametrize("order", [[0], [6, 0, 3, 4], [1, 1, 5], list(range(7))], ids=str)
def test_pictures_come_in_any_order(tmp_path: Path, pictures: list[bytes], order: list[int]) -> None:
    """Also those that Arrow's views would hold themselves, and from several batches."""
    images = stored(tmp_path, pictures)
    found = gathered(images.views[order], images.buffers)
    found.validate(full=True)
    assert found.to_pylist() == [pictures[place] for place in order]


@pytest.mark.parametrize(
    ("places", "together"),
    [
        ([0, 1, 2, 3], True),
        ([2, 3], True),
        ([4, 5, 6], True),
        ([3, 4], False),
        ([0, 2], False),
        ([0, 2, 2], False),
    ],
    ids=str,
)
def test_only_neighbours_of_one_batch_are_together(tmp_path: Path, places: list[int], together: bool) -> None:
    """They are not copied."""
    images = stored(tmp_path, LONG)
    found = images.together(np.array(places))
    assert (found is not None) == together
    if found is not None:
        assert found.to_pylist() == [LONG[place] for place in places]
        data = found.buffers()[2].address
        assert any(buffer.address <= data < buffer.address + buffer.size for buffer in images.buffers)


@pytest.mark.parametrize("places", [[0], [0, 1], [1, 2], [4, 5]], ids=str)
def test_pictures_are_written_without_what_lies_behind_them(tmp_path: Path, places: list[int]) -> None:
    """Arrow fills up to 64 bytes out of the next picture, which may be of another split or of none."""
    found = stored(tmp_path, LONG).together(np.array(places))
    assert found is not None
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema({"image": pa.binary()})) as stream:
        stream.write_batch(pa.record_batch({"image": found}))
    written = sink.getvalue().to_pybytes()
    assert all(LONG[place] in written for place in places)
    others = set(range(len(LONG))) - set(places)
    assert not any(LONG[place][:4] in written for place in others)
