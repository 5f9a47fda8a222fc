"""Sums of labels by video, gathered batch by batch, for the correlation of labels within videos."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.arrays import Float64
from fer_data.core.metrics.design_effect import DesignEffect, design_effect

__all__ = ["VideoSums", "WithinVideos"]

WithinVideos = Mapping[str, DesignEffect | None]
"""By label: a class, a value or a unit; None where it is not defined, such as of a label that no frame has."""

_MANY = 1 << 16


@dataclass(slots=True)
class VideoSums:
    """Numbers of frames, sums and squared sums of their values, by video and label; a line each in Arrow's memory."""

    parts: list[pa.Table] = field(default_factory=list)
    pending: int = 0

    def add(
        self,
        videos: pa.Array | pa.ChunkedArray,
        labels: str | pa.Array | pa.ChunkedArray,
        values: NDArray[np.generic],
    ) -> None:
        """Add the values of a label, or of each its own, in some frames of these videos."""
        numbers, ones = values.astype(np.float64), np.ones(len(values), np.int64)
        named = pa.repeat(labels, len(ones)) if isinstance(labels, str) else labels
        columns = {"video": videos, "label": named, "count": ones, "sum": numbers, "square": numbers**2}
        summed = _summed(pa.table(columns))
        self.parts.append(summed)
        self.pending += len(summed)
        if self.pending > 2 * _MANY:
            self.parts = [_summed(pa.concat_tables(self.parts))]
            self.pending = max(0, len(self.parts[0]) - _MANY)

    def of(self, label: str) -> DesignEffect | None:
        """Return what frames of one video have in common of a label."""
        return design_effect(*self._sums(label))

    def of_class(self, label: str) -> DesignEffect | None:
        """Return the same of having a class or not, where each frame was added once, as 1 under its own class."""
        if not self.parts:
            return None
        whole = self._joined()
        every = whole.group_by("video").aggregate([("count", "sum")]).sort_by("video")
        own = whole.filter(pc.equal(whole["label"], label))
        at = np.searchsorted(_texts(every["video"]), _texts(own["video"]))
        have = np.zeros(len(every))
        have[at] = own["count"].to_numpy()
        return design_effect(every["count_sum"].to_numpy(), have, have)

    def _sums(self, label: str) -> tuple[NDArray[np.int64], Float64, Float64]:
        if not self.parts:
            return np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
        whole = self._joined()
        own = whole.filter(pc.equal(whole["label"], label))
        return own["count"].to_numpy(), own["sum"].to_numpy(), own["square"].to_numpy()

    def _joined(self) -> pa.Table:
        self.parts = [_summed(pa.concat_tables(self.parts))]
        return self.parts[0]


def _texts(names: pa.ChunkedArray) -> NDArray[np.object_]:
    return np.asarray(names.to_numpy(), object)


def _summed(table: pa.Table) -> pa.Table:
    sums = [(name, "sum") for name in ("count", "sum", "square")]
    found = table.group_by(["video", "label"]).aggregate(sums)
    return found.rename_columns({f"{name}_sum": name for name in ("count", "sum", "square")})
