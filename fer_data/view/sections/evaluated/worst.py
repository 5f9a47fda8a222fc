"""The videos, or people, that a model does worst on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.arrays import Float64, Int64
from fer_data.view.predictions import Answers

__all__ = ["Units", "worst_units"]

_MOST_UNITS = 1_000
"""Listed, the worst ones."""

_Z = 1.96


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Videos or people, the worst first.

    Attributes:
        kind: `video`, or `person` where the corpus names people.
        names: of each.
        rows: with a known error.
        means: of the errors.
        code: (n,) of each row: which of these it belongs to; -1: one that is not listed.
        total: how many there are, listed or not.
    """

    kind: str
    names: Sequence[str]
    rows: Int64
    means: Float64
    code: Int64
    total: int

    @property
    def title(self) -> str:
        """Return what a list of them is called."""
        return "Videos by their errors" if self.kind == "video" else "People by their errors"

    @property
    def said(self) -> str:
        """Return how they are ranked, and how many there are."""
        left = "" if len(self.names) == self.total else f"The worst {len(self.names):,} of {self.total:,}. "
        return (
            f"{left}Ranked by the low end of a 95 % interval of the mean (Wilson), so that a few wrong rows do not "
            "lead the list."
        )


def worst_units(found: Answers, errors: Float64, *, largest: float = 1.0) -> Units:
    """Return the videos or people of the rows, those with the largest mean error first.

    Args:
        found: the answers.
        errors: (n,) in [0, largest], NaN where there is no label.
        largest: possible error.
    """
    columns = found.rows.column_names
    people = "subject_source" in columns and pc.unique(found.rows["subject_source"]).to_pylist() == ["given"]
    key = found.rows["subject_id" if people else "video_id"].combine_chunks()
    encoded = (key if not isinstance(key, pa.ChunkedArray) else key.chunk(0)).dictionary_encode()
    code, known = encoded.indices.to_numpy().astype(np.int64), ~np.isnan(errors)
    count = len(encoded.dictionary)
    rows = np.bincount(code[known], minlength=count)
    sums = np.bincount(code[known], errors[known], minlength=count)
    means = np.divide(sums, rows, out=np.zeros(count), where=rows > 0)
    order = np.argsort(-_low_end(means / largest, rows), kind="stable")
    order = order[rows[order] > 0]
    shown = order[:_MOST_UNITS]
    place = np.full(count, -1)
    place[shown] = np.arange(len(shown))
    names = encoded.dictionary.take(pa.array(shown)).to_pylist()
    kind = "person" if people else "video"
    return Units(kind, names, rows[shown], means[shown], place[code], len(order))


def _low_end(share: Float64, rows: Int64) -> Float64:
    """Return the low end of Wilson's interval of a share of rows; 0 without rows.

    Source: Wilson, Probable inference, the law of succession, and statistical inference, 1927.
    """
    n = np.maximum(rows, 1)
    centre = share + _Z**2 / (2 * n)
    spread = _Z * np.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return np.asarray(np.where(rows > 0, (centre - spread) / (1 + _Z**2 / n), 0.0))
