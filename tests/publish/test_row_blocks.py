"""Series together, so that columns are worked on at once."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from fer_data.publish.row_blocks import RowBlock, row_blocks
from fer_data.tables.published_series import PublishedSeries

SERIES = (("a", "one", 2), ("b", "one", 1), ("c", "one", 3), ("d", "two", 1), ("e", "two", 2))


def blocks(rows: int, series: Sequence[tuple[str, str, int]] = SERIES) -> list[RowBlock]:
    """Return the blocks of series of so many rows, each of a name, a corpus and a length."""
    made = (
        PublishedSeries(
            name, corpus, pa.table({"series_id": [name] * count}), np.arange(count, dtype=np.int8)
        )
        for name, corpus, count in series
    )
    return list(row_blocks(made, rows))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (1, ["a", "b", "c", "d", "e"]),
        (3, ["ab", "c", "de"]),
        (4, ["abc", "de"]),
        (100, ["abc", "de"]),
    ],
)
def test_a_block_is_whole_series_of_one_corpus(rows: int, expected: list[str]) -> None:
    """It ends with the series that fills it, and before one of another corpus."""
    found = blocks(rows)
    assert ["".join(block.series) for block in found] == expected
    for block in found:
        for name, (first, last) in block.series.items():
            assert set(block.rows["series_id"][first:last].to_pylist()) == {name}
            assert block.splits[first:last].tolist() == list(range(last - first))
        assert len(block.rows) == len(block.splits) == last


def test_no_series_are_no_block() -> None:
    """Nothing is yielded."""
    assert blocks(4, ()) == []


def test_parts_are_the_series_that_have_some_of_the_rows() -> None:
    """Each with the places among these rows; a series without any is left out."""
    block = blocks(100)[0]
    assert list(block.parts(np.array([0, 1, 4, 5]))) == [("a", 0, 2), ("c", 2, 4)]
    assert list(block.parts(np.zeros(0, np.int64))) == []
