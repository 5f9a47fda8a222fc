"""Which rows a page shows of very many."""

import numpy as np
import pytest

from fer_data.view.rows.sampling import sample


def names(sheet: int) -> list[int]:
    """Return what a sheet is called."""
    return [sheet]


def test_every_sheet_has_its_share_and_its_ends() -> None:
    """A sheet of 9,990 rows does not crowd out one of 10: that is there whole; the ends of each order are certain."""
    sheets = np.repeat([0, 1], [9990, 10])
    loss = np.random.default_rng(0).permutation(10_000).astype(np.float32)
    found = sample(sheets, {"loss": loss, "frame": np.arange(10_000, dtype=np.float32)}, 200, names)
    assert len(found.places) == len(set(found.places.tolist())) <= 200
    assert set(range(9990, 10_000)) <= set(found.places.tolist())
    ends = np.argsort(loss[:9990])
    assert set(ends[: found.ends]) | set(ends[-found.ends :]) <= set(found.places.tolist())
    assert found.drawn.sum() > 40


def test_the_same_rows_each_time() -> None:
    """The draw depends on the sheets alone."""
    sheets = np.arange(5000) % 7
    first, second = (sample(sheets, {}, 100, names).places.tolist() for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("rows", "sheets", "most"), [(3, 1, 100), (0, 1, 100), (5000, 5000, 100), (200, 150, 200)]
)
def test_no_more_than_may_be(rows: int, sheets: int, most: int) -> None:
    """All rows where there is room, none of nothing, and one of a sheet where there are too many sheets."""
    values = np.full(rows, np.nan, np.float32)
    values[: rows // 2] = 1.0
    found = sample(np.arange(rows) % sheets, {"loss": values}, most, names)
    assert len(found.places) == min(rows, most)
