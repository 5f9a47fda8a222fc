"""Rows of several series at once: what is done to a whole column takes as long for one row as for some thousand.

::

    series      a a a | b b | c c c c c | d d ...
    block       a a a   b b   c c c c c |               whole series, of one corpus, some thousand rows or the last ones
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from fer_data.core.arrays import Int64
from fer_data.core.labels.published_splits import SplitCodes
from fer_data.tables.published_series import PublishedSeries

__all__ = ["RowBlock", "row_blocks"]


@dataclass(frozen=True, slots=True, eq=False)
class RowBlock:
    """Series of one corpus that stand one after another.

    Attributes:
        corpus: the name of their source.
        rows: of all of them, in the order of the table.
        splits: (n,) the split of each in a published dataset.
        series: the first row of each series by its name, and the one after its last.
    """

    corpus: str
    rows: pa.Table
    splits: SplitCodes
    series: Mapping[str, tuple[int, int]]

    def parts(self, places: Int64) -> Iterator[tuple[str, int, int]]:
        """Yield each series that has some of these rows, which are in order, with its first and last among them."""
        edges = np.array([0, *(last for _, last in self.series.values())])
        cuts = np.searchsorted(places, edges).tolist()
        for name, first, last in zip(self.series, cuts[:-1], cuts[1:], strict=True):
            if first < last:
                yield name, first, last


def row_blocks(series: Iterable[PublishedSeries], rows: int) -> Iterator[RowBlock]:
    """Yield series together until they have so many rows, or the next one is of another corpus."""
    held: list[PublishedSeries] = []
    count = 0
    for one in series:
        if held and held[0].corpus != one.corpus:
            yield _block(held)
            held, count = [], 0
        held.append(one)
        count += len(one.rows)
        if count >= rows:
            yield _block(held)
            held, count = [], 0
    if held:
        yield _block(held)


def _block(held: list[PublishedSeries]) -> RowBlock:
    edges = np.cumsum([0, *(len(one.rows) for one in held)]).tolist()
    return RowBlock(
        held[0].corpus,
        pa.concat_tables([one.rows for one in held]).combine_chunks(),
        np.concatenate([one.splits for one in held]),
        {one.series_id: span for one, span in zip(held, pairwise(edges), strict=True)},
    )
