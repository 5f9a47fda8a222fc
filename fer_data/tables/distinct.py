"""Names counted once each: in Arrow's memory, where a million take some tens of megabytes, not as Python's objects."""

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["DistinctNames"]

_MANY = 1 << 16


class DistinctNames:
    """Names that were seen, without what is null."""

    def __init__(self) -> None:
        self._known = pa.array([], pa.string())
        self._new: list[pa.Array] = []
        self._pending = 0

    def add(self, names: pa.Array | pa.ChunkedArray) -> None:
        """Add names, of which any may have been seen already."""
        own = pc.unique(names.drop_null())
        self._new.append(own)
        self._pending += len(own)
        if self._pending > max(_MANY, len(self._known)):
            self._join()

    def __len__(self) -> int:
        """Return how many different names were seen."""
        self._join()
        return len(self._known)

    def _join(self) -> None:
        self._known = pc.unique(pa.chunked_array([self._known, *self._new], pa.string()))
        self._new, self._pending = [], 0
